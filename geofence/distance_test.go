package geofence

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"pgregory.net/rapid"
)

func TestRound_halvesAwayFromZeroAndNeverMinusZero(t *testing.T) {
	for in, want := range map[float64]float64{
		0.125: 0.13, -0.125: -0.13, 0.004: 0, 1.999: 2, -7.5: -7.5, 123456.785: 123456.79,
	} {
		if got := Round(in); got != want {
			t.Errorf("Round(%v) = %v, want %v", in, got, want)
		}
	}
	for _, in := range []float64{-0.004, math.Copysign(0, -1)} {
		if got := Round(in); got != 0 || math.Signbit(got) {
			t.Errorf("Round(%v) = %v, want 0", in, got)
		}
	}
}

func TestZone_Breached_countsTheEdgeAsInside(t *testing.T) {
	exclusion, inclusion := Zone{Kind: Exclusion}, Zone{Kind: Inclusion}
	for d, inside := range map[float64]bool{-1: true, 0: true, 0.01: false} {
		if exclusion.Breached(d) != inside || inclusion.Breached(d) == inside {
			t.Errorf("at %v m: exclusion %v, inclusion %v", d, exclusion.Breached(d), inclusion.Breached(d))
		}
	}
}

// turned returns the same shape written in other ways: every ring reversed, and begun at each of its vertices.
func turned(mp orb.MultiPolygon) []orb.MultiPolygon {
	all := []orb.MultiPolygon{mp, mp.Clone()}
	for _, polygon := range all[1] {
		for _, r := range polygon {
			slices.Reverse(r)
		}
	}
	for by := 1; by < 4; by++ {
		next := mp.Clone()
		for _, polygon := range next {
			for _, r := range polygon {
				open := r[:len(r)-1]
				first := by % len(open)
				copy(r, append(slices.Clone(open[first:]), open[:first]...))
				r[len(r)-1] = r[0]
			}
		}
		all = append(all, next)
	}
	return all
}

func TestDistance_tellsInsideEdgeAndOutside(t *testing.T) {
	box := func(x0, y0, x1, y1 float64) orb.Ring {
		return orb.Ring{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}}
	}
	tests := []struct {
		name   string
		shape  orb.MultiPolygon
		inside []orb.Point
		edge   []orb.Point
		out    []orb.Point
	}{
		{
			//  3 +-----+
			//    |     |
			//  0 +-----+
			//    0     3
			name:   "box",
			shape:  orb.MultiPolygon{{box(0, 0, 3, 3)}},
			inside: []orb.Point{{1, 1}, {2.9, 0.1}},
			edge:   []orb.Point{{0, 0}, {3, 3}, {0, 3}, {3, 0}, {1.5, 0}, {0, 1.5}, {3, 0.3}, {2, 3}},
			out:    []orb.Point{{-1, 1}, {4, 3}, {-1, 0}, {4, 0}, {1, 4}, {1, -1}},
		},
		{
			//  4 +-------+
			//    | +---+ |
			//    | |   | |
			//    | +---+ |
			//  0 +-------+
			//    0 1   3 4
			name:   "box with a hole",
			shape:  orb.MultiPolygon{{box(0, 0, 4, 4), box(1, 1, 3, 3)}},
			inside: []orb.Point{{0.5, 2}, {3.5, 3.5}, {2, 0.5}},
			edge:   []orb.Point{{1, 1}, {3, 3}, {2, 1}, {1, 2}, {3, 2.5}, {0, 4}},
			out:    []orb.Point{{2, 2}, {1.1, 2.9}, {5, 2}},
		},
		{
			//  2    /\
			//  1   <  >
			//  0    \/
			//   -1  0  1
			name:   "diamond with slanted edges",
			shape:  orb.MultiPolygon{{{{0, 0}, {1, 1}, {0, 2}, {-1, 1}, {0, 0}}}},
			inside: []orb.Point{{0, 1}, {0.25, 0.5}, {-0.5, 1}},
			edge:   []orb.Point{{0.25, 0.25}, {0.75, 1.25}, {-0.5, 0.5}, {0, 0}, {0, 2}, {1, 1}, {-1, 1}},
			out:    []orb.Point{{2, 1}, {-2, 1}, {0.5, 0.25}, {-2, 0}, {-2, 2}, {0, 2.5}},
		},
		{
			//  3 +--+  +--+
			//  2 |  +--+  |    a ray through the notch passes along its floor
			//  0 +--------+
			//    0  1  2  3
			name:   "notch",
			shape:  orb.MultiPolygon{{{{0, 0}, {3, 0}, {3, 3}, {2, 3}, {2, 2}, {1, 2}, {1, 3}, {0, 3}, {0, 0}}}},
			inside: []orb.Point{{0.5, 2}, {2.5, 2}, {0.5, 2.5}, {1.5, 1}},
			edge:   []orb.Point{{1.5, 2}, {1, 2}, {2, 2}, {1, 2.5}, {2, 3}, {0.5, 3}},
			out:    []orb.Point{{1.5, 2.5}, {1.5, 3}, {-1, 2}, {-1, 3}, {4, 2}},
		},
		{
			//  1 +--+  +--+
			//    |  |  |  |
			//  0 +--+  +--+
			//    0  1  2  3
			name:   "two members",
			shape:  orb.MultiPolygon{{box(0, 0, 1, 1)}, {box(2, 0, 3, 1)}},
			inside: []orb.Point{{0.5, 0.5}, {2.5, 0.5}},
			edge:   []orb.Point{{1, 0.5}, {2, 0.5}, {2.5, 1}},
			out:    []orb.Point{{1.5, 0.5}, {1.5, 0}, {1.5, 1}},
		},
		{
			//  5 +---------+
			//    | +-----+ |
			//    | | +-+ | |    an island in the hole
			//    | | +-+ | |
			//    | +-----+ |
			//  0 +---------+
			name:   "island",
			shape:  orb.MultiPolygon{{box(0, 0, 5, 5), box(1, 1, 4, 4)}, {box(2, 2, 3, 3)}},
			inside: []orb.Point{{0.5, 2.5}, {2.5, 2.5}},
			edge:   []orb.Point{{2, 2}, {2.5, 3}, {4, 2}, {5, 5}},
			out:    []orb.Point{{1.5, 2.5}, {3.5, 3.5}, {6, 0}},
		},
	}
	for _, tt := range tests {
		for way, mp := range turned(tt.shape) {
			s := Shape{Polygons: mp}
			for sign, points := range map[int][]orb.Point{-1: tt.inside, 0: tt.edge, 1: tt.out} {
				for _, p := range points {
					if d := s.Distance(p[0], p[1]); signOf(d) != sign {
						t.Errorf("%s, way %d: distance at %v is %v, want sign %d", tt.name, way, p, d, sign)
					}
				}
			}
		}
	}
}

