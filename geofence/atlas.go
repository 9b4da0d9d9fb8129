package geofence

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/paulmach/orb"
)

// query is a place with what is around it.
type query struct {
	cells    span
	appended int64
}

// widening makes up for a circle's plane being that of the mean latitude, up to 0.5° nearer to the pole than the ping's.
const widening = 1.25

// polar is a latitude from which on widening is not enough.
const polar = 80

func newQuery(at *Plane, reach float64, appended int64) query {
	if reach <= 0 {
		x, y := cellOf(at.p[0]-worldWest), cellOf(at.p[1]-worldSouth)
		return query{span{x, y, x, y}, appended}
	}
	dlon, dlat := at.degrees(reach)
	return query{spanOf(at.p[0]-dlon, at.p[1]-dlat, at.p[0]+dlon, at.p[1]+dlat), appended}
}

// degrees returns how far so many metres reach at most.
func (at *Plane) degrees(metres float64) (lon, lat float64) {
	lon, lat = 360, metres/leastMetresPerDegree
	if math.Abs(at.p[1]) < polar {
		lon = metres * widening / at.kx
	}
	return lon, lat
}

// span is a rectangle of cells.
type span struct{ x0, y0, x1, y1 uint32 }

// The world is a square of 512°, 2^30 cells wide and high: a cell is 5 cm of latitude. Its corner is chosen so that the
// lines between large squares are at odd degrees: the meridian of Greenwich is none.
const (
	cellsPerDegree = 1 << 30 / 512
	worldWest      = -225
	worldSouth     = -101
)

func spanOf(west, south, east, north float64) span {
	return span{cellOf(west - worldWest), cellOf(south - worldSouth), cellOf(east - worldWest), cellOf(north - worldSouth)}
}

func cellOf(deg float64) uint32 {
	cell := int64(deg * cellsPerDegree)
	if uint64(cell) < 1<<worldShift {
		return uint32(cell)
	}
	if cell < 0 {
		return 0
	}
	return 1<<worldShift - 1
}

// spanIn returns the cells where the zone's order can be broken or warned of. An inclusion zone is broken anywhere.
func spanIn(z *Zone) span {
	if z.Kind == Inclusion {
		return span{0, 0, 1<<worldShift - 1, 1<<worldShift - 1}
	}
	b := z.Shape.bound(slack + z.BufferM)
	return spanOf(b.Min[0], b.Min[1], b.Max[0], b.Max[1])
}

// atlas finds candidates by where they are: a trie of squares, each split into 4 × 4. It is immutable but for the edit
// that makes it. A candidate is listed in all the squares that it touches; one that would touch too many parts of a
// square is listed for the square itself.
type atlas struct {
	wide  node // of what is everywhere, or too large to be looked for by place
	root  *node
	shift uint8  // the root's square is 2^shift cells wide
	x, y  uint32 // and the x-th and y-th of its size
	made  *edit
}

// node is a square: what is listed for it, and its parts. A square is not split while the list is short.
type node struct {
	frames []frame
	zones  []*Candidate // by the same index
	kids   []*node
	has    uint16 // which of the 16 parts have a node, row by row
	made   *edit
}

const (
	listed     = 8  // candidates in a square that is not split
	leastShift = 8  // squares of 13 m are not split
	wideShift  = 24 // 8°: what is larger is wide
	worldShift = 30
	mostParts  = 9 // of one square in which a candidate may lie
)

// frame is the span of a candidate in a square, cut off at its sides, in steps of at most 2^-14 of them: x0, most - x1,
// y0 and most - y1, 16 bits each. What a query has in their places, see [frameOf], is in none of them less where the two
// meet: one subtraction tells.
type frame uint64

const (
	frameBits = 14
	frameMost = 1<<frameBits - 1
	frameHigh = 0x8000_8000_8000_8000 // no field reaches it
)

// steps returns the span within the x-th and y-th square of a size.
func (s *span) steps(shift uint8, x, y uint32) (x0, y0, x1, y1 uint64) {
	fine := max(shift, frameBits) - frameBits
	step := func(cell, square uint32) uint64 {
		first := uint64(square) << shift
		return min(max(uint64(cell), first)-first, 1<<shift-1) >> fine
	}
	return step(s.x0, x), step(s.y0, y), step(s.x1, x), step(s.y1, y)
}

