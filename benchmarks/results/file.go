package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrAbsent says that a measurement has not been made yet.
var ErrAbsent = errors.New("results: not measured yet")

// File is the outcome of one measuring command.
type File struct {
	Machine string    `json:"machine"`
	Commit  string    `json:"commit"`
	Time    time.Time `json:"time"`
	Figures []Figure  `json:"figures"`
}

// New is a file measured here and now.
func New(figures ...Figure) File {
	return File{Machine: Machine(), Commit: Commit(), Time: time.Now().UTC().Truncate(time.Second), Figures: figures}
}

// Write puts the file at benchmarks/results/NAME.json of the repository the working directory is in.
func (f File) Write(name string) error {
	path, err := Path(name)
	if err != nil {
		return err
	}
	return f.WriteFile(path)
}

// WriteFile puts the file at path, whole or not at all.
func (f File) WriteFile(path string) error {
	if err := f.Validate(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("results: %s: %w", path, err)
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("results: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("results: %w", err)
	}
	return nil
}

// WriteWith puts the file at path, or where Write does when that is empty, and beside it what is made of the file as it
// will be read, by name.
func (f File) WriteWith(path, name string, made func(File) map[string][]byte) error {
	if path == "" {
		var err error
		if path, err = Path(name); err != nil {
			return err
		}
	}
	if err := f.WriteFile(path); err != nil {
		return err
	}
	written, err := ReadFile(path)
	if err != nil {
		return err
	}
	for name, content := range made(written) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), content, 0o644); err != nil {
			return fmt.Errorf("results: %w", err)
		}
	}
	return nil
}

// Read is the file that Write wrote under name; ErrAbsent when there is none.
func Read(name string) (File, error) {
	path, err := Path(name)
	if err != nil {
		return File{}, err
	}
	return ReadFile(path)
}

// ReadFile is the file at path; ErrAbsent when there is none.
func ReadFile(path string) (File, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return File{}, fmt.Errorf("%w: %s", ErrAbsent, path)
	}
	if err != nil {
		return File{}, fmt.Errorf("results: %w", err)
	}
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		return File{}, fmt.Errorf("results: %s: %w", path, err)
	}
	return f, f.Validate()
}

// Validate refuses a file that nobody could read later.
func (f File) Validate() error {
	var errs []error
	if f.Machine == "" || f.Commit == "" || f.Time.IsZero() {
		errs = append(errs, errors.New("results: machine, commit and time are required; make files with New"))
	}
	for i, figure := range f.Figures {
		if err := figure.validate(); err != nil {
			errs = append(errs, fmt.Errorf("results: figure %d (%s): %w", i, figure.Name, err))
		}
	}
	return errors.Join(errs...)
}

// Path is where the results of that name are.
func Path(name string) (string, error) {
	if name == "" || strings.ContainsAny(name, `/\.`) {
		return "", fmt.Errorf("results: %q is no name of results", name)
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "benchmarks", "results", name+".json"), nil
}

// Root is the repository's folder, found from the working directory upwards.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("results: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("results: no go.mod above the working directory; run this inside the repository")
		}
		dir = up
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
