package alerting

import (
	"cmp"
	"math"
	"slices"

	"cordon/geofence"
)

const (
	knownFor    = 72 * 3600 * 1000 // ms: how long a stay that is over is remembered (contract §5.2)
	historyRest = 3600 * 1000      // ms after its last late ping at which a tag's history episodes end
)

// Track is where an observation went.
type Track uint8

// The two tracks of an activation.
const (
	Live Track = iota
	History
)

// Watch holds the tags of one partition and decides about them. The zero value is not usable; see NewWatch.
type Watch struct {
	view     *geofence.View
	clock    int64 // greatest appended time handled
	rules    *Rules
	open     map[*Tag]struct{} // tags with an episode that is not closed
	queue    queue             // of them, by when the next of them has to be looked at
	episodes Count             // that are not closed
	quiet    queue             // tags by when their silence is told of
	feed     Feed
	limits   Limits
	flood    Flood
	alerts   []*Alert
	changed  []*Tag
	gone     int                   // of changed are forgotten
	looks    uint32                // how many views were looked at
	at       geofence.Plane        // of the fix at hand
	zones    []*geofence.Candidate // scratch
	late     []*geofence.Candidate // scratch
	between  []*geofence.Candidate // scratch
	accuracy float64               // the last one, whose radius is kept; NaN, which equals nothing, when there is none
	level    float64               // of the last accuracy; to95 is its factor; NaN when there is none
	to95     float64
	radius   float64 // at 95 % of the fix at hand
	decisive bool    // the fix at hand is usable, and goes to the live track

	unassigned unassigned
	forgotten  []*Tag // since they were asked for last

	near       float64 // degrees within which nothing is a teleport
	leastLimit int64   // ms within which no tag becomes silent
}

// NewWatch returns a Watch whose clock stands at clock (ms), judging by view and rules. Its feed is that of partition 0,
// not heard yet; see AdoptFeed.
func NewWatch(view *geofence.View, clock int64, rules *Rules) *Watch {
	return &Watch{
		view: view, looks: 1, clock: clock, rules: rules, open: map[*Tag]struct{}{}, feed: NewFeed(0),
		limits: DefaultLimits(), flood: NewFlood(), unassigned: unassigned{place: map[*Tag]int{}},
		queue: queue{tagHeap{of: func(t *Tag) *turn { return &t.turn }}}, quiet: queue{tagHeap{of: func(t *Tag) *turn { return &t.quiet }}},
		near: rules.Tags.TeleportM / metresOfDegree, leastLimit: rules.Tags.leastLimit(),
		accuracy: math.NaN(), level: math.NaN(),
	}
}

// Clock returns the greatest appended time handled, ms.
func (w *Watch) Clock() int64 { return w.clock }

// Adopt makes the state of a tag that was restored part of the watch. AdoptFeed must come before, and Settle follow. Under
// plain rules a tag episode that other rules opened lasts as long as its activation.
func (w *Watch) Adopt(t *Tag) {
	if !w.rules.plain && t.awaited() {
		w.await(t)
	}
	if len(t.Wearings) > 0 && !slices.ContainsFunc(t.Wearings, func(wr *Wearing) bool { return wr.Assigned }) {
		w.unassigned.put(t)
	}
	for _, wr := range t.Wearings {
		if wr.hasOpen() {
			w.open[t] = struct{}{}
		}
		for _, e := range slices.Clone(wr.Open) {
			switch {
			case w.rules.plain && e.Phase < Suspected: // plain rules know no such thing
				w.drop(t, wr, e)
				continue
			case !w.rules.plain: // also those that other rules opened
				e.profile, e.Profile = w.rules.profile(e.Profile)
			}
			if e.Phase >= Suspected {
				w.episodes[e.standing()]++
			}
		}
	}
}

// Take returns the alerts decided since the last call, in the order of their decisions.
func (w *Watch) Take() []*Alert {
	a := w.alerts
	w.alerts = nil
	return a
}

// Changed returns the tags whose state has changed since the last call.
func (w *Watch) Changed() []*Tag {
	tags := w.changed
	if w.gone > 0 {
		tags = slices.DeleteFunc(tags, func(t *Tag) bool { return t.gone })
	}
	w.changed, w.gone = nil, 0
	for _, t := range tags {
		t.changed = false
	}
	return tags
}

