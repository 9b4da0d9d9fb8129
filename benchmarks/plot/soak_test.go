package plot

import (
	"strconv"
	"strings"
	"testing"

	"cordon/benchmarks/results"
)

func soaked() results.File {
	var file results.File
	add := func(name, line string, minute, value float64) {
		f := results.Of(name, "MiB", value).With("line", line).With("minute", strconv.FormatFloat(minute, 'f', 1, 64))
		file.Figures = append(file.Figures, f)
	}
	for minute := range 60 {
		add("resident_by_minute_mb", SoakStays, float64(minute), 400+float64(minute%7))
		add("heap_by_minute_mb", SoakStays, float64(minute), 100)
		add("resident_by_minute_mb", strconv.Itoa(1+minute/10), float64(minute), 300)
		add("redis_by_minute_mb", SoakStays, float64(minute), 50)
	}
	return file
}

func TestSoak_drawsALineForEachLifeAndNamesThemOnce(t *testing.T) {
	e := parse(t, Soak(soaked())["soak-memory.svg"])
	if n := len(e.all("polyline", "line")); n != 1+1+6+1 {
		t.Errorf("%d lines, want one for the processor's memory, its heap, six lives and redis", n)
	}
	var names []string
	for _, n := range e.all("text", "name") {
		names = append(names, n.Text)
	}
	if got, want := strings.Join(names, "; "), "resident; resident, replaced; heap; Redis"; got != want {
		t.Errorf("names %q, want %q", got, want)
	}
}

func TestSoak_withoutCurvesDrawsNothing(t *testing.T) {
	if plots := Soak(example()); len(plots) != 0 {
		t.Errorf("%d plots", len(plots))
	}
}

func TestLinear_holdsEverythingWithFewTicks(t *testing.T) {
	for _, most := range []float64{0, 0.4, 5, 60, 61, 99, 406, 1023, 7_777} {
		a := linear("", most)
		if a.to < most || len(a.ticks) < 2 || len(a.ticks) > 9 {
			t.Errorf("%v: to %v, ticks %v", most, a.to, a.ticks)
		}
	}
}
