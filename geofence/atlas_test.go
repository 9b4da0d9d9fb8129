package geofence

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// drawn returns a circle somewhere in a crowded town, or rarely anywhere, from a metre wide to many kilometres.
func drawn(rng *rand.Rand, id string) *Zone {
	z := &Zone{ID: id, Kind: Exclusion, Audience: Audience{Everyone: true}, Revision: rng.Uint64N(1000)}
	z.Shape.Center = [2]float64{-0.3 + rng.Float64()*0.4, 51.4 + rng.Float64()*0.2}
	z.Shape.Radius = 1 + rng.ExpFloat64()*400
	switch rng.IntN(20) {
	case 0:
		z.Shape.Center = [2]float64{rng.Float64()*360 - 180, rng.Float64()*180 - 90}
	case 1:
		z.Shape.Radius = 100_000 * rng.Float64()
	case 2:
		z.Kind = Inclusion
	case 3:
		z.Shape.Center = [2]float64{-0.1, 51.5} // many at one place
	case 4:
		z.BufferM = rng.Float64() * 5000
	}
	return z
}

// foundBetween asks for what is at places between two.
func foundBetween(bound *Bound, a, b [2]float64, rng *rand.Rand) error {
	list := bound.Between(nil, a[0], a[1], b[0], b[1], 5)
	for range 20 {
		at := PlaneAt(a[0]+rng.Float64()*(b[0]-a[0]), a[1]+rng.Float64()*(b[1]-a[1]))
		for _, c := range bound.Near(nil, &at, 0, 5) {
			if !slices.Contains(list, c) {
				return fmt.Errorf("%s is at %v, and not found between %v and %v", c.Zone().ID, at.p, a, b)
			}
		}
	}
	return nil
}

// found asks the view, and the rival asks every zone for its distance.
func found(v *View, all map[string]*Zone, rng *rand.Rand) error {
	near := [2]float64{-0.3 + rng.Float64()*0.4, 51.4 + rng.Float64()*0.2}
	switch rng.IntN(10) {
	case 0:
		near = [2]float64{rng.Float64()*360 - 180, rng.Float64()*180 - 90}
	case 1:
		near = [2]float64{-0.1, 51.5}
	}
	reach := []float64{0, 0, 10, 300, 20_000}[rng.IntN(5)]
	at := PlaneAt(near[0], near[1])
	bound := v.Bound("anyone", nil)
	clear := bound.Clear(&at, reach)
	if clear.Holds(near[0], near[1]) {
		for range 20 {
			near := [2]float64{between(rng, clear.west, clear.east), between(rng, clear.south, clear.north)}
			at := PlaneAt(near[0], near[1])
			if list := bound.Near(nil, &at, reach, 5); clear.Holds(near[0], near[1]) && len(list) > 0 {
				return fmt.Errorf("%s is near %v, reach %.0f, which is in %+v", list[0].Zone().ID, near, reach, clear)
			}
		}
	}
	if err := foundBetween(bound, near, [2]float64{near[0] + rng.NormFloat64()*0.1, near[1] + rng.NormFloat64()*0.1}, rng); err != nil {
		return err
	}
	got := map[string]struct{}{}
	var last string
	for _, c := range bound.Near(nil, &at, reach, 5) {
		if c.Zone() != all[c.Zone().ID] {
			return fmt.Errorf("%s is not the zone put last", c.Zone().ID)
		}
		if c.Zone().ID <= last {
			return fmt.Errorf("%s after %s", c.Zone().ID, last)
		}
		last = c.Zone().ID
		got[last] = struct{}{}
	}
	for id, z := range all {
		_, ok := got[id]
		if d := z.Shape.Distance(near[0], near[1]); !ok && (z.Kind == Inclusion || d <= z.BufferM+reach) {
			return fmt.Errorf("%s is %.3f m away from %v, reach %.0f, and not found", id, d, near, reach)
		}
		b := z.Shape.bound(1.5*reach + z.BufferM + coarse)
		if ok && z.Kind != Inclusion && !b.Contains(near) {
			return fmt.Errorf("%s is found at %v, far from %v", id, near, b)
		}
	}
	return nil
}

