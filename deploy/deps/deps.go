// Package deps holds requirements while they are being put to use. To be deleted.
package deps

import (
	_ "github.com/alicebob/miniredis/v2"
	_ "github.com/paulmach/orb"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/twmb/franz-go/pkg/kfake"
	_ "github.com/twmb/franz-go/pkg/kgo"
	_ "go.uber.org/goleak"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/term"
	_ "google.golang.org/protobuf/encoding/protowire"
	_ "google.golang.org/protobuf/types/dynamicpb"
	_ "pgregory.net/rapid"
)
