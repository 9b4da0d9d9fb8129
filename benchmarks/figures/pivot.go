package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cordon/benchmarks/results"
)

// grid is figures in rows and columns, in the order in which they come.
type grid struct {
	corner         string
	rows, headings []string
	cells          map[[2]string]string
}

func newGrid(corner string) *grid { return &grid{corner: corner, cells: map[[2]string]string{}} }

func (g *grid) put(row, heading, cell string) {
	if !slices.Contains(g.rows, row) {
		g.rows = append(g.rows, row)
	}
	if !slices.Contains(g.headings, heading) {
		g.headings = append(g.headings, heading)
	}
	g.cells[[2]string{row, heading}] = cell
}

func (g *grid) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "| %s | %s |\n|%s\n", g.corner, strings.Join(g.headings, " | "), strings.Repeat(" --- |", len(g.headings)+1))
	for _, row := range g.rows {
		fmt.Fprintf(&out, "| %s |", row)
		for _, h := range g.headings {
			fmt.Fprintf(&out, " %s |", g.cells[[2]string{row, h}])
		}
		out.WriteString("\n")
	}
	return out.String()
}

// pivot is one figure in Markdown, along two of its labels and with the others as given: only those that have just these.
func pivot(f results.File, name, row, column string, others map[string]string) (string, error) {
	g := newGrid(row)
	for _, figure := range f.Figures {
		r, c := figure.Labels[row], figure.Labels[column]
		if figure.Name == name && r != "" && c != "" && rest(figure, row, column, others) {
			g.put(r, c, value(figure))
		}
	}
	if len(g.rows) == 0 {
		return "", fmt.Errorf("there is no figure %s by just %s and %s", name, row, column)
	}
	return g.String() + measured(f), nil
}

// rest reports whether the labels of a figure beside row and column are the others.
func rest(f results.Figure, row, column string, others map[string]string) bool {
	labels := maps.Clone(f.Labels)
	delete(labels, row)
	delete(labels, column)
	return maps.Equal(labels, others)
}

// slice is all figures with the labels given and one more in Markdown: a row for each value of that one, a column for each
// figure.
func slice(f results.File, row string, others map[string]string) (string, error) {
	g := newGrid(row)
	for _, figure := range f.Figures {
		if r := figure.Labels[row]; r != "" && rest(figure, row, row, others) {
			g.put(r, "`"+figure.Name+"`", value(figure))
		}
	}
	if len(g.rows) == 0 {
		return "", fmt.Errorf("there is no figure by just %s", row)
	}
	return g.String() + measured(f), nil
}

// aims is the figures that have a target.
func aims(f results.File) string {
	f.Figures = slices.DeleteFunc(slices.Clone(f.Figures), func(f results.Figure) bool { return f.Target == nil })
	return table(f)
}

// part is the table of a part of a file, named by words: see the command's comment.
func part(f results.File, words string) (string, error) {
	if words == "targets" {
		return aims(f), nil
	}
	var names []string
	others := map[string]string{}
	for w := range strings.SplitSeq(words, "/") {
		if label, is, found := strings.Cut(w, "="); found {
			others[label] = is
		} else {
			names = append(names, w)
		}
	}
	switch {
	case len(names) == 3:
		return pivot(f, names[0], names[1], names[2], others)
	case len(names) == 1 && len(others) > 0:
		return slice(f, names[0], others)
	case len(names) == 1:
		return crosstab(f, words)
	default:
		return "", fmt.Errorf("%q is no part of results", words)
	}
}
