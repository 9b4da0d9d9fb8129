package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordon/alerting"
	"cordon/benchmarks/plot"
	"cordon/benchmarks/quality/rivals"
	"cordon/benchmarks/quality/score"
	"cordon/benchmarks/results"
	"cordon/benchmarks/scenario/world"
	"cordon/geofence"
	"cordon/ingest"
)

// fakeWorld is wearers for whom the way to the zone's edge is all there is: each walks up to it and away again, in for
// twenty minutes of every three hours, and one fix in two hundred is 300 m nearer than the truth.
type fakeWorld struct {
	seed uint64
	n    int
	days float64
}

var fakeNoise = rivals.Noise{FloorM: 1.5, Factor: 1, RepeatS: 60, Outlier: 0.005, OutlierM: 300, Canyon: 0.001, CanyonS: 60, BiasM: 50}

func (w fakeWorld) Len() int { return w.n }

func (w fakeWorld) Life(i int) *score.Life {
	rng := rand.New(rand.NewPCG(w.seed, uint64(i)))
	const hour = 3_600_000
	zone := &geofence.Zone{
		ID: "zone", Kind: geofence.Exclusion, Audience: geofence.Audience{Wearers: []string{"wearer"}}, Location: time.UTC,
		Shape: geofence.Shape{Radius: 500}, Severity: geofence.Critical, Rule: []string{"default", "beside_home"}[i%2],
	}
	l := &score.Life{
		Case:    rivals.Case{Profile: zone.Rule, Zone: zone, Wearer: "wearer", Device: "tag", Noise: fakeNoise},
		Stratum: []string{"enters", "home_beside"}[i%2], To: int64(w.days * 24 * hour),
	}
	l.Ended = l.To
	l.Distance = func(ms int64) float64 { return 100 + 150*math.Cos(2*math.Pi*float64(ms)/(3*hour)) }
	inside := math.Acos(-2.0/3) / (2 * math.Pi) * 3 * hour
	for at := 0.0; at < float64(l.To); at += 3 * hour {
		l.Stays = append(l.Stays, score.Stay{Entered: int64(at + inside), Left: int64(at + 3*hour - inside), Depth: 50})
	}
	look := newLooker(zone, int(l.To/60_000)+1)
	for at := int64(0); at < l.To; at += 60_000 {
		d := l.Distance(at) + 5*rng.NormFloat64()
		if rng.IntN(200) == 0 {
			d -= 300
		}
		look.look(&ingest.Ping{FixTime: at, Lat: (500 + d) / 110_574, AccuracyM: 12, Has: ingest.HasPosition | ingest.HasAccuracy}, at+500)
	}
	l.Sights = look.sights
	l.Prepare()
	return l
}

func openFake(_ string, seed uint64, tagDays float64) (source, error) {
	return fakeWorld{seed: seed, n: int(tagDays / 2), days: 2}, nil
}

// fakeStudy is what a small study comes to; it is made once.
var fakeStudy = sync.OnceValues(func() (*sheet, alerting.Probabilities) {
	f := &flags{Choose: []uint64{1}, Report: []uint64{2, 3}, TagDays: 40, ChooseDays: 40, Scenarios: []string{"default", "harsh"}}
	all := families(alerting.DefaultRules().Profiles)
	for i := range all {
		all[i].makers = all[i].makers[:2]
	}
	s, t, err := study(context.Background(), f, openFake, all)
	if err != nil {
		panic(err)
	}
	return s, t
})

func TestStudy_theSameSeedsGiveTheSameFigures(t *testing.T) {
	run := func() *board {
		b, err := over(t.Context(), field(alerting.DefaultRules()), "default", []uint64{1, 2}, 20, openFake)
		if err != nil {
			t.Fatal(err)
		}
		b.makers = nil // they hold functions
		return b
	}
	if !reflect.DeepEqual(run(), run()) {
		t.Error("two runs differ")
	}
}

