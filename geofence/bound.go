package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

// slack is how far in metres outside a shape's bounding box a point may lie and still count as on the edge: rounding
// forgives 0.005 m, the rest pays for the arithmetic.
const slack = 0.02

// leastMetresPerDegree is M at the equator, the least length a degree of latitude has anywhere.
const leastMetresPerDegree = semiMajor * (1 - ecc2) * degree

// Bound returns a box in degrees that holds the shape. A circle that reaches over a pole or the antimeridian gets all
// longitudes.
func (s *Shape) Bound() orb.Bound { return s.bound(0) }

func (s *Shape) bound(pad float64) orb.Bound {
	if s.Radius > 0 {
		b := around(orb.Bound{Min: s.Center, Max: s.Center}, s.Radius+pad)
		if b.Min[0] < -180 || b.Max[0] > 180 {
			b.Min[0], b.Max[0] = -180, 180
		}
		return b
	}
	b := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for _, polygon := range s.Polygons {
		for _, p := range polygon[0] { // a hole lies in its shell
			b.Min = orb.Point{min(b.Min[0], p[0]), min(b.Min[1], p[1])}
			b.Max = orb.Point{max(b.Max[0], p[0]), max(b.Max[1], p[1])}
		}
	}
	if pad == 0 {
		return b
	}
	return around(b, pad)
}

// around pads a box by so many metres on each side. Meridians converge, so the pad in longitude is taken where the
// padded box comes nearest to a pole; at a pole no longitude is far from another.
func around(b orb.Bound, metres float64) orb.Bound {
	dlat := metres / leastMetresPerDegree
	b.Min[1], b.Max[1] = max(-90, b.Min[1]-dlat), min(90, b.Max[1]+dlat)
	kx, _ := metresPerDegree(max(math.Abs(b.Min[1]), math.Abs(b.Max[1])))
	dlon := 360.0
	if kx > 0 {
		dlon = min(dlon, metres/kx)
	}
	b.Min[0], b.Max[0] = b.Min[0]-dlon, b.Max[0]+dlon
	return b
}
