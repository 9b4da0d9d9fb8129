package plot

import (
	"math"
	"strconv"

	"cordon/benchmarks/results"
)

// SoakStays is the value of the label line for processors that run for the whole time. Other lines are the lives of
// processors that were replaced.
const SoakStays = "stays"

// curve is a figure of soak.json drawn over time.
type curve struct{ figure, name string }

// Soak draws the plots of soak.json and returns them by file name. A plot without a curve is left out.
func Soak(file results.File) map[string][]byte {
	plots := map[string][]byte{}
	for name, f := range map[string]*field{
		"soak-memory.svg": overMinutes(file.Figures, "Memory of processors that run for long, and of Redis", "MiB",
			curve{"resident_by_minute_mb", "resident"}, curve{"heap_by_minute_mb", "heap"}, curve{"redis_by_minute_mb", "Redis"}),
		"soak-handles.svg": overMinutes(file.Figures, "Goroutines and file descriptors of processors that run for long", "at a time",
			curve{"goroutines_by_minute", "goroutines"}, curve{"descriptors_by_minute", "descriptors"}),
	} {
		if len(f.marks) > 0 {
			plots[name] = f.draw()
		}
	}
	return plots
}

// overMinutes draws curves by the label minute, a line for each value of the label line. It names the last of the processors
// that stay and the last of the others.
func overMinutes(figures []results.Figure, title, words string, curves ...curve) *field {
	f := &field{title: title}
	last, most := 0.0, 0.0
	for i, c := range curves {
		ends := map[string]int{} // the last mark of each name
		for _, figure := range figures {
			minute, err := strconv.ParseFloat(figure.Labels["minute"], 64)
			if figure.Name != c.figure || err != nil {
				continue
			}
			m := mark{x: minute, y: figure.Value, colour: i, line: c.figure + figure.Labels["line"]}
			name := c.name
			if figure.Labels["line"] != SoakStays {
				m.colour, name = len(curves)+i, name+", replaced"
			}
			f.marks = append(f.marks, m)
			ends[name] = len(f.marks) - 1
			last, most = max(last, minute), max(most, figure.Value)
		}
		for name, i := range ends {
			f.marks[i].name = name
		}
	}
	f.x = linear("minutes since the beginning", last)
	f.y = linear(words, most)
	return f
}

// linear is an axis from 0 with a few round ticks.
func linear(words string, most float64) axis {
	a := axis{words: words, label: plain}
	step := math.Pow(10, math.Floor(math.Log10(max(most, 1)/3)))
	for most/step > 7 {
		step *= 2
	}
	a.to = math.Max(1, math.Ceil(most/step)) * step
	for v := 0.0; v <= a.to+step/2; v += step {
		a.ticks = append(a.ticks, v)
	}
	return a
}
