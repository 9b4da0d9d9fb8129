package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

const (
	// A cell lists so many edges or lines at most, in so many runs.
	edgesListed, linesListed, runsListed = 32, 12, 8

	// few candidates are listed by all cells of a block alike.
	few = 3

	// bridged is how many edges between two runs are listed for the sake of having one run.
	bridged = 2

	// inexact is more than the share by which a distance can be off, see Plane.nearest, and than the share of a cell's size
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

func newFiller(g *grid, h *hierarchy, spare int) *filler {
	f := &filler{g: g, h: h, spare: spare, scale: make([]scale, g.rows+1)}
	for i := range f.scale {
		lat := g.corner[1] + float64(i)*g.height
		f.scale[i].kx, f.scale[i].ky = metresPerDegree(max(-90, min(lat, 90)))
	}
	return f
}

func (f *filler) fill() {
	all := block{east: int(f.g.columns), north: int(f.g.rows)}
	f.frame(&all)
	f.stretch = all.stretch * all.stretch * all.stretch * all.stretch
	f.listAll()
	for j := range all.feet {
		all.feet[j] = f.foot(f.point(j&1*all.east, j>>1*all.north), all.scale, f.stack)
	}
	f.divideKept(&all, f.stack)
}

// listAll makes everything a candidate.
func (f *filler) listAll() {
	f.stack = make([]uint32, 0, 4*len(f.h.points))
	if f.g.byLine {
		f.most = linesListed
		for i := range f.h.lines {
			f.stack = append(f.stack, uint32(i))
		}
		return
	}
	f.most = edgesListed
	for _, l := range f.h.lines {
		for e := l.first; e < l.last; e++ {
			f.stack = append(f.stack, e)
		}
	}
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
	if b.side == unknown && b.far > b.half {
		b.side = f.sideOf(f.middle(b))
	}
	n := b.cells()
	switch {
	case n == 1 || len(kept) <= few:
		f.fillCells(b, kept)
	case b.far > 2*b.half && len(kept) > f.hopeless(n):
		f.fillUnlisted(b, kept)
	default:
		a, z := f.halves(b, kept)
		f.divide(&a, kept)
		f.divide(&z, kept)
	}
}

// halves cuts a block in two where it is longer, west and east or south and north.
func (f *filler) halves(b *block, kept []uint32) (a, z block) {
	a, z = *b, *b
	if b.width > b.height && b.east-b.west > 1 || b.north-b.south == 1 {
		m := (b.west + b.east) / 2
		a.east, z.west = m, m
		south, north := f.foot(f.point(m, b.south), b.scale, kept), f.foot(f.point(m, b.north), b.scale, kept)
		a.feet[1], a.feet[3], z.feet[0], z.feet[2] = south, north, south, north
	} else {
		m := (b.south + b.north) / 2
		a.north, z.south = m, m
		west, east := f.foot(f.point(b.west, m), b.scale, kept), f.foot(f.point(b.east, m), b.scale, kept)
		a.feet[2], a.feet[3], z.feet[0], z.feet[1] = west, east, west, east
	}
	f.frame(&a)
	f.frame(&z)
	return a, z
}

// hopeless is how many candidates a block of n cells far from the edges may have before it is not worth dividing: to
// halve it halves them at best.
func (f *filler) hopeless(n int) int { return int(float64(f.most) / 2 * math.Sqrt(float64(n))) }

func (f *filler) sideOf(p orb.Point) side {
	if f.h.inside(p) {
		return inside
	}
	return outside
}

// fillCells fills the cells of a block, which all list the same.
func (f *filler) fillCells(b *block, kept []uint32) {
	near, listed := f.list(kept)
	for row := b.south; row < b.north; row++ {
		c := block{west: b.west, east: b.west + 1, south: row, north: row + 1}
		f.frame(&c)
		for ; c.west < b.east; c.west, c.east = c.west+1, c.east+1 {
			c.side = b.side
			f.fillCell(&c, kept, near, listed)
		}
	}
}

// fillCell fills a block that is one cell.
func (f *filler) fillCell(b *block, kept []uint32, near packed, listed bool) {
	centre := Plane{p: f.g.centre(b.west, b.south), kx: b.scale.kx, ky: b.scale.ky}
	d2, nearest := f.nearest(&centre, kept)
	if !listed {
		near = pack(f.lineOf(nearest), 0) | unlistedFlag
	}
	switch mixed := math.Sqrt(d2)*(1-inexact) <= b.half; {
	case mixed && d2 < atEdge && f.h.touches(centre.p):
		near = pack(f.lineOf(nearest), 0) | unlistedFlag | mixedFlag
	case mixed:
		near |= mixedFlag
		b.side = f.sideOf(centre.p)
	case b.side == unknown:
		b.side = f.sideOf(centre.p)
	}
	*f.g.cell(b.west, b.south) = b.cell(near, d2)
}

// cell returns what a cell in the block holds, if its middle, or the block's, is so far from the edges.
func (b *block) cell(near packed, d2 float64) cell {
	if b.side == inside {
		near |= insideFlag
	}
	return cell{least: max(0, below((math.Sqrt(d2)*(1-inexact)-b.half)/b.stretch)), near: near}
}

// fillUnlisted fills a block that no edge passes through; each of its cells is told the same.
func (f *filler) fillUnlisted(b *block, kept []uint32) {
	at := Plane{p: f.middle(b), kx: b.scale.kx, ky: b.scale.ky}
	d2, nearest := f.nearest(&at, kept)
	c := b.cell(pack(f.lineOf(nearest), 0)|unlistedFlag, d2)
	for row := b.south; row < b.north; row++ {
		for column := b.west; column < b.east; column++ {
			*f.g.cell(column, row) = c
		}
	}
}
