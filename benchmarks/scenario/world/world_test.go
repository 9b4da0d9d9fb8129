package world

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"cordon/geofence"
	"cordon/ingest"
)

var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

const week = 7 * 24 * time.Hour

// newWorld returns a built-in world with changes.
func newWorld(t testing.TB, name string, wearers int, d time.Duration, change ...func(*Settings)) *World {
	t.Helper()
	s, err := Named(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(&s)
	}
	w, err := New(s, 7, wearers, monday, d)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestLife_isTheSameForTheSameSeedWhoeverAsks(t *testing.T) {
	const wearers = 12
	var lives [2][wearers]*Life
	var wg sync.WaitGroup
	for k := range lives {
		w := newWorld(t, "default", wearers, week)
		for i := range w.Len() {
			wg.Go(func() { lives[k][i] = w.Life(i) })
		}
	}
	wg.Wait()
	for i := range wearers {
		if !reflect.DeepEqual(lives[0][i], lives[1][i]) {
			t.Errorf("wearer %d has two lives", i)
		}
	}
	other, _ := New(ordinary(), 8, wearers, monday, week)
	if reflect.DeepEqual(lives[0][0], other.Life(0)) {
		t.Error("another seed makes the same life")
	}
}

func TestWorld_strataHaveTheirShares(t *testing.T) {
	w := newWorld(t, "default", 4000, week)
	got := map[Stratum]float64{}
	for i := range w.Len() {
		got[w.person(i).stratum]++
	}
	s := w.s.Strata
	for name, want := range map[Stratum]float64{Far: s.Far, HomeBeside: s.HomeBeside, WorkBeside: s.WorkBeside, DrivesPast: s.DrivesPast,
		WalksPast: s.WalksPast, DrivesThrough: s.DrivesThrough, Enters: s.Enters} {
		n := float64(w.Len())
		if off := math.Abs(got[name] - n*want); off > 5*math.Sqrt(n*want*(1-want)) {
			t.Errorf("%s: %g of %g wearers, wanted a share of %g", name, got[name], n, want)
		}
	}
}

func TestWorld_homesLieWhereTheirStratumSays(t *testing.T) {
	w := newWorld(t, "default", 2000, week)
	for i := range w.Len() {
		p := w.person(i)
		home, work, beside := p.ground.measure(p.home), p.ground.measure(p.work), w.s.Places.BesideM
		in := func(d float64, r Range) bool { return r.Min-0.5 < d && d < r.Max+0.5 }
		if got := in(home, beside); got != (p.stratum == HomeBeside) {
			t.Errorf("%s: home is %.1f m from the zone", p.stratum, home)
		}
		if got := in(work, beside); got != (p.stratum == WorkBeside) {
			t.Errorf("%s: work is %.1f m from the zone", p.stratum, work)
		}
		wantsRule := p.stratum == HomeBeside || p.stratum == WorkBeside
		if z := p.zone(i); (z.Rule == "beside_home") != wantsRule {
			t.Errorf("%s: the zone has the rule %s", p.stratum, z.Rule)
		}
		if p.stratum == Far && home < w.s.Places.FarM.Min {
			t.Errorf("far: home is %.0f m from the zone", home)
		}
	}
}

func TestWorld_onlyVisitorsAreEverInside(t *testing.T) {
	w := newWorld(t, "default", 400, week, func(s *Settings) { s.Visits.BesideEnterPerDay = 0 })
	visits := 0
	for i := range w.Len() {
		switch l := w.Life(i); l.Stratum {
		case DrivesThrough, Enters:
			visits += len(l.Stays)
		default:
			if len(l.Stays) > 0 {
				t.Errorf("%s, %s: %d stays, the first %+v", l.Wearer, l.Stratum, len(l.Stays), l.Stays[0])
			}
		}
	}
	if visits == 0 {
		t.Error("nobody enters")
	}
}

func TestLife_staysAreThoseOfAScanBySeconds(t *testing.T) {
	w := newWorld(t, "default", 60, 48*time.Hour, func(s *Settings) {
		s.Strata = Strata{HomeBeside: 0.2, DrivesThrough: 0.4, Enters: 0.4}
		s.Visits.BesideEnterPerDay, s.Visits.ThroughPerDay, s.Visits.EnterPerDay = 1, 1, 2
	})
	found := 0
	for i := range w.Len() {
		l := w.Life(i)
		want := scan(l)
		found += len(want)
		if !slices.EqualFunc(l.Stays, want, func(a, b Stay) bool {
			return math.Abs(float64(a.Entered-b.Entered)) <= second && math.Abs(float64(a.Left-b.Left)) <= second &&
				math.Abs(a.Depth-b.Depth) < 8 // what a car does in half a second
		}) {
			t.Errorf("%s, %s: stays %+v, by seconds %+v", l.Wearer, l.Stratum, l.Stays, want)
		}
	}
	if found < 50 {
		t.Errorf("%d stays are too few to say anything", found)
	}
}

// scan finds stays by asking every second.
func scan(l *Life) (stays []Stay) {
	inside := false
	for ms := l.From; ms <= l.To; ms += second {
		d := l.Distance(ms)
		n := len(stays)
		switch {
		case d > 0 || ms == l.To:
			if inside {
				stays[n-1].Left = ms
			}
			inside = false
			continue
		case !inside && (n == 0 || ms-stays[n-1].Left > mostOutside):
			stays = append(stays, Stay{Entered: ms})
			n++
		}
		inside = true
		stays[n-1].Depth = max(stays[n-1].Depth, -d)
	}
	return stays
}

func TestWorld_staysAreOfManyLengthsAndDepths(t *testing.T) {
	w := newWorld(t, "default", 600, week)
	var short, long, deep, all int
	for i := range w.Len() {
		for _, s := range w.Life(i).Stays {
			all++
			if s.Left-s.Entered < 2*minute {
				short++
			}
			if s.Left-s.Entered >= 2*minute && s.Depth >= 30 {
				long++
			}
			if s.Left-s.Entered >= 3*minute && s.Depth >= 50 {
				deep++
			}
		}
	}
	if short < all/20 || long < all/4 || deep < all/6 {
		t.Errorf("of %d stays %d are short, %d last 2 min and are 30 m deep, %d 3 min and 50 m", all, short, long, deep)
	}
}

func TestLife_pingsAreInTheOrderTheyArriveAndAreDecoded(t *testing.T) {
	for _, name := range Names() {
		w := newWorld(t, name, 40, week)
		decoder := ingest.NewDecoder(ingest.DefaultDecoderOptions())
		late, twice := 0, 0
		for i := range w.Len() {
			l := w.Life(i)
			seen := map[uint64]bool{}
			last, newest := int64(0), int64(0)
			for k := range l.Pings {
				p := &l.Pings[k]
				if p.Appended < last || p.Appended < p.FixTime || p.ReceivedTime != p.Appended {
					t.Fatalf("%s: ping %d of %s: appended %d after %d, fix %d, received %d", name, k, l.Wearer, p.Appended, last, p.FixTime, p.ReceivedTime)
				}
				last = p.Appended
				if p.FixTime < newest {
					late++
				}
				if seen[p.Seq] {
					twice++
				}
				seen[p.Seq], newest = true, max(newest, p.FixTime)
				value := ingest.AppendCordonJSON(nil, &p.Ping)
				var got ingest.Ping
				if no := decoder.Decode(&ingest.Record{Appended: p.Appended, Value: value}, &got); no != nil {
					t.Fatalf("%s: %s: %v", name, value, no)
				}
			}
		}
		if late == 0 || twice == 0 {
			t.Errorf("%s: %d late pings, %d duplicates", name, late, twice)
		}
	}
}

func TestWorld_zonesAndRegisterAreImportFiles(t *testing.T) {
	w := newWorld(t, "default", 500, week)
	zones, notices, err := geofence.ParseZones(w.Zones())
	if err != nil || len(notices) > 0 || len(zones) != w.Len() {
		t.Fatalf("%d zones, notices %v: %v", len(zones), notices, err)
	}
	acts, notices, err := geofence.ParseRegister(w.Register())
	if err != nil || len(notices) > 0 || len(acts) != w.Len() {
		t.Fatalf("%d activations, notices %v: %v", len(acts), notices, err)
	}
	if err := geofence.CheckOverlaps(acts); err != nil {
		t.Fatal(err)
	}
	view := geofence.NewView(nil, revisions(acts))
	reused := 0
	for i := range w.Len() {
		l := w.Life(i)
		if got := l.Zone.AppendJSON(nil); !bytes.Equal(got, zones[i].AppendJSON(nil)) {
			t.Errorf("the zone of %s is not the one in the file: %s", l.Wearer, got)
		}
		if l.Device != "tag-"+l.Wearer[len("wearer-"):] {
			reused++
		}
		device := view.Device(l.Device)
		for k := range l.Pings {
			p := &l.Pings[k]
			if a := device.Activation(p.FixTime, p.Appended); a == nil || a.Wearer != l.Wearer {
				t.Fatalf("a ping of %s belongs to %+v", l.Wearer, a)
			}
		}
	}
	if reused == 0 {
		t.Error("no tag is used again")
	}
}

func revisions(acts []*geofence.Activation) (all []geofence.ActivationRevision) {
	for _, a := range acts {
		all = append(all, geofence.ActivationRevision{ID: a.ID, Number: 1, Activation: a})
	}
	return all
}

func TestNew_saysWhatItDoesNotMake(t *testing.T) {
	for name, attempt := range map[string]func() (*World, error){
		"no wearers":  func() (*World, error) { return New(ordinary(), 1, 0, monday, week) },
		"no time":     func() (*World, error) { return New(ordinary(), 1, 1, monday, 0) },
		"no date":     func() (*World, error) { return New(ordinary(), 1, 1, time.Time{}, week) },
		"no settings": func() (*World, error) { return New(Settings{}, 1, 1, monday, week) },
	} {
		if _, err := attempt(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func BenchmarkLife(b *testing.B) {
	w := newWorld(b, "default", 1000, 30*24*time.Hour)
	b.ReportAllocs()
	n, pings := 0, 0
	for b.Loop() {
		pings += len(w.Life(n % w.Len()).Pings)
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(pings), "ns/ping")
	b.ReportMetric(float64(pings)/float64(30*n), "pings/day")
}
