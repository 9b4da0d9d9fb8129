package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"cordon/benchmarks/index/plot"
	"cordon/benchmarks/results"
)

// plots draws what belongs to index.json beside it.
func plots(root string, check bool, read func(name string) (results.File, error)) error {
	file, err := read("index")
	if errors.Is(err, results.ErrAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	for name, svg := range plot.Index(file) {
		path := filepath.Join(root, "benchmarks", "results", name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, svg) {
			continue
		}
		if check {
			return fmt.Errorf("%w (%s)", errStale, name)
		}
		if err := os.WriteFile(path, svg, 0o644); err != nil {
			return fmt.Errorf("figures: %w", err)
		}
	}
	return nil
}
