package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"cordon/benchmarks/plot"
	"cordon/benchmarks/results"
	"cordon/deploy/local"
	"cordon/geofence"
)

// tiny is everything in seconds, on generated wards.
func tiny() *flags {
	return &flags{
		Wards: "/nowhere", Zones: 400, Small: 100, Corners: 100, Places: 1000, Reach: 50, Rounds: 3,
		Slice: 100 * time.Microsecond, Changes: 10, Pace: time.Millisecond, Quiet: 20 * time.Millisecond, Seed: 1,
	}
}

func TestMeasure_allRivalsAgreeAndEveryFigureOfTheContractIsThere(t *testing.T) {
	figures, err := measure(t.Context(), tiny(), local.TestRedis(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "index.json")
	if err := results.New(figures...).WriteWith(path, "index", plot.Index); err != nil {
		t.Fatal(err)
	}
	file, err := results.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]results.Figure{}
	for _, f := range file.Figures {
		found[f.Name] = append(found[f.Name], f)
	}
	for _, name := range []string{"lookup_ns", "lookup_times_faster", "lookup_allocs", "polygon_1000_ns", "lookup_1m_over_1k",
		"load_1m_s", "bytes_per_zone", "change_p99_ms"} {
		if !slices.ContainsFunc(found[name], func(f results.Figure) bool { return f.Target != nil }) && name != "lookup_ns" {
			t.Errorf("no figure %s has a target", name)
		}
	}
	for _, r := range rivals() {
		if !slices.ContainsFunc(found["lookup_ns"], func(f results.Figure) bool { return f.Labels["rival"] == r.name && f.Ratio != nil }) {
			t.Errorf("no lookup_ns against %s", r.name)
		}
	}
	for _, name := range []string{"index-zones.svg", "index-vertices.svg"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), name)); err != nil {
			t.Error(err)
		}
	}
}

// liar finds nothing.
type liar struct{}

func (liar) find(dst []int32, _ orb.Point) []int32 { return dst }

func TestAgree_findsARivalThatAnswersOtherwise(t *testing.T) {
	s := newScatter(100, 1)
	zones, places := s.everyone(100), s.places(1000)
	err := agree(t.Context(), rival{name: "liar"}, liar{}, newOurs(zones, 50), zones, places)
	if !errors.Is(err, errDisagree) {
		t.Errorf("got %v", err)
	}
}

func TestAgree_forgivesOneCentimetre(t *testing.T) {
	ring := orb.Ring{{-0.1, 51.5}, {-0.09, 51.5}, {-0.09, 51.51}, {-0.1, 51.51}, {-0.1, 51.5}}
	zones := []*geofence.Zone{zoneOf(0, ring, geofence.Audience{Everyone: true})}
	for metres, want := range map[float64]error{0.008: nil, 0.02: errDisagree} {
		places := []orb.Point{{-0.095, 51.5 + metres/metresLat}}
		if err := agree(t.Context(), rival{}, liar{}, newOurs(zones, 50), zones, places); !errors.Is(err, want) {
			t.Errorf("%v m inside: %v", metres, err)
		}
	}
}

func TestOurs_allocatesNothing(t *testing.T) {
	s := newScatter(100, 1)
	o, places := newOurs(s.everyone(100), 50), s.places(1000)
	o.settle(places)
	if f := allocated(o, places); f.Value != 0 {
		t.Errorf("%v allocations a lookup", f.Value)
	}
}

func TestSettle_leavesNothingToBeCompiled(t *testing.T) {
	s := newScatter(100, 1)
	p := s.person(0)
	zones := s.forPerson(p, 0, 3)
	for _, z := range zones {
		o, corner := &ours{bound: viewOf(zones).Bound(p.name, nil), reach: 50}, z.Shape.Polygons[0][0][:1]
		o.settle(corner)
		found, first := o.find(nil, corner[0]), true
		n := testing.AllocsPerRun(1, func() {
			if first { // the run that AllocsPerRun does not count
				first = false
				return
			}
			for range 10 * asks {
				found = o.find(found[:0], corner[0])
			}
		})
		if len(o.near) == 0 || n != 0 {
			t.Errorf("%d zones at the place, %v allocations", len(o.near), n)
		}
	}
}

func TestSteps_areRoundAndEndAtTheLast(t *testing.T) {
	if got := steps(100, 100_000, 10); !slices.Equal(got, []int{100, 1000, 10_000, 100_000}) {
		t.Errorf("%v", got)
	}
	if got := steps(4, 1000, 3.1623); !slices.Equal(got, []int{4, 10, 32, 100, 320, 1000}) {
		t.Errorf("%v", got)
	}
}
