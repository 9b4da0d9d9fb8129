package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

const (
	// A cell lists so many edges or lines at most, in so many runs.
	edgesListed, linesListed, runsListed = 24, 12, 8

	// bridged is how many edges between two runs are listed for the sake of having one run.
	bridged = 2

	// inexact is more than the share by which a distance can be off, see fromOrigin, and than the share of a cell's size
	// by which rounding can put a place into the cell beside its own.
	inexact = 1e-5
)

// filler finds out what is true of each cell. It halves the grid until single cells are left, and hands down which edges
// can be nearest to a place in the half.
type filler struct {
	g       *grid
	h       *hierarchy
	most    int      // how many edges or lines a cell may list
	stretch float64  // of the whole grid, to the fourth power
	spare   int      // how many runs may still be listed
	scale   []scale  // of the parallels between rows
	stack   []uint32 // the candidates of the blocks being divided: edges by their first point, or lines
	runs    []packed // of the cell at hand
}

// scale is the metres in one degree.
type scale struct{ kx, ky float64 }

func newFiller(g *grid, h *hierarchy, spare int) *filler {
	f := &filler{g: g, h: h, spare: spare, scale: make([]scale, g.rows+1)}
	for i := range f.scale {
		lat := g.corner[1] + float64(i)*g.height
		f.scale[i].kx, f.scale[i].ky = metresPerDegree(max(-90, min(lat, 90)))
	}
	return f
}

func (f *filler) fill() {
	f.most = edgesListed
	if f.g.byLine {
		f.most = linesListed
	}
	f.stack = make([]uint32, 0, 4*len(f.h.points))
	if f.g.byLine {
		for i := range f.h.lines {
			f.stack = append(f.stack, uint32(i))
		}
	} else {
		for _, l := range f.h.lines {
			for e := l.first; e < l.last; e++ {
				f.stack = append(f.stack, e)
			}
		}
	}
	all := block{east: int(f.g.columns), north: int(f.g.rows)}
	f.frame(&all)
	f.stretch = all.stretch * all.stretch * all.stretch * all.stretch
	for j := range all.feet {
		all.feet[j] = f.foot(f.point(j&1*all.east, j>>1*all.north), all.scale, f.stack)
	}
	f.divideKept(&all, f.stack)
}

// block is some columns and rows of the grid.
type block struct {
	west, south, east, north int          // columns and rows; half-open
	feet                     [4]orb.Point // nearest to the corners: south-west, south-east, north-west, north-east
	side                     side

	scale   scale   // in its middle
	stretch float64 // by how much a length can be more or less elsewhere in the block
	half    float64 // half the diagonal in metres
	width   float64 // in metres
	height  float64
	corner  Plane         // south-west
	far     float64       // less than the distance of the middle from the edges, as far as the corners tell
	limits  [4][4]float64 // for each foot, its squared distances from the corners
}

// side is what is known of where a block lies.
type side uint8

const (
	unknown side = iota
	outside
	inside
)

func (b *block) cells() int { return (b.east - b.west) * (b.north - b.south) }

// frame takes the scale of the block's middle, and by how much it changes. A degree of longitude is longest, and one of
// latitude shortest, at the equator.
func (f *filler) frame(b *block) {
	s, n := f.scale[b.south], f.scale[b.north]
	lo := scale{min(s.kx, n.kx), min(s.ky, n.ky)}
	hi := scale{max(s.kx, n.kx), max(s.ky, n.ky)}
	g := f.g
	if lat := g.corner[1] + float64(b.south)*g.height; lat < 0 && lat+float64(b.north-b.south)*g.height > 0 {
		hi.kx, lo.ky = metresPerDegree(0)
	}
	b.scale = scale{(lo.kx + hi.kx) / 2, (lo.ky + hi.ky) / 2}
	b.stretch = max(b.scale.kx/lo.kx, hi.kx/b.scale.kx, b.scale.ky/lo.ky, hi.ky/b.scale.ky)
	b.width, b.height = float64(b.east-b.west)*g.width*b.scale.kx, float64(b.north-b.south)*g.height*b.scale.ky
	b.half = math.Sqrt(b.width*b.width+b.height*b.height) / 2 * (1 + inexact)
}

// point returns the corner between columns and rows.
func (f *filler) point(column, row int) orb.Point {
	return orb.Point{f.g.corner[0] + float64(column)*f.g.width, f.g.corner[1] + float64(row)*f.g.height}
}

// divide fills the block, given what can be nearest to a place in it.
func (f *filler) divide(b *block, candidates []uint32) {
	from := len(f.stack)
	f.limit(b)
	for _, c := range candidates {
		if !f.dominated(b, c) {
			f.stack = append(f.stack, c)
		}
	}
	kept := f.stack[from:]
	f.divideKept(b, kept)
	f.stack = f.stack[:from]
}