// Touch counts the state of tags as changed.
func (w *Watch) Touch(tags ...*Tag) {
	for _, t := range tags {
		if !t.changed && !t.gone {
			t.changed = true
			w.changed = append(w.changed, t)
		}
	}
}

// Look makes the watch judge by view from now on. Revisions that came into force before the clock reached here are
// brought up to date at once.
func (w *Watch) Look(view *geofence.View) {
	if view == w.view {
		return
	}
	w.view = view
	if w.looks++; w.looks == 0 { // 0 stands for a tag that keeps nothing of any view
		w.looks = 1
	}
	w.Settle()
}

// Partial reports whether the view it judges by lacks zones or activations that the store has lost.
func (w *Watch) Partial() bool { return w.view.Partial() }

// Settle brings the open episodes up to date at the clock: after a restore, or under another view. What only time makes
// of them waits for the clock to move, as it would have without.
func (w *Watch) Settle() {
	w.queue.clear()
	tags := make([]*Tag, 0, len(w.open))
	for t := range w.open {
		tags = append(tags, t)
	}
	w.ask(tags, w.clock, nil)
}

// Advance runs every event up to and including the instant to (ms) and moves the clock there.
func (w *Watch) Advance(to int64) {
	if to > w.clock {
		w.Run(to)
		w.clock = to
	}
}

// Run runs every event up to and including the instant (ms) without a ping. The clock stays at the last event: it is
// the pings that move it.
func (w *Watch) Run(to int64) {
	for w.due() <= to {
		w.clock = max(w.clock, w.due())
		w.askFeed()
		w.askFlood()
		var tags []*Tag
		for w.queue.due() <= w.clock {
			tags = append(tags, w.queue.pop())
		}
		for !w.feed.Silent && w.quiet.due() <= w.clock {
			tags = append(tags, w.quiet.pop())
		}
		w.ask(tags, w.clock, w.lasts)
	}
}

// due returns when the next event is. While the feed is silent no tag becomes so.
func (w *Watch) due() int64 {
	due := min(w.queue.due(), w.feedDue(), w.flood.endsAt())
	if !w.feed.Silent {
		due = min(due, w.quiet.due())
	}
	return due
}

// Episodes returns how many episodes have come how far.
func (w *Watch) Episodes() Count { return w.episodes }

// schedule sees to it that the tag is looked at when something of the concern of one of its episodes changes next. It
// may be looked at sooner, which changes nothing.
func (w *Watch) schedule(t *Tag) {
	first := int64(math.MaxInt64)
	for _, wr := range t.Wearings {
		for _, e := range wr.Open {
			if e.due == 0 {
				e.due = w.eventOf(t, wr, e)
			}
			first = min(first, e.due)
		}
		if wr.Condition.open != 0 {
			if at, ok := w.device(t).Change(w.clock); ok {
				first = min(first, at)
			}
		}
	}
	w.queue.put(t, first)
}

// expect sees to it that the tag is looked at when something of the concern of one of its episodes changes next. Of the
// others that is known.
func (w *Watch) expect(t *Tag, wr *Wearing, e *Episode) {
	e.due = w.eventOf(t, wr, e)
	if e.due < math.MaxInt64 && (t.place == 0 || e.due < t.due) {
		w.queue.put(t, e.due)
	}
}

// revisit has the tag asked as soon as the clock moves on, after a ping that was appended before the clock. It was judged
// by what was in force when it was appended; what has changed since may end what it began, and would do so at the next
// takeover otherwise.
func (w *Watch) revisit(t *Tag, f *Fix) {
	if f.Appended >= w.clock {
		return
	}
	for _, wr := range t.Wearings {
		for _, e := range wr.Open {
			e.overtaken = true
			w.expect(t, wr, e)
		}
		if wr.Condition.open != 0 && (t.place == 0 || w.clock+1 < t.due) {
			w.queue.put(t, w.clock+1)
		}
	}
}

