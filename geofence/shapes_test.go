package geofence

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"
)

// moved returns the polygons scaled, then shifted.
func moved(mp orb.MultiPolygon, scale, lon, lat float64) orb.MultiPolygon {
	mp = mp.Clone()
	for _, polygon := range mp {
		for _, r := range polygon {
			for i := range r {
				r[i] = orb.Point{lon + scale*r[i][0], lat + scale*r[i][1]}
			}
		}
	}
	return mp
}

func rectangle(x0, y0, x1, y1 float64) orb.Ring {
	return orb.Ring{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}}
}

// coast draws a ring of n vertices that winds about a circle as a coast or a ward's boundary does; radius in metres.
func coast(n int, lon, lat, radius float64) orb.Ring {
	rng := rand.New(rand.NewPCG(uint64(n), 7))
	var phase [12]float64
	for i := range phase {
		phase[i] = rng.Float64() * 2 * math.Pi
	}
	kx, ky := metresPerDegree(lat)
	r := make(orb.Ring, 0, n+1)
	for i := range n {
		angle, size := 2*math.Pi*float64(i)/float64(n), radius
		for k, p := range phase {
			size += radius / 4 / float64(k+1) * math.Sin(float64(k+1)*angle+p)
		}
		sin, cos := math.Sincos(angle)
		r = append(r, orb.Point{lon + size*cos/kx, lat + size*sin/ky})
	}
	return append(r, r[0])
}

// ward draws a ring like those of London's wards: neighbours tens of metres apart, a kilometre or two across.
func ward(n int) orb.Ring { return coast(n, -0.1, 51.5, 130*math.Sqrt(float64(n))) }

// spiral winds half of n vertices outwards and half back in, half a metre beside.
func spiral(n int) orb.Ring {
	var out, back orb.Ring
	for i := range n / 2 {
		angle := float64(i) * 1.5 / math.Sqrt(float64(n))
		sin, cos := math.Sincos(angle)
		out = append(out, orb.Point{(1 + angle) * cos, (1 + angle) * sin})
		back = append(back, orb.Point{(1.5 + angle) * cos, (1.5 + angle) * sin})
	}
	slices.Reverse(back)
	out = append(out, back...)
	return append(out, out[0])
}

// comb has n teeth of equal height, straight up.
func comb(n int) orb.Ring {
	var r orb.Ring
	for i := range n {
		x := float64(i)
		r = append(r, orb.Point{x, 0}, orb.Point{x, 1000}, orb.Point{x + 0.5, 1000}, orb.Point{x + 0.5, 0})
	}
	r = append(r, orb.Point{float64(n), 0}, orb.Point{float64(n), -1}, orb.Point{0, -1})
	return append(r, r[0])
}

// spikes alternates between two radii.
func spikes(n int, inner, outer float64) orb.Ring {
	r := circleOf(n, 0, 0, outer)
	for i := 1; i < n; i += 2 {
		r[i] = orb.Point{r[i][0] * inner / outer, r[i][1] * inner / outer}
	}
	return r
}

// crumbs is side² triangles that touch one another at corners.
func crumbs(side int) (mp orb.MultiPolygon) {
	for i := range side * side {
		x, y := float64(i%side), float64(i/side)
		mp = append(mp, orb.Polygon{{{x, y}, {x + 1, y}, {x + 0.5, y + 1}, {x, y}}})
	}
	return mp
}

// crowded has nearly all of its vertices in one corner, so close that floats hardly tell them apart.
func crowded(n int) orb.Ring {
	r := orb.Ring{{1, 1}, {-1, 1}, {-1, -1}}
	for i := range n {
		x := float64(i) * 0x1p-48
		r = append(r, orb.Point{x, -1 + x*x*0x1p40 + float64(i%2)*0x1p-50})
	}
	r = append(r, orb.Point{1, -1})
	return append(r, r[0])
}

