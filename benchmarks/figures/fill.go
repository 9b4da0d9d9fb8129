package main

import (
	"fmt"
	"strings"
)

const (
	opening = "<!-- figures:"
	ending  = " -->"
	closing = "<!-- /figures -->"
)

// fill replaces what stands between each pair of markers by what content gives for its name.
func fill(text string, content func(name string) (string, error)) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, opening)
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		name, rest, found := strings.Cut(after, ending)
		if !found || strings.Contains(name, "\n") {
			return "", fmt.Errorf("a %q is not ended by %q on its line", opening, ending)
		}
		between, rest, found := strings.Cut(rest, closing)
		if !found || strings.Contains(between, opening) {
			return "", fmt.Errorf("%s%s%s is not followed by its %s", opening, name, ending, closing)
		}
		lines, err := content(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "%s%s%s\n%s%s", opening, name, ending, lines, closing)
		text = rest
	}
}
