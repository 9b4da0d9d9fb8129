//go:build nodemo

package main

import "errors"

const demoHelp = "Not in this build: it carries no embedded broker and store."

// demoCmd stands in for the demo in a build for production, which carries no embedded broker and no embedded store.
type demoCmd struct {
	Arguments []string `arg:"" optional:"" passthrough:"" hidden:""`
}

// Run says where there is a demo.
func (c *demoCmd) Run() error {
	return errors.New("this build has no demo, since it carries no embedded broker and store (build tag nodemo): run `make demo`, or `go run ./cmd/cordon demo`, in the source tree")
}
