package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cordon/benchmarks/results"
)

// across is the label that a point of a curve lies at: a figure named X_by_LABEL or X_by_LABEL_UNIT that has that label
// is one. "" for all others.
func across(f results.Figure) string {
	_, rest, found := strings.Cut(f.Name, "_by_")
	if !found {
		return ""
	}
	for label := range f.Labels {
		if rest == label || strings.HasPrefix(rest, label+"_") {
			return label
		}
	}
	return ""
}

// crosstab is a curve in Markdown: a row for each value of the label it goes along, a column for each set of the other
// labels. A cell without a figure is empty.
func crosstab(f results.File, name string) (string, error) {
	var rows, headings []string
	cells := map[[2]string]string{}
	label, unit := "", ""
	for _, figure := range f.Figures {
		if figure.Name != name || across(figure) == "" {
			continue
		}
		label, unit = across(figure), figure.Unit
		row, heading := figure.Labels[label], heading(figure, label)
		if !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
		if !slices.Contains(headings, heading) {
			headings = append(headings, heading)
		}
		cells[[2]string{row, heading}] = number(figure.Value)
	}
	if len(rows) == 0 {
		return "", fmt.Errorf("there is no curve %s", name)
	}
	slices.SortStableFunc(rows, func(a, b string) int { return cmp.Compare(amount(a), amount(b)) })
	var out strings.Builder
	fmt.Fprintf(&out, "| %s |", label)
	for _, h := range headings {
		if unit != "" {
			h += ", " + unit
		}
		fmt.Fprintf(&out, " %s |", strings.ReplaceAll(h, "|", `\|`))
	}
	out.WriteString("\n|" + strings.Repeat(" --- |", len(headings)+1) + "\n")
	for _, row := range rows {
		fmt.Fprintf(&out, "| %s |", written(row))
		for _, h := range headings {
			fmt.Fprintf(&out, " %s |", cells[[2]string{row, h}])
		}
		out.WriteString("\n")
	}
	return out.String() + measured(f), nil
}

// heading names a column by the labels that are not the row's; rivals go by their name alone.
func heading(f results.Figure, row string) string {
	var all []string
	for _, label := range slices.Sorted(maps.Keys(f.Labels)) {
		switch label {
		case row:
		case "rival":
			all = append(all, f.Labels[label])
		default:
			all = append(all, label+" "+f.Labels[label])
		}
	}
	return strings.Join(all, ", ")
}

func amount(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0 // words stay in their order
	}
	return v
}

// written is a number as those of the cells are, and any other text as it is.
func written(text string) string {
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return number(v)
	}
	return text
}
