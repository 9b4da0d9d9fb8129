package scenario

import (
	"slices"

	"cordon/alerting"
)

// stage is how far an episode has come. Under plain each is confirmed from its opening.
type stage int

const (
	dormant   stage = iota // will open at the boundary wakes, if nothing comes between
	suspected              // the alert breach_suspected is out
	confirmed              // the alert breach is out
	near                   // a visit to the warning ring: the alert approach is out
	spent                  // a visit that led into the zone, or began there: it ends in silence
)

// episode is one unbroken stay that is open.
type episode struct {
	state         *state
	zone          string
	kind          string
	opening       fix
	openedAt      int64 // appended time of the opening fix
	last          fix   // the last one in breach
	judgedBy      *zoneRevision
	depth         float64 // greatest, metres
	tier          int
	retrospective bool
	due           int64 // next instant at which it is asked
	stage         stage
	began         int // how many the lane knew before it
	suspicion         // of the rule set default
	gravity
}

// track is one of the two that a state has.
type track bool

const (
	live track = false
	past track = true
)

func (s *state) episodes(which track) map[string]*episode {
	if which == past {
		return s.past
	}
	return s.live
}

// liveFix judges a fix of the live track, and where a boundary of a zone's timetable after it is decided already, on
// the history track.
func (l *lane) liveFix(t *tag, s *state, f fix) {
	var split []*zoneRevision
	for _, h := range s.zones {
		z := h.at(f.appended)
		if !l.concerns(z, s, f) {
			continue
		}
		if z.table != nil && z.applies(f.fix) && z.table.next(f.fix) <= l.clock {
			split = append(split, z)
			continue
		}
		l.judge(live, s, z, f)
		if !l.params.Rules.plain() {
			l.approach(s, z, f)
		}
	}
	if len(split) > 0 {
		l.splitFix(t, s, f, split)
	}
}

// concerns tells whether the zone is in force, binds, and could make a difference.
func (l *lane) concerns(z *zoneRevision, s *state, f fix) bool {
	if z == nil || z.withdrawn {
		return false
	}
	far := z.kind != "inclusion" && !z.shape.boxHolds(place{f.lon, f.lat})
	if far && s.live[z.id] == nil && s.past[z.id] == nil && s.visits[z.id] == nil {
		return false
	}
	return z.binds(s.wearer, f.cohorts)
}

// judge is one fix for one zone on one track.
func (l *lane) judge(which track, s *state, z *zoneRevision, f fix) {
	e := s.episodes(which)[z.id]
	if !z.applies(f.fix) {
		switch {
		case e != nil && f.fix > e.last.fix:
			l.endAt(e, alerting.ScheduleEnded, l.scheduleEnd(e, z, f.fix))
		case e == nil && which == live && !l.params.Rules.plain():
			l.lieDormant(s, z, f)
		}
		return
	}
	d := rounded(z.shape.distance(place{f.lon, f.lat}))
	if l.params.Rules.plain() {
		l.judgePlain(which, e, s, z, f, d)
	} else {
		l.judgeDeepOrLong(which, e, s, z, f, d)
	}
}

// judgePlain: one fix in breach opens an episode, one that is not ends it.
func (l *lane) judgePlain(which track, e *episode, s *state, z *zoneRevision, f fix, d float64) {
	if !z.breached(d) {
		if e != nil {
			l.endByFix(e, z, f, d)
		}
		return
	}
	if e == nil {
		e = l.openEpisode(which, s, z, f)
		e.stage = confirmed
		e.touch(z, f, d)
		l.raiseBreach(e, d)
		return
	}
	e.touch(z, f, d)
}

// touch is a fix in breach.
func (e *episode) touch(z *zoneRevision, f fix, d float64) {
	e.last, e.judgedBy, e.kind, e.depth = f, z, z.kind, max(e.depth, -z.signed(d))
}

// scheduleEnd is when the zone first ceased to apply after the last fix in breach, or upTo.
func (l *lane) scheduleEnd(e *episode, z *zoneRevision, upTo int64) int64 {
	if z.table == nil {
		return upTo
	}
	return z.table.ceases(e.last.fix, upTo)
}

func (l *lane) openEpisode(which track, s *state, z *zoneRevision, f fix) *episode {
	e := &episode{
		state: s, zone: z.id, kind: z.kind, opening: f, openedAt: f.appended, last: f, judgedBy: z, tier: f.tier,
		retrospective: which == past,
	}
	s.episodes(which)[z.id] = e
	l.enlist(e)
	return e
}

func (l *lane) endByFix(e *episode, z *zoneRevision, f fix, d float64) {
	l.raiseLeft(e, z, f, d, f.fix)
	l.close(e, stay{e.opening.fix, f.fix, f.appended})
}

// endAt ends an episode for an instant.
func (l *lane) endAt(e *episode, reason alerting.Reason, decided int64) {
	exit := max(e.last.fix+1, decided)
	if reason == alerting.HistoryEnds {
		exit = e.last.fix + 1
	}
	l.raiseEnded(e, reason, decided)
	l.close(e, stay{e.opening.fix, exit, decided})
}

// close forgets the episode. Of a suspicion nothing is left, of a breach that there was a stay.
func (l *lane) close(e *episode, s stay) {
	delete(l.watched, e)
	if e.retrospective {
		delete(e.state.past, e.zone)
	} else {
		delete(e.state.live, e.zone)
	}
	if e.stage != confirmed {
		return
	}
	kept := slices.DeleteFunc(e.state.stays[e.zone], func(old stay) bool { return l.clock-old.closed > knownFor+day })
	e.state.stays[e.zone] = append(kept, s)
}
