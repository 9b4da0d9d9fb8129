package plot

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"cordon/benchmarks/results"
)

func qualityExample() results.File {
	var file results.File
	put := func(name string, v float64, labels ...string) {
		f := results.Of(name, "", v)
		for i := 0; i < len(labels); i += 2 {
			f = f.With(labels[i], labels[i+1])
		}
		file.Figures = append(file.Figures, f)
	}
	for i, rule := range []string{"ours", "raw <all>", "silent"} {
		for _, scenario := range []string{"default", "harsh"} {
			put("false_per_1000_tag_days", float64((i*7)%14), "rule", rule, "scenario", scenario)
			put("found_share", 1-float64(i)/100, "rule", rule, "scenario", scenario)
			put("added_delay_s_p50", float64(30*i), "rule", rule, "scenario", scenario)
		}
		setting := strconv.Itoa(i)
		put("false_per_1000_tag_days_by_setting", 2, "setting", setting, "family", "deep or long")
		put("found_share_by_setting", 0.99, "setting", setting, "family", "deep or long")
		put("true_share_by_class", 0.9, "class", setting, "scenario", "default")
		file.Figures[len(file.Figures)-1].RivalValue = new(0.88)
	}
	return file
}

func TestQuality_drawsEveryRuleOnceAndEverySettingInsideThePicture(t *testing.T) {
	plots := Quality(qualityExample())
	for name, want := range map[string]int{"quality-found.svg": 6, "quality-delay.svg": 3, "quality-worlds.svg": 6, "quality-reliability.svg": 3} {
		e := parse(t, plots[name])
		dots := append(e.all("circle", "dot"), e.all("circle", "dot pale")...)
		if len(dots) != want {
			t.Errorf("%s: %d dots, want %d", name, len(dots), want)
		}
		for _, c := range dots {
			x, errX := strconv.ParseFloat(c.attr("cx"), 64)
			y, errY := strconv.ParseFloat(c.attr("cy"), 64)
			if errX != nil || errY != nil || x < left || x > left+plotWidth || y < top || y > top+plotHeight {
				t.Errorf("%s: a mark at %v, %v", name, c.attr("cx"), c.attr("cy"))
			}
		}
	}
}

func TestField_namesDoNotOverlap(t *testing.T) {
	names := parse(t, Quality(qualityExample())["quality-worlds.svg"]).all("text", "name")
	if len(names) != 3 {
		t.Fatalf("%d names, want 3", len(names))
	}
	last := math.Inf(-1)
	for _, n := range names {
		y, err := strconv.ParseFloat(n.attr("y"), 64)
		if err != nil || y-last < labelHeight-0.2 || strings.Contains(n.Text, "NaN") {
			t.Errorf("%q at %v, after %v", n.Text, y, last)
		}
		last = y
	}
}
