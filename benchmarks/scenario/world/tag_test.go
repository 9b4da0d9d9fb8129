package world

import (
	"math"
	"slices"
	"testing"

	"cordon/geofence"
	"cordon/ingest"
)

// fixes returns the pings of a life once each, in the order in which they were taken.
func fixes(l *Life) []Ping {
	all := slices.Clone(l.Pings)
	slices.SortStableFunc(all, func(a, b Ping) int { return int(a.FixTime - b.FixTime) })
	return slices.CompactFunc(all, func(a, b Ping) bool { return a.Seq == b.Seq })
}

// off is how far a ping is from the truth, in metres.
func off(l *Life, p *Ping) float64 {
	at := geofence.PlaneAt(l.Where(p.FixTime))
	return at.Length(p.Lon, p.Lat)
}

func TestTag_claimsHaveTheirQuantiles(t *testing.T) {
	w := newWorld(t, "default", 150, week)
	var satellite []float64
	for i := range w.Len() {
		for _, p := range fixes(w.Life(i)) {
			if p.Source == ingest.GNSS {
				satellite = append(satellite, p.AccuracyM)
			}
		}
	}
	var cells []float64
	for i := range int64(50_000) {
		cells = append(cells, w.cellAt(i%200, i/200, 0).claim)
	}
	for name, x := range map[string]struct {
		got  []float64
		want Quantiles
	}{"satellite": {satellite, w.s.Satellite.ClaimM}, "cell": {cells, w.s.Cells.ClaimM}} {
		slices.Sort(x.got)
		for _, q := range x.want {
			less, _ := slices.BinarySearch(x.got, 0.98*q[1])
			most, _ := slices.BinarySearch(x.got, 1.02*q[1])
			n := float64(len(x.got))
			if float64(less)/n > q[0]+0.015 || float64(most)/n < q[0]-0.015 {
				t.Errorf("%s: from %g to %g of %g claims are about %g m, wanted %g", name, float64(less)/n, float64(most)/n, n, q[1], q[0])
			}
		}
	}
}

func TestTag_satelliteFixesAreAsWrongAsTheyClaim(t *testing.T) {
	w := newWorld(t, "default", 100, week, func(s *Settings) { s.Satellite.OutlierShare, s.Canyons.Share = 0, 0 })
	var n, beyond float64
	for i := range w.Len() {
		l := w.Life(i)
		for _, p := range fixes(l) {
			if p.Source != ingest.GNSS {
				continue
			}
			sigma := max(w.s.Satellite.LeastSigmaM, p.AccuracyM/sigmasPerClaim)
			if l.path.vertices[l.path.leg(p.FixTime)].state&indoors != 0 {
				sigma *= w.s.Satellite.IndoorsFactor
			}
			d := off(l, &p)
			if d > 6*sigma {
				t.Fatalf("%.1f m off with a claim of %.1f", d, p.AccuracyM)
			}
			n++
			if d > sigmasPerClaim*sigma {
				beyond++
			}
		}
	}
	if s := beyond / n; s < 0.04 || s > 0.06 {
		t.Errorf("%.3f of %g fixes are further off than 2.45 standard deviations, wanted 0.05", s, n)
	}
}

func TestTag_errorsLastAMinute(t *testing.T) {
	w := newWorld(t, "default", 200, week, func(s *Settings) { s.Satellite.OutlierShare, s.Canyons.Share = 0, 0 })
	at := map[bool][2]float64{} // by whether the fixes are 15 s apart or 60
	for i := range w.Len() {
		l := w.Life(i)
		list := fixes(l)
		for k := 1; k < len(list); k++ {
			a, b := &list[k-1], &list[k]
			apart := b.FixTime - a.FixTime
			near := apart < 17*second
			if a.Source != ingest.GNSS || b.Source != ingest.GNSS || apart > 62*second || !near && apart < 58*second {
				continue
			}
			east := func(p *Ping) float64 {
				lon, _ := l.Where(p.FixTime)
				return (p.Lon - lon) / max(w.s.Satellite.LeastSigmaM, p.AccuracyM/sigmasPerClaim)
			}
			x := at[near]
			at[near] = [2]float64{x[0] + east(a)*east(b), x[1] + east(a)*east(a)}
		}
	}
	near, later := at[true][0]/at[true][1], at[false][0]/at[false][1]
	if near < 0.7 || near > 0.95 || later < 0.25 || later > 0.65 {
		t.Errorf("errors 15 s apart correlate by %.2f, 60 s apart by %.2f", near, later)
	}
}

func TestTag_outliersAndCanyonsHaveTheirShares(t *testing.T) {
	w := newWorld(t, "default", 300, week, func(s *Settings) { s.Canyons.Share = 0 })
	canyons := newWorld(t, "default", 300, week, func(s *Settings) { s.Satellite.OutlierShare = 0 })
	far := func(w *World) (share float64) {
		var n, beyond float64
		for i := range w.Len() {
			l := w.Life(i)
			for _, p := range fixes(l) {
				if p.Source == ingest.GNSS {
					n++
					if off(l, &p) > max(25, 4*p.AccuracyM) {
						beyond++
					}
				}
			}
		}
		return beyond / n
	}
	if s := far(w); s < 0.0006 || s > 0.0015 {
		t.Errorf("%.5f of fixes are outliers, wanted 0.001", s)
	}
	if s, want := far(canyons), canyons.s.Canyons.Share*canyons.s.Canyons.BiasedShare; s < want/3 || s > 2*want {
		t.Errorf("%.5f of fixes are biased by a canyon, wanted about %.5f", s, want)
	}
}

