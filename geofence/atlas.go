package geofence

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// box is a rectangle in degrees, rounded outwards so far that a coordinate may be rounded to a float32 before it is
// compared.
type box struct{ west, south, east, north float32 }

// boxOf returns where the zone's order can be broken or warned of. An inclusion zone is broken anywhere.
func boxOf(z *Zone) box {
	if z.Kind == Inclusion {
		return box{-math.MaxFloat32, -math.MaxFloat32, math.MaxFloat32, math.MaxFloat32}
	}
	b := z.Shape.bound(slack + z.BufferM)
	return box{below(b.Min[0]), below(b.Min[1]), above(b.Max[0]), above(b.Max[1])}
}

func below(x float64) float32 { return outwards(x, float32(math.Inf(-1))) }
func above(x float64) float32 { return outwards(x, float32(math.Inf(1))) }

// outwards rounds by two units in the last place: one for the rounding here, one for that of what is compared.
func outwards(x float64, to float32) float32 {
	return math.Nextafter32(math.Nextafter32(float32(x), to), to)
}

// query is a place with what is around it.
type query struct {
	west, south, east, north float32
	cells                    span
	appended                 int64
}

// widening makes up for a circle's plane being that of the mean latitude, up to 0.5° nearer to the pole than the ping's.
const widening = 1.25

// polar is a latitude from which on widening is not enough.
const polar = 80

func newQuery(at *Plane, reach float64, appended int64) query {
	lon, lat := at.p[0], at.p[1]
	var dlon, dlat float64
	if reach > 0 {
		dlat = reach / leastMetresPerDegree
		dlon = 360
		if math.Abs(lat) < polar {
			dlon = reach * widening / at.kx
		}
	}
	q := query{float32(lon - dlon), float32(lat - dlat), float32(lon + dlon), float32(lat + dlat), span{}, appended}
	q.cells = spanOf(lon-dlon, lat-dlat, lon+dlon, lat+dlat)
	return q
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

func cellOf(deg float64) uint32 { return uint32(min(max(deg*cellsPerDegree, 0), 1<<30-1)) }

func (b box) span() span {
	return spanOf(float64(b.west), float64(b.south), float64(b.east), float64(b.north))
}

// atlas finds candidates by where they are: a trie of squares, each split into 4 × 4. It is immutable but for the edit
// that makes it. A candidate lies in all the squares it touches, at most four of a size; a larger one higher up.
type atlas struct {
	wide  node // of what is everywhere, or too large to be looked for by place
	root  *node
	shift uint8  // the root's square is 2^shift cells wide
	x, y  uint32 // and the x-th and y-th of its size
	made  *edit
}

// node is a square: what is listed for it, and its parts. A square is not split while the list is short.
type node struct {
	boxes []box
	zones []*Candidate // by the same index
	kids  []*node
	has   uint16 // which of the 16 parts have a node, row by row
	made  *edit
}

const (
	listed     = 16 // candidates in a square that is not split
	leastShift = 8  // squares of 13 m are not split
	wideShift  = 24 // 8°: what is larger is wide
	mostParts  = 4  // of one square in which a candidate may lie
)

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
	b := boxOf(c.Zone)
	s := b.span()
	if (s.x1-s.x0)|(s.y1-s.y0) >= 1<<wideShift {
		a.wide = *a.wide.own(by)
		a.wide.list(b, c)
		return
	}
	a.reachTo(by, s)
	a.root = a.root.put(by, b, s, c, a.shift, a.x, a.y)
}

// reachTo makes the root's square hold the cells.
func (a *atlas) reachTo(by *edit, s span) {
	if a.root == nil {
		a.root = &node{made: by}
		a.shift = uint8(bits.Len32((s.x0^s.x1)|(s.y0^s.y1))+1) &^ 1
		a.x, a.y = s.x0>>a.shift, s.y0>>a.shift
	}
	for s.x0>>a.shift != a.x || s.x1>>a.shift != a.x || s.y0>>a.shift != a.y || s.y1>>a.shift != a.y {
		if a.root.has == 0 {
			a.root = a.root.own(by)
		} else {
			part := a.y&3<<2 | a.x&3
			a.root = &node{kids: []*node{a.root}, has: 1 << part, made: by}
		}
		a.shift, a.x, a.y = a.shift+2, a.x>>2, a.y>>2
	}
}

// take removes the candidates of a zone that put added with this box.
func (a *atlas) take(by *edit, z *Zone) {
	b := boxOf(z)
	s := b.span()
	a.wide = *a.wide.own(by)
	a.wide.unlist(z.ID)
	if a.root != nil {
		a.root = a.root.take(by, s, z.ID, a.shift, a.x, a.y)
	}
}

