package plot

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The picture, in units of the view box.
const (
	width, height            = 840, 460
	left, right, top, bottom = 76, 216, 52, 56
	plotWidth, plotHeight    = width - left - right, height - top - bottom
	textSize, smallTextSize  = 13, 12
	labelHeight              = 17.0
	colours                  = 6 // classes c0 to c5 of style
)

// style: the colours are distinguishable to those who see fewer of them (after Okabe and Ito), darker on a light ground.
const style = `
.ground{fill:#fff}.ink{fill:#1f2328}.soft{fill:#59636e}.grid{stroke:#d1d9e0}
.c0{--c:#0550ae}.c1{--c:#b35900}.c2{--c:#00704d}.c3{--c:#a03a78}.c4{--c:#6b6b00}.c5{--c:#59636e}
@media (prefers-color-scheme:dark){.ground{fill:#0d1117}.ink{fill:#f0f6fc}.soft{fill:#9198a1}.grid{stroke:#3d444d}
.c0{--c:#79c0ff}.c1{--c:#f0a04b}.c2{--c:#3ddc97}.c3{--c:#f28cc8}.c4{--c:#e3e04f}.c5{--c:#9198a1}}
.line{stroke:var(--c);fill:none}.dot,.name{fill:var(--c)}
text{font-family:system-ui,sans-serif}
`

// frame maps powers of ten to the picture.
type frame struct{ x0, x1, y0, y1 float64 }

