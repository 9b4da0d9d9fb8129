package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"cordon/benchmarks/results"
)

// column is one of the table's; it is left out where no figure has anything to say in it.
type column struct {
	heading string
	cell    func(results.Figure) string
}

var columns = []column{
	{"figure", func(f results.Figure) string { return "`" + f.Name + "`" }},
	{"of", labels},
	{"value", value},
	{"unit", func(f results.Figure) string { return f.Unit }},
	{"n", func(f results.Figure) string { return count(f.N) }},
	{"rival", func(f results.Figure) string { return optional(f.RivalValue) }},
	{"ratio", func(f results.Figure) string { return optional(f.Ratio) }},
	{"target", target},
	{"reached", reached},
}

// table is the file's figures in Markdown, with where and when they were measured.
func table(f results.File) string {
	f.Figures = slices.DeleteFunc(slices.Clone(f.Figures), func(f results.Figure) bool { return across(f) != "" })
	var shown []column
	for _, c := range columns {
		if slices.ContainsFunc(f.Figures, func(f results.Figure) bool { return c.cell(f) != "" }) {
			shown = append(shown, c)
		}
	}
	var out strings.Builder
	row := func(cell func(column) string) {
		for _, c := range shown {
			fmt.Fprintf(&out, "| %s ", strings.ReplaceAll(cell(c), "|", `\|`))
		}
		out.WriteString("|\n")
	}
	row(func(c column) string { return c.heading })
	row(func(column) string { return "---" })
	for _, figure := range f.Figures {
		row(func(c column) string { return c.cell(figure) })
	}
	return out.String() + measured(f)
}

func measured(f results.File) string {
	return fmt.Sprintf("\nMeasured %s at commit `%s` on %s.\n", f.Time.UTC().Format("2006-01-02 15:04 UTC"), f.Commit, f.Machine)
}

func labels(f results.Figure) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(f.Labels)) {
		pairs = append(pairs, name+" "+f.Labels[name])
	}
	return strings.Join(pairs, ", ")
}

func value(f results.Figure) string {
	if f.Stderr == nil {
		return number(f.Value)
	}
	return number(f.Value) + " ± " + number(*f.Stderr)
}

func target(f results.Figure) string {
	switch {
	case f.Target == nil:
		return ""
	case f.Better == results.Lower:
		return "≤ " + number(*f.Target)
	default:
		return "≥ " + number(*f.Target)
	}
}

func reached(f results.Figure) string {
	switch {
	case f.Reached == nil:
		return ""
	case *f.Reached:
		return "yes"
	default:
		return "**no**"
	}
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return number(float64(n))
}

func optional(v *float64) string {
	if v == nil {
		return ""
	}
	return number(*v)
}

// number is v to four figures (whole numbers in full), thousands apart.
func number(v float64) string {
	decimals := 0
	if v != math.Trunc(v) {
		decimals = max(0, 3-int(math.Floor(math.Log10(math.Abs(v)))))
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	sign, digits := "", text
	if v < 0 {
		sign, digits = "-", text[1:]
	}
	whole, fraction, found := strings.Cut(digits, ".")
	if found {
		fraction = "." + fraction
	}
	return sign + thousands(whole) + fraction
}

func thousands(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	last := len(digits) - 3
	return thousands(digits[:last]) + "," + digits[last:]
}