// adversaries are valid shapes of every awkward kind.
func adversaries() map[string]orb.MultiPolygon {
	one := func(r ...orb.Ring) orb.MultiPolygon { return orb.MultiPolygon{r} }
	diamond := orb.Ring{{0, 0}, {1, 1}, {0, 2}, {-1, 1}, {0, 0}}
	notch := orb.Ring{{0, 0}, {3, 0}, {3, 3}, {2, 3}, {2, 2}, {1, 2}, {1, 3}, {0, 3}, {0, 0}}
	touching := one(rectangle(0, 0, 4, 4), orb.Ring{{0, 2}, {2, 1}, {2, 3}, {0, 2}}, orb.Ring{{2, 3}, {3, 3}, {3, 3.5}, {2, 3}})
	island := orb.MultiPolygon{{rectangle(0, 0, 5, 5), rectangle(1, 1, 4, 4)}, {rectangle(2, 2, 3, 3)}, {{{1, 1}, {2, 2}, {1.25, 2.5}, {1, 1}}}}
	return map[string]orb.MultiPolygon{
		"box":                     moved(one(rectangle(0, 0, 1, 1)), 0x1p-8, -0.125, 51.5),
		"diamond":                 moved(one(diamond), 0x1p-9, 0, 51.5),
		"notch":                   moved(one(notch), 0x1p-9, -0.25, -33.5),
		"touching holes":          moved(touching, 0x1p-10, 10, 60),
		"island":                  moved(island, 0x1p-10, -70, -50),
		"sliver":                  one(orb.Ring{{0, 51}, {0.5, 51.2}, {0.25, 51.1 + 1e-9}, {0, 51}}),
		"level sliver":            one(orb.Ring{{0, 51}, {0.5, 51}, {0.5, 51 + 1e-9}, {0, 51 + 2e-9}, {0, 51}}),
		"comb":                    moved(one(comb(300)), 1e-5, -0.1, 51.5),
		"tilted comb":             moved(one(teeth(1000)), 1e-3, -0.1, 51.5),
		"spiral":                  moved(one(spiral(800)), 2e-4, -0.1, 51.5),
		"spikes":                  moved(one(spikes(400, 0.01, 1)), 0.01, 100, -20),
		"sieve":                   moved(orb.MultiPolygon{sieve(12)}, 1e-3, 3, 45),
		"crumbs":                  moved(crumbs(20), 0x1p-10, 3, 45),
		"crowded":                 moved(one(crowded(100)), 1, 0, 0),
		"ward":                    one(ward(60)),
		"circle":                  one(circleOf(1000, -0.1, 51.5, 0.03)),
		"small circle":            one(circleOf(64, 179.5, 0, 1e-6)),
		"over the equator":        one(circleOf(50, 30, 0.5, 5)),
		"half the world":          one(rectangle(-90, -80, 85, 80)),
		"high latitude":           one(circleOf(200, 20, 89.9, 0.05)),
		"at the pole":             one(rectangle(-20, 89.5, 30, 90)),
		"far south":               one(circleOf(200, 20, -89.8, 0.15)),
		"beside the antimeridian": {{rectangle(179.75, -17, 180, -16.5)}, {rectangle(-180, -17, -179.875, -16.5)}},
	}
}

// giants are valid shapes with as many vertices as a zone may have.
func giants() map[string]orb.MultiPolygon {
	return map[string]orb.MultiPolygon{
		"giant coast":  {{coast(100_000, -4, 55, 150_000)}},
		"giant circle": {{circleOf(100_000, -0.1, 51.5, 0.05)}},
		"giant comb":   moved(orb.MultiPolygon{{comb(24_000)}}, 1e-5, -0.1, 51.5),
		"giant spiral": moved(orb.MultiPolygon{{spiral(100_000)}}, 1e-6, -0.1, 51.5),
		"giant sieve":  moved(orb.MultiPolygon{sieve(180)}, 1e-3, 3, 45),
		"giant crumbs": moved(crumbs(180), 0x1p-12, 3, 45),
	}
}

func verticesOf(mp orb.MultiPolygon) (n int) {
	for _, polygon := range mp {
		for _, r := range polygon {
			n += len(r) - 1
		}
	}
	return n
}