func frameOf(x0, y0, x1, y1 uint64) frame {
	return frame(x0 | (frameMost-x1)<<16 | y0<<32 | (frameMost-y1)<<48)
}

// overlap reports whether the span meets the x-th and y-th square of a size.
func (s *span) overlap(shift uint8, x, y uint32) bool {
	return s.x0>>shift <= x && x <= s.x1>>shift && s.y0>>shift <= y && y <= s.y1>>shift
}

// frame returns what is listed for a span.
func (s *span) frame(shift uint8, x, y uint32) frame { return frameOf(s.steps(shift, x, y)) }

// probe returns what a query is compared as.
func (s *span) probe(shift uint8, x, y uint32) frame {
	x0, y0, x1, y1 := s.steps(shift, x, y)
	return frameOf(x1, y1, x0, y0) | frameHigh
}

func (f frame) meets(probe frame) bool { return (probe-f)&frameHigh == frameHigh }

func (a *atlas) own(by *edit) *atlas {
	if a == nil {
		return &atlas{made: by}
	}
	if a.made == by {
		return a
	}
	next := *a
	next.made = by
	return &next
}

func (a *atlas) empty() bool { return a.root == nil && len(a.wide.zones) == 0 }

// put adds a candidate.
func (a *atlas) put(by *edit, c *Candidate) {
	s := c.span()
	if (s.x1-s.x0)|(s.y1-s.y0) >= 1<<wideShift {
		a.wide = *a.wide.own(by)
		a.wide.list(s.frame(worldShift, 0, 0), c)
		return
	}
	a.reachTo(by, s)
	a.root = a.root.put(by, s, c, a.shift, a.x, a.y)
}

// reachTo makes the root's square hold the cells.
func (a *atlas) reachTo(by *edit, s span) {
	if a.root == nil {
		a.root = &node{made: by}
		a.shift = uint8(bits.Len32((s.x0^s.x1)|(s.y0^s.y1))+1) &^ 1
		a.x, a.y = s.x0>>a.shift, s.y0>>a.shift
	}
	for s.x0>>a.shift != a.x || s.x1>>a.shift != a.x || s.y0>>a.shift != a.y || s.y1>>a.shift != a.y {
		part := a.y&3<<2 | a.x&3
		leaf := a.root
		a.shift, a.x, a.y = a.shift+2, a.x>>2, a.y>>2
		if a.root = (&node{made: by}); leaf.has != 0 {
			a.root.kids, a.root.has = []*node{leaf}, 1<<part
			continue
		}
		for _, c := range leaf.zones {
			s := c.span()
			a.root.list(s.frame(a.shift, a.x, a.y), c)
		}
	}
}

// take removes the candidates that put added for this revision of a zone.
func (a *atlas) take(by *edit, was *Candidate) {
	id := was.id()
	a.wide = *a.wide.own(by)
	a.wide.unlist(id)
	if a.root != nil {
		a.root = a.root.take(by, was.span(), id, a.shift, a.x, a.y)
	}
}

func (n *node) own(by *edit) *node {
	if n.made == by {
		return n
	}
	return &node{slices.Clone(n.frames), slices.Clone(n.zones), slices.Clone(n.kids), n.has, by}
}

func (n *node) list(f frame, c *Candidate) {
	i, _ := slices.BinarySearchFunc(n.zones, c, inOrder)
	n.frames, n.zones = slices.Insert(n.frames, i, f), slices.Insert(n.zones, i, c)
}

func (n *node) unlist(id string) {
	kept := 0
	for i, c := range n.zones {
		if c.id() != id {
			n.frames[kept], n.zones[kept] = n.frames[i], c
			kept++
		}
	}
	clear(n.zones[kept:])
	n.frames, n.zones = n.frames[:kept], n.zones[:kept]
}

