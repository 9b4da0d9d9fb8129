package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"cordon/alerting"
	"cordon/benchmarks/quality/score"
	"cordon/benchmarks/results"
)

// What is to be reached: by the rule of the product, in the worlds that have something to be reached in them.
const (
	leastFound    = 0.985
	leastPromised = 0.995
	leastInTime   = 0.95
	falseOfTwoSat = 0.5
	falseOfRawSat = 0.3
	falseOfTwoAll = 0.15
	falseOfFifth  = 1.15
	delayOfFifth  = 0.55
	medianDelayS  = 35
	lateDelayS    = 120
	splitsAtMost  = 4
	pointsOff     = 5
)

// sheet collects figures; one that nothing was measured for is left out.
type sheet struct{ all []results.Figure }

func (s *sheet) put(f results.Figure) {
	if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
		return
	}
	s.all = append(s.all, f)
}

// by labels figures with two labels.
func by(name, is, other, otherIs string) func(results.Figure) results.Figure {
	return func(f results.Figure) results.Figure { return f.With(name, is).With(other, otherIs) }
}

// ratio is a figure of a ratio times a factor, with n what its denominator counts.
func ratio(name, better string, r *score.Ratio, times float64, n int) results.Figure {
	f := results.Figure{Name: name, Better: better, Value: times * r.Value(), N: n}
	if e := times * r.Stderr(); !math.IsNaN(e) && !math.IsInf(e, 0) {
		f.Stderr = new(e)
	}
	return f
}

// rate is a number per 1,000 tag-days.
func rate(name string, r *score.Ratio) results.Figure {
	return ratio(name, results.Lower, r, 1000, int(r.Den))
}

// share is a share of stays.
func share(name string, r *score.Ratio) results.Figure {
	return ratio(name, results.Higher, r, 1, int(r.Den))
}

func delays(name, unit string, t *score.Tally, value float64) results.Figure {
	return results.Figure{Name: name, Unit: unit, Better: results.Lower, Value: value, N: t.Delays()}
}

// rules are the figures of every rule of a scenario; those of the first have targets where there is something to be reached.
func (s *sheet) rules(b *board, scenario string, to int, goals bool) {
	for i := range to {
		t, of := b.tallies[i], by("rule", b.makers[i].Name, "scenario", scenario)
		if goals && i == 0 {
			of = aimed(of)
		}
		s.put(of(rate("false_per_1000_tag_days", &t.False)))
		s.put(of(rate("edge_per_1000_tag_days", &t.Edge)))
		s.put(of(rate("dip_per_1000_tag_days", &t.Dip)))
		s.put(of(share("found_share", &t.Seen)))
		s.put(of(share("found_2_usable_share", &t.SeenTwice)))
		s.put(of(share("found_promised_share", &t.Promised)))
		s.put(of(share("within_120_s_share", &t.InTime)))
		s.put(of(delays("added_delay_s_p50", "s", t, t.Delay(0.5))))
		s.put(of(delays("added_delay_s_p95", "s", t, t.Delay(0.95))))
		s.put(of(delays("added_delay_fixes_p50", "fixes", t, t.DelayFixes(0.5))))
		s.put(of(delays("added_delay_fixes_p95", "fixes", t, t.DelayFixes(0.95))))
		s.put(of(ratio("split_per_100_stays", results.Lower, &t.Splits, 100, int(t.Splits.Den))))
	}
}

// parts are some of them by what the wearer has to do with the zone, by profile, by how long stays last and by how deep
// they are, and of the first rule by reason.
func (s *sheet) parts(b *board, scenario string, to int) {
	for i := range to {
		t, of := b.tallies[i], by("rule", b.makers[i].Name, "scenario", scenario)
		for _, stratum := range slices.Sorted(maps.Keys(t.Strata)) {
			s.put(of(rate("false_per_1000_tag_days", t.Strata[stratum]).With("stratum", stratum)))
		}
		if i == 0 {
			for _, reason := range slices.Sorted(maps.Keys(t.Reasons)) {
				s.put(of(rate("false_per_1000_tag_days", t.Reasons[reason]).With("reason", string(reason))))
			}
		}
		for _, profile := range slices.Sorted(maps.Keys(t.Profiles)) {
			s.put(of(share("found_share", &t.Profiles[profile].Seen).With("profile", profile)))
			s.put(of(share("within_120_s_share", &t.Profiles[profile].InTime).With("profile", profile)))
		}
		for k := range t.Dwell {
			s.put(of(share("found_share", &t.Dwell[k]).With("dwell", band(score.DwellBands, k, 1.0/60_000, "min"))))
		}
		for k := range t.Depth {
			s.put(of(share("found_share", &t.Depth[k]).With("depth", band(score.DepthBands, k, 1, "m"))))
		}
	}
}

// aims are the targets of a rule that has some, by figure.
var aims = map[string]struct {
	better string
	target float64
}{
	"found_share":          {results.Higher, leastFound},
	"found_promised_share": {results.Higher, leastPromised},
	"within_120_s_share":   {results.Higher, leastInTime},
	"added_delay_s_p50":    {results.Lower, medianDelayS},
	"added_delay_s_p95":    {results.Lower, lateDelayS},
	"split_per_100_stays":  {results.Lower, splitsAtMost},
}

