package score

import (
	"math"
	"slices"
	"testing"

	"cordon/benchmarks/quality/rivals"
	"cordon/ingest"
)

const minute = 60_000

// staying is a life of one hour with one stay from 20 to 30 min, 50 m deep; the wearer is else 200 m away, but from 40 to
// 41 min 5 m outside, and from 50 to 51 min in a dip.
//
//	0        20 ######## 30      40 .      50 #      60 min
func staying() *Life {
	l := &Life{
		Stratum: "enters", To: 60 * minute, Ended: 60 * minute,
		Stays: []Stay{{Entered: 20 * minute, Left: 30 * minute, Depth: 50}, {Entered: 50 * minute, Left: 51 * minute, Depth: 10}},
		Distance: func(ms int64) float64 {
			switch m := float64(ms) / minute; {
			case m >= 20 && m <= 30:
				return -50
			case m >= 40 && m <= 41:
				return 5
			case m >= 50 && m <= 51:
				return -10
			}
			return 200
		},
	}
	for m := range int64(61) {
		l.Sights = append(l.Sights, fix(l, m*minute))
	}
	l.Prepare()
	return l
}

func fix(l *Life, ms int64) rivals.Sight {
	return rivals.Sight{Time: ms, Appended: ms, Distance: l.Distance(ms), Radius: 5}
}

func event(kind rivals.Kind, minutes float64) rivals.Event {
	return rivals.Event{Kind: kind, Time: int64(minutes * minute)}
}

func TestVerdict_looksFiveMinutesBackAndOneForward(t *testing.T) {
	l := staying()
	for _, c := range []struct {
		minutes float64
		want    Verdict
	}{
		{10, False}, {18.9, False}, {19, True}, {25, True}, {35, True}, {35.1, False},
		{38.9, False}, {39, Edge}, {46, Edge}, {46.1, False}, {49, Dip}, {56, Dip}, {56.1, False},
	} {
		if got := l.Verdict(int64(c.minutes * minute)); got != c.want {
			t.Errorf("a breach at %v min: verdict %d, want %d", c.minutes, got, c.want)
		}
	}
}

func TestFound_countsDelaySplitsAndWhatWasSaidAtOnce(t *testing.T) {
	const o, e, s, c = rivals.Opened, rivals.Ended, rivals.Suspected, rivals.Cleared
	for _, k := range []struct {
		name   string
		events []rivals.Event
		want   Found
	}{
		{"nothing said", nil, Found{}},
		{"at the first fix", []rivals.Event{event(o, 20), event(e, 32)}, Found{Found: true, Timed: true, Breaches: 1, Suspected: true}},
		{"suspected, then two fixes later", []rivals.Event{event(s, 20), event(o, 22)}, Found{Found: true, Timed: true, DelayS: 120, Fixes: 2, Breaches: 1, Suspected: true}},
		{"open from before", []rivals.Event{event(o, 19), event(e, 31)}, Found{Found: true, Timed: true, Breaches: 1, Suspected: true}},
		{"ended at the first fix inside", []rivals.Event{event(o, 19), event(e, 20)}, Found{}},
		{"a minute after its end", []rivals.Event{event(o, 31)}, Found{Found: true, Timed: true, DelayS: 660, Fixes: 10, Breaches: 1}},
		{"later still", []rivals.Event{event(o, 31.1)}, Found{}},
		{"between two fixes, by silence", []rivals.Event{event(s, 20), event(o, 24.5)}, Found{Found: true, Timed: true, DelayS: 270, Fixes: 4, Breaches: 1, Suspected: true}},
		{"in three pieces", []rivals.Event{event(o, 20), event(e, 22), event(o, 23), event(e, 24), event(o, 26)}, Found{Found: true, Timed: true, Breaches: 3, Suspected: true}},
		{"suspected and cleared", []rivals.Event{event(s, 20), event(c, 22)}, Found{Suspected: true}},
	} {
		score := Of(staying(), Episodes(nil, k.events))
		if len(score.Found) != 1 {
			t.Fatalf("%s: %d stays that qualify, want 1", k.name, len(score.Found))
		}
		got := score.Found[0]
		got.Stay = nil
		if got != k.want {
			t.Errorf("%s: %+v, want %+v", k.name, got, k.want)
		}
	}
}

