package scenario

import (
	"encoding/json"
	"fmt"
	"math"
)

// place is a position in WGS84 degrees.
type place struct{ lon, lat float64 }

// shape is a circle when radius is above 0, and polygons (each its shell, then its holes) otherwise.
type shape struct {
	polygons [][][]place
	center   place
	radius   float64
	low      place // of the box round it, a metre or more wider than the shape and its warning ring
	high     place
}

func readShape(raw json.RawMessage, radius float64) (shape, error) {
	var g struct {
		Type        string
		Coordinates json.RawMessage
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		return shape{}, fmt.Errorf("geometry: %w", err)
	}
	var s shape
	var err error
	switch g.Type {
	case "Point":
		var c []float64
		if err = json.Unmarshal(g.Coordinates, &c); err == nil && len(c) >= 2 {
			s.center, s.radius = place{c[0], c[1]}, radius
		}
	case "Polygon":
		var rings [][][]float64
		err = json.Unmarshal(g.Coordinates, &rings)
		s.polygons = [][][]place{toRings(rings)}
	case "MultiPolygon":
		var all [][][][]float64
		err = json.Unmarshal(g.Coordinates, &all)
		for _, rings := range all {
			s.polygons = append(s.polygons, toRings(rings))
		}
	default:
		err = fmt.Errorf("geometry: a zone is no %q", g.Type)
	}
	s.measure()
	return s, err
}

func toRings(rings [][][]float64) [][]place {
	out := make([][]place, len(rings))
	for i, ring := range rings {
		for _, p := range ring {
			out[i] = append(out[i], place{p[0], p[1]})
		}
	}
	return out
}

// measure finds the box. 1.1e5 m is less than any degree of latitude.
func (s *shape) measure() {
	const margin = 2e-5
	s.low, s.high = place{math.Inf(1), math.Inf(1)}, place{math.Inf(-1), math.Inf(-1)}
	grow := func(p place, x, y float64) {
		s.low = place{min(s.low.lon, p.lon-x), min(s.low.lat, p.lat-y)}
		s.high = place{max(s.high.lon, p.lon+x), max(s.high.lat, p.lat+y)}
	}
	if s.radius > 0 {
		y := s.radius/1.1e5 + margin
		grow(s.center, 1.1*y/math.Cos((math.Abs(s.center.lat)+y)*math.Pi/180), y)
		return
	}
	for _, rings := range s.polygons {
		for _, ring := range rings {
			for _, p := range ring {
				grow(p, margin, margin)
			}
		}
	}
}

// widen makes the box wider by so many metres.
func (s *shape) widen(by float64) {
	y := by / 1.1e5
	x := 1.1 * y / math.Cos((max(math.Abs(s.low.lat), math.Abs(s.high.lat))+y)*math.Pi/180)
	s.low, s.high = place{s.low.lon - x, s.low.lat - y}, place{s.high.lon + x, s.high.lat + y}
}

// boxMeets tells whether the box round two places has anything in common with the shape's.
func (s *shape) boxMeets(p, q place) bool {
	return s.low.lon <= max(p.lon, q.lon) && min(p.lon, q.lon) <= s.high.lon &&
		s.low.lat <= max(p.lat, q.lat) && min(p.lat, q.lat) <= s.high.lat
}

func (s *shape) boxHolds(p place) bool {
	return s.low.lon <= p.lon && p.lon <= s.high.lon && s.low.lat <= p.lat && p.lat <= s.high.lat
}

// WGS84.
const (
	semiMajor    = 6378137.0
	flattening   = 1 / 298.257223563
	eccentricity = flattening * (2 - flattening) // squared
)

// scale returns the metres per degree of longitude and of latitude on the plane at a latitude.
func scale(lat float64) (x, y float64) {
	phi := lat * math.Pi / 180
	w := 1 - eccentricity*math.Sin(phi)*math.Sin(phi)
	n, m := semiMajor/math.Sqrt(w), semiMajor*(1-eccentricity)/(w*math.Sqrt(w))
	return n * math.Cos(phi) * math.Pi / 180, m * math.Pi / 180
}

// distance returns the signed distance to the edge in metres, negative inside, not rounded: every edge is looked at.
func (s *shape) distance(p place) float64 {
	if s.radius > 0 {
		x, y := scale((p.lat + s.center.lat) / 2)
		return math.Hypot((s.center.lon-p.lon)*x, (s.center.lat-p.lat)*y) - s.radius
	}
	x, y := scale(p.lat)
	nearest, inside := math.Inf(1), false
	for _, rings := range s.polygons {
		within := false
		for _, ring := range rings {
			for i := 1; i < len(ring); i++ {
				a, b := ring[i-1], ring[i]
				nearest = min(nearest, toSegment((a.lon-p.lon)*x, (a.lat-p.lat)*y, (b.lon-p.lon)*x, (b.lat-p.lat)*y))
				if (a.lat > p.lat) != (b.lat > p.lat) && p.lon < a.lon+(p.lat-a.lat)/(b.lat-a.lat)*(b.lon-a.lon) {
					within = !within
				}
			}
		}
		inside = inside || within
	}
	if inside {
		return -nearest
	}
	return nearest
}

// toSegment returns the distance from the origin to the segment.
func toSegment(ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	t := 0.0
	if long := dx*dx + dy*dy; long > 0 {
		t = min(1, max(0, -(ax*dx+ay*dy)/long))
	}
	return math.Hypot(ax+t*dx, ay+t*dy)
}

// rounded is to the centimetre, half away from zero, and never -0.
func rounded(d float64) float64 { return math.Round(d*100)/100 + 0 }
