package scenario

import (
	"math"

	"cordon/alerting"
)

// A visit is a stay in the warning ring of an exclusion zone, or in the zone itself: an episode of the stage near or
// spent, of which a bearer has one for a zone at a time, beside the episode of the zone.

// approach takes a usable live fix for a zone that applies at its time, after the zone's own episode has.
func (l *lane) approach(s *state, z *zoneRevision, f fix) {
	if z.kind != "exclusion" || z.buffer <= 0 || !z.applies(f.fix) {
		return
	}
	d, v := rounded(z.shape.distance(place{f.lon, f.lat})), s.visits[z.id]
	switch {
	case d > z.buffer:
		if v != nil {
			l.visitBeyond(v, z, f, d)
		}
		return
	case v == nil && d <= 0:
		v = l.beginVisit(s, z, f, spent)
	case v == nil:
		v = l.beginVisit(s, z, f, near)
		v.keep(l.evidence(f, d, alerting.ClassOut))
		l.raiseApproach(v, f, d)
	case v.stage == near && d <= 0:
		l.raiseVisited(v, alerting.Entered, z, f, d, z.class(d, f, v.profile))
		v.stage = spent
	}
	v.last, v.judgedBy, v.outs = f, z, streak{}
	l.watch(v, l.clock)
}

func (l *lane) beginVisit(s *state, z *zoneRevision, f fix, as stage) *episode {
	v := &episode{state: s, zone: z.id, kind: z.kind, opening: f, openedAt: f.appended, last: f, judgedBy: z, tier: f.tier, stage: as}
	v.profile = l.params.Rules.profile(z.rule)
	s.visits[z.id] = v
	l.enlist(v)
	return v
}

// visitBeyond is a fix outside the ring: of two that are far enough apart the second ends the visit.
func (l *lane) visitBeyond(v *episode, z *zoneRevision, f fix, d float64) {
	v.outs.add(f.fix)
	if !v.outs.spans(f.fix, v.profile.LeftS) {
		return
	}
	if v.stage == near {
		l.raiseVisited(v, alerting.Left, z, f, d, alerting.ClassOut)
	}
	l.endVisit(v)
}

func (l *lane) endVisit(v *episode) {
	delete(l.watched, v)
	delete(v.state.visits, v.zone)
}

// isVisit tells a visit from the episode of a zone.
func (e *episode) isVisit() bool { return e.stage == near || e.stage == spent }

// askVisit finds out whether the visit still holds at t. What ends a spent one is told to nobody.
func (l *lane) askVisit(v *episode, t int64) {
	if reason, decided := l.visitOver(v, t); reason != "" {
		l.visitEnds(v, reason, decided)
	}
}

// visitEnds ends a visit by something other than a fix.
func (l *lane) visitEnds(v *episode, reason alerting.Reason, decided int64) {
	if v.stage == near {
		a := l.alert(v, alerting.ApproachEnded, reason)
		a.DecidedTime = wireTime(decided)
		l.alerts = append(l.alerts, a)
	}
	l.endVisit(v)
}

func (l *lane) visitOver(v *episode, t int64) (alerting.Reason, int64) {
	if reason, decided := l.bearerGone(v.state, v.last.fix, t); reason != "" {
		return reason, decided
	}
	z := l.zones[v.zone].at(t)
	if z.withdrawn {
		return alerting.ZoneWithdrawn, z.from
	}
	if decided, gone := l.letGo(v, z, t); gone {
		return alerting.ZoneChanged, decided
	}
	if z.number != v.judgedBy.number && rounded(z.shape.distance(place{v.last.lon, v.last.lat})) > z.buffer {
		return alerting.ZoneChanged, z.from
	}
	if v.last.fix < t && !z.applies(t) {
		return alerting.ScheduleEnded, l.scheduleEnd(v, z, t)
	}
	return "", 0
}

func (l *lane) raiseApproach(v *episode, f fix, d float64) {
	a := l.alert(v, alerting.Approach, alerting.InRing)
	a.Severity = oneBelow[v.judgedBy.severity]
	if v.tier != 1 {
		a.Severity = oneBelow[a.Severity]
	}
	l.addPing(&a, f, d)
	l.addClosing(&a, v, f, d)
	l.alerts = append(l.alerts, a)
}

// addClosing tells how fast the wearer comes nearer, by the usable live fix before, if that is not too old to say.
func (l *lane) addClosing(a *alerting.Alert, v *episode, f fix, d float64) {
	if f.before == never {
		return
	}
	dt, b := float64(f.fix-f.before)/1000, v.state.usable
	if dt <= 0 || dt > v.profile.ColdAfterS {
		return
	}
	speed := (rounded(v.judgedBy.shape.distance(place{b.lon, b.lat})) - d) / dt
	told := rounded(speed)
	a.ClosingSpeedMPS = &told
	if told > 0 {
		after := math.Round(d/speed*10) / 10
		a.TimeToEdgeS = &after
	}
}

// raiseVisited tells of a fix that ends the approach.
func (l *lane) raiseVisited(v *episode, reason alerting.Reason, z *zoneRevision, f fix, d float64, class alerting.Class) {
	a := l.alert(v, alerting.ApproachEnded, reason)
	a.ZoneRevision, a.ZoneKind = z.number, z.kind
	l.addPing(&a, f, d)
	a.Evidence = append(a.Evidence, l.evidence(f, d, class))
	l.alerts = append(l.alerts, a)
}