func TestPrepare_aStayIsSeenByUsableFixesDuringIt(t *testing.T) {
	usable := func(ms int64) rivals.Sight { return rivals.Sight{Time: ms, Distance: -20, Radius: 5} }
	coarse, cell, late := usable(22*minute), usable(22*minute), usable(22*minute)
	coarse.Radius, cell.Source, late.Late = 50.01, ingest.Cell, true
	for _, c := range []struct {
		name        string
		sights      []rivals.Sight
		seen, twice bool
	}{
		{"none", nil, false, false},
		{"before and after", []rivals.Sight{usable(20*minute - 1), usable(30*minute + 1)}, false, false},
		{"coarse, cell, late", []rivals.Sight{coarse, cell, late}, false, false},
		{"one", []rivals.Sight{usable(20 * minute)}, true, false},
		{"two close together", []rivals.Sight{usable(21 * minute), usable(22*minute - 1)}, true, false},
		{"two a minute apart, out of order", []rivals.Sight{usable(22 * minute), usable(21 * minute)}, true, true},
	} {
		l := staying()
		l.Stays, l.Sights = []Stay{{Entered: 20 * minute, Left: 30 * minute, Depth: 50}}, c.sights
		l.Prepare()
		if s := &l.Stays[0]; s.Seen() != c.seen || s.SeenTwice() != c.twice {
			t.Errorf("%s: seen %v, twice %v", c.name, s.Seen(), s.SeenTwice())
		}
	}
}

func TestTally_ratesAreByTagDaysAndEachVerdictApart(t *testing.T) {
	tally := NewTally()
	at := func(minutes ...float64) []Episode {
		var events []rivals.Event
		for _, m := range minutes {
			events = append(events, event(rivals.Opened, m), event(rivals.Ended, m+0.5))
		}
		return Episodes(nil, events)
	}
	s := Of(staying(), at(5, 10, 25, 39.5, 50.5))
	tally.Add(&s)
	for name, c := range map[string][2]float64{
		"false": {tally.False.Value(), 48}, "edge": {tally.Edge.Value(), 24}, "dip": {tally.Dip.Value(), 24},
		"stratum": {tally.Strata["enters"].Value(), 48}, "found": {tally.Seen.Value(), 1}, "late": {tally.InTime.Value(), 0},
		"dwell": {tally.Dwell[2].Value(), 1}, "depth": {tally.Depth[1].Value(), 1},
		"delay": {tally.Delay(0.5), 300}, "fixes": {tally.DelayFixes(0.95), 5},
	} {
		if math.Abs(c[0]-c[1]) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, c[0], c[1])
		}
	}
}

func TestRatio_theStandardErrorIsClusteredByWearer(t *testing.T) {
	var even, one Ratio
	for i := range 100 {
		even.Add(1, 10)
		if i == 0 {
			one.Add(100, 10)
		} else {
			one.Add(0, 10)
		}
	}
	if even.Value() != 0.1 || even.Stderr() > 1e-9 {
		t.Errorf("a false alert from each: %v ± %v, want 0.1 ± 0", even.Value(), even.Stderr())
	}
	// all from one wearer: the sum of one wearer has the deviation 10, that of a hundred 100, over 1,000 days
	if one.Value() != 0.1 || math.Abs(one.Stderr()-0.1) > 1e-12 {
		t.Errorf("all from one wearer: %v ± %v, want 0.1 ± 0.1", one.Value(), one.Stderr())
	}
}

func TestQuantile_isASample(t *testing.T) {
	samples := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.2: 1, 0.5: 3, 0.95: 5, 1: 5} {
		if got := quantile(slices.Clone(samples), q); got != want {
			t.Errorf("quantile(%v) = %v, want %v", q, got, want)
		}
	}
	if !math.IsNaN(quantile(nil, 0.5)) {
		t.Error("a quantile of nothing")
	}
}
