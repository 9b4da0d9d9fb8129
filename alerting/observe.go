package alerting

import (
	"math"
	"slices"
	"strings"

	"cordon/geofence"
)

// Hear takes into account what a ping of the tag says besides where the tag is. Of one without a position, f is what there
// would be of a fix: its times and its seq. Observe must follow for one with a position. It ends the tag's history
// episodes when no late ping has come for an hour.
func (w *Watch) Hear(t *Tag, f *Fix, r Report) {
	a := f.Appended
	w.Touch(t)
	t.LastAppended = max(t.LastAppended, a)
	if t.looked != w.looks || !t.hold.Holds(f.Time, f.Appended) {
		w.resolve(t, f)
	}
	if t.hold.Activation == nil {
		w.meet(t)
	}
	if !w.rules.plain {
		w.heard(t, f, &r)
	}
	if t.LastLate != never && a-t.LastLate >= historyRest && !w.view.Partial() {
		t.LastLate = never
		for _, wr := range t.Wearings {
			w.endHistory(t, wr, a)
		}
	}
	w.revisit(t, f)
}

// Observe judges one fix and says which track it went to. The clock must have been advanced to its appended time. While the
// store lacks zones or activations the history track stands still: where it leads depends on all zones together, what it
// says is not urgent, and these pings are decided again.
func (w *Watch) Observe(t *Tag, f *Fix) Track {
	track := w.observe(t, f)
	w.revisit(t, f)
	return track
}

func (w *Watch) observe(t *Tag, f *Fix) Track {
	if t.looked != w.looks || !t.hold.Holds(f.Time, f.Appended) {
		w.resolve(t, f)
	}
	wr := t.current
	wr.LastAppended = max(wr.LastAppended, f.Appended)
	usable, newest := w.usable(f), wr.newest(w.rules, f)
	past := f.Time < *newest || w.overAlready(t, f)
	w.decisive = usable && !past
	if !past && len(wr.Open) == 0 && wr.clear.Holds(f.Lon, f.Lat) {
		*newest = f.Time
		if usable {
			wr.note(f, w.clock)
		}
		return Live
	}
	if past && (!usable || w.view.Partial()) {
		t.LastLate = f.Appended
		return History
	}
	w.at = geofence.PlaneAt(f.Lon, f.Lat)
	zones := w.considered(wr, f)
	if past {
		w.observeLate(t, wr, f, zones)
		return History
	}
	*newest = f.Time
	if usable {
		w.observeLive(t, wr, f, zones)
	} else {
		w.witness(wr, f, zones)
	}
	return Live
}

// observeLive judges a usable fix by every zone, on the history track by those of which a later boundary is decided.
func (w *Watch) observeLive(t *Tag, wr *Wearing, f *Fix, zones []*geofence.Candidate) {
	if !w.rules.plain {
		w.wakeNobody(t, wr)
		w.loseByGap(t, wr, f)
		w.cross(t, wr, f)
	}
	w.late = w.late[:0]
	for _, z := range zones {
		if !w.decidedAfter(z.Zone(), f) {
			w.judge(t, wr, z, f, live(wr))
			if !w.rules.plain {
				w.ring(t, wr, z, f)
			}
		} else if !w.view.Partial() && !wr.known(z.Zone().ID, f.Time, f.Appended) && (w.breached(z) || wr.episode(z.Zone().ID, true) != nil) {
			w.late = append(w.late, z)
		}
	}
	wr.note(f, w.clock)
	w.hurry(t, wr)
	if len(w.late) > 0 {
		t.LastLate = f.Appended
		w.judgeLate(t, wr, f, w.moveHistory(t, wr, f))
	}
}

// usable reports whether a decision may go by the fix, and keeps its radius at 95 %.
func (w *Watch) usable(f *Fix) bool {
	if w.rules.plain {
		return true
	}
	if f.Source != satellite {
		return false
	}
	if f.AccuracyLevel != w.level {
		w.level, w.to95, w.accuracy = f.AccuracyLevel, to95(f.AccuracyLevel), math.NaN()
	}
	if f.AccuracyM != w.accuracy {
		w.accuracy, w.radius = f.AccuracyM, geofence.Round(f.AccuracyM*w.to95)
	}
	return w.radius <= w.rules.UsableM
}

const satellite = "gnss" // the source of a satellite fix

