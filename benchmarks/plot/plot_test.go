package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"cordon/benchmarks/results"
)

func example() results.File {
	var file results.File
	for i, name := range []string{"cordon", "orb & R-tree", "linear <scan>"} {
		for x := 100; x <= 1_000_000; x *= 10 {
			ns := 100 * math.Pow(float64(x)/100, float64(i)/2)
			f := results.Of("lookup_by_zones_ns", "ns", ns).With("rival", name).With("zones", strconv.Itoa(x))
			file.Figures = append(file.Figures, f)
		}
	}
	return file
}

// element is an SVG element with what it says.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Inner   []element  `xml:",any"`
}

func (e *element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e *element) all(name, class string) []*element {
	var found []*element
	for i := range e.Inner {
		inner := &e.Inner[i]
		if inner.XMLName.Local == name && inner.attr("class") == class {
			found = append(found, inner)
		}
		found = append(found, inner.all(name, class)...)
	}
	return found
}

func parse(t *testing.T, svg []byte) *element {
	t.Helper()
	var e element
	d := xml.NewDecoder(bytes.NewReader(svg))
	if err := d.Decode(&e); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return &e
}

func TestIndex_drawsEveryFigureOfACurve(t *testing.T) {
	plots := Index(example())
	if len(plots) != 1 {
		t.Fatalf("%d plots", len(plots))
	}
	e := parse(t, plots["index-zones.svg"])
	if n := len(e.all("circle", "dot")); n != 15 {
		t.Errorf("%d dots, want 15", n)
	}
	for _, l := range e.all("polyline", "line") {
		if n := len(strings.Fields(l.attr("points"))); n != 5 {
			t.Errorf("a line of %d points, want 5", n)
		}
	}
}

func TestDraw_namesEveryLineWithoutOverlap(t *testing.T) {
	names := parse(t, Index(example())["index-zones.svg"]).all("text", "name")
	if len(names) != 3 {
		t.Fatalf("%d names, want 3", len(names))
	}
	last := math.Inf(-1)
	for _, n := range names {
		y, err := strconv.ParseFloat(n.attr("y"), 64)
		if err != nil || y-last < labelHeight-0.2 || y > height {
			t.Errorf("%q at %v, after %v", n.Text, y, last)
		}
		last = y
	}
	if names[0].Text != "linear <scan>" || names[2].Text != "cordon" {
		t.Errorf("the slowest is not at the top: %q, %q", names[0].Text, names[2].Text)
	}
}

func TestDraw_isInsideThePicture(t *testing.T) {
	for _, c := range parse(t, Index(example())["index-zones.svg"]).all("circle", "dot") {
		x, errX := strconv.ParseFloat(c.attr("cx"), 64)
		y, errY := strconv.ParseFloat(c.attr("cy"), 64)
		if errX != nil || errY != nil || x < left || x > left+plotWidth || y < top || y > top+plotHeight {
			t.Errorf("a point at %v, %v", x, y)
		}
	}
}

func TestIndex_sameFiguresGiveTheSameBytes(t *testing.T) {
	if !bytes.Equal(Index(example())["index-zones.svg"], Index(example())["index-zones.svg"]) {
		t.Error("two drawings differ")
	}
}

func TestDuration_andCountAreReadable(t *testing.T) {
	for power, want := range map[float64]string{0: "1 ns", 2: "100 ns", 3: "1 µs", 4: "10 µs", 6: "1 ms", 9: "1 s", math.Log10(1234): "1.23 µs"} {
		if got := duration(power); got != want {
			t.Errorf("duration(%v) = %q, want %q", power, got, want)
		}
	}
	for power, want := range map[float64]string{0: "1", 2: "100", 3: "1,000", 6: "1,000,000", math.Log10(32): "32"} {
		if got := count(power); got != want {
			t.Errorf("count(%v) = %q, want %q", power, got, want)
		}
	}
}
