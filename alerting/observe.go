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
	act := w.view.Activation(t.Device, f.Time, f.Appended)
	wr, cohorts := w.wearingOf(t, act)
	wr.LastAppended = max(wr.LastAppended, f.Appended)
	zones := w.considered(wr, cohorts, f)
	if f.Time < wr.LastFix || w.overAlready(t, act, f) {
		w.observeLate(t, wr, f, zones)
		return History
	}
	wr.LastFix = f.Time
	w.late = w.late[:0]
	for _, z := range zones {
		if !w.decidedAfter(z, f) {
			w.judge(t, wr, z, f, false)
		} else if !wr.known(z.ID, f.Time, f.Appended) && (breached(z, f) || wr.episode(z.ID, true) != nil) {
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

// overAlready reports whether the activation (nil: none) that f belongs to has been decided to be over.
func (w *Watch) overAlready(t *Tag, act *geofence.Activation, f *Fix) bool {
	if act != nil {
		return act.Removed <= w.clock
	}
	next := w.view.NextActivation(t.Device, f.Time, f.Appended)
	return next != nil && next.Fitted <= w.clock
}

// wearingOf returns the tag's state under the activation, made on the first fix, and the wearer's cohorts.
func (w *Watch) wearingOf(t *Tag, act *geofence.Activation) (*Wearing, []string) {
	if act == nil {
		for _, wr := range t.Wearings {
			if !wr.Assigned {
				return wr, nil
			}
		}
		subject := "unassigned:" + t.Device
		return w.addWearing(t, &Wearing{Subject: subject, Wearer: subject}), nil
	}
	wr := t.wearing(act.ID, act.Wearer)
	if wr == nil {
		wr = w.addWearing(t, &Wearing{Subject: act.ID, Wearer: act.Wearer, Assigned: true})
	}
	wr.Tier = act.Tier
	return wr, act.Cohorts
}

// addWearing adds state for an activation and drops what no ping can reach any more.
func (w *Watch) addWearing(t *Tag, wr *Wearing) *Wearing {
	wr.LastFix, wr.HistoryLast, wr.LastAppended = never, never, never
	t.Wearings = slices.DeleteFunc(t.Wearings, func(o *Wearing) bool {
		return len(o.Open) == 0 && w.clock-o.LastAppended > 2*knownFor
	})
	t.Wearings = append(t.Wearings, wr)
	return wr
}

// considered returns the zones f is judged by, by id: those it could be in breach of and those with an open episode.
func (w *Watch) considered(wr *Wearing, cohorts []string, f *Fix) []*geofence.Zone {
	w.zones = w.view.Candidates(w.zones[:0], wr.Wearer, cohorts, f.Lon, f.Lat, f.Appended)
	found := len(w.zones)
	for _, e := range wr.Open {
		if slices.ContainsFunc(w.zones, func(z *geofence.Zone) bool { return z.ID == e.Zone }) {
			continue
		}
		if zr, ok := w.view.ZoneAt(e.Zone, f.Appended); ok && zr.Zone != nil && zr.Zone.AppliesTo(wr.Wearer, cohorts) {
			w.zones = append(w.zones, zr.Zone)
		}
	}
	if len(w.zones) > found {
		slices.SortFunc(w.zones, func(a, b *geofence.Zone) int { return strings.Compare(a.ID, b.ID) })
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
func (w *Watch) observeLate(t *Tag, wr *Wearing, f *Fix, zones []*geofence.Zone) {
	t.LastLate = f.Appended
	if !wr.knownAny(f.Time, f.Appended) {
		w.moveHistory(t, wr, f)
	} else if f.Time < wr.HistoryLast {
		return
	}
	w.late = w.late[:0]
	for _, z := range zones {
		if !wr.known(z.ID, f.Time, f.Appended) {
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

func (w *Watch) judgeAll(t *Tag, wr *Wearing, zones []*geofence.Zone, f *Fix, history bool) {
	for _, z := range zones {
		w.judge(t, wr, z, f, history)
	}
}

func breached(z *geofence.Zone, f *Fix) bool { return z.Breached(distance(z, f)) }

// distance is the signed distance of f to the zone's edge in metres, rounded as rules compare it.
func distance(z *geofence.Zone, f *Fix) float64 {
	return geofence.Round(z.Shape.Distance(f.Lon, f.Lat))
}

// judge is the rule set plain: one fix in breach opens, one that is not ends. A zone whose timetable does not hold at
// the time of the fix only ends what was open.
func (w *Watch) judge(t *Tag, wr *Wearing, z *geofence.Zone, f *Fix, history bool) {
	e := wr.episode(z.ID, history)
	if !z.AppliesAt(f.Time) {
		if e != nil && f.Time > e.LastInside {
			w.endAt(t, wr, e, ScheduleEnded, ceased(z, e.LastInside, f.Time))
		}
		return
	}
	d := distance(z, f)
	switch in := z.Breached(d); {
	case in && e == nil:
		e = &Episode{Zone: z.ID, History: history, Opening: f.opening(), Since: f.Appended}
		e.inside(z, f, d)
		wr.Open = append(wr.Open, e)
		w.open[t] = struct{}{}
		w.next = min(w.next, w.eventOf(t, e))
		w.raise(t, wr, e, Breach, z, f, d)
	case in:
		e.inside(z, f, d)
	case e != nil:
		w.raise(t, wr, e, BreachEnded, z, f, d)
		wr.close(e, f.Time, f.Appended)
		w.forget(t)
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

// forget takes a tag without open episodes off the list of those that events look at.
func (w *Watch) forget(t *Tag) {
	if !t.hasOpen() {
		delete(w.open, t)
	}
}