func between(rng *rand.Rand, a, b float32) float64 {
	switch share := rng.Float64(); {
	case share < 0.1:
		return float64(math.Nextafter32(a, b))
	case share > 0.9:
		return float64(math.Nextafter32(b, a))
	default:
		return float64(a) + share*float64(b-a)
	}
}

func TestClear_isFoundWhereNoZoneIs(t *testing.T) {
	z := &Zone{ID: "z", Kind: Exclusion, Audience: Audience{Everyone: true}, Shape: Shape{Center: [2]float64{-0.1, 51.5}, Radius: 500}}
	bound := NewView([]ZoneRevision{{ID: "z", Number: 1, Zone: z}}, nil).Bound("w", nil)
	for place, want := range map[[2]float64]bool{
		{-0.1, 51.5}: false, {-0.1, 51.504}: false, {-0.1, 51.505}: true, {-0.08, 51.5}: true, {-0.2, 51.45}: true, {7, 50}: true,
	} {
		at := PlaneAt(place[0], place[1])
		if c := bound.Clear(&at, 0); c.Holds(place[0], place[1]) != want {
			t.Errorf("%v: %+v", place, c)
		}
	}
}

func TestAtlas_findsWhatAWalkThroughAllZonesFinds(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		v, all := NewView(nil, nil), map[string]*Zone{}
		type state struct {
			v   *View
			all map[string]*Zone
		}
		var states []state
		number := uint64(0)
		for range 40 {
			var changes []ZoneRevision
			for range 1 + rng.IntN(40) {
				number++
				r := ZoneRevision{ID: fmt.Sprintf("z%03d", rng.IntN(300)), Number: number}
				if delete(all, r.ID); rng.IntN(4) > 0 {
					r.Zone = drawn(rng, r.ID)
					all[r.ID] = r.Zone
				}
				changes = append(changes, r)
			}
			v = v.With(changes, nil)
			states = append(states, state{v, maps.Clone(all)})
		}
		states = append(states, state{v.Before(1), all})
		for _, s := range states { // what was made from a view has not changed it
			for range 20 {
				if err := found(s.v, s.all, rng); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		}
	}
}

// coarse is how far in metres a zone may be from a place and still be found there: steps of 2^-14 of the world's width.
const coarse = 4000

func TestAtlas_doesNotMultiplyWhatLiesAtOnePlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	var zones []ZoneRevision
	z := drawn(rng, "")
	z.Shape.Center, z.Shape.Radius, z.Kind, z.BufferM = [2]float64{-0.1, 51.5}, 300, Exclusion, 0
	for i := range 5000 {
		same := z.Clone()
		same.ID = fmt.Sprintf("z%04d", i)
		zones = append(zones, ZoneRevision{ID: same.ID, Number: 1, Zone: same})
	}
	v, lists := NewView(zones, nil), 0
	var count func(n *node)
	count = func(n *node) {
		lists += len(n.zones)
		for _, kid := range n.kids {
			count(kid)
		}
	}
	count(v.everyone.root)
	if lists > 4*len(zones) {
		t.Errorf("%d zones are listed %d times", len(zones), lists)
	}
	at := PlaneAt(-0.1, 51.5)
	if n := len(v.Bound("w", nil).Near(nil, &at, 0, 5)); n != len(zones) {
		t.Errorf("%d of %d zones found", n, len(zones))
	}
}