func signOf(d float64) int {
	switch {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

func TestDistance_isInMetresOnTheEllipsoid(t *testing.T) {
	// At 45 degrees a degree of longitude is 78,846.8 m and one of latitude 111,131.8 m (from N and M of WGS84).
	s := Shape{Polygons: orb.MultiPolygon{{{{0, 44}, {1, 44}, {1, 46}, {0, 46}, {0, 44}}}}}
	for _, tt := range []struct{ lon, lat, want float64 }{
		{1.001, 45, 78.8468}, {-0.002, 45, 157.6937}, {0.999, 45, -78.8468},
	} {
		if got := s.Distance(tt.lon, tt.lat); math.Abs(got-tt.want) > 0.001 {
			t.Errorf("distance at %v, %v is %v, want %v", tt.lon, tt.lat, got, tt.want)
		}
	}
	north := Shape{Polygons: orb.MultiPolygon{{{{0, 44}, {1, 44}, {1, 45}, {0, 45}, {0, 44}}}}}
	if got := north.Distance(0.5, 45.0001); math.Abs(got-11.11318) > 0.001 {
		t.Errorf("distance north of the edge is %v", got)
	}
}

func TestDistance_ofACircle(t *testing.T) {
	for _, tt := range []struct {
		name             string
		center           orb.Point
		radius, lon, lat float64
		want             float64
	}{
		{"at the centre", orb.Point{-0.1, 51.5}, 100, -0.1, 51.5, -100},
		{"a milli-degree of latitude off the equator", orb.Point{0, 0}, 100, 0, 0.001, 10.5743},
		{"a milli-degree of longitude on the equator", orb.Point{0, 0}, 100, 0.001, 0, 11.3195},
		{"across the antimeridian", orb.Point{179.9995, 0}, 100, -179.9995, 0, 11.3195},
		{"near the pole longitudes are near one another", orb.Point{0, 90}, 100, 180, 90, -100},
	} {
		s := Shape{Center: tt.center, Radius: tt.radius}
		if got := s.Distance(tt.lon, tt.lat); math.Abs(got-tt.want) > 0.0001 {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// star draws a valid polygon, which can be spiky, around a centre.
func star(t *rapid.T, lon, lat, most float64) orb.Ring {
	n := rapid.IntRange(3, 12).Draw(t, "corners")
	var r orb.Ring
	for i := range n {
		reach := rapid.Float64Range(0.1, 1).Draw(t, "reach") * most
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		r = append(r, orb.Point{lon + reach*cos, lat + reach*sin})
	}
	return append(r, r[0])
}

// slowDistance walks along every edge in small steps and keeps the least distance, without a sign.
func slowDistance(mp orb.MultiPolygon, lon, lat float64) float64 {
	const a, b = 6378137.0, 6356752.314245
	phi := lat * math.Pi / 180
	w := math.Hypot(a*math.Cos(phi), b*math.Sin(phi))
	n, m := a*a/w, a*a*b*b/(w*w*w)
	best := math.Inf(1)
	for _, polygon := range mp {
		for _, r := range polygon {
			for i := range r[1:] {
				for step := range 1001 {
					share := float64(step) / 1000
					x := r[i][0] + share*(r[i+1][0]-r[i][0]) - lon
					y := r[i][1] + share*(r[i+1][1]-r[i][1]) - lat
					best = min(best, math.Hypot(x*math.Pi/180*n*math.Cos(phi), y*math.Pi/180*m))
				}
			}
		}
	}
	return best
}

func TestDistance_agreesWithASlowRival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lon, lat := rapid.Float64Range(-170, 170).Draw(t, "lon"), rapid.Float64Range(-80, 80).Draw(t, "lat")
		mp := orb.MultiPolygon{{star(t, lon, lat, 0.01)}}
		if rapid.Bool().Draw(t, "hole") {
			mp[0] = append(mp[0], star(t, lon, lat, 0.0005))
		}
		s := Shape{Polygons: mp}
		x := lon + rapid.Float64Range(-0.02, 0.02).Draw(t, "dx")
		y := lat + rapid.Float64Range(-0.02, 0.02).Draw(t, "dy")
		got, want := s.Distance(x, y), slowDistance(mp, x, y)
		// Steps are at most 2.3 m long; the rival is at most half a step too far, and less from afar.
		if math.Abs(got) > want+1e-6 || math.Abs(got) < want-1.2 {
			t.Fatalf("distance %v, the rival finds %v", got, want)
		}
		if inside := planar.PolygonContains(mp[0], orb.Point{x, y}); math.Abs(got) > 1e-6 && inside != (got < 0) {
			t.Fatalf("distance %v, but orb says inside is %v", got, inside)
		}
	})
}

func TestDistance_doesNotAllocate(t *testing.T) {
	s := Shape{Polygons: orb.MultiPolygon{{circleOf(100, 0, 50, 1)}}}
	if n := testing.AllocsPerRun(100, func() { s.Distance(0.5, 50.1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestShape_reach_holdsEveryPlaceThatCanBeBreached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lat := rapid.OneOf(rapid.Float64Range(-89.9999, 89.9999), rapid.Float64Range(89.9, 89.9999)).Draw(t, "lat")
		lon := rapid.OneOf(rapid.Float64Range(-179, 179), rapid.Float64Range(179.9, 180)).Draw(t, "lon")
		s := Shape{Center: orb.Point{lon, lat}, Radius: rapid.Float64Range(1, 100_000).Draw(t, "radius")}
		size := 1.0
		if rapid.Bool().Draw(t, "polygon") {
			size = rapid.Float64Range(1e-6, 0.5).Draw(t, "size")
			size = min(size, 180-math.Abs(lon), 90-math.Abs(lat))
			if size < 1e-7 {
				t.Skip("no room")
			}
			s = Shape{Polygons: orb.MultiPolygon{{star(t, lon, lat, size)}}}
		}
		bound, reach := s.Bound(), s.bound(slack)
		for range 20 {
			p := orb.Point{
				lon + rapid.Float64Range(-2, 2).Draw(t, "dx")*size*rapid.SampledFrom([]float64{1, 90}).Draw(t, "far"),
				min(90, max(-90, lat+rapid.Float64Range(-2, 2).Draw(t, "dy")*size)),
			}
			p[0] = math.Remainder(p[0], 360)
			d := s.Distance(p[0], p[1])
			if d < 0 && !bound.Contains(p) {
				t.Fatalf("%v m at %v, outside the bound %v", d, p, bound)
			}
			if Round(d) <= 0 && !reach.Contains(p) {
				t.Fatalf("%v m at %v, out of reach %v", d, p, reach)
			}
		}
	})
}