// aimed adds their targets to the figures of a rule that has some.
func aimed(of func(results.Figure) results.Figure) func(results.Figure) results.Figure {
	return func(f results.Figure) results.Figure {
		f = of(f)
		if aim, ok := aims[f.Name]; ok {
			return f.Aim(aim.better, aim.target)
		}
		return f
	}
}

// band names the k-th of some bands, in a unit of so many of theirs.
func band(bands []float64, k int, factor float64, unit string) string {
	from := strconv.FormatFloat(bands[k]*factor, 'f', -1, 64)
	if k+1 == len(bands) {
		return fmt.Sprintf("%s %s and more", from, unit)
	}
	return fmt.Sprintf("%s–%s %s", from, strconv.FormatFloat(bands[k+1]*factor, 'f', -1, 64), unit)
}

// promises are the figures that compare the first rule with others of a scenario, and what it says at once.
func (s *sheet) promises(b *board, scenario string) {
	is, of := b.tallies[0], by("rule", b.makers[0].Name, "scenario", scenario)
	for _, aim := range []struct {
		rival string
		most  float64
	}{{twoSat, falseOfTwoSat}, {rawSat, falseOfRawSat}, {twoAll, falseOfTwoAll}, {fifth, falseOfFifth}} {
		f := of(ratio("false_over_rival", results.Lower, &b.versus[b.of(aim.rival)], 1, b.lives))
		s.put(f.With("rival", aim.rival).Aim(results.Lower, aim.most))
	}
	other := b.tallies[b.of(fifth)]
	f := of(delays("added_delay_over_rival", "", is, is.Delay(0.5)/other.Delay(0.5)))
	s.put(f.With("rival", fifth).Aim(results.Lower, delayOfFifth))
	s.put(of(share("suspected_at_once_share", &is.Suspected)).Aim(results.Higher, 1))
	s.put(of(rate("suspicions_per_1000_tag_days", &is.Suspicions)))
	visible := share("stays_with_a_usable_fix_share", &is.Visible)
	visible.Better = ""
	s.put(visible.With("scenario", scenario))
	tags := results.Figure{Name: "tag_days", Value: b.days, N: b.lives}
	s.put(tags.With("scenario", scenario))
}

// chosen tells which setting was chosen for a rule, and what it reached where it was.
func (s *sheet) chosen(b *board, i int, rule string) {
	t, of := b.tallies[i], by("rule", rule, "setting", b.makers[i].Name)
	s.put(of(rate("chosen_false_per_1000_tag_days", &t.False)))
	s.put(of(share("chosen_found_share", &t.Seen)))
}

// frontiers is every setting as points of a plot; those of the families follow each other from a place on.
func (s *sheet) frontiers(b *board, from int, all []family) {
	for _, family := range all {
		s.frontier(b, from, from+len(family.makers), family.name)
		from += len(family.makers)
	}
}

func (s *sheet) frontier(b *board, from, to int, family string) {
	for i := from; i < to; i++ {
		t, of := b.tallies[i], by("setting", b.makers[i].Name, "family", family)
		s.put(of(rate("false_per_1000_tag_days_by_setting", &t.False)))
		s.put(of(share("found_share_by_setting", &t.Seen)))
		s.put(of(share("within_120_s_share_by_setting", &t.InTime)))
		s.put(of(delays("added_delay_s_p50_by_setting", "s", t, t.Delay(0.5))))
	}
}

// reliability compares a table with the alerts of other seeds of its own world, or of another: a figure for each class, and
// how far they are off, over all alerts and in the worst class.
func (s *sheet) reliability(t alerting.Probabilities, c *classes, scenario string, own bool) {
	off, n, most := 0.0, 0.0, results.Figure{Value: -1}
	for i := range t.Classes {
		p := &t.Classes[i]
		r := c.by[of(p)]
		if r == nil || r.Den < leastN {
			continue
		}
		f := share("true_share_by_class", r).With("class", nameOf(p)).With("scenario", scenario)
		f.Better, f.RivalValue = "", new(p.Share)
		s.put(f)
		points := 100 * math.Abs(r.Value()-p.Share)
		off, n = off+points*r.Den, n+r.Den
		if points > most.Value {
			most = results.Figure{Value: points, N: f.N}
			if f.Stderr != nil {
				most.Stderr = new(100 * *f.Stderr)
			}
		}
	}
	if n == 0 {
		return
	}
	of := func(name string, f results.Figure) results.Figure {
		f.Name, f.Unit, f.Better = name, "points", results.Lower
		f = f.With("rule", ours).With("scenario", scenario)
		if !own { // of another world it is not promised
			return f
		}
		return f.Aim(results.Lower, pointsOff)
	}
	s.put(of("probability_off_mean_points", results.Figure{Value: off / n, N: int(n)}))
	s.put(of("probability_off_most_points", most))
}

func nameOf(p *alerting.Truth) string {
	depth := fmt.Sprintf("%g m and more", p.DepthFromM)
	if p.DepthToM != nil {
		depth = fmt.Sprintf("%g–%g m", p.DepthFromM, *p.DepthToM)
	}
	return fmt.Sprintf("%s, %s, %s, %s", p.Kind, p.Reason, p.Profile, depth)
}
