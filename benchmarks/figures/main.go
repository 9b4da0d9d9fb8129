// Command figures writes the README's tables, and the plots, from benchmarks/results/*.json:
//
//	go run ./benchmarks/figures           # rewrites README.md and benchmarks/results/*.svg
//	go run ./benchmarks/figures --check   # fails when it would
//
// Between `<!-- figures:NAME -->` and the `<!-- /figures -->` after it stands the table of NAME.json; all other text is
// left as it is. A figure named X_by_LABEL is a point of a curve along that label: it is not in the table of NAME, but
// in that of `figures:NAME/X_by_LABEL`, which has a row for each value of the label and a column for each rival.
//
// Of a file with more figures than anybody reads there are parts: `figures:NAME/targets` is the figures that have one;
// `figures:NAME/FIGURE/ROW/COLUMN` one figure along two labels; `figures:NAME/ROW/LABEL=VALUE` all figures with that label, a
// row for each value of ROW. Only figures with just the labels named are in them; /LABEL=VALUE more of them narrow either.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"cordon/benchmarks/results"
)

type flags struct {
	Check bool `help:"Change nothing; fail when the tables are not those of the results."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("figures"), kong.Description("The README's tables, from benchmarks/results."))
	if err := run(f.Check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(check bool) error {
	root, err := results.Root()
	if err != nil {
		return err
	}
	if err := plots(root, check, results.Read); err != nil {
		return err
	}
	return update(filepath.Join(root, "README.md"), check, results.Read)
}

var errStale = errors.New("figures: tables or plots are not those of benchmarks/results: run `make figures`")

// update puts the tables of the results that read gives into the document at path.
func update(path string, check bool, read func(name string) (results.File, error)) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	text, err := fill(string(old), func(name string) (string, error) {
		name, curve, curved := strings.Cut(name, "/")
		file, err := read(name)
		if errors.Is(err, results.ErrAbsent) {
			return "Not measured yet.\n", nil
		}
		if err != nil {
			return "", err
		}
		if curved {
			return part(file, curve)
		}
		return table(file), nil
	})
	if err != nil {
		return fmt.Errorf("figures: %s: %w", filepath.Base(path), err)
	}
	if text == string(old) {
		return nil
	}
	if check {
		return fmt.Errorf("%w (%s)", errStale, filepath.Base(path))
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	return nil
}
