package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

const (
	// boxMargin is by how much of the shape's extent a box is larger than what it holds: more than all rounding, of the
	// sides and of the place that is compared with them.
	boxMargin = 1e-9

	// doubt is the part of a lower bound that is given up, because the distances compared with it are rounded too; see
	// Plane.nearest.
	doubt = 4e-6
)

// box is a rectangle in degrees, rounded outwards so far that a coordinate may be rounded to a float32 before it is
// compared.
type box struct{ west, south, east, north float32 }

func below(x float64) float32 { return outwards(x, float32(math.Inf(-1))) }
func above(x float64) float32 { return outwards(x, float32(math.Inf(1))) }

// outwards rounds by two units in the last place: one for the rounding here, one for that of what is compared.
func outwards(x float64, to float32) float32 {
	return math.Nextafter32(math.Nextafter32(float32(x), to), to)
}

func boxAround(line []orb.Point, origin orb.Point, margin float64) box {
	lo, hi := line[0], line[0]
	for _, p := range line[1:] {
		lo = orb.Point{min(lo[0], p[0]), min(lo[1], p[1])}
		hi = orb.Point{max(hi[0], p[0]), max(hi[1], p[1])}
	}
	return box{
		west: below(lo[0] - origin[0] - margin), south: below(lo[1] - origin[1] - margin),
		east: above(hi[0] - origin[0] + margin), north: above(hi[1] - origin[1] + margin),
	}
}

func union(boxes []box) box {
	all := boxes[0]
	for _, b := range boxes[1:] {
		all.west, all.south = min(all.west, b.west), min(all.south, b.south)
		all.east, all.north = max(all.east, b.east), max(all.north, b.north)
	}
	return all
}

// distance2 returns a lower bound of the squared distance, in metres, from the place to anything in the box.
func (b *box) distance2(at *Plane, x, y float64) float64 {
	dx := max(float64(b.west)-x, x-float64(b.east), 0) * at.kx
	dy := max(float64(b.south)-y, y-float64(b.north), 0) * at.ky
	return (dx*dx + dy*dy) * (1 - doubt)
}

func (b *box) holds(x, y float64) bool {
	return float64(b.west) <= x && x <= float64(b.east) && float64(b.south) <= y && y <= float64(b.north)
}

// meets reports whether the boxes have a place in common.
func (b *box) meets(c *box) bool {
	return b.west <= c.east && c.west <= b.east && b.south <= c.north && c.south <= b.north
}
