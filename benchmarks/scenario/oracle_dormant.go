package scenario

import "cordon/alerting"

// lieDormant takes a usable live fix at a time at which the zone does not apply: if it is in breach and the zone begins
// to apply soon, an episode will open then.
func (l *lane) lieDormant(s *state, z *zoneRevision, f fix) {
	d, profile := rounded(z.shape.distance(place{f.lon, f.lat})), l.params.Rules.profile(z.rule)
	class := z.class(d, f, profile)
	begins := z.table.next(f.fix) // it does not apply, so it has a timetable, and begins at the next boundary
	if class == alerting.ClassOut || begins <= l.clock || float64(begins-f.fix) > profile.RecentS*1000 || begins == forever {
		return
	}
	e := &episode{state: s, zone: z.id, kind: z.kind, opening: f, openedAt: f.appended, last: f, judgedBy: z, stage: dormant}
	e.profile, e.wakes = profile, begins
	e.keep(l.evidence(f, d, class))
	s.dormant[z.id] = e
	l.enlist(e)
}

func (l *lane) wakeNever(e *episode) {
	delete(e.state.dormant, e.zone)
	delete(l.watched, e)
}

// askDormant opens the episode at its boundary; before, and there too, it may have become void.
func (l *lane) askDormant(e *episode, t int64) {
	gone, _ := l.bearerGone(e.state, e.last.fix, t)
	z := l.zones[e.zone].at(t)
	if gone != "" || z.number != e.judgedBy.number || !l.stillBinds(e, z, t) {
		l.wakeNever(e)
		return
	}
	if t == e.wakes {
		l.begin(e, t)
	}
}

// begin is a boundary: the fix counts as one at that instant. Its evidence keeps its own time.
func (l *lane) begin(e *episode, at int64) {
	s, f, own := e.state, e.opening, e.evidence[0]
	delete(s.dormant, e.zone)
	s.live[e.zone] = e
	l.order(e)
	f.before, f.fix = f.fix, at
	e.opening, e.openedAt, e.stage = f, at, suspected
	e.tier = 0
	if r := l.registered(s, at); r != nil {
		e.tier = r.tier
	}
	e.touch(e.judgedBy, f, own.DistanceM)
	e.join(f, own.Class)
	l.raiseBegan(e, at)
}
