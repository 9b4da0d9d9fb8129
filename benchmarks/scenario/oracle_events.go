package scenario

import (
	"cmp"
	"slices"

	"cordon/alerting"
)

// runEvents asks what is watched at every instant in (clock, upTo] at which something of its concern changes: the feed,
// then the episodes, then what tags say and whether they do.
func (l *lane) runEvents(upTo int64) {
	for {
		t := min(l.due, l.feedSilentAt(), l.floodOver())
		if len(l.again.states) > 0 {
			t = min(t, l.clock+1)
		}
		if t > upTo {
			return
		}
		var asked again
		if t > l.clock {
			asked, l.again = l.again, newAgain()
		}
		l.askFeed(t)
		l.askFlood(t)
		scan := l.due == t // otherwise only what is asked again is concerned
		due := int64(forever)
		for _, e := range l.dueAt(t, scan, asked.episodes) {
			l.ask(e, t)
			if _, still := l.watched[e]; still {
				e.due = l.next(e, t)
				due = min(due, e.due)
			}
		}
		for _, s := range l.vigilsDueAt(t, scan, asked.states) {
			l.askVigil(s, t)
			if _, still := l.vigils[s]; still {
				l.watchVigil(s, t)
				due = min(due, s.vigil.due)
			}
		}
		if l.due = min(l.due, due); !scan {
			continue
		}
		l.due = forever
		for e := range l.watched {
			l.due = min(l.due, e.due)
		}
		for s := range l.vigils {
			l.due = min(l.due, s.vigil.due)
		}
	}
}

func (l *lane) vigilsDueAt(t int64, scan bool, asked map[*state]struct{}) []*state {
	var list []*state
	for s := range asked {
		if _, watched := l.vigils[s]; watched {
			list = append(list, s)
		}
	}
	for s := range l.vigils {
		if !scan {
			break
		}
		if _, in := asked[s]; !in && s.vigil.due == t {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *state) int {
		return cmp.Or(cmp.Compare(a.device, b.device), compareBearers(a.bearer, b.bearer))
	})
	return list
}

// dueAt returns the episodes to be asked, wearer by wearer, live before history, by zone, and of
// one zone in the order in which they began.
func (l *lane) dueAt(t int64, scan bool, asked map[*episode]struct{}) []*episode {
	var list []*episode
	for e := range asked {
		if _, watched := l.watched[e]; watched {
			list = append(list, e)
		}
	}
	for e := range l.watched {
		if !scan {
			break
		}
		if _, in := asked[e]; !in && e.due == t {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *episode) int {
		return cmp.Or(cmp.Compare(a.state.device, b.state.device), compareBearers(a.state.bearer, b.state.bearer),
			a.order()-b.order(), cmp.Compare(a.zone, b.zone), a.began-b.began)
	})
	return list
}

func (e *episode) order() int {
	if e.retrospective {
		return 1
	}
	return 0
}

// enlist begins to watch an episode, the last in order.
func (l *lane) enlist(e *episode) {
	l.order(e)
	l.watched[e] = struct{}{}
	l.watch(e, l.clock)
}

func (l *lane) order(e *episode) {
	l.begun++
	e.began = l.begun
}

func (l *lane) watch(e *episode, after int64) {
	e.due = l.next(e, after)
	l.due = min(l.due, e.due)
}

// next returns the first instant after another at which the zone, its timetable or the register of the tag changes, or
// the bearer is lost, or the breach becomes graver. It may name one at which nothing comes of it: asking changes nothing then.
func (l *lane) next(e *episode, after int64) int64 {
	first := int64(forever)
	see := func(t int64) {
		if t > after {
			first = min(first, t)
		}
	}
	for _, z := range l.zones[e.zone].revisions {
		see(z.from)
	}
	if z := l.zones[e.zone].at(after); z != nil && z.table != nil {
		see(z.table.next(after))
	}
	see(e.last.fix + 1) // a fix may be ahead of the clock
	see(l.nextOfRegister(e.state.device, after))
	if e.losing() {
		see(e.lostAt())
	}
	if e.escalates() {
		first = min(first, max(after, l.graverAt(e)))
	}
	return first
}

// revisit has everything of a tag asked as soon as the clock moves on: a ping was appended before the clock, and judged by
// what was in force then.
func (l *lane) revisit(t *tag) {
	for _, s := range t.states {
		for _, byZone := range []map[string]*episode{s.live, s.past, s.dormant, s.visits} {
			for _, e := range byZone {
				l.again.episodes[e] = struct{}{}
			}
		}
		l.again.states[s] = struct{}{}
	}
}

// again is what is asked as soon as the clock moves on, besides what is due then.
type again struct {
	episodes map[*episode]struct{}
	states   map[*state]struct{}
}