func TestTag_cellFixesRepeatTheirCoordinates(t *testing.T) {
	w := newWorld(t, "default", 60, week)
	var n, again, rogue, places float64
	for i := range w.Len() {
		l := w.Life(i)
		seen := map[[2]float64]bool{}
		for _, p := range fixes(l) {
			if p.Source != ingest.Cell {
				continue
			}
			if p.Satellites != 0 || p.SpeedMPS != 0 {
				t.Fatalf("a cell fix with %d satellites and %g m/s", p.Satellites, p.SpeedMPS)
			}
			at := [2]float64{p.Lat, p.Lon}
			n++
			if seen[at] {
				again++
				continue
			}
			seen[at] = true
			places++
			if off(l, &p) > 300+3*p.AccuracyM {
				rogue++
			}
		}
	}
	if again/n < 0.85 {
		t.Errorf("%.2f of %g cell fixes repeat a coordinate", again/n, n)
	}
	if s := rogue / places; s < 0.02 || s > 0.12 {
		t.Errorf("%.3f of coordinates are nowhere near, wanted about %g", s, w.s.Cells.RogueShare)
	}
}

func TestTag_keepsItsCadence(t *testing.T) {
	w := newWorld(t, "default", 300, week)
	var counts [4]int
	for i := range w.Len() {
		l := w.Life(i)
		list := fixes(l)
		for k := 1; k < len(list); k++ {
			a, b := &list[k-1], &list[k]
			leg := l.path.leg(a.FixTime)
			if leg != l.path.leg(b.FixTime) {
				continue // what happens in between may wake the tag
			}
			if slices.ContainsFunc(l.Events, func(e Event) bool {
				return e.Kind != CoverageLost && e.From <= b.FixTime && a.FixTime <= e.To
			}) {
				continue
			}
			v := &l.path.vertices[leg]
			at := geofence.PlaneAt(a.Lon, a.Lat)
			d := l.path.compiled.Distance(&at)
			c := &w.s.Cadence
			if math.Abs(d-c.NearM) < 0.1 || math.Abs(d) < 0.1 {
				continue // the tag judged before it rounded
			}
			want, kind := Range{c.MovingS, c.MovingS}, 0
			resting := v.state.mode() == still && float64(a.FixTime-v.at) >= second*c.RestAfterS
			switch {
			case v.state&unseen != 0:
				want, kind = c.CellS, 3
			case d <= 0, d <= c.NearM && !resting:
				want, kind = Range{c.NearS, c.NearS}, 1
			case resting:
				want, kind = Range{c.RestS, c.RestS}, 2
			}
			counts[kind]++
			slack := c.JitterMS/second + 0.01
			if got := float64(b.FixTime-a.FixTime) / second; got < want.Min-slack || got > want.Max+slack {
				t.Fatalf("%s: %g s between fixes %.0f m from the zone, wanted %v", l.Wearer, got, d, want)
			}
		}
	}
	if slices.Min(counts[:]) < 100 {
		t.Errorf("too few to say anything: %v", counts)
	}
}

func TestTag_saysWhatBefellIt(t *testing.T) {
	w := newWorld(t, "default", 200, week, func(s *Settings) {
		s.Tags.StrapOpen.PerDay, s.Tags.StrapTampered.PerDay, s.Tags.Failures.PerDay, s.Tags.ChargeMissed = 0.3, 0.3, 0.05, 0.4
	})
	kinds := map[EventKind]int{}
	for i := range w.Len() {
		l := w.Life(i)
		for k, e := range l.Events {
			kinds[e.Kind]++
			if e.From >= e.To || e.From < l.From || e.To > l.To || k > 0 && e.From < l.Events[k-1].From {
				t.Fatalf("%+v in a life from %d to %d", e, l.From, l.To)
			}
		}
		for k := range l.Pings {
			p := &l.Pings[k]
			during := map[EventKind]bool{}
			for _, e := range l.Events {
				if e.From <= p.FixTime && p.FixTime < e.To {
					during[e.Kind] = true
					if e.Kind == CoverageLost && p.Appended < e.To && e.To < l.To {
						t.Fatalf("a ping arrives %d ms before there is coverage again", e.To-p.Appended)
					}
				}
			}
			if during[Gap] || during[Failure] || during[BatteryEmpty] {
				t.Fatalf("a fix during %v", during)
			}
			if during[BatteryLow] != (p.Charging == ingest.No && float64(p.BatteryPct) < w.s.Tags.BatteryLowPct) &&
				math.Abs(float64(p.BatteryPct)-w.s.Tags.BatteryLowPct) > 1 {
				t.Fatalf("battery %g, charging %v, during %v", p.BatteryPct, p.Charging, during)
			}
			if (p.Strap != ingest.StrapClosed) != (during[StrapOpen] || during[StrapTampered]) {
				t.Fatalf("strap %v during %v", p.Strap, during)
			}
		}
	}
	for _, k := range []EventKind{Gap, Failure, BatteryLow, BatteryEmpty, StrapOpen, StrapTampered, CoverageLost} {
		if kinds[k] == 0 {
			t.Errorf("there is no %s", k)
		}
	}
}