func TestStudy_writesWhatTheContractAsksOfEachRuleAndScenario(t *testing.T) {
	s, _ := fakeStudy()
	if err := results.New(s.all...).Validate(); err != nil {
		t.Fatal(err)
	}
	for _, scenario := range []string{"default", "harsh"} {
		for _, rule := range []string{ours, rawSat, twoAll, twoSat, fifth, filter} {
			for _, name := range []string{"false_per_1000_tag_days", "found_share", "added_delay_fixes_p50", "added_delay_fixes_p95", "split_per_100_stays"} {
				if _, ok := s.find(name, map[string]string{"rule": rule, "scenario": scenario}); !ok {
					t.Errorf("no %s of %s, %s", name, rule, scenario)
				}
			}
		}
	}
	if f, ok := s.find("false_over_rival", map[string]string{"rule": ours, "scenario": "default", "rival": rawSat}); !ok || f.Target == nil || !*f.Reached {
		t.Errorf("against lone outliers: %+v", f)
	}
}

func (s *sheet) find(name string, labels map[string]string) (results.Figure, bool) {
	for _, f := range s.all {
		if f.Name == name && reflect.DeepEqual(f.Labels, labels) {
			return f, true
		}
	}
	return results.Figure{}, false
}

func TestStudy_probabilitiesComeWithTheirSourceAndHoldOnOtherSeeds(t *testing.T) {
	s, table := fakeStudy()
	if len(table.Classes) == 0 || !strings.Contains(table.Source, "seeds 1, ") {
		t.Fatalf("%d probabilities from %q", len(table.Classes), table.Source)
	}
	for _, p := range table.Classes {
		if p.N < leastN || p.Share < 0 || p.Share > 1 {
			t.Errorf("%+v", p)
		}
	}
	if f, ok := s.find("probability_off_mean_points", map[string]string{"rule": ours, "scenario": "default"}); !ok || f.Value > pointsOff {
		t.Errorf("off by %+v", f)
	}
	rules := alerting.DefaultRules()
	rules.Probability = table
	text, err := rules.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alerting.ParseRules(text); err != nil {
		t.Error(err)
	}
}

func TestStudy_isDrawn(t *testing.T) {
	s, _ := fakeStudy()
	plots := plot.Quality(results.New(s.all...))
	for _, name := range []string{"quality-found.svg", "quality-delay.svg", "quality-worlds.svg", "quality-reliability.svg"} {
		if !bytes.Contains(plots[name], []byte("<circle")) {
			t.Errorf("nothing in %s", name)
		}
	}
}

func TestFlags_refuseToReportOnTheSeedsOfTheChoice(t *testing.T) {
	f := flags{Choose: []uint64{1, 2}, Report: []uint64{2}, Scenarios: []string{"default"}, TagDays: 1, ChooseDays: 1}
	if err := f.Validate(); err == nil || !strings.Contains(err.Error(), "seed 2") {
		t.Errorf("got %v", err)
	}
}

func TestChoose_theFewestFalseAmongThoseThatFind(t *testing.T) {
	b := newBoard(make([]rivals.Maker, 4))
	for i, c := range []struct{ falsehoods, found float64 }{{0, 97}, {9, 99}, {5, 100}, {1, 98}} {
		b.tallies[i].False.Add(c.falsehoods, 1000)
		for _, r := range []*score.Ratio{&b.tallies[i].Seen, &b.tallies[i].InTime} {
			r.Add(c.found, 100)
		}
		b.tallies[i].Promised.Add(100, 100)
	}
	if got := b.choose(0, 4); got != 2 {
		t.Errorf("chose %d, want 2: 5 false and all found", got)
	}
	if got := b.choose(3, 4); got != 3 {
		t.Errorf("chose %d, want 3", got)
	}
}

func TestDefaultRules_holdTheTableThatWasMeasured(t *testing.T) {
	root, err := results.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "benchmarks", "results", "quality-probabilities.json"))
	if err != nil {
		t.Fatal(err)
	}
	var measured alerting.Probabilities
	if err := json.Unmarshal(text, &measured); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(measured, alerting.DefaultRules().Probability) {
		t.Error("alerting/default.rules.json holds another table: make benchmarks/results/quality-probabilities.json its member probability")
	}
}

