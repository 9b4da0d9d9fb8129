package geofence

import (
	"math"
	"sort"

	"github.com/paulmach/orb"
)

// limit takes for each foot how near an edge must come to one of the corners at least to be nearer than the foot.
func (f *filler) limit(b *block) {
	// The foot's distance from the corner may be seen stretched, and the edge's shrunk. The second term stands for a
	// distance of inexact times the diagonal, by which places may lie outside.
	share := b.stretch * b.stretch * (1 + inexact)
	share, plus := share*share*(1+inexact), inexact*b.half*b.half
	b.corner = Plane{p: f.point(b.west, b.south), kx: b.scale.kx, ky: b.scale.ky}
	far := 0.0
	for k, foot := range b.feet {
		x, y := b.corner.metres(foot)
		west, south, east, north := x*x, y*y, (x-b.width)*(x-b.width), (y-b.height)*(y-b.height)
		b.limits[k] = [4]float64{
			(west+south)*share + plus, (east+south)*share + plus, (west+north)*share + plus, (east+north)*share + plus,
		}
		far = max(far, [4]float64{west + south, east + south, west + north, east + north}[k])
	}
	b.far = math.Sqrt(far)/f.stretch*(1-inexact) - b.half
}

// dominated reports whether one of the feet is nearer than the candidate to every corner of the block, and so to every
// place in it: the difference of the squared distances from a place to the foot and to one point of the candidate is
// linear in the place; their greatest over all points of the candidate is convex, and nowhere more than in a corner.
func (f *filler) dominated(b *block, candidate uint32) bool {
	var d2 [4]float64
	if f.g.byLine {
		x, y := f.h.relative(b.corner.p)
		d2 = f.h.boxes[candidate].fromCorners(b, x, y)
	} else {
		d2 = b.toCorners(f.h.points[candidate], f.h.points[candidate+1])
	}
	for k := range b.limits {
		l := &b.limits[k]
		if d2[0] > l[0] && d2[1] > l[1] && d2[2] > l[2] && d2[3] > l[3] {
			return true
		}
	}
	return false
}

// toCorners returns the squared distances from the corners to an edge.
func (b *block) toCorners(from, to orb.Point) (d2 [4]float64) {
	ax, ay := b.corner.metres(from)
	bx, by := b.corner.metres(to)
	dx, dy := bx-ax, by-ay
	perLength := 0.0
	if length2 := dx*dx + dy*dy; length2 > 0 {
		perLength = 1 / length2
	}
	for j := range d2 {
		x, y := ax, ay
		if j&1 != 0 {
			x -= b.width
		}
		if j&2 != 0 {
			y -= b.height
		}
		share := min(max(-(x*dx+y*dy)*perLength, 0), 1)
		x, y = x+share*dx, y+share*dy
		d2[j] = x*x + y*y
	}
	return d2
}

// fromCorners returns lower bounds of the squared distances from the corners of a block, the first of which is given, to
// anything in the box.
func (b *box) fromCorners(of *block, x, y float64) [4]float64 {
	width, height := of.width/of.scale.kx, of.height/of.scale.ky
	west := max(float64(b.west)-x, x-float64(b.east), 0) * of.scale.kx
	east := max(float64(b.west)-x-width, x+width-float64(b.east), 0) * of.scale.kx
	south := max(float64(b.south)-y, y-float64(b.north), 0) * of.scale.ky
	north := max(float64(b.south)-y-height, y+height-float64(b.north), 0) * of.scale.ky
	west, east, south, north = west*west, east*east, south*south, north*north
	return [4]float64{west + south, east + south, west + north, east + north}
}

// nearest returns the nearest of the candidates, and its squared distance.
func (f *filler) nearest(at *Plane, candidates []uint32) (float64, uint32) {
	best, which := math.Inf(1), candidates[0]
	x, y := f.h.relative(at.p)
	for _, c := range candidates {
		var d2 float64
		if f.g.byLine {
			if f.h.boxes[c].distance2(at, x, y) >= best {
				continue
			}
			d2 = at.nearest(f.h.line(int(c)))
		} else {
			d2 = at.nearest(f.h.points[c : c+2])
		}
		if d2 < best {
			best, which = d2, c
		}
	}
	return best, which
}

// foot returns the point of the candidates that is nearest to a place, but for rounding.
func (f *filler) foot(p orb.Point, s scale, candidates []uint32) orb.Point {
	at := Plane{p: p, kx: s.kx, ky: s.ky}
	_, c := f.nearest(&at, candidates)
	line := f.h.points[c : c+2]
	if f.g.byLine {
		line = f.h.line(int(c))
	}
	best, foot := math.Inf(1), line[0]
	for i, b := range line[1:] {
		a := line[i]
		ax, ay := at.metres(a)
		bx, by := at.metres(b)
		d2 := at.nearest(line[i : i+2])
		if d2 >= best {
			continue
		}
		dx, dy := bx-ax, by-ay
		share := 0.0
		if length2 := dx*dx + dy*dy; length2 > 0 {
			share = min(max(-(ax*dx+ay*dy)/length2, 0), 1)
		}
		best, foot = d2, orb.Point{a[0] + share*(b[0]-a[0]), a[1] + share*(b[1]-a[1])}
	}
	return foot
}

// lineOf returns the line of a candidate.
func (f *filler) lineOf(candidate uint32) int {
	if f.g.byLine {
		return int(candidate)
	}
	l := f.h.lines
	return sort.Search(len(l), func(i int) bool { return l[i].last > candidate })
}
