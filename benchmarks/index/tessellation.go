package main

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"
)

const (
	across, along = 26, 25 // quadrilaterals of the lattice
	wardCount     = across*along - 1
	edgeLeast     = 5  // pieces of one side of a ward
	edgeMost      = 35 // four sides: 20 to 140 vertices
	edgeMean      = 9.3
	degreePlaces  = 1e6
)

// greaterLondon is the box that the generated wards fill.
var greaterLondon = orb.Bound{Min: orb.Point{-0.51, 51.286}, Max: orb.Point{0.334, 51.692}}

// lattice is a map of wards that touch: quadrilaterals whose corners are shifted at random and lie closer in the middle,
// as London's do, and whose sides wind. Two neighbours share a side, vertex by vertex. One ward is missing.
type lattice struct {
	rng     *rand.Rand
	corners [across + 1][along + 1]orb.Point
}

// tessellation is GeoJSON of wardCount zones.
func tessellation(seed uint64) []byte {
	l := &lattice{rng: rand.New(rand.NewPCG(seed, 3))}
	for i := range l.corners {
		for j := range l.corners[i] {
			l.corners[i][j] = l.corner(i, j)
		}
	}
	var south [across][along + 1][]orb.Point // side from corner i,j eastwards
	var west [across + 1][along][]orb.Point  // side from corner i,j northwards
	for i := range across {
		for j := range along + 1 {
			south[i][j] = l.side(eastwards, l.corners[i][j], l.corners[i+1][j], l.centre(i, j-1), l.centre(i, j))
		}
	}
	for i := range across + 1 {
		for j := range along {
			west[i][j] = l.side(northwards, l.corners[i][j], l.corners[i][j+1], l.centre(i-1, j), l.centre(i, j))
		}
	}
	c := newCollection()
	for n := range wardCount {
		i, j := n/along, n%along
		ring := slices.Concat(south[i][j], west[i+1][j], reversed(south[i][j+1]), reversed(west[i][j]))
		// Strings of points that meet: each begins where the one before ends.
		text, err := json.Marshal(map[string]any{"type": "Polygon", "coordinates": orb.Polygon{slices.Compact(orb.Ring(ring))}})
		if err != nil {
			panic(err) // numbers and strings
		}
		c.add(n, text)
	}
	return c.close()
}

func reversed(line []orb.Point) []orb.Point {
	line = slices.Clone(line)
	slices.Reverse(line)
	return line
}

// corner of the lattice, shifted by up to a fifth of its distance to the next ones; the rim only along itself.
func (l *lattice) corner(i, j int) orb.Point {
	x, y := l.spaced(i, across), l.spaced(j, along)
	return rounded(orb.Point{
		greaterLondon.Min[0] + x*(greaterLondon.Max[0]-greaterLondon.Min[0]),
		greaterLondon.Min[1] + y*(greaterLondon.Max[1]-greaterLondon.Min[1]),
	})
}

// spaced is where the i-th of n+1 lines goes, from 0 to 1: closer in the middle.
func (l *lattice) spaced(i, n int) float64 {
	at := float64(i)
	if 0 < i && i < n {
		at += 0.4*l.rng.Float64() - 0.2
	}
	u := 2*at/float64(n) - 1
	return 0.5 + 0.5*math.Copysign(math.Pow(math.Abs(u), 1.3), u)
}

// centre of a quadrilateral; nil outside the lattice.
func (l *lattice) centre(i, j int) *orb.Point {
	if i < 0 || j < 0 || i >= across || j >= along {
		return nil
	}
	var c orb.Point
	for _, p := range []orb.Point{l.corners[i][j], l.corners[i+1][j], l.corners[i][j+1], l.corners[i+1][j+1]} {
		c[0], c[1] = c[0]+p[0]/4, c[1]+p[1]/4
	}
	return &c
}

// Which coordinate a side goes along.
const (
	eastwards  = 0
	northwards = 1
)

// side winds from a to b, off to where the other coordinate is lower or higher. There it stays in the triangle with the
// centre of the ward: such triangles share nothing but their rims, so no two sides cross. Along its own coordinate it only
// goes forward, so it does not cross itself either.
func (l *lattice) side(along int, a, b orb.Point, lower, higher *orb.Point) []orb.Point {
	n := edgeLeast + min(edgeMost-edgeLeast, int(l.rng.ExpFloat64()*(edgeMean-edgeLeast)))
	line := []orb.Point{a}
	for k, off := range l.bridge(n) {
		t := (float64(k+1) + 0.6*l.rng.Float64() - 0.3) / float64(n)
		centre := higher
		if off < 0 || higher == nil {
			centre = lower
		}
		if centre == nil {
			centre = higher
		}
		p := orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
		p[1-along] += 0.6 * min(math.Abs(off), 1) * tent(along, a, b, *centre, t)
		line = append(line, rounded(p))
	}
	return append(line, b)
}

// bridge is a random walk of n steps that comes back to where it began, without that: about -1 to 1.
func (l *lattice) bridge(n int) []float64 {
	walk, at := make([]float64, n), 0.0
	for k := range walk {
		at += l.rng.NormFloat64() / math.Sqrt(float64(n))
		walk[k] = at
	}
	for k := range walk {
		walk[k] -= at * float64(k+1) / float64(n)
	}
	return walk[:n-1]
}

// tent is how far off, in the other coordinate, the triangle a, b, c reaches from ab at the share t of the way.
func tent(along int, a, b, c orb.Point, t float64) float64 {
	top := (c[along] - a[along]) / (b[along] - a[along])
	off := c[1-along] - (a[1-along] + top*(b[1-along]-a[1-along]))
	return off * min(t/top, (1-t)/(1-top))
}

func rounded(p orb.Point) orb.Point {
	return orb.Point{math.Round(p[0]*degreePlaces) / degreePlaces, math.Round(p[1]*degreePlaces) / degreePlaces}
}
