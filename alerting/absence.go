package alerting

import (
	"cmp"
	"slices"

	"cordon/geofence"
)

// wakeNobody drops the dormant episodes: a usable fix says anew where the wearer is.
func (w *Watch) wakeNobody(t *Tag, wr *Wearing) {
	for i := len(wr.Open) - 1; i >= 0; i-- {
		if wr.Open[i].Phase == Dormant {
			w.drop(t, wr, wr.Open[i])
		}
	}
}

// lieDormant remembers a fix inside a zone that does not apply yet but soon will: if nothing newer is heard by then,
// the wearer is taken to be there still.
func (w *Watch) lieDormant(t *Tag, wr *Wearing, c *geofence.Candidate, f *Fix) {
	z := c.Zone()
	profile, _ := w.rules.profile(z.Rule)
	at, ok := z.NextBoundary(f.Time)
	if !ok || at <= w.clock || seconds(at-f.Time) > profile.RecentS {
		return
	}
	e := w.begin(t, wr, z, f, Live)
	d := geofence.Round(c.Distance(&w.at))
	e.Phase = Dormant
	e.inside(z, f, d)
	e.see(f, d, e.profile.Classify(true, keepsOut(z.Kind, d), w.radius))
	w.expect(t, wr, e)
}

// wake opens a dormant episode when its zone begins to apply at the instant, as if its fix had been taken then. What
// has changed about the zone meanwhile lets go of it, or of the activation (nil: none).
func (w *Watch) wake(t *Tag, wr *Wearing, e *Episode, act *geofence.Activation, at int64) {
	zr, ok := w.view.ZoneAt(e.Zone, at)
	if !ok || zr.Zone == nil || zr.Zone.Revision != e.ZoneRevision || !zr.Zone.AppliesTo(wr.Wearer, cohortsOf(act)) {
		w.drop(t, wr, e)
		return
	}
	if at <= e.LastInside || !zr.Zone.AppliesAt(at) { // the tag's clock may run ahead
		return
	}
	last := e.Seen[0]
	e.Opening.FixTime, e.LastInside, e.Since = at, at, at
	w.move(t, wr, e, func() { e.profile.Judge(&e.Stance, last.Class, at, last.Time) })
	a := w.timed(t, wr, e, BreachSuspected, ScheduleBegan, at)
	a.Severity = string(severityOf(BreachSuspected, e.Severity, e.Tier))
	w.sureByLast(a, e)
	w.Touch(t)
}

// lostBy returns the instant at which silence confirms a suspicion; not when it would not.
func (e *Episode) lostBy(wr *Wearing) (int64, bool) {
	if e.History || !e.Losing() || wr.Heard == never {
		return 0, false
	}
	return max(wr.Heard, e.Since) + e.profile.Lost(&wr.Cadence), true
}

// lostSince is the fix time from which the silence of a gap counts: no sooner than the zone applied.
func (e *Episode) lostSince(wr *Wearing) int64 { return max(wr.LastUsable, e.Opening.FixTime) }

// hurry brings the tag's next event forward when silence would now confirm a suspicion sooner.
func (w *Watch) hurry(t *Tag, wr *Wearing) {
	for _, e := range wr.Open {
		if at, ok := e.lostBy(wr); ok && (e.due == 0 || at < e.due) {
			w.expect(t, wr, e)
		}
	}
}

// loseByGap confirms the suspicions of which the fix at hand shows that nothing usable was known for too long.
func (w *Watch) loseByGap(t *Tag, wr *Wearing, f *Fix) {
	var losing []*Episode
	for _, e := range wr.Open {
		if _, ok := e.lostBy(wr); ok && f.Time-e.lostSince(wr) >= e.profile.Lost(&wr.Cadence) {
			losing = append(losing, e)
		}
	}
	slices.SortFunc(losing, func(a, b *Episode) int { return cmp.Compare(a.Zone, b.Zone) })
	for _, e := range losing {
		at := e.lostSince(wr) + e.profile.Lost(&wr.Cadence)
		if zr, ok := w.view.ZoneAt(e.Zone, f.Appended); ok && zr.Zone != nil && zr.Zone.AppliesAt(at) {
			w.lose(t, wr, e, at)
		}
	}
}

// lose confirms a suspicion of which nothing usable has been heard up to the instant.
func (w *Watch) lose(t *Tag, wr *Wearing, e *Episode, at int64) {
	w.move(t, wr, e, func() { e.Phase = Open })
	reason := LostInside
	if e.ZoneKind == string(geofence.Inclusion) {
		reason = LostOutside
	}
	a := w.timed(t, wr, e, Breach, reason, at)
	a.Severity = string(severityOf(Breach, e.Severity, e.Tier))
	w.sureByLast(a, e)
	w.breachedAt(t, wr, e, at)
	w.Touch(t)
}

// breachedAt notes when a breach was decided, by appended time: from then on it becomes graver as it lasts.
func (w *Watch) breachedAt(t *Tag, wr *Wearing, e *Episode, at int64) {
	e.Breached = at
	if !e.History {
		w.expect(t, wr, e)
	}
}

// escalate raises the severity of a breach that has lasted until the instant.
func (w *Watch) escalate(t *Tag, wr *Wearing, e *Episode, at int64) {
	e.Escalations++
	e.Severity = raised(e.Severity, 1)
	a := w.timed(t, wr, e, BreachEscalated, Lasting, at)
	a.Severity = string(e.Severity)
	a.AlertID = AlertID(BreachEscalated, wr.Subject, e.Zone, e.Opening, a.Severity)
	w.Touch(t)
}
