package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"cordon/geofence"
)

func TestTessellation_isValidAndTouchesWithoutOverlap(t *testing.T) {
	for seed := range uint64(5) {
		zones, notices, err := geofence.ParseZones(tessellation(seed))
		if err != nil {
			t.Fatal(err)
		}
		if len(zones) != wardCount || len(notices) > 0 {
			t.Errorf("seed %d: %d zones, %d notices", seed, len(zones), len(notices))
		}
		vertices := 0
		for _, z := range zones {
			n := len(z.Shape.Polygons[0][0]) - 1
			if vertices += n; n < 20 || n > 140 {
				t.Errorf("seed %d: zone %s has %d vertices", seed, z.ID, n)
			}
		}
		if mean := float64(vertices) / wardCount; mean < 30 || mean > 45 {
			t.Errorf("seed %d: %.1f vertices a zone; London's wards have 37", seed, mean)
		}
		tiles(t, zones)
	}
}

// tiles: what lies in the middle of the map lies in one zone, or on an edge.
func tiles(t *testing.T, zones []*geofence.Zone) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	scan := newScan(zones)
	for range 500 {
		p := within(rng, greaterLondon, 0.9)
		if n := len(scan.find(nil, p)); n != 1 && !nearAnEdge(zones, p) {
			t.Fatalf("%v lies in %d zones", p, n)
		}
	}
}

func nearAnEdge(zones []*geofence.Zone, p orb.Point) bool {
	for _, z := range zones {
		if math.Abs(z.Shape.Distance(p[0], p[1])) < 0.02 {
			return true
		}
	}
	return false
}

func TestTessellation_bordersAreShared(t *testing.T) {
	zones, _, err := geofence.ParseZones(tessellation(1))
	if err != nil {
		t.Fatal(err)
	}
	edges := map[[2]orb.Point]int{}
	for _, z := range zones {
		ring := z.Shape.Polygons[0][0]
		for i, b := range ring[1:] {
			edges[[2]orb.Point{ring[i], b}]++
			edges[[2]orb.Point{b, ring[i]}]++
		}
	}
	shared := 0
	for _, n := range edges {
		if n > 2 {
			t.Fatalf("%d zones share an edge", n)
		}
		shared += n - 1
	}
	if share := float64(shared) / float64(len(edges)); share < 0.9 {
		t.Errorf("%.2f of the edges are shared", share)
	}
}

func TestScatter_zonesAreValid(t *testing.T) {
	s := newScatter(300, 1)
	zones := s.everyone(200)
	zones = append(zones, s.forPerson(s.person(0), 200, 100)...)
	for _, z := range zones {
		if _, err := geofence.ParseZone(z.AppendJSON(nil)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScatter_isAsDenseWhateverItsSize(t *testing.T) {
	for _, n := range []int{1000, 10_000} {
		s := newScatter(n, 1)
		scan, found := newScan(s.everyone(n)), 0
		for _, p := range s.places(2000) {
			found += len(scan.find(nil, p))
		}
		// A zone covers 0.29 km² in the mean, some of it beyond the rim.
		if mean := float64(found) / 2000; mean < 0.48 || mean > 0.68 {
			t.Errorf("%d zones: a place lies in %.2f of them", n, mean)
		}
	}
}

func TestCoast_isValidAtEverySize(t *testing.T) {
	for _, n := range steps(4, 10_000, math.Sqrt(10)) {
		z := zoneOf(0, coast(n, 1), geofence.Audience{Everyone: true})
		if got, err := geofence.ParseZone(z.AppendJSON(nil)); err != nil || len(got.Shape.Polygons[0][0]) != n+1 {
			t.Error(fmt.Errorf("%d vertices: %w", n, err))
		}
	}
}
