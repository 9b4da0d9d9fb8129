package geofence

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// The rival of the sweep compares every edge with every other, on whole coordinates, where floats are exact.

type seg [2]orb.Point

func segs(r orb.Ring) (list []seg) {
	for i := range r[1:] {
		list = append(list, seg{r[i], r[i+1]})
	}
	return list
}

func crossProduct(a, b, c orb.Point) float64 {
	return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0])
}

func onSeg(s seg, p orb.Point) bool {
	return crossProduct(s[0], s[1], p) == 0 &&
		min(s[0][0], s[1][0]) <= p[0] && p[0] <= max(s[0][0], s[1][0]) &&
		min(s[0][1], s[1][1]) <= p[1] && p[1] <= max(s[0][1], s[1][1])
}

// meet returns how two segments meet: "" not at all, "touch" in ends only, "cross", or "share" a stretch.
func meet(s, t seg) string {
	var ends []orb.Point
	for _, p := range []orb.Point{s[0], s[1]} {
		if onSeg(t, p) && !slices.Contains(ends, p) {
			ends = append(ends, p)
		}
	}
	for _, p := range []orb.Point{t[0], t[1]} {
		if onSeg(s, p) && !slices.Contains(ends, p) {
			ends = append(ends, p)
		}
	}
	switch {
	case len(ends) > 1:
		return "share"
	case len(ends) == 1:
		return "touch"
	case crossProduct(s[0], s[1], t[0])*crossProduct(s[0], s[1], t[1]) < 0 &&
		crossProduct(t[0], t[1], s[0])*crossProduct(t[0], t[1], s[1]) < 0:
		return "cross"
	}
	return ""
}

func simpleRing(r orb.Ring) bool {
	list := segs(r)
	for i := range list {
		for j := range i {
			adjacent := j == i-1 || j == 0 && i == len(list)-1
			if how := meet(list[i], list[j]); how != "" && (!adjacent || how != "touch") {
				return false
			}
			if len(list) == 2 {
				return false
			}
		}
	}
	return true
}

func oddInside(r orb.Ring, p orb.Point) bool {
	in := false
	for _, s := range segs(r) {
		if (s[0][1] > p[1]) != (s[1][1] > p[1]) && (crossProduct(s[0], s[1], p) > 0) == (s[1][1] > s[0][1]) {
			in = !in
		}
	}
	return in
}

// where says where ring b lies: "in" a, "out" of it, or "across".
func where(a, b orb.Ring) string {
	in, out := false, false
	for _, s := range segs(b) {
		cuts := []orb.Point{s[0], s[1]}
		for _, t := range segs(a) {
			switch meet(s, t) {
			case "cross", "share":
				return "across"
			}
			if onSeg(s, t[0]) {
				cuts = append(cuts, t[0])
			}
		}
		slices.SortFunc(cuts, lexically)
		for i := range cuts[1:] {
			if cuts[i] == cuts[i+1] {
				continue
			}
			middle := orb.Point{(cuts[i][0] + cuts[i+1][0]) / 2, (cuts[i][1] + cuts[i+1][1]) / 2}
			if oddInside(a, middle) {
				in = true
			} else {
				out = true
			}
		}
	}
	switch {
	case in && out:
		return "across"
	case in:
		return "in"
	}
	return "out"
}

func validSlowly(members orb.MultiPolygon) bool {
	for _, polygon := range members {
		for i, r := range polygon {
			if !simpleRing(r) {
				return false
			}
			for j := range i {
				if j == 0 && where(polygon[0], r) != "in" {
					return false
				}
				if j > 0 && (where(polygon[j], r) != "out" || where(r, polygon[j]) != "out") {
					return false
				}
			}
		}
	}
	for i, p := range members {
		for _, q := range members[:i] {
			if !apart(p, q) {
				return false
			}
		}
	}
	return true
}

// apart reports whether two valid polygons have no area in common.
func apart(p, q orb.Polygon) bool {
	for _, a := range p {
		for _, b := range q {
			if where(a, b) == "across" || where(b, a) == "across" {
				return false
			}
		}
	}
	return outsideOf(p[0], q) && outsideOf(q[0], p)
}

func outsideOf(shell orb.Ring, q orb.Polygon) bool {
	if where(q[0], shell) == "out" {
		return true
	}
	for _, hole := range q[1:] {
		if where(hole, shell) == "in" {
			return true
		}
	}
	return false
}

// latticeRing draws rings that touch, cross and overlap often: few whole coordinates.
func latticeRing(t *rapid.T, size int, label string) orb.Ring {
	coordinate := rapid.IntRange(0, size)
	n := rapid.IntRange(3, 6).Draw(t, label+" corners")
	var r orb.Ring
	for range n {
		r = append(r, orb.Point{float64(coordinate.Draw(t, "x")), float64(coordinate.Draw(t, "y"))})
	}
	return append(r, r[0])
}

