//go:build nodemo

package main

import "errors"

const demoHelp = "Not in this build: it has no embedded broker and store."

// demoCmd replaces the demo in a build without the embedded broker and store.
type demoCmd struct {
	Arguments []string `arg:"" optional:"" passthrough:"" hidden:""`
}

// Run says how to run the demo.
func (c *demoCmd) Run() error {
	return errors.New("this build has no demo, because it has no embedded broker and store (build tag nodemo): run `make demo`, or `go run ./cmd/cordon demo`, in the source tree")
}