func (f *filler) divideKept(b *block, kept []uint32) {
	n := b.cells()
	if n == 1 {
		f.cell(b, kept)
		return
	}
	if b.side == unknown && b.far > b.half {
		b.side = f.sideOf(f.middle(b))
	}
	if b.far > 2*b.half && len(kept) > f.hopeless(n) {
		f.unlisted(b, kept)
		return
	}
	a, z := *b, *b
	if b.width > b.height && b.east-b.west > 1 || b.north-b.south == 1 {
		m := (b.west + b.east) / 2
		a.east, z.west = m, m
		s, n := f.foot(f.point(m, b.south), b.scale, kept), f.foot(f.point(m, b.north), b.scale, kept)
		a.feet[1], a.feet[3], z.feet[0], z.feet[2] = s, n, s, n
	} else {
		m := (b.south + b.north) / 2
		a.north, z.south = m, m
		w, e := f.foot(f.point(b.west, m), b.scale, kept), f.foot(f.point(b.east, m), b.scale, kept)
		a.feet[2], a.feet[3], z.feet[0], z.feet[1] = w, e, w, e
	}
	f.frame(&a)
	f.frame(&z)
	f.divide(&a, kept)
	f.divide(&z, kept)
}

// hopeless is how many candidates a block of n cells far from the edges may have before it is not worth dividing: to
// halve it halves them at best.
func (f *filler) hopeless(n int) int { return int(float64(f.most) / 2 * math.Sqrt(float64(n))) }

func (f *filler) middle(b *block) orb.Point {
	lo, hi := f.point(b.west, b.south), f.point(b.east, b.north)
	return orb.Point{(lo[0] + hi[0]) / 2, (lo[1] + hi[1]) / 2}
}

func (f *filler) sideOf(p orb.Point) side {
	if f.h.inside(p) {
		return inside
	}
	return outside
}

// cell fills a single cell.
func (f *filler) cell(b *block, kept []uint32) {
	i := b.south*int(f.g.columns) + b.west
	centre := Plane{p: f.g.centre(i), kx: b.scale.kx, ky: b.scale.ky}
	d2, nearest := f.nearest(&centre, kept)
	near, ok := f.list(kept)
	if !ok {
		near = pack(f.lineOf(nearest), 0) | unlistedFlag
	}
	switch mixed := math.Sqrt(d2)*(1-inexact) <= b.half; {
	case mixed && d2 < onEdge && f.h.touches(centre.p):
		near = pack(f.lineOf(nearest), 0) | unlistedFlag | mixedFlag
	case mixed:
		near |= mixedFlag
		b.side = f.sideOf(centre.p)
	case b.side == unknown:
		b.side = f.sideOf(centre.p)
	}
	f.g.cells[i] = b.cell(near, d2)
}

// cell returns what a cell in the block holds, if its middle, or the block's, is so far from the edges.
func (b *block) cell(near packed, d2 float64) cell {
	if b.side == inside {
		near |= insideFlag
	}
	return cell{least: max(0, below((math.Sqrt(d2)*(1-inexact)-b.half)/b.stretch)), near: near}
}

// unlisted fills a block that no edge passes through; each of its cells is told the same.
func (f *filler) unlisted(b *block, kept []uint32) {
	at := Plane{p: f.middle(b), kx: b.scale.kx, ky: b.scale.ky}
	d2, nearest := f.nearest(&at, kept)
	c := b.cell(pack(f.lineOf(nearest), 0)|unlistedFlag, d2)
	for row := b.south; row < b.north; row++ {
		for column := b.west; column < b.east; column++ {
			f.g.cells[row*int(f.g.columns)+column] = c
		}
	}
}

// list puts the candidates into runs; it is false when there are too many.
func (f *filler) list(kept []uint32) (packed, bool) {
	if len(kept) > f.most {
		return 0, false
	}
	f.runs = f.runs[:0]
	for _, k := range kept {
		if n := len(f.runs); n > 0 && f.joins(f.runs[n-1], int(k)) {
			f.runs[n-1] = pack(f.runs[n-1].first(), int(k)+1-f.runs[n-1].first())
		} else {
			f.runs = append(f.runs, pack(int(k), 1))
		}
	}
	switch n := len(f.runs); {
	case n == 1:
		return f.runs[0], true
	case n <= runsListed && n <= f.spare:
		near := pack(len(f.g.runs), n) | severalFlag
		f.g.runs = append(f.g.runs, f.runs...)
		f.spare -= n
		return near, true
	}
	return 0, false
}

func (f *filler) joins(run packed, next int) bool {
	if f.g.byLine || next == run.end() {
		return next-run.end() <= bridged
	}
	return next-run.end() <= bridged && (len(f.h.rings) == 2 || f.h.ringOf(uint32(run.first())) == f.h.ringOf(uint32(next)))
}
