package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

// way is the straight way between two places that lie on no edge. They are on the same side of the edges if it crosses
// an even number of them.
//
// An edge is crossed if its ends lie on different sides of the way, and the way's ends on different sides of it. A vertex
// on the way counts as being to the right: that is to walk just left of it, and makes vertices no special case.
type way struct {
	from, to orb.Point
	blur     float64 // more than a determinant of differences between these places, or the sum of three, can be off
	crossed  uint64  // odd if it crosses an odd number of the edges walked past
	unsure   uint64  // not 0 if rounding may have told a side wrong
}

// past counts the edges of a line. Which edges are crossed cannot be foreseen: nothing here branches on it, and of all
// the words only the sign bits count.
func (w *way) past(line []orb.Point) {
	fromX, fromY, blur := w.from[0], w.from[1], w.blur
	x, y := w.to[0]-fromX, w.to[1]-fromY
	ax, ay := line[0][0]-fromX, line[0][1]-fromY
	a := float64(x*ay) - float64(y*ax) // on which side of the way it lies
	sure, crossed := doubtless(a, blur), uint64(0)
	for _, p := range line[1:] {
		bx, by := p[0]-fromX, p[1]-fromY
		b := float64(x*by) - float64(y*bx)
		from := float64(ax*by) - float64(ay*bx) // on which side of the edge the way begins
		to := from + a - b                      // and ends: twice the areas of a quadrilateral's triangles
		parted := math.Float64bits(a) ^ math.Float64bits(b)
		crossed ^= parted & (math.Float64bits(from) ^ math.Float64bits(to))
		sure &= doubtless(b, blur) & (doubtless(from, blur)&doubtless(to, blur) | ^parted)
		ax, ay, a = bx, by, b
	}
	w.crossed ^= crossed >> 63
	w.unsure |= ^sure >> 63
}

// doubtless has its sign bit set if the sign of the determinant is beyond doubt.
func doubtless(det, blur float64) uint64 { return math.Float64bits(blur - math.Abs(det)) }

// pastExactly does what past does, without doubt.
func (w *way) pastExactly(line []orb.Point) {
	a := line[0]
	aLeft := orient(w.from, w.to, a) > 0
	for _, b := range line[1:] {
		bLeft := orient(w.from, w.to, b) > 0
		if aLeft != bLeft && orient(a, b, w.from) != orient(a, b, w.to) {
			w.crossed ^= 1
		}
		a, aLeft = b, bLeft
	}
}