// parts returns which parts of the square x, y of this size the cells lie in.
func (s span) parts(shift uint8, x, y uint32) (x0, y0, x1, y1 uint32) {
	shift -= 2
	part := func(cell, first uint32) uint32 { return min(max(cell>>shift, first), first+3) - first }
	return part(s.x0, x<<2), part(s.y0, y<<2), part(s.x1, x<<2), part(s.y1, y<<2)
}

func (n *node) put(by *edit, s span, c *Candidate, shift uint8, x, y uint32) *node {
	n = n.own(by)
	if n.has != 0 {
		n.hand(by, s, c, shift, x, y)
		return n
	}
	n.list(s.frame(shift, x, y), c)
	if many := len(n.zones); many > listed && many&(many-1) == 0 && shift > leastShift && n.divisible(shift, x, y) {
		zones := n.zones
		n.frames, n.zones = nil, nil
		for _, c := range zones {
			n.hand(by, c.span(), c, shift, x, y)
		}
	}
	return n
}

// divisible reports whether splitting the square is worth it: few candidates would be listed more than once, or all parts
// have shorter lists. Not so where all lies in the same parts. It is asked when a list has doubled.
func (n *node) divisible(shift uint8, x, y uint32) bool {
	var counts [16]int
	most, all := 0, 0
	for _, c := range n.zones {
		s := c.span()
		x0, y0, x1, y1 := s.parts(shift, x, y)
		if (x1-x0+1)*(y1-y0+1) > mostParts {
			continue
		}
		for py := y0; py <= y1; py++ {
			for px := x0; px <= x1; px++ {
				if !c.farFrom(squareOf(shift-2, x<<2+px, y<<2+py)) {
					counts[py<<2|px]++
					most, all = max(most, counts[py<<2|px]), all+1
				}
			}
		}
	}
	return all > 0 && (all <= len(n.zones)*5/4 || most <= len(n.zones)*3/4)
}

// hand passes a candidate down to the parts, or keeps one that lies in too many.
func (n *node) hand(by *edit, s span, c *Candidate, shift uint8, x, y uint32) {
	x0, y0, x1, y1 := s.parts(shift, x, y)
	if (x1-x0+1)*(y1-y0+1) > mostParts {
		n.list(s.frame(shift, x, y), c)
		return
	}
	shift -= 2
	for py := y0; py <= y1; py++ {
		for px := x0; px <= x1; px++ {
			if c.farFrom(squareOf(shift, x<<2+px, y<<2+py)) {
				continue
			}
			i, has := n.kid(py<<2 | px)
			if !has {
				n.has |= 1 << (py<<2 | px)
				n.kids = slices.Insert(n.kids, i, &node{made: by})
			}
			n.kids[i] = n.kids[i].put(by, s, c, shift, x<<2+px, y<<2+py)
		}
	}
}

// temperate is a latitude up to which a square of half a degree is measured well enough in the plane at its centre.
const temperate = 70

// farFrom reports whether the zone, with its warning ring, lies outside a square for certain, although its box does not.
func (c *Candidate) farFrom(square orb.Bound) bool {
	shape := c.shape.Load()
	if shape == nil {
		return false
	}
	z := c.Zone()
	if z.Shape.Radius > 0 || z.Kind == Inclusion {
		return false
	}
	centre := square.Center()
	if square.Max[1]-square.Min[1] > 0.6 || math.Abs(centre[1]) > temperate {
		return false
	}
	at := PlaneAt(centre[0], centre[1])
	corner := math.Hypot((square.Max[0]-centre[0])*at.kx, (square.Max[1]-centre[1])*at.ky)
	reach := 1.03*corner + z.BufferM + slack
	return shape.Within(&at, reach) > reach
}

// kid returns where among the kids a part is or would be.
func (n *node) kid(part uint32) (int, bool) {
	bit := uint16(1) << part
	return bits.OnesCount16(n.has & (bit - 1)), n.has&bit != 0
}