func (n *node) own(by *edit) *node {
	if n.made == by {
		return n
	}
	return &node{slices.Clone(n.boxes), slices.Clone(n.zones), slices.Clone(n.kids), n.has, by}
}

func (n *node) list(b box, c *Candidate) {
	i, _ := slices.BinarySearchFunc(n.zones, c, inOrder)
	n.boxes, n.zones = slices.Insert(n.boxes, i, b), slices.Insert(n.zones, i, c)
}

func (n *node) unlist(id string) {
	kept := 0
	for i, c := range n.zones {
		if c.Zone.ID != id {
			n.boxes[kept], n.zones[kept] = n.boxes[i], c
			kept++
		}
	}
	clear(n.zones[kept:])
	n.boxes, n.zones = n.boxes[:kept], n.zones[:kept]
}

// parts returns which parts of the square x, y of this size the cells lie in.
func (s span) parts(shift uint8, x, y uint32) (x0, y0, x1, y1 uint32) {
	shift -= 2
	part := func(cell, first uint32) uint32 { return min(max(cell>>shift, first), first+3) - first }
	return part(s.x0, x<<2), part(s.y0, y<<2), part(s.x1, x<<2), part(s.y1, y<<2)
}

func (n *node) put(by *edit, b box, s span, c *Candidate, shift uint8, x, y uint32) *node {
	n = n.own(by)
	if n.has == 0 && (len(n.zones) < listed || shift <= leastShift) {
		n.list(b, c)
		return n
	}
	if n.has == 0 {
		boxes, zones := n.boxes, n.zones
		n.boxes, n.zones = nil, nil
		for i := range zones {
			n.hand(by, boxes[i], boxes[i].span(), zones[i], shift, x, y)
		}
	}
	n.hand(by, b, s, c, shift, x, y)
	return n
}

// hand passes a candidate down to the parts, or keeps one that lies in too many.
func (n *node) hand(by *edit, b box, s span, c *Candidate, shift uint8, x, y uint32) {
	x0, y0, x1, y1 := s.parts(shift, x, y)
	if (x1-x0+1)*(y1-y0+1) > mostParts {
		n.list(b, c)
		return
	}
	for py := y0; py <= y1; py++ {
		for px := x0; px <= x1; px++ {
			i, has := n.kid(py<<2 | px)
			if !has {
				n.has |= 1 << (py<<2 | px)
				n.kids = slices.Insert(n.kids, i, &node{made: by})
			}
			n.kids[i] = n.kids[i].put(by, b, s, c, shift-2, x<<2+px, y<<2+py)
		}
	}
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
	dst = a.wide.near(dst, q)
	s := &q.cells
	if a.root == nil || s.x0>>a.shift > a.x || s.x1>>a.shift < a.x || s.y0>>a.shift > a.y || s.y1>>a.shift < a.y {
		return dst
	}
	return a.root.descend(dst, q, a.shift, a.x, a.y)
}

func (n *node) descend(dst []*Candidate, q *query, shift uint8, x, y uint32) []*Candidate {
	for {
		dst = n.near(dst, q)
		if n.has == 0 {
			return dst
		}
		x0, y0, x1, y1 := q.cells.parts(shift, x, y)
		shift -= 2
		if x0 != x1 || y0 != y1 {
			for py := y0; py <= y1; py++ {
				for px := x0; px <= x1; px++ {
					if i, has := n.kid(py<<2 | px); has {
						dst = n.kids[i].descend(dst, q, shift, x<<2+px, y<<2+py)
					}
				}
			}
			return dst
		}
		i, has := n.kid(y0<<2 | x0)
		if !has {
			return dst
		}
		n, x, y = n.kids[i], x<<2+x0, y<<2+y0
	}
}

func (n *node) near(dst []*Candidate, q *query) []*Candidate {
	for i := range n.boxes {
		b := &n.boxes[i]
		if q.west <= b.east && q.east >= b.west && q.south <= b.north && q.north >= b.south {
			if c := n.zones[i]; c.from <= q.appended && q.appended < c.until {
				dst = append(dst, c)
			}
		}
	}
	return dst
}

func inOrder(a, b *Candidate) int {
	if by := strings.Compare(a.Zone.ID, b.Zone.ID); by != 0 {
		return by
	}
	if a.from < b.from {
		return -1
	}
	if a.from > b.from {
		return 1
	}
	return 0
}
