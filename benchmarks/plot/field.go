package plot

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// mark is one point of a field. An unnamed one is small and pale. Those of one line are joined in their order.
type mark struct {
	name   string
	x, y   float64
	low    float64 // of a bar through it; low = high: none
	high   float64
	colour int
	line   string
}

// axis maps values to places along it.
type axis struct {
	words    string
	from, to float64
	log      bool
	ticks    []float64
	label    func(float64) string
}

// share is where along the axis a value lies, 0–1; what lies beyond an end is drawn at it.
func (a *axis) share(v float64) float64 {
	from, to := a.from, a.to
	if a.log {
		v, from, to = math.Log10(max(v, from)), math.Log10(from), math.Log10(to)
	}
	return min(1, max(0, (v-from)/(to-from)))
}

// field is a plot of marks.
type field struct {
	title    string
	x, y     axis
	marks    []mark
	diagonal bool
}

func (f *field) draw() []byte {
	b := begin(f.title, f.told(), style+".pale{opacity:.45}")
	for _, v := range f.y.ticks {
		level(b, f.up(v), f.y.label(v))
	}
	for _, v := range f.x.ticks {
		upright(b, f.across(v), f.x.label(v))
	}
	if f.diagonal {
		fmt.Fprintf(b, `<line class="grid" stroke-dasharray="5 4" stroke-width="2" x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", left, top+plotHeight, left+plotWidth, top)
	}
	scales(b, f.x.words, f.y.words)
	f.join(b)
	for i := range slices.Backward(f.marks) { // ours last, on top
		f.marks[i].draw(b, f)
	}
	f.names(b)
	return end(b)
}

func (f *field) across(v float64) float64 { return left + f.x.share(v)*plotWidth }
func (f *field) up(v float64) float64     { return top + (1-f.y.share(v))*plotHeight }

// told is the picture in words: every named mark.
func (f *field) told() string {
	var b bytes.Buffer
	for _, m := range f.marks {
		if m.name != "" {
			fmt.Fprintf(&b, "%s: %s, %s. ", m.name, f.x.label(m.x), three(m.y))
		}
	}
	return b.String()
}

// join draws the lines.
func (f *field) join(b *bytes.Buffer) {
	var lines []string
	for _, m := range f.marks {
		if m.line != "" && !slices.Contains(lines, m.line) {
			lines = append(lines, m.line)
		}
	}
	for _, line := range lines {
		colour, points := 0, ""
		for _, m := range f.marks {
			if m.line == line {
				colour = m.colour
				points += fmt.Sprintf("%.1f,%.1f ", f.across(m.x), f.up(m.y))
			}
		}
		fmt.Fprintf(b, `<g class="c%d"><polyline class="line" stroke-width="1.8" stroke-linejoin="round" points="%s"/></g>`+"\n", colour, points)
	}
}

func (m *mark) draw(b *bytes.Buffer, f *field) {
	x, y := f.across(m.x), f.up(m.y)
	class, radius := "dot", 4.5
	if m.name == "" && m.line == "" {
		class, radius = "dot pale", 3
	}
	fmt.Fprintf(b, `<g class="c%d">`, m.colour)
	if m.high > m.low {
		fmt.Fprintf(b, `<line class="line" stroke-width="1.4" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x, x, f.up(m.low), f.up(m.high))
	}
	fmt.Fprintf(b, `<circle class="%s" cx="%.1f" cy="%.1f" r="%.1f"/></g>`+"\n", class, x, y, radius)
}

// names lists the named marks at the right, as near to the height of each as the others leave room, with a thin line to
// it.
func (f *field) names(b *bytes.Buffer) {
	type name struct {
		of *mark
		y  float64
	}
	var all []name
	for i := range f.marks {
		if f.marks[i].name != "" {
			all = append(all, name{&f.marks[i], f.up(f.marks[i].y)})
		}
	}
	slices.SortStableFunc(all, func(a, b name) int { return cmp.Compare(a.y, b.y) })
	apart(all, func(n *name) *float64 { return &n.y })
	for _, n := range all {
		x, y := f.across(n.of.x), f.up(n.of.y)
		fmt.Fprintf(b, `<g class="c%d"><line class="line pale" stroke-width="0.8" x1="%.1f" y1="%.1f" x2="%d" y2="%.1f"/>`, n.of.colour, x, y, left+plotWidth+8, n.y)
		text(b, left+plotWidth+12, n.y+4, smallTextSize, "name", "start", n.of.name)
		b.WriteString("</g>\n")
	}
}

// decades are the powers of ten that hold all values, and the ends. What is not above zero counts as the least power.
func decades(values []float64) (from, to float64, ticks []float64) {
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v > 0 {
			least, most = min(least, v), max(most, v)
		}
	}
	if least > most {
		least, most = 1, 10
	}
	low, high := math.Floor(math.Log10(least)), math.Ceil(math.Log10(most))
	if low == high {
		high++
	}
	for p := low; p <= high; p++ {
		ticks = append(ticks, math.Pow(10, p))
	}
	return ticks[0], ticks[len(ticks)-1], ticks
}

func plain(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
