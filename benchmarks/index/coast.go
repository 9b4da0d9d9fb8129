package main

import (
	"math"
	"math/rand/v2"

	"github.com/paulmach/orb"
)

// coast is a ring of n vertices, some tens of metres apart, that winds about its middle as a coast or a ward's boundary
// does.
func coast(n int, seed uint64) orb.Ring {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	var phase [12]float64
	for i := range phase {
		phase[i] = rng.Float64() * 2 * math.Pi
	}
	radius := 130 * math.Sqrt(float64(n))
	ring := make(orb.Ring, 0, n+1)
	for i := range n {
		angle, r := 2*math.Pi*float64(i)/float64(n), radius
		for k, p := range phase {
			r += radius / 4 / float64(k+1) * math.Sin(float64(k+1)*angle+p)
		}
		sin, cos := math.Sincos(angle)
		ring = append(ring, at(r*cos, r*sin))
	}
	return append(ring, ring[0])
}

// where draws a place at a ring.
type where struct {
	name string
	draw func(rng *rand.Rand, ring orb.Ring) orb.Point
}

func wheres() []where {
	return []where{{"all over", allOver}, {"near the edge", nearEdge}, {"deep inside", deepInside}}
}

// allOver is a place in one and a half times the bounding box.
func allOver(rng *rand.Rand, ring orb.Ring) orb.Point { return within(rng, ring.Bound(), 1.5) }

// within is a place in so many times a box.
func within(rng *rand.Rand, box orb.Bound, times float64) orb.Point {
	m := box.Center()
	return orb.Point{
		m[0] + (box.Max[0]-box.Min[0])*times*(rng.Float64()-0.5),
		m[1] + (box.Max[1]-box.Min[1])*times*(rng.Float64()-0.5),
	}
}

// nearEdge is a place within 50 m of an edge.
func nearEdge(rng *rand.Rand, ring orb.Ring) orb.Point {
	i, share := rng.IntN(len(ring)-1), rng.Float64()
	a, b := ring[i], ring[i+1]
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	metres := 50 * rng.Float64()
	return orb.Point{
		a[0] + share*(b[0]-a[0]) + metres*cos/(metresLon*math.Cos(a[1]*math.Pi/180)),
		a[1] + share*(b[1]-a[1]) + metres*sin/metresLat,
	}
}

// deepInside is a place in the inner half of a ring that winds about the middle of its box.
func deepInside(rng *rand.Rand, ring orb.Ring) orb.Point {
	m, v, share := ring.Bound().Center(), ring[rng.IntN(len(ring)-1)], rng.Float64()/2
	return orb.Point{m[0] + share*(v[0]-m[0]), m[1] + share*(v[1]-m[1])}
}

func drawn(n int, seed uint64, draw func(*rand.Rand) orb.Point) []orb.Point {
	rng := rand.New(rand.NewPCG(seed, 4))
	all := make([]orb.Point, n)
	for i := range all {
		all[i] = draw(rng)
	}
	return all
}
