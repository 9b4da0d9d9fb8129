package geofence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// spread returns a place in one and a half times the bounding box.
func spread(rng *rand.Rand, ring orb.Ring) orb.Point {
	b := ring.Bound()
	m := b.Center()
	return orb.Point{
		m[0] + (b.Max[0]-b.Min[0])*1.5*(rng.Float64()-0.5),
		m[1] + (b.Max[1]-b.Min[1])*1.5*(rng.Float64()-0.5),
	}
}

// beside returns a place within 50 m of an edge.
func beside(rng *rand.Rand, ring orb.Ring) orb.Point {
	i, share := rng.IntN(len(ring)-1), rng.Float64()
	a, b := ring[i], ring[i+1]
	kx, ky := metresPerDegree(a[1])
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	metres := 50 * rng.Float64()
	return orb.Point{a[0] + share*(b[0]-a[0]) + metres*cos/kx, a[1] + share*(b[1]-a[1]) + metres*sin/ky}
}

// deep returns a place in the inner half of a ring that winds about the middle of its box.
func deep(rng *rand.Rand, ring orb.Ring) orb.Point {
	m, v, share := ring.Bound().Center(), ring[rng.IntN(len(ring)-1)], rng.Float64()/2
	return orb.Point{m[0] + share*(v[0]-m[0]), m[1] + share*(v[1]-m[1])}
}

func sample(ring orb.Ring, place func(*rand.Rand, orb.Ring) orb.Point) []orb.Point {
	rng := rand.New(rand.NewPCG(1, 2))
	places := make([]orb.Point, 1<<10)
	for i := range places {
		places[i] = place(rng, ring)
	}
	return places
}

// BenchmarkCompiled asks for a distance within 200 m, the plane at the place included, where orb only says in or out.
// The metric orb/x is how many times as long orb takes in the same run.
func BenchmarkCompiled(b *testing.B) {
	for _, n := range []int{4, 12, 32, 60, 140, 1000, 10_000, 100_000} {
		ring := ward(n)
		c := (&Shape{Polygons: orb.MultiPolygon{{ring}}}).Compile()
		for _, where := range []struct {
			name  string
			place func(*rand.Rand, orb.Ring) orb.Point
			reach float64
		}{
			{"spread", spread, 200}, {"near", beside, 200}, {"deep", deep, 200}, {"exact", spread, math.Inf(1)},
		} {
			b.Run(fmt.Sprintf("vertices=%d/%s", n, where.name), func(b *testing.B) {
				places := sample(ring, where.place)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					p := places[i&(len(places)-1)]
					at := PlaneAt(p[0], p[1])
					c.Within(&at, where.reach)
				}
				own := float64(b.Elapsed()) / float64(b.N)
				b.ReportMetric(orbTakes(ring, places)/own, "orb/x")
			})
		}
	}
}

// orbTakes returns how many nanoseconds orb takes to say whether a place is inside.
func orbTakes(ring orb.Ring, places []orb.Point) float64 {
	times := max(1, 2_000_000/len(ring))
	start := time.Now()
	for i := range times {
		planar.PolygonContains(orb.Polygon{ring}, places[i%len(places)])
	}
	return float64(time.Since(start)) / float64(times)
}

func BenchmarkShape_Compile(b *testing.B) {
	for _, n := range []int{4, 32, 60, 1000, 100_000} {
		b.Run(fmt.Sprintf("vertices=%d", n), func(b *testing.B) {
			s := &Shape{Polygons: orb.MultiPolygon{{ward(n)}}}
			for b.Loop() {
				s.Compile()
			}
			b.ReportMetric(float64(s.Compile().Bytes())/float64(n), "B/vertex")
		})
	}
}