func TestTable_takesDepthsTogetherOfWhichTooLittleIsKnownAlone(t *testing.T) {
	c := newClasses()
	say := func(profile string, band, wearers, each, real int) {
		for range wearers {
			var all []alert
			for i := range each {
				all = append(all, alert{sort{alerting.Breach, alerting.Deep, profile}, band, i < real})
			}
			c.add(all)
		}
	}
	say("default", 0, 200, 1, 1)      // known alone
	say("default", 1, 50, 1, 1)       // too few, and known with the next
	say("default", 2, 60, 1, 1)       //
	say("default", 4, 30, 1, 1)       // too few, and taken in by the last
	say("beside_home", 2, 150, 2, 1)  // known alone
	say("beside_home", 3, 2, 100, 0)  // few wearers: the rest is not known, and would spoil what is
	say("beside_home", 3, 1, 100, 50) //
	var got []string
	for _, row := range c.table("a test").Classes {
		got = append(got, fmt.Sprintf("%s %.3g of %d", nameOf(&row), row.Share, row.N))
	}
	want := []string{
		"breach, deep, beside_home, 0–60 m 0.5 of 300",
		"breach, deep, default, 0–10 m 1 of 200", "breach, deep, default, 10 m and more 1 of 140",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLooker_seesWhatTheProductSees(t *testing.T) {
	zone := &geofence.Zone{Shape: geofence.Shape{Center: [2]float64{-0.1, 51.5}, Radius: 100}}
	l := newLooker(zone, 0)
	fix := func(at int64, source ingest.Source, has ingest.Fields) *ingest.Ping {
		return &ingest.Ping{FixTime: at, Lat: 51.5, Lon: -0.1, Source: source, AccuracyM: 10, AccuracyLevel: 0.68, Has: has}
	}
	const day = 86_400_000
	for _, p := range []*ingest.Ping{
		fix(60_000, ingest.GNSS, ingest.HasPosition|ingest.HasAccuracy|ingest.HasAccuracyLevel),
		fix(60_000, ingest.GNSS, ingest.HasPosition|ingest.HasAccuracy|ingest.HasAccuracyLevel), // a repeat
		fix(90_000, ingest.GNSS, 0),                  // no position
		fix(30_000, ingest.GNSS, ingest.HasPosition), // late
		fix(30_000, ingest.Cell, ingest.HasPosition),
		fix(5*day, ingest.GNSS, ingest.HasPosition), // from the future
	} {
		l.look(p, 120_000)
	}
	l.look(fix(0, ingest.GNSS, ingest.HasPosition), 5*day) // too old
	claimed := alerting.Fix{Time: 60_000, Appended: 120_000, Lat: 51.5, Lon: -0.1, Source: "gnss", AccuracyM: 10, AccuracyLevel: 0.68}
	late := claimed
	late.Time, late.AccuracyM, late.AccuracyLevel, late.Assumed = 30_000, 15, 0.95, true
	cell := late
	cell.AccuracyM, cell.Source = 1000, "cell"
	want := []rivals.Sight{
		{Time: 60_000, Appended: 120_000, Distance: -100, Radius: alerting.Radius95(10, 0.68), Fix: &claimed},
		{Time: 30_000, Appended: 120_000, Distance: -100, Radius: 15, Late: true, Fix: &late},
		{Time: 30_000, Appended: 120_000, Distance: -100, Radius: 1000, Source: ingest.Cell, Fix: &cell},
	}
	if !reflect.DeepEqual(l.sights, want) {
		t.Errorf("saw %+v, want %+v", l.sights, want)
	}
}

func TestProduct_saysWhatItsDecisionSaysAlone(t *testing.T) {
	rules := alerting.DefaultRules()
	if rules.UsableM != rivals.UsableM {
		t.Fatalf("the product takes fixes up to %v m, the rivals up to %v", rules.UsableM, rivals.UsableM)
	}
	alone := deepOrLong("alone", rules.Profiles)
	counts := map[rivals.Kind]int{}
	for _, name := range append(world.Names(), "fake") {
		open := open
		if name == "fake" {
			open = openFake
		}
		w, err := open(name, 7, 1400)
		if err != nil {
			t.Fatal(err)
		}
		for i := range w.Len() {
			l := w.Life(i)
			got := fold(nil, rivals.NewProduct(rules, &l.Case), l)
			if want := fold(nil, alone.New(&l.Case), l); !slices.Equal(got, want) {
				t.Fatalf("%s, %s: said %+v, want %+v", name, l.Wearer, got, want)
			}
			for _, e := range got {
				counts[e.Kind]++
			}
		}
	}
	for kind := rivals.Suspected; kind <= rivals.Ended; kind++ {
		if counts[kind] < 100 {
			t.Errorf("only %d events of kind %d: the test shows little", counts[kind], kind)
		}
	}
}