// newest is where the wearing keeps the greatest fix time of positions that were found as this one was.
func (w *Wearing) newest(rules *Rules, f *Fix) *int64 {
	if rules.plain || f.Source == satellite {
		return &w.LastFix
	}
	return &w.LastOther
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
		wr.bound = w.view.Bound(wr.Wearer, cohortsOf(act))
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
	wr.forget()
	if wr.Assigned {
		w.unassigned.remove(t)
	}
	t.Wearings = slices.DeleteFunc(t.Wearings, func(o *Wearing) bool {
		return !o.hasOpen() && o != t.heardBy && w.clock-o.LastAppended > 2*knownFor
	})
	return t.add(wr)
}

// considered returns the zones f is judged by, by id: those it could be in breach of and those with an open episode.
func (w *Watch) considered(wr *Wearing, f *Fix) []*geofence.Candidate {
	w.zones = wr.bound.Near(w.zones[:0], &w.at, 0, f.Appended)
	found := len(w.zones)
	if w.decisive { // who is in it with two usable fixes in a row has crossed nothing on the way
		wr.clear = geofence.Clear{}
		if found == 0 {
			wr.clear = wr.bound.Clear(&w.at, 0)
		}
	}
	next := 0
	for i, e := range wr.Open { // both lists are in the order of zones
		if next < found && w.zones[next].Zone().ID == e.Zone {
			next++
			continue
		}
		if i > 0 && e.Zone == wr.Open[i-1].Zone {
			continue
		}
		for next < found && w.zones[next].Zone().ID < e.Zone {
			next++
		}
		if next < found && w.zones[next].Zone().ID == e.Zone {
			next++
			continue
		}
		if zr, ok := w.view.ZoneAt(e.Zone, f.Appended); ok && zr.Zone != nil && zr.Zone.AppliesTo(wr.Wearer, cohortsOf(wr.act)) {
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
	before := wr.HistoryLast
	if !wr.knownAny(f.Time, f.Appended) {
		before = w.moveHistory(t, wr, f)
	} else if f.Time < wr.HistoryLast {
		return
	}
	w.late = w.late[:0]
	for _, z := range zones {
		if !wr.known(z.Zone().ID, f.Time, f.Appended) {
			w.late = append(w.late, z)
		}
	}
	w.judgeLate(t, wr, f, before)
}

// moveHistory moves the history track to f, afresh when f is older than where it stands. It returns where the track
// came from.
func (w *Watch) moveHistory(t *Tag, wr *Wearing, f *Fix) int64 {
	before := wr.HistoryLast
	if f.Time < before {
		w.endHistory(t, wr, f.Appended)
		before = never
	}
	wr.HistoryLast = f.Time
	return before
}

func (w *Watch) endHistory(t *Tag, wr *Wearing, at int64) {
	for _, e := range inOrder(wr.Open) {
		if e.History {
			w.endAt(t, wr, e, HistoryEnds, at)
		}
	}
}

// judgeLate judges the fix by the zones that it is late for.
func (w *Watch) judgeLate(t *Tag, wr *Wearing, f *Fix, before int64) {
	for _, z := range w.late {
		w.judge(t, wr, z, f, lane{History, before})
	}
}

// lane is the track that a fix is judged on, and the fix time of the usable fix before it there.
type lane struct {
	track  Track
	before int64
}

func live(wr *Wearing) lane { return lane{Live, wr.LastUsable} }

// margin in metres is how far outside a fix is still looked at: rounding forgives half a centimetre.
const margin = 0.02

// breached reports whether the fix at hand breaks the zone's order.
func (w *Watch) breached(z *geofence.Candidate) bool {
	return z.Zone().Breached(geofence.Round(z.Within(&w.at, margin)))
}

// judge takes the fix at hand into account for one zone.
func (w *Watch) judge(t *Tag, wr *Wearing, c *geofence.Candidate, f *Fix, on lane) {
	z := c.Zone()
	e := wr.episode(z.ID, on.track == History)
	if !z.AppliesAt(f.Time) {
		switch {
		case e != nil && f.Time > e.LastInside:
			w.endAt(t, wr, e, ScheduleEnded, ceased(z, e.LastInside, f.Time))
		case e == nil && on.track == Live && !w.rules.plain && w.breached(c):
			w.lieDormant(t, wr, c, f)
		}
		return
	}
	if e == nil && !w.breached(c) {
		return
	}
	d := geofence.Round(c.Distance(&w.at)) // metres to the edge, as rules compare them
	if e == nil {
		e = w.begin(t, wr, z, f, on.track)
	}
	if z.Breached(d) {
		e.inside(z, f, d)
	}
	if w.rules.plain {
		w.judgePlainly(t, wr, e, z, f, d)
	} else {
		w.judgeDeepOrLong(t, wr, e, z, f, d, on.before)
	}
}

// begin adds an episode of which nothing has been said yet.
func (w *Watch) begin(t *Tag, wr *Wearing, z *geofence.Zone, f *Fix, track Track) *Episode {
	e := &Episode{Zone: z.ID, History: track == History, Opening: f.opening(), Since: f.Appended}
	if wr.Assigned {
		e.Tier = wr.Tier
	}
	if !w.rules.plain {
		e.profile, e.Profile = w.rules.profile(z.Rule)
	}
	wr.insert(e)
	w.unassigned.moved(t)
	w.open[t] = struct{}{}
	return e
}

// judgePlainly is the rule set plain: one fix in breach opens, one that is not ends.
func (w *Watch) judgePlainly(t *Tag, wr *Wearing, e *Episode, z *geofence.Zone, f *Fix, d float64) {
	in := z.Breached(d)
	switch {
	case in && e.Phase != Open:
		w.move(t, wr, e, func() { e.Phase = Open })
		w.raise(t, wr, e, Breach, z, f, d)
	case in:
	case e.Phase == Open:
		w.move(t, wr, e, func() { e.Phase, e.FirstOut = None, f.Time })
		w.raise(t, wr, e, BreachEnded, z, f, d)
		w.close(t, wr, e, f.Time, f.Appended)
	default: // suspected by another rule set
		w.move(t, wr, e, func() { e.Phase = None })
		w.raise(t, wr, e, SuspicionCleared, z, f, d)
		w.drop(t, wr, e)
	}
}

// judgeDeepOrLong is the rule set of profiles: what a fix is worth, and for how long it has been so.
func (w *Watch) judgeDeepOrLong(t *Tag, wr *Wearing, e *Episode, z *geofence.Zone, f *Fix, d float64, before int64) {
	class := e.profile.Classify(z.Breached(d), keepsOut(z.Kind, d), w.radius)
	e.see(f, d, class)
	var done Transition
	var reason Reason
	w.move(t, wr, e, func() { done, reason = e.profile.Judge(&e.Stance, class, f.Time, before) })
	switch done {
	case Suspects:
		w.sure(w.raise(t, wr, e, BreachSuspected, z, f, d), e, d)
	case Confirms:
		a := w.raise(t, wr, e, Breach, z, f, d)
		a.Reason = reason
		w.sure(a, e, d)
		w.breachedAt(t, wr, e, f.Appended)
	case Clears:
		w.raise(t, wr, e, SuspicionCleared, z, f, d)
		w.drop(t, wr, e)
	case Ends:
		w.raise(t, wr, e, BreachEnded, z, f, d)
		w.close(t, wr, e, e.FirstOut, f.Appended)
	}
}

// keepsOut is how far, in metres, a place at the signed distance d keeps out of what a zone of the kind forbids.
func keepsOut(kind geofence.Kind, d float64) float64 {
	if kind == geofence.Inclusion {
		return -d
	}
	return d
}

// inside notes a fix in breach at distance d.
func (e *Episode) inside(z *geofence.Zone, f *Fix, d float64) {
	e.MaxDepth = max(e.MaxDepth, -keepsOut(z.Kind, d))
	e.near(z, f)
	if e.Phase < Open {
		e.Severity = z.Severity
	}
}

// witness adds a fix that decides nothing to what the open episodes were judged by.
func (w *Watch) witness(wr *Wearing, f *Fix, zones []*geofence.Candidate) {
	for _, c := range zones {
		if e := wr.episode(c.Zone().ID, false); e != nil && e.Phase >= Suspected {
			e.see(f, geofence.Round(c.Distance(&w.at)), ClassUnusable)
		}
	}
}

// close makes an episode a stay.
func (w *Watch) close(t *Tag, wr *Wearing, e *Episode, exit, closed int64) {
	wr.close(e, exit, closed)
	w.let(t)
}

// drop forgets an episode.
func (w *Watch) drop(t *Tag, wr *Wearing, e *Episode) {
	wr.drop(e)
	w.let(t)
}

// let takes a tag without episodes off the list of those that events look at.
func (w *Watch) let(t *Tag) {
	w.unassigned.moved(t)
	if !t.hasOpen() {
		delete(w.open, t)
		w.queue.remove(t)
	}
}
