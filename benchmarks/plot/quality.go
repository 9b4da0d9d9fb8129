package plot

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"cordon/benchmarks/results"
)

// Quality draws what is to be seen of quality.json: the plots by the names of their files.
func Quality(file results.File) map[string][]byte {
	plots := map[string][]byte{}
	for name, f := range map[string]*field{
		"quality-found.svg":       frontierFound(file.Figures),
		"quality-delay.svg":       frontierDelay(file.Figures),
		"quality-worlds.svg":      worlds(file.Figures),
		"quality-reliability.svg": reliability(file.Figures),
	} {
		if f != nil && len(f.marks) > 0 {
			plots[name] = f.draw()
		}
	}
	return plots
}

// The names of quality.json.
const (
	falseRate     = "false_per_1000_tag_days"
	firstScenario = "default"
)

// families are the colours of settings; ours has the first.
var families = map[string]int{"two-state Bayes filter": 3, "filter told the noise": 4}

// value is that of the figure of that name with just these labels.
func value(figures []results.Figure, name string, labels map[string]string) (float64, bool) {
	for _, f := range figures {
		if f.Name == name && maps.Equal(f.Labels, labels) {
			return f.Value, true
		}
	}
	return 0, false
}

// frontier is the rules of the first scenario by name, then the settings as pale marks: false alerts by another figure.
func frontier(figures []results.Figure, other string) []mark {
	var marks []mark
	for _, f := range figures {
		rule, setting := f.Labels["rule"], f.Labels["setting"]
		switch {
		case f.Name == falseRate && maps.Equal(f.Labels, map[string]string{"rule": rule, "scenario": firstScenario}):
			if x, ok := value(figures, other, f.Labels); ok {
				colour, ok := families[rule]
				if !ok && len(marks) > 0 {
					colour = 1 + len(marks)%2
				}
				marks = append(marks, mark{name: rule, x: x, y: f.Value, colour: colour})
			}
		case f.Name == falseRate+"_by_setting" && setting != "":
			if x, ok := value(figures, other+"_by_setting", f.Labels); ok {
				marks = append(marks, mark{x: x, y: f.Value, colour: families[f.Labels["family"]]})
			}
		}
	}
	return marks
}

func frontierFound(figures []results.Figure) *field {
	marks := frontier(figures, "found_share")
	least := 0.98
	for i := range marks {
		marks[i].x *= 100
		if marks[i].name != "" {
			least = min(least, math.Floor(marks[i].x)/100)
		}
	}
	least = max(0.8, least)
	marks = slices.DeleteFunc(marks, func(m mark) bool { return m.name == "" && m.x < 100*least })
	f := &field{title: "False breach alerts against true stays found", marks: marks, y: falseAxis(marks)}
	f.x = axis{words: "found, of 100 true stays with a usable fix (left: misses more)", from: 100 * least, to: 100, label: plain}
	step := max(0.5, math.Ceil(100-100*least)/5)
	for v := 100.0; v >= 100*least-1e-9; v -= step {
		f.x.ticks = append(f.x.ticks, v)
	}
	return f
}

func frontierDelay(figures []results.Figure) *field {
	marks := frontier(figures, "added_delay_s_p50")
	f := &field{title: "False breach alerts against the delay they cost", marks: marks, y: falseAxis(marks)}
	most := 60.0
	for _, m := range marks {
		most = max(most, m.x)
	}
	f.x = axis{words: "median delay after the first usable fix inside, s", to: most, label: plain}
	step := math.Ceil(most/8/5) * 5
	for v := 0.0; v <= most; v += step {
		f.x.ticks = append(f.x.ticks, v)
	}
	return f
}

func falseAxis(marks []mark) axis {
	var all []float64
	for _, m := range marks {
		all = append(all, m.y)
	}
	from, to, ticks := decades(all)
	return axis{words: "false breach alerts per 1,000 tag-days", from: from, to: to, log: true, ticks: ticks, label: plain}
}

// worlds is a line for each rule through the scenarios. The last mark of a line carries its name.
func worlds(figures []results.Figure) *field {
	var scenarios, rules []string
	for _, f := range figures {
		if f.Name != falseRate || len(f.Labels) != 2 {
			continue
		}
		if s := f.Labels["scenario"]; !slices.Contains(scenarios, s) {
			scenarios = append(scenarios, s)
		}
		if r := f.Labels["rule"]; !slices.Contains(rules, r) {
			rules = append(rules, r)
		}
	}
	f := &field{title: "False breach alerts by world"}
	for i, rule := range rules {
		first := len(f.marks)
		for x, scenario := range scenarios {
			if v, ok := value(figures, falseRate, map[string]string{"rule": rule, "scenario": scenario}); ok {
				f.marks = append(f.marks, mark{x: float64(x), y: v, colour: i % colours, line: rule})
			}
		}
		if len(f.marks) > first {
			f.marks[len(f.marks)-1].name = rule
		}
	}
	f.y = falseAxis(f.marks)
	f.x = axis{words: "scenario", from: -0.3, to: max(0.7, float64(len(scenarios))-0.7), label: func(v float64) string { return scenarios[int(v)] }}
	for i := range scenarios {
		f.x.ticks = append(f.x.ticks, float64(i))
	}
	return f
}

// reliability is a mark for each class of alerts of the first scenario: what was said against what was true.
func reliability(figures []results.Figure) *field {
	f := &field{title: "Said and true: each class of alerts, on other seeds", diagonal: true}
	percent := func(v float64) string { return strconv.FormatFloat(100*v, 'f', -1, 64) + " %" }
	f.x = axis{words: "probability said in the alert", to: 1, label: percent}
	f.y = axis{words: "share that was true, ± two standard errors", to: 1, label: percent}
	for v := range 6 {
		f.x.ticks, f.y.ticks = append(f.x.ticks, float64(v)/5), append(f.y.ticks, float64(v)/5)
	}
	for _, is := range figures {
		if is.Name != "true_share_by_class" || is.RivalValue == nil || is.Labels["scenario"] != firstScenario {
			continue
		}
		m := mark{x: *is.RivalValue, y: is.Value, line: is.Labels["class"], low: is.Value, high: is.Value}
		if is.Stderr != nil {
			m.low, m.high = max(0, is.Value-2**is.Stderr), min(1, is.Value+2**is.Stderr)
		}
		f.marks = append(f.marks, m)
	}
	return f
}