func newAgain() again { return again{map[*episode]struct{}{}, map[*state]struct{}{}} }

// nextOfRegister returns the first instant after another at which the register changes what it says of the device.
func (l *lane) nextOfRegister(device string, after int64) int64 {
	first := int64(forever)
	see := func(t int64) {
		if t > after {
			first = min(first, t)
		}
	}
	for _, h := range l.byDevice[device] {
		for _, r := range h.revisions {
			see(r.from)
			if !r.deleted {
				see(r.fitted)
				see(r.removed)
			}
		}
	}
	return first
}

// ask finds out what has become of the episode at t.
func (l *lane) ask(e *episode, t int64) {
	switch {
	case e.stage == dormant:
		l.askDormant(e, t)
	case e.isVisit():
		l.askVisit(e, t)
	default:
		l.askHolds(e, t)
	}
	if _, still := l.watched[e]; still {
		l.askLost(e, t)
		l.askGraver(e, t)
	}
}

// askHolds finds out whether the episode still holds at t, and ends it if not.
func (l *lane) askHolds(e *episode, t int64) {
	if reason, decided := l.bearerGone(e.state, e.last.fix, t); reason != "" {
		if !e.retrospective {
			l.endAt(e, reason, decided)
			return
		}
		if decided > e.openedAt {
			l.endAt(e, alerting.HistoryEnds, decided)
			return
		}
	}
	z := l.zones[e.zone].at(t)
	if z.withdrawn {
		l.endAt(e, alerting.ZoneWithdrawn, z.from)
		return
	}
	if decided, yes := l.zoneChanged(e, z, t); yes {
		l.endAt(e, alerting.ZoneChanged, decided)
		return
	}
	if !e.retrospective && e.last.fix < t && !z.applies(t) {
		l.endAt(e, alerting.ScheduleEnded, l.scheduleEnd(e, z, t))
	}
}

// bearerGone asks the register. An empty reason: the bearer of the tag is still the one of whom the fix at last said something.
func (l *lane) bearerGone(s *state, last, t int64) (alerting.Reason, int64) {
	if s.activation == "" {
		a := l.activation(s.device, t, t)
		if a == nil || a.removed <= last && l.activation(s.device, last, t) == nil { // by its clock, which runs ahead, nobody does any more
			return "", 0
		}
		return alerting.TagAssigned, max(a.fitted, a.from)
	}
	r := l.register[s.activation].at(t)
	other := func() alerting.Reason {
		if a := l.activation(s.device, t, t); a != nil && a.id != s.activation {
			return alerting.TagAssigned
		}
		return alerting.TagRemoved
	}
	switch {
	case r == nil: // cannot be: the revision that assigned the tag is not taken back but superseded
		return "", 0
	case r.deleted:
		return other(), r.from
	case r.wearer != s.wearer || r.device != s.device || r.fitted > last:
		return alerting.TagAssigned, r.from
	case r.removed <= t:
		return other(), max(r.removed, r.from)
	}
	return "", 0
}

// registered returns what the register says of the bearer's activation at t; nil: there is none.
func (l *lane) registered(s *state, t int64) *activationRevision {
	if h := l.register[s.activation]; h != nil {
		return h.at(t)
	}
	return nil
}

// stillBinds asks the zone and the register as they are at t.
func (l *lane) stillBinds(e *episode, z *zoneRevision, t int64) bool {
	var cohorts []string
	if r := l.registered(e.state, t); r != nil {
		cohorts = r.cohorts
	}
	return z.binds(e.state.wearer, cohorts)
}

// letGo tells whether the zone no longer binds the wearer or is of another kind, and since when.
func (l *lane) letGo(e *episode, z *zoneRevision, t int64) (decided int64, gone bool) {
	if !l.stillBinds(e, z, t) {
		decided = z.from
		if r := l.registered(e.state, t); r != nil {
			decided = max(decided, r.from)
		}
		return decided, true
	}
	return z.from, z.kind != e.kind
}

// zoneChanged tells whether an edit of the zone, or of the wearer's cohorts, has let go of the episode, and when.
func (l *lane) zoneChanged(e *episode, z *zoneRevision, t int64) (decided int64, changed bool) {
	if decided, gone := l.letGo(e, z, t); gone {
		return decided, true
	}
	if z.number == e.judgedBy.number {
		return 0, false
	}
	outside := !z.breached(rounded(z.shape.distance(place{e.last.lon, e.last.lat})))
	asleep := !z.applies(e.last.fix) && (e.retrospective || !z.applies(t)) // a past stay has only the time it was in
	return z.from, outside || asleep
}