// take returns the node without the zone; nil when nothing is left.
func (n *node) take(by *edit, s span, id string, shift uint8, x, y uint32) *node {
	n = n.own(by)
	n.unlist(id)
	if n.has != 0 {
		x0, y0, x1, y1 := s.parts(shift, x, y)
		for py := y0; py <= y1; py++ {
			for px := x0; px <= x1; px++ {
				i, has := n.kid(py<<2 | px)
				if !has {
					continue
				}
				if n.kids[i] = n.kids[i].take(by, s, id, shift-2, x<<2+px, y<<2+py); n.kids[i] == nil {
					n.has &^= 1 << (py<<2 | px)
					n.kids = slices.Delete(n.kids, i, i+1)
				}
			}
		}
	}
	if len(n.zones) == 0 && n.has == 0 {
		return nil
	}
	return n
}

// near appends the candidates in force whose boxes meet the query, some of them more than once.
func (a *atlas) near(dst []*Candidate, q *query) []*Candidate {
	s := &q.cells
	if len(a.wide.zones) > 0 {
		dst = near(dst, a.wide.frames, a.wide.zones, s.probe(worldShift, 0, 0), q.appended)
	}
	switch {
	case a.root == nil || !s.overlap(a.shift, a.x, a.y):
		return dst
	case s.inside(a.shift, a.x, a.y):
		return a.root.dive(dst, q, a.shift)
	}
	return a.root.descend(dst, q, a.shift, a.x, a.y)
}

// inside reports whether the whole span lies in the x-th and y-th square of a size.
func (s *span) inside(shift uint8, x, y uint32) bool {
	return s.x0>>shift == x && s.x1>>shift == x && s.y0>>shift == y && s.y1>>shift == y
}

// dive is descend as long as the whole query lies in one part, as nearly every one does: without anything to cut off it
// takes two thirds of the time.
func (n *node) dive(dst []*Candidate, q *query, shift uint8) []*Candidate {
	s := &q.cells
	for {
		if len(n.zones) > 0 {
			dst = near(dst, n.frames, n.zones, s.within(shift), q.appended)
		}
		if n.has == 0 {
			return dst
		}
		shift -= 2
		x, y := s.x0>>shift, s.y0>>shift
		if (x^s.x1>>shift)|(y^s.y1>>shift) != 0 {
			shift += 2
			return n.spread(dst, q, shift, s.x0>>shift, s.y0>>shift)
		}
		i, has := n.kid(y&3<<2 | x&3)
		if !has {
			return dst
		}
		n = n.kids[i]
	}
}

// within is probe for a span that lies in one square of the size.
func (s *span) within(shift uint8) frame {
	fine, mask := max(shift, frameBits)-frameBits, uint32(1)<<shift-1
	step := func(cell uint32) uint64 { return uint64(cell & mask >> fine) }
	return frameOf(step(s.x1), step(s.y1), step(s.x0), step(s.y0)) | frameHigh
}

func (n *node) descend(dst []*Candidate, q *query, shift uint8, x, y uint32) []*Candidate {
	if len(n.zones) > 0 {
		dst = near(dst, n.frames, n.zones, q.cells.probe(shift, x, y), q.appended)
	}
	return n.spread(dst, q, shift, x, y)
}

// spread descends into all parts that the query meets.
func (n *node) spread(dst []*Candidate, q *query, shift uint8, x, y uint32) []*Candidate {
	if n.has == 0 {
		return dst
	}
	x0, y0, x1, y1 := q.cells.parts(shift, x, y)
	for py := y0; py <= y1; py++ {
		for px := x0; px <= x1; px++ {
			if i, has := n.kid(py<<2 | px); has {
				dst = n.kids[i].descend(dst, q, shift-2, x<<2+px, y<<2+py)
			}
		}
	}
	return dst
}

// near appends the listed zones in force whose frames meet the probe.
func near(dst []*Candidate, frames []frame, zones []*Candidate, probe frame, appended int64) []*Candidate {
	for i, f := range frames {
		if f.meets(probe) {
			dst = zones[i].inForce(dst, appended)
		}
	}
	return dst
}

func inOrder(a, b *Candidate) int {
	if by := strings.Compare(a.id(), b.id()); by != 0 {
		return by
	}
	return cmp.Compare(a.from, b.from)
}
