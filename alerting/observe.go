package alerting

import (
	"slices"
	"strings"

	"cordon/geofence"
)

// Hear notes that a ping of the tag, with or without a position, was appended at a (ms). It ends the tag's history
// episodes when no late ping has come for an hour.
func (w *Watch) Hear(t *Tag, a int64) {
	w.Touch(t)
	t.LastAppended = max(t.LastAppended, a)
	if t.LastLate == never || a-t.LastLate < historyRest {
		return
	}
	t.LastLate = never
	for _, wr := range t.Wearings {
		w.endHistory(t, wr, a)
	}
}

// Observe judges one fix and says which track it went to. The clock must have been advanced to its appended time.
func (w *Watch) Observe(t *Tag, f *Fix) Track {
	if t.looked != w.looks || !t.hold.Holds(f.Time, f.Appended) {
		w.resolve(t, f)
	}
	wr := t.current
	wr.LastAppended = max(wr.LastAppended, f.Appended)
	past := f.Time < wr.LastFix || w.overAlready(t, f)
	if !past && len(wr.Open) == 0 && wr.clear.Holds(f.Lon, f.Lat) {
		wr.LastFix = f.Time
		return Live
	}
	w.at = geofence.PlaneAt(f.Lon, f.Lat)
	zones := w.considered(wr, f)
	if past {
		w.observeLate(t, wr, f, zones)
		return History
	}
	wr.LastFix = f.Time
	w.late = w.late[:0]
	for _, z := range zones {
		if !w.decidedAfter(z.Zone(), f) {
			w.judge(t, wr, z, f, false)
		} else if !wr.known(z.Zone().ID, f.Time, f.Appended) && (w.breached(z) || wr.episode(z.Zone().ID, true) != nil) {
			w.late = append(w.late, z)
		}
	}
	if len(w.late) > 0 {
		t.LastLate = f.Appended
		w.moveHistory(t, wr, f)
		w.judgeAll(t, wr, w.late, f, true)
	}
	return Live
}

// overAlready reports whether the activation (or none) that f belongs to has been decided to be over.
func (w *Watch) overAlready(t *Tag, f *Fix) bool {
	if t.hold.Activation != nil {
		return t.hold.Removed <= w.clock
	}
	next := t.device.NextActivation(f.Time, f.Appended)
	return next != nil && next.Fitted <= w.clock
}

// device returns who wears the tag when. What was kept of an earlier view is let go.
func (w *Watch) device(t *Tag) *geofence.Device {
	if t.looked != w.looks {
		t.release()
		t.device, t.looked = w.view.Device(t.Device), w.looks
	}
	return t.device
}

// resolve finds the activation that f belongs to, the tag's state under it, made on the first fix, and the zones that
// bind its wearer.
func (w *Watch) resolve(t *Tag, f *Fix) {
	t.hold = w.device(t).Hold(f.Time, f.Appended)
	act := t.hold.Activation
	wr := w.wearingOf(t, act)
	if act != nil {
		wr.Tier = act.Tier
	}
	if wr.bound == nil || wr.act != act {
		wr.act, wr.clear = act, geofence.Clear{}
		wr.bound = w.view.Bound(wr.Wearer, wr.cohorts())
	}
	t.current = wr
}

// wearingOf returns the tag's state under the activation (nil: none), made on the first fix.
func (w *Watch) wearingOf(t *Tag, act *geofence.Activation) *Wearing {
	if act != nil {
		if wr := t.wearing(act.ID, act.Wearer); wr != nil {
			return wr
		}
		return w.addWearing(t, &Wearing{Subject: act.ID, Wearer: act.Wearer, Assigned: true})
	}
	for _, wr := range t.Wearings {
		if !wr.Assigned {
			return wr
		}
	}
	subject := "unassigned:" + t.Device
	return w.addWearing(t, &Wearing{Subject: subject, Wearer: subject})
}

// Release lets go of what the tag has kept of a view that is no longer looked at.
func (w *Watch) Release(t *Tag) {
	if t.looked != w.looks {
		t.release()
	}
}

// addWearing adds state for an activation and drops what no ping can reach any more.
func (w *Watch) addWearing(t *Tag, wr *Wearing) *Wearing {
	wr.LastFix, wr.HistoryLast, wr.LastAppended = never, never, never
	t.Wearings = slices.DeleteFunc(t.Wearings, func(o *Wearing) bool {
		return len(o.Open) == 0 && w.clock-o.LastAppended > 2*knownFor
	})
	return t.add(wr)
}

