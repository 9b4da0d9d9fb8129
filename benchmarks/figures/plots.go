package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"cordon/benchmarks/plot"
	"cordon/benchmarks/results"
)

// drawn is what is drawn of which results.
var drawn = []struct {
	name string
	draw func(results.File) map[string][]byte
}{{"index", plot.Index}, {"quality", plot.Quality}, {"soak", plot.Soak}}

// plots draws what belongs to results beside them.
func plots(root string, check bool, read func(name string) (results.File, error)) error {
	for _, d := range drawn {
		file, err := read(d.name)
		if errors.Is(err, results.ErrAbsent) {
			continue
		}
		if err != nil {
			return err
		}
		for name, svg := range d.draw(file) {
			if err := place(filepath.Join(root, "benchmarks", "results", name), svg, check); err != nil {
				return err
			}
		}
	}
	return nil
}

// place writes a plot where it is not yet so.
func place(path string, svg []byte, check bool) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, svg) {
		return nil
	}
	if check {
		return fmt.Errorf("%w (%s)", errStale, filepath.Base(path))
	}
	if err := os.WriteFile(path, svg, 0o644); err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	return nil
}
