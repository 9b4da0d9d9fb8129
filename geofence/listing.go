package geofence

import (
	"math"
	"sort"

	"github.com/paulmach/orb"
)

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

// lineOf returns the line of a candidate.
func (f *filler) lineOf(candidate uint32) int {
	if f.g.byLine {
		return int(candidate)
	}
	l := f.h.lines
	return sort.Search(len(l), func(i int) bool { return l[i].last > candidate })
}