// considered returns the zones f is judged by, by id: those it could be in breach of and those with an open episode.
func (w *Watch) considered(wr *Wearing, f *Fix) []*geofence.Candidate {
	w.zones = wr.bound.Near(w.zones[:0], &w.at, 0, f.Appended)
	found := len(w.zones)
	if found == 0 {
		wr.clear = wr.bound.Clear(&w.at, 0)
	}
	for _, e := range wr.Open {
		if slices.ContainsFunc(w.zones, func(z *geofence.Candidate) bool { return z.Zone().ID == e.Zone }) {
			continue
		}
		if zr, ok := w.view.ZoneAt(e.Zone, f.Appended); ok && zr.Zone != nil && zr.Zone.AppliesTo(wr.Wearer, wr.cohorts()) {
			w.zones = append(w.zones, geofence.NewCandidate(zr.Zone))
		}
	}
	if len(w.zones) > found {
		slices.SortFunc(w.zones, func(a, b *geofence.Candidate) int { return strings.Compare(a.Zone().ID, b.Zone().ID) })
	}
	return w.zones
}

// decidedAfter reports whether z holds at the time of f and a boundary of its timetable after f has been decided.
func (w *Watch) decidedAfter(z *geofence.Zone, f *Fix) bool {
	if !z.Timetabled() || !z.AppliesAt(f.Time) {
		return false
	}
	at, ok := z.NextBoundary(f.Time)
	return ok && at <= w.clock
}

// observeLate judges on the history track a fix that is late for every zone. What is known already it leaves alone.
func (w *Watch) observeLate(t *Tag, wr *Wearing, f *Fix, zones []*geofence.Candidate) {
	t.LastLate = f.Appended
	if !wr.knownAny(f.Time, f.Appended) {
		w.moveHistory(t, wr, f)
	} else if f.Time < wr.HistoryLast {
		return
	}
	w.late = w.late[:0]
	for _, z := range zones {
		if !wr.known(z.Zone().ID, f.Time, f.Appended) {
			w.late = append(w.late, z)
		}
	}
	w.judgeAll(t, wr, w.late, f, true)
}

// moveHistory moves the history track to f, afresh when f is older than where it stands.
func (w *Watch) moveHistory(t *Tag, wr *Wearing, f *Fix) {
	if f.Time < wr.HistoryLast {
		w.endHistory(t, wr, f.Appended)
	}
	wr.HistoryLast = f.Time
}

func (w *Watch) endHistory(t *Tag, wr *Wearing, at int64) {
	for _, e := range inOrder(wr.Open) {
		if e.History {
			w.endAt(t, wr, e, HistoryEnds, at)
		}
	}
}

func (w *Watch) judgeAll(t *Tag, wr *Wearing, zones []*geofence.Candidate, f *Fix, history bool) {
	for _, z := range zones {
		w.judge(t, wr, z, f, history)
	}
}

// margin in metres is how far outside a fix is still looked at: rounding forgives half a centimetre.
const margin = 0.02

// breached reports whether the fix at hand breaks the zone's order.
func (w *Watch) breached(z *geofence.Candidate) bool {
	return z.Zone().Breached(geofence.Round(z.Within(&w.at, margin)))
}

// judge is the rule set plain: one fix in breach opens, one that is not ends. A zone whose timetable does not hold at
// the time of the fix only ends what was open.
func (w *Watch) judge(t *Tag, wr *Wearing, c *geofence.Candidate, f *Fix, history bool) {
	z := c.Zone()
	e := wr.episode(z.ID, history)
	if !z.AppliesAt(f.Time) {
		if e != nil && f.Time > e.LastInside {
			w.endAt(t, wr, e, ScheduleEnded, ceased(z, e.LastInside, f.Time))
		}
		return
	}
	in := w.breached(c)
	if !in && e == nil {
		return
	}
	d := geofence.Round(c.Distance(&w.at)) // metres to the edge, as rules compare them
	switch {
	case in && e == nil:
		e = &Episode{Zone: z.ID, History: history, Opening: f.opening(), Since: f.Appended}
		e.inside(z, f, d)
		wr.Open = append(wr.Open, e)
		w.open[t] = struct{}{}
		w.episodes++
		w.next = min(w.next, w.eventOf(t, e))
		w.raise(t, wr, e, Breach, z, f, d)
	case in:
		e.inside(z, f, d)
	default:
		w.raise(t, wr, e, BreachEnded, z, f, d)
		w.close(t, wr, e, f.Time, f.Appended)
	}
}

// inside notes a fix in breach at distance d.
func (e *Episode) inside(z *geofence.Zone, f *Fix, d float64) {
	if z.Kind == geofence.Exclusion {
		d = -d
	}
	e.MaxDepth = max(e.MaxDepth, d)
	e.LastInside, e.Lat, e.Lon = f.Time, f.Lat, f.Lon
	e.ZoneRevision, e.ZoneKind = z.Revision, string(z.Kind)
}

// close makes an episode a stay, and takes a tag without open ones off the list of those that events look at.
func (w *Watch) close(t *Tag, wr *Wearing, e *Episode, exit, closed int64) {
	wr.close(e, exit, closed)
	w.episodes--
	if !t.hasOpen() {
		delete(w.open, t)
	}
}