// frame holds all points, in whole powers of ten.
func (c *chart) frame() frame {
	f := frame{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, l := range c.lines {
		for _, p := range l.points {
			f.x0, f.x1 = min(f.x0, p.x), max(f.x1, p.x)
			f.y0, f.y1 = min(f.y0, math.Floor(p.y)), max(f.y1, math.Ceil(p.y))
		}
	}
	if f.x1 == f.x0 {
		f.x1++
	}
	if f.y1 == f.y0 {
		f.y1++
	}
	return f
}

func (f *frame) x(v float64) float64 { return left + (v-f.x0)/(f.x1-f.x0)*plotWidth }
func (f *frame) y(v float64) float64 { return top + (f.y1-v)/(f.y1-f.y0)*plotHeight }

func (c *chart) draw() []byte {
	b, f := begin(c.title, c.told(), style), c.frame()
	f.axes(b)
	scales(b, c.across, c.up)
	for i := range slices.Backward(c.lines) { // ours last, on top
		c.lines[i].draw(b, &f, i)
	}
	c.names(b, &f)
	return end(b)
}

// begin begins a picture: its title, what is to be seen in words, and the ground.
func begin(title, told, style string) *bytes.Buffer {
	b := &bytes.Buffer{}
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t d">`+"\n", width, height)
	fmt.Fprintf(b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n<style>%s</style>\n", html.EscapeString(title), html.EscapeString(told), style)
	fmt.Fprintf(b, `<rect class="ground" width="%d" height="%d"/>`+"\n", width, height)
	text(b, left, 26, textSize+3, "ink", "start", title)
	return b
}

func end(b *bytes.Buffer) []byte {
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// scales names what is measured along either side.
func scales(b *bytes.Buffer, across, up string) {
	text(b, left+plotWidth/2, height-12, textSize, "soft", "middle", across)
	text(b, left, top-8, smallTextSize, "soft", "start", up)
}

// level is a line of the grid across the plot, upright one from its top to its bottom.
func level(b *bytes.Buffer, y float64, label string) {
	fmt.Fprintf(b, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`+"\n", left, left+plotWidth, y, y)
	text(b, left-8, y+4, smallTextSize, "soft", "end", label)
}

func upright(b *bytes.Buffer, x float64, label string) {
	fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`+"\n", x, x, top, top+plotHeight)
	text(b, x, top+plotHeight+18, smallTextSize, "soft", "middle", label)
}

// told is the picture in words: where each line begins and ends.
func (c *chart) told() string {
	var all []string
	for _, l := range c.lines {
		first, last := l.points[0], l.points[len(l.points)-1]
		all = append(all, fmt.Sprintf("%s: %s at %s, %s at %s", l.name, duration(first.y), count(first.x), duration(last.y), count(last.x)))
	}
	return strings.Join(all, "; ")
}

func (f *frame) axes(b *bytes.Buffer) {
	for v := f.y0; v <= f.y1; v++ {
		level(b, f.y(v), duration(v))
	}
	for v := math.Ceil(f.x0); v <= f.x1; v++ {
		upright(b, f.x(v), count(v))
	}
}

func (l *line) draw(b *bytes.Buffer, f *frame, number int) {
	weight := 1.8
	if number == 0 {
		weight = 3.2
	}
	fmt.Fprintf(b, `<g class="c%d"><polyline class="line" stroke-width="%.1f" stroke-linejoin="round" points="`, number%colours, weight)
	for i, p := range l.points {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(b, "%.1f,%.1f", f.x(p.x), f.y(p.y))
	}
	b.WriteString(`"/>`)
	for _, p := range l.points {
		fmt.Fprintf(b, `<circle class="dot" cx="%.1f" cy="%.1f" r="%.1f"/>`, f.x(p.x), f.y(p.y), weight+0.8)
	}
	b.WriteString("</g>\n")
}

// names puts each line's name beside its end, as near as the others leave room.
func (c *chart) names(b *bytes.Buffer, f *frame) {
	type name struct {
		number int
		x, y   float64
	}
	var all []name
	for i, l := range c.lines {
		end := l.points[len(l.points)-1]
		all = append(all, name{i, f.x(end.x), f.y(end.y)})
	}
	slices.SortFunc(all, func(a, b name) int { return cmp.Compare(a.y, b.y) })
	apart(all, func(n *name) *float64 { return &n.y })
	for _, n := range all {
		fmt.Fprintf(b, `<g class="c%d">`, n.number%colours)
		text(b, left+plotWidth+12, n.y+4, textSize, "name", "start", c.lines[n.number].name)
		b.WriteString("</g>\n")
	}
}

// apart moves heights that are in order so that a label has room at each, within the plot as far as there is room.
func apart[T any](all []T, height func(*T) *float64) {
	next := math.Inf(-1)
	for i := range all {
		y := height(&all[i])
		*y = max(*y, next)
		next = *y + labelHeight
	}
	lowest := float64(top + plotHeight)
	for i := range slices.Backward(all) {
		y := height(&all[i])
		*y = min(*y, lowest)
		lowest = *y - labelHeight
	}
}

func text(b *bytes.Buffer, x, y, size float64, class, anchor, words string) {
	fmt.Fprintf(b, `<text class="%s" x="%.1f" y="%.1f" font-size="%.0f" text-anchor="%s">%s</text>`+"\n",
		class, x, y, size, anchor, html.EscapeString(words))
}

// duration is a power of ten of nanoseconds.
func duration(power float64) string {
	for _, unit := range []struct {
		power float64
		name  string
	}{{9, "s"}, {6, "ms"}, {3, "µs"}, {0, "ns"}} {
		if power >= unit.power-1e-9 {
			return three(math.Pow(10, power-unit.power)) + " " + unit.name
		}
	}
	return three(math.Pow(10, power)) + " ns"
}

func count(power float64) string {
	n := three(math.Pow(10, power))
	for i := len(n) - 3; i > 0 && !strings.ContainsAny(n, ".e"); i -= 3 {
		n = n[:i] + "," + n[i:]
	}
	return n
}

// three is a number to three figures.
func three(v float64) string {
	if v >= 100 {
		size := math.Pow(10, math.Floor(math.Log10(v)+1e-9)-2)
		return strconv.FormatFloat(math.Round(v/size)*size, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