// boxRing draws a ring that is simple: an upright or tilted box, or a triangle.
func boxRing(t *rapid.T, size int, label string) orb.Ring {
	x, y := float64(rapid.IntRange(0, size).Draw(t, label+" x")), float64(rapid.IntRange(0, size).Draw(t, label+" y"))
	w, h := float64(rapid.IntRange(1, size).Draw(t, label+" w")), float64(rapid.IntRange(1, size).Draw(t, label+" h"))
	var r orb.Ring
	switch rapid.IntRange(0, 3).Draw(t, label+" form") {
	case 0:
		r = orb.Ring{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}
	case 1:
		r = orb.Ring{{x + w, y}, {x + 2*w, y + h}, {x + w, y + 2*h}, {x, y + h}}
	case 2:
		r = orb.Ring{{x, y}, {x + w, y + h}, {x, y + h}}
	default:
		r = orb.Ring{{x, y}, {x + w, y}, {x, y + h}}
	}
	if rapid.Bool().Draw(t, label+" reversed") {
		slices.Reverse(r)
	}
	return append(r, r[0])
}

func members(t *rapid.T, draw func(*rapid.T, int, string) orb.Ring, size int) orb.MultiPolygon {
	var list orb.MultiPolygon
	for range rapid.IntRange(1, 3).Draw(t, "members") {
		polygon := orb.Polygon{draw(t, size, "shell")}
		for range rapid.IntRange(0, 3).Draw(t, "holes") {
			polygon = append(polygon, draw(t, size/2+1, "hole"))
		}
		list = append(list, polygon)
	}
	return list
}

func verdict(list orb.MultiPolygon) []Problem {
	f := &findings{}
	rings, _ := f.at("z").rings(list)
	rings.check(f.at("z"))
	return f.problems
}

func tidy(t *rapid.T, list orb.MultiPolygon) {
	for _, polygon := range list {
		for i := range polygon {
			polygon[i] = distinct(polygon[i])
			if flat(polygon[i]) {
				t.Skip("flat")
			}
		}
	}
}

func TestSweep_agreesWithComparingEveryPairOfEdges(t *testing.T) {
	draws := map[string]func(*rapid.T) orb.MultiPolygon{
		"single rings": func(t *rapid.T) orb.MultiPolygon { return orb.MultiPolygon{{latticeRing(t, 5, "shell")}} },
		"wild rings":   func(t *rapid.T) orb.MultiPolygon { return members(t, latticeRing, 6) },
		"boxes":        func(t *rapid.T) orb.MultiPolygon { return members(t, boxRing, 5) },
		"holes in one shell": func(t *rapid.T) orb.MultiPolygon {
			polygon := orb.Polygon{{{0, 0}, {12, 0}, {12, 12}, {6, 8}, {0, 12}, {0, 0}}}
			for range rapid.IntRange(1, 4).Draw(t, "holes") {
				polygon = append(polygon, boxRing(t, 4, "hole"))
			}
			return orb.MultiPolygon{polygon}
		},
		"islands": func(t *rapid.T) orb.MultiPolygon {
			list := orb.MultiPolygon{{{{0, 0}, {12, 0}, {12, 12}, {0, 12}, {0, 0}}, {{1, 1}, {1, 9}, {9, 9}, {9, 1}, {1, 1}}}}
			for range rapid.IntRange(1, 3).Draw(t, "islands") {
				list = append(list, orb.Polygon{boxRing(t, 5, "island")})
			}
			return list
		},
	}
	valid := 0
	for name, draw := range draws {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				list := draw(t)
				tidy(t, list)
				want := validSlowly(list)
				if got := verdict(list); (len(got) == 0) != want {
					t.Fatalf("valid is %v, but the sweep found %v in %v", want, got, list)
				}
				if want {
					valid++
				}
			})
		})
	}
	if valid == 0 {
		t.Error("no valid polygon was drawn: the property was hardly tested")
	}
}

// teeth draws a comb of n long thin teeth, tilted so that their bounding boxes all overlap.
func teeth(n int) orb.Ring {
	var r orb.Ring
	for i := range n {
		y := float64(i) * 1e-4
		r = append(r, orb.Point{0, y}, orb.Point{9, y + 9 + 5e-5})
	}
	r = append(r, orb.Point{10, 19}, orb.Point{10, -1}, orb.Point{0, -1})
	return append(r, r[0])
}

// circleOf draws a ring of n vertices.
func circleOf(n int, x, y, radius float64) orb.Ring {
	var r orb.Ring
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		r = append(r, orb.Point{x + radius*cos, y + radius*sin})
	}
	return append(r, r[0])
}

// sieve has side² holes, triangles that touch their neighbours at all three corners.
func sieve(side int) orb.Polygon {
	const step = 1.0 / 8
	p := orb.Polygon{{{-1, -1}, {41, -1}, {41, 41}, {-1, 41}, {-1, -1}}}
	for i := range side * side {
		x, y := float64(i%side)*step, float64(i/side)*step
		p = append(p, orb.Ring{{x, y}, {x + step/2, y + step}, {x + step, y}, {x, y}})
	}
	return p
}

func TestSweep_passesLargeValidShapes(t *testing.T) {
	for name, polygon := range map[string]orb.Polygon{
		"comb":   {teeth(1000)},
		"circle": {circleOf(10_000, 0, 50, 1)},
		"sieve":  sieve(20),
	} {
		if got := verdict(orb.MultiPolygon{polygon}); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func BenchmarkSweep(b *testing.B) {
	for name, polygon := range map[string]orb.Polygon{
		"comb":   {teeth(49_998)},
		"circle": {circleOf(100_000, 0, 50, 1)},
		"sieve":  sieve(181),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				verdict(orb.MultiPolygon{polygon})
			}
		})
	}
}
