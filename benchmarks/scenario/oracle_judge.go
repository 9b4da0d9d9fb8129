package scenario

import (
	"slices"

	"cordon/alerting"
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
	if far && s.live[z.id] == nil && s.past[z.id] == nil {
		return false
	}
	return z.binds(s.wearer, f.cohorts)
}

// judge is one fix for one zone on one track.
func (l *lane) judge(which track, s *state, z *zoneRevision, f fix) {
	e := s.episodes(which)[z.id]
	if !z.applies(f.fix) {
		if e != nil && f.fix > e.last.fix {
			l.endAt(e, alerting.ScheduleEnded, l.scheduleEnd(e, z, f.fix))
		}
		return
	}
	d := rounded(z.shape.distance(place{f.lon, f.lat}))
	if !z.breached(d) {
		if e != nil {
			l.endByFix(e, z, f, d)
		}
		return
	}
	depth := max(0, -d)
	if z.kind == "inclusion" {
		depth = d
	}
	if e == nil {
		l.openEpisode(which, s, z, f, d, depth)
		return
	}
	e.last, e.judgedBy, e.kind, e.depth = f, z, z.kind, max(e.depth, depth)
}

// scheduleEnd is when the zone first ceased to apply after the last fix in breach, or upTo.
func (l *lane) scheduleEnd(e *episode, z *zoneRevision, upTo int64) int64 {
	if z.table == nil {
		return upTo
	}
	return z.table.ceases(e.last.fix, upTo)
}

func (l *lane) openEpisode(which track, s *state, z *zoneRevision, f fix, d, depth float64) {
	e := &episode{
		state: s, zone: z.id, kind: z.kind, opening: f, openedAt: f.appended, last: f, judgedBy: z, depth: depth,
		tier: f.tier, retrospective: which == past,
	}
	s.episodes(which)[z.id] = e
	l.open[e] = struct{}{}
	l.watch(e, l.clock)
	l.raiseBreach(e, d)
}

func (l *lane) endByFix(e *episode, z *zoneRevision, f fix, d float64) {
	l.raiseLeft(e, z, f, d)
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

func (l *lane) close(e *episode, s stay) {
	delete(l.open, e)
	if e.retrospective {
		delete(e.state.past, e.zone)
	} else {
		delete(e.state.live, e.zone)
	}
	kept := slices.DeleteFunc(e.state.stays[e.zone], func(old stay) bool { return l.clock-old.closed > knownFor+day })
	e.state.stays[e.zone] = append(kept, s)
}
