package score

import (
	"math"
	"slices"

	"cordon/alerting"
)

// InTimeS is how late a breach may be, seconds.
const InTimeS = 120

// Promised is a stay that must be found more surely than others: of at least 3 min and 50 m, seen twice.
func (s *Stay) Promised() bool {
	return s.Left-s.Entered >= 180_000 && s.Depth >= 50 && s.SeenTwice()
}

// Tally is the scores of one rule over many lives.
type Tally struct {
	False, Edge, Dip Ratio // breaches by tag-days
	Strata           map[string]*Ratio
	Reasons          map[alerting.Reason]*Ratio // False by what the rule gave as the reason, where it gave one
	Profiles         map[string]*Share          // of stays, by what the zone asks for
	Suspicions       Ratio                      // by tag-days
	Visible          Ratio                      // stays with a usable fix, by all that qualify
	Seen             Ratio                      // found, by stays with a usable fix
	SeenTwice        Ratio                      // found, by stays with two at least 60 s apart
	Promised         Ratio
	InTime           Ratio // found within InTimeS, by stays with a usable fix
	Suspected        Ratio // said at once, by stays with a usable fix inside
	Splits           Ratio // breaches after the first, by stays with a usable fix
	Dwell            []Ratio
	Depth            []Ratio

	delays []float64
	fixes  []float64
}

// Share is the stays of some lives.
type Share struct{ Seen, InTime Ratio }

// Bands of dwell (ms) and depth (m): each up to the next.
var (
	DwellBands = []float64{120_000, 180_000, 300_000, 900_000, 3_600_000}
	DepthBands = []float64{30, 50, 100, 200}
)

// Band is the last of the bands that v reaches.
func Band(bands []float64, v float64) int {
	i, found := slices.BinarySearch(bands, v)
	if found {
		return i
	}
	return max(0, i-1)
}

// NewTally returns an empty tally.
func NewTally() *Tally {
	return &Tally{
		Strata: map[string]*Ratio{}, Reasons: map[alerting.Reason]*Ratio{}, Profiles: map[string]*Share{},
		Dwell: make([]Ratio, len(DwellBands)), Depth: make([]Ratio, len(DepthBands)),
	}
}

// Add takes a score in. The order matters to the last bit of a sum and to nothing else.
func (t *Tally) Add(s *Score) {
	days := s.Life.Days()
	var of [verdicts]float64
	for _, v := range s.Verdicts {
		of[v]++
	}
	t.False.Add(of[False], days)
	t.Edge.Add(of[Edge], days)
	t.Dip.Add(of[Dip], days)
	t.Suspicions.Add(float64(s.Suspicions), days)
	t.Visible.Add(float64(len(s.Found)), float64(s.Qualifying))
	stratum := t.Strata[s.Life.Stratum]
	if stratum == nil {
		stratum = &Ratio{}
		t.Strata[s.Life.Stratum] = stratum
	}
	stratum.Add(of[False], days)
	t.reasons(s, days)
	t.stays(s.Found, s.Life.Profile)
}

// pair is what one wearer adds to a Ratio.
type pair struct{ num, den float64 }

func (p *pair) count(yes bool) {
	p.den++
	if yes {
		p.num++
	}
}

// reasons takes in the false alerts by reason. All wearers of the rule are in each sum, with alerts or not.
func (t *Tally) reasons(s *Score, days float64) {
	for _, reason := range []alerting.Reason{alerting.Deep, alerting.Long, alerting.LostInside} {
		n := 0.0
		for i, r := range s.Reasons {
			if r == reason && s.Verdicts[i] == False {
				n++
			}
		}
		if t.Reasons[reason] == nil {
			t.Reasons[reason] = &Ratio{}
		}
		t.Reasons[reason].Add(n, days)
	}
}

func (t *Tally) stays(all []Found, profile string) {
	var seen, twice, promised, inTime, suspected, splits pair
	dwell, depth := make([]pair, len(DwellBands)), make([]pair, len(DepthBands))
	for i := range all {
		f := &all[i]
		seen.count(f.Found)
		inTime.count(f.Timed && f.DelayS <= InTimeS)
		splits.den++
		splits.num += float64(max(0, f.Breaches-1))
		if f.Stay.SeenTwice() {
			twice.count(f.Found)
		}
		if f.Stay.Promised() {
			promised.count(f.Found)
		}
		if f.Stay.inside != never {
			suspected.count(f.Suspected)
		}
		dwell[Band(DwellBands, float64(f.Stay.Left-f.Stay.Entered))].count(f.Found)
		depth[Band(DepthBands, f.Stay.Depth)].count(f.Found)
		if f.Timed {
			t.delays, t.fixes = append(t.delays, f.DelayS), append(t.fixes, float64(f.Fixes))
		}
	}
	for _, of := range []struct {
		ratio *Ratio
		pair  pair
	}{
		{&t.Seen, seen}, {&t.SeenTwice, twice}, {&t.Promised, promised}, {&t.InTime, inTime},
		{&t.Suspected, suspected}, {&t.Splits, splits},
	} {
		of.ratio.Add(of.pair.num, of.pair.den)
	}
	by := t.Profiles[profile]
	if by == nil {
		by = &Share{}
		t.Profiles[profile] = by
	}
	by.Seen.Add(seen.num, seen.den)
	by.InTime.Add(inTime.num, inTime.den)
	for i, p := range dwell {
		t.Dwell[i].Add(p.num, p.den)
	}
	for i, p := range depth {
		t.Depth[i].Add(p.num, p.den)
	}
}

// Delays returns how many stays have a delay.
func (t *Tally) Delays() int { return len(t.delays) }

// Delay returns the quantile q of the delays of found stays, seconds; NaN when there are none.
func (t *Tally) Delay(q float64) float64 { return quantile(t.delays, q) }

// DelayFixes is Delay in usable fixes.
func (t *Tally) DelayFixes(q float64) float64 { return quantile(t.fixes, q) }

// quantile is the smallest sample that at least the share q of them do not exceed.
func quantile(samples []float64, q float64) float64 {
	if len(samples) == 0 {
		return math.NaN()
	}
	slices.Sort(samples)
	return samples[max(0, int(math.Ceil(q*float64(len(samples))))-1)]
}