// move changes how far an episode has come, and keeps count.
func (w *Watch) move(t *Tag, wr *Wearing, e *Episode, change func()) {
	was := e.Phase
	if was >= Suspected {
		w.episodes[e.standing()]--
	}
	change()
	if e.Phase >= Suspected {
		w.episodes[e.standing()]++
	}
	if was < Suspected && e.Phase >= Suspected {
		w.expect(t, wr, e)
	}
}

// eventOf returns the first instant after the clock at which the episode's zone, its timetable or who wears the tag
// can be another, or at which silence confirms it. Boundaries of the timetable that are not after the last fix in breach
// change nothing (see over and wake), so that at most two follow before the episode is over.
func (w *Watch) eventOf(t *Tag, wr *Wearing, e *Episode) int64 {
	first := int64(math.MaxInt64)
	if at, ok := w.view.ZoneChange(e.Zone, w.clock); ok {
		first = at
	}
	if at, ok := w.device(t).Change(w.clock); ok {
		first = min(first, at)
	}
	if zr, ok := w.view.ZoneAt(e.Zone, w.clock); ok && zr.Zone != nil && !e.History && zr.Zone.Timetabled() {
		if at, ok := zr.Zone.NextBoundary(max(w.clock, e.LastInside)); ok {
			first = min(first, at)
		}
	}
	if !e.History && e.LastInside >= w.clock {
		first = min(first, e.LastInside+1)
	}
	if !w.lost(e, w.clock) {
		if at, ok := e.lostBy(wr); ok {
			first = min(first, max(at, w.clock+1))
		}
		if at, ok := e.graver(w.rules); ok {
			first = min(first, max(at, w.clock+1))
		}
	}
	if e.overtaken {
		first = min(first, w.clock+1)
	}
	return first
}

// ask asks the episodes of tags that are due what has become of them at the instant, those that go on what their lasting
// makes of them, and whether the tags have fallen silent. Without lasts it asks all episodes.
func (w *Watch) ask(tags []*Tag, at int64, lasts func(*Tag, *Wearing, *Episode, int64)) {
	slices.SortFunc(tags, func(a, b *Tag) int { return cmp.Compare(a.Device, b.Device) })
	for _, t := range slices.Compact(tags) {
		for _, wr := range t.Wearings {
			for _, e := range inOrder(wr.Open) {
				if lasts != nil && e.due > at {
					continue
				}
				e.due, e.overtaken = 0, false
				if w.goesOn(t, wr, e, at) && lasts != nil {
					lasts(t, wr, e, at)
				}
			}
			w.askTroubles(t, wr, at)
		}
		w.askSilence(t, at)
		if t.hasOpen() {
			w.schedule(t)
		}
	}
}

// goesOn asks an episode whether its activation and its zone still hold at the instant, and ends it if not.
func (w *Watch) goesOn(t *Tag, wr *Wearing, e *Episode, at int64) bool {
	if e.Phase == Dormant {
		act, reason, _ := w.worn(t, wr, e.LastInside, at)
		if reason != "" {
			w.drop(t, wr, e)
			return false
		}
		w.wake(t, wr, e, act.Activation, at)
		return false
	}
	reason, decided := w.over(t, wr, e, at)
	switch {
	case reason == "":
		return true
	case e.visits():
		w.endVisit(t, wr, e, reason, decided)
	default:
		w.endAt(t, wr, e, reason, decided)
	}
	return false
}

// lasts is what silence and time have made of an episode by the instant.
func (w *Watch) lasts(t *Tag, wr *Wearing, e *Episode, at int64) {
	if w.rules.plain || w.lost(e, at) {
		return
	}
	if deadline, ok := e.lostBy(wr); ok && deadline <= at {
		w.lose(t, wr, e, deadline)
	}
	for deadline, ok := e.graver(w.rules); ok && deadline <= at; deadline, ok = e.graver(w.rules) {
		w.escalate(t, wr, e, deadline)
	}
}

// inOrder returns a copy: the live episodes before those of history, each by zone id.
func inOrder(open []*Episode) []*Episode {
	sorted := slices.Clone(open)
	slices.SortStableFunc(sorted, func(a, b *Episode) int {
		switch {
		case a.History == b.History:
			return 0
		case a.History:
			return 1
		}
		return -1
	})
	return sorted
}

