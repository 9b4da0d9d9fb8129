package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

// Round rounds a distance in metres to a centimetre, halves away from zero. It never returns negative zero, so that a
// distance prints the same from either side of an edge.
func Round(d float64) float64 { return math.Round(d*100)/100 + 0 }

// Breached reports whether a wearer at the signed, rounded distance d breaks the zone's order: inside an exclusion zone
// or on its edge, outside an inclusion zone.
func (z *Zone) Breached(d float64) bool {
	if z.Kind == Inclusion {
		return d > 0
	}
	return d <= 0
}

// Distance returns the distance in metres from the point to the nearest edge of the shape, negative inside, and 0 on an
// edge or a vertex. The plane is that of the point (for a circle: of the mean latitude of point and centre). Polygons
// are not followed across the antimeridian; a circle is. The shape must be valid; nothing is allocated.
func (s *Shape) Distance(lon, lat float64) float64 {
	at := PlaneAt(lon, lat)
	return s.at(&at)
}

func (s *Shape) at(at *Plane) float64 {
	if s.Radius > 0 {
		return s.circleDistance(at.p[0], at.p[1])
	}
	best, inside := math.Inf(1), false
	for _, polygon := range s.Polygons {
		in := false
		for _, ring := range polygon {
			d2, odd := at.ring(ring)
			if d2 == 0 {
				return 0
			}
			best = min(best, d2)
			in = in != odd
		}
		inside = inside || in
	}
	return signed(math.Sqrt(best), inside)
}

func (s *Shape) circleDistance(lon, lat float64) float64 {
	dlon := lon - s.Center[0]
	if math.Abs(dlon) > 180 {
		dlon = math.Remainder(dlon, 360)
	}
	kx, ky := metresPerDegree((lat + s.Center[1]) / 2)
	return math.Hypot(dlon*kx, (lat-s.Center[1])*ky) - s.Radius
}

// ring returns the squared distance from the origin to the nearest edge of a closed ring, exactly 0 when it lies on
// one, and whether a ray to the east crosses the ring an odd number of times.
func (at *Plane) ring(ring orb.Ring) (d2 float64, odd bool) {
	p, a := at.p, ring[0]
	for _, b := range ring[1:] {
		if b == p {
			return 0, false
		}
		switch up := b[1] > p[1]; {
		case up != (a[1] > p[1]):
			side := orient(a, b, p)
			if side == 0 {
				return 0, false
			}
			if (side > 0) == up {
				odd = !odd
			}
		case a[1] == p[1] && b[1] == p[1] && (a[0] > p[0]) != (b[0] > p[0]):
			return 0, false
		}
		a = b
	}
	return at.nearest(ring), odd
}