func TestAtlas_splitsWhereMostLiesOnOneSide(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	var zones []ZoneRevision
	for i := range 5000 {
		z := &Zone{ID: fmt.Sprintf("z%04d", i), Kind: Exclusion, Audience: Audience{Everyone: true}}
		// Four in five lie west of the line between two of the largest squares.
		z.Shape.Center, z.Shape.Radius = [2]float64{-1.4 + rng.Float64()*0.5, 50.8 + rng.Float64()*0.5}, 20
		zones = append(zones, ZoneRevision{ID: z.ID, Number: 1, Zone: z})
	}
	longest := 0
	var walk func(n *node)
	walk = func(n *node) {
		longest = max(longest, len(n.zones))
		for _, kid := range n.kids {
			walk(kid)
		}
	}
	walk(NewView(zones, nil).everyone.root)
	if longest > 100 {
		t.Errorf("a list of %d zones", longest)
	}
}

func TestAtlas_isEmptyAgainWhenEverythingIsWithdrawn(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	v := NewView(nil, nil)
	for i := range 200 {
		id := fmt.Sprint(i)
		v = v.With([]ZoneRevision{{ID: id, Number: 1, Zone: drawn(rng, id)}}, nil)
	}
	for i := range 200 {
		v = v.With([]ZoneRevision{{ID: fmt.Sprint(i), Number: 2, Updated: 1}}, nil)
	}
	if v = v.Before(1).Before(10); v.everyone != nil || v.zones.root != nil {
		t.Errorf("an index of nothing still holds %+v and %d histories", v.everyone, v.zones.n)
	}
}

func TestCandidate_answersTheSameBeforeAndAfterItsShapeIsCompiled(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	circle := drawn(rng, "circle")
	square := &Zone{ID: "square", Shape: Shape{Polygons: orb.MultiPolygon{{{{-0.2, 51.4}, {0, 51.4}, {0, 51.6}, {-0.2, 51.6}, {-0.2, 51.4}}}}}}
	for _, z := range []*Zone{circle, square} {
		c := NewCandidate(z)
		for range 3 * worthwhile {
			at := PlaneAt(-0.3+rng.Float64()*0.4, 51.3+rng.Float64()*0.4)
			want := z.Shape.Distance(at.p[0], at.p[1])
			if got := c.Distance(&at); got != want {
				t.Fatalf("%s: %g, want %g", z.ID, got, want)
			}
			switch got := c.Within(&at, 500); {
			case math.Abs(want) <= 500 && got != want, math.Abs(want) > 500 && got != math.Copysign(math.Inf(1), want):
				t.Fatalf("%s: %g within 500 m, want %g", z.ID, got, want)
			}
		}
		if c.shape.Load() == nil {
			t.Errorf("%s is not compiled", z.ID)
		}
	}
}

func TestTable_agreesWithAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	var now table[int]
	want := map[string]int{}
	old, then := now, maps.Clone(want)
	for step := range 200 {
		by := &edit{}
		for range 1 + rng.IntN(60) {
			key := fmt.Sprint(rng.IntN(3000))
			if rng.IntN(3) == 0 {
				now.drop(by, key)
				delete(want, key)
			} else {
				now.set(by, key, step)
				want[key] = step
			}
		}
		if got := maps.Collect(now.all()); !maps.Equal(got, want) || now.n != len(want) {
			t.Fatalf("step %d: %d of %d keys, counted %d", step, len(got), len(want), now.n)
		}
		for range 100 {
			key := fmt.Sprint(rng.IntN(3000))
			v, ok := now.get(key)
			if w, wok := want[key]; v != w || ok != wok {
				t.Fatalf("step %d: %s is %d, %v", step, key, v, ok)
			}
		}
		if got := maps.Collect(old.all()); !maps.Equal(got, then) {
			t.Fatalf("step %d changed the table before it", step)
		}
		old, then = now, maps.Clone(want)
	}
	for _, key := range slices.Collect(maps.Keys(want)) {
		now.drop(&edit{}, key)
	}
	if now.root != nil || now.n != 0 {
		t.Error("a table without keys still holds something")
	}
}