// over says why an episode is over at the instant, and since when; an empty reason says that it goes on.
func (w *Watch) over(t *Tag, wr *Wearing, e *Episode, at int64) (Reason, int64) {
	act, reason, decided := w.worn(t, wr, e.LastInside, at)
	switch {
	case reason != "" && !e.History:
		return reason, decided
	case reason != "" && decided > e.Since:
		return HistoryEnds, decided
	}
	if w.lost(e, at) {
		return "", 0
	}
	zr, ok := w.view.ZoneAt(e.Zone, at)
	switch {
	case !ok: // it was lost, and that was accepted
		return ZoneWithdrawn, at
	case zr.Zone == nil:
		return ZoneWithdrawn, zr.Updated
	}
	changed := zr.Updated
	if act.Activation != nil {
		changed = max(changed, act.Updated)
	}
	z := zr.Zone
	lost := wr.Assigned && act.Activation == nil // then the wearer's cohorts are not known
	if !lost && !z.AppliesTo(wr.Wearer, cohortsOf(act.Activation)) {
		return ZoneChanged, changed
	}
	if e.visits() && ringChanged(z, e) || !e.visits() && zoneChanged(z, e, at) {
		return ZoneChanged, zr.Updated
	}
	if !e.History && e.LastInside < at && !z.AppliesAt(at) {
		return ScheduleEnded, ceased(z, e.LastInside, at)
	}
	return "", 0
}

// lost reports whether the view lacks the zone of an episode because the store lost it. What becomes of the episode is
// decided when the zone is back.
func (w *Watch) lost(e *Episode, at int64) bool {
	if !w.view.Partial() {
		return false
	}
	_, ok := w.view.ZoneAt(e.Zone, at)
	return !ok
}

// zoneChanged reports whether the zone was edited so that it no longer holds what the episode's last fix in breach said.
func zoneChanged(z *geofence.Zone, e *Episode, at int64) bool {
	if string(z.Kind) != e.ZoneKind {
		return true
	}
	if z.Revision == e.ZoneRevision {
		return false
	}
	return !z.Breached(geofence.Round(z.Shape.Distance(e.Lon, e.Lat))) ||
		!z.AppliesAt(e.LastInside) && (e.History || !z.AppliesAt(at))
}

// ceased returns the first instant after from at which the zone ceases to apply, at the latest limit. That is the first
// boundary or, where the zone begins to apply by that, the second.
func ceased(z *geofence.Zone, from, limit int64) int64 {
	at, ok := z.NextBoundary(from)
	if ok && at < limit && z.AppliesAt(at) {
		at, ok = z.NextBoundary(at)
	}
	if !ok {
		return limit
	}
	return min(at, limit)
}

// worn says why the activation of an episode no longer holds at the instant, and since when. inside is the fix time up to
// which the episode has been seen to last. While the activation holds it returns the revision in force (empty for an
// unassigned tag). That nobody wears a tag holds on when its clock runs ahead of the end of an activation: somebody wears it
// at the instant, but nobody any more at the fix. An activation that the store lost holds on, without a revision.
func (w *Watch) worn(t *Tag, wr *Wearing, inside, at int64) (geofence.ActivationRevision, Reason, int64) {
	device := w.device(t)
	successor := device.Activation(at, at)
	if !wr.Assigned {
		if successor == nil || successor.Fitted <= inside && device.Activation(inside, at) == nil {
			return geofence.ActivationRevision{}, "", 0
		}
		rev, _ := w.view.ActivationAt(successor.ID, at)
		return rev, TagAssigned, max(successor.Fitted, rev.Updated)
	}
	rev, ok := w.view.ActivationAt(wr.Subject, at)
	gone := TagRemoved
	if successor != nil && successor.ID != wr.Subject {
		gone = TagAssigned
	}
	switch a := rev.Activation; {
	case !ok && w.view.Partial():
		return rev, "", 0
	case !ok: // it was lost, and that was accepted
		return rev, gone, at
	case a == nil:
		return rev, gone, rev.Updated
	case a.Wearer != wr.Wearer || a.Device != t.Device || a.Fitted > inside:
		return rev, TagAssigned, rev.Updated
	case a.Removed <= at:
		return rev, gone, max(a.Removed, rev.Updated)
	}
	return rev, "", 0
}
