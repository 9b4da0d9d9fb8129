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
	blur     float64 // more than orient's determinant can be off among these places
	crossed  uint64  // odd if it crosses an odd number of the edges walked past
	unsure   uint64  // not 0 if rounding may have told a side wrong
}

// past counts the edges of a line. Which edges are crossed cannot be foreseen: nothing here branches on it.
func (w *way) past(line []orb.Point) {
	from, to, blur := w.from, w.to, w.blur
	x, y := to[0]-from[0], to[1]-from[1]
	ax, ay := line[0][0]-from[0], line[0][1]-from[1]
	cx, cy := line[0][0]-to[0], line[0][1]-to[1]
	aRight, sure := turn(x, y, ax, ay, blur)
	var crossed uint64
	for _, b := range line[1:] {
		bx, by := b[0]-from[0], b[1]-from[1]
		dx, dy := b[0]-to[0], b[1]-to[1]
		bRight, sureB := turn(x, y, bx, by, blur)
		fromRight, sureFrom := turn(ax, ay, bx, by, blur)
		toRight, sureTo := turn(cx, cy, dx, dy, blur)
		parted := aRight ^ bRight
		crossed ^= parted & (fromRight ^ toRight)
		sure &= sureB & (sureFrom&sureTo | ^parted)
		ax, ay, cx, cy, aRight = bx, by, dx, dy, bRight
	}
	w.crossed ^= crossed
	w.unsure |= sure ^ 1
}

// turn returns 1 if the second vector points to the right of the first, both being differences to the same point, and
// 1 if that is sure.
func turn(ax, ay, bx, by, blur float64) (right, sure uint64) {
	det := float64(ax*by) - float64(ay*bx)
	return math.Float64bits(det) >> 63, math.Float64bits(blur-math.Abs(det)) >> 63
}

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
