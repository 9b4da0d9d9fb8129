package scenario

import (
	"maps"
	"slices"

	"cordon/alerting"
)

// late takes a fix that is late for every zone.
func (l *lane) late(t *tag, s *state, f fix) {
	t.lastLate = f.appended
	if !f.usable && !l.params.Rules.plain() {
		return
	}
	known := s.knownZones(f)
	if len(known) > 0 && f.fix < s.historyLast {
		return
	}
	f.before = s.historyLast
	if len(known) == 0 {
		f.before = l.moveHistory(s, f)
	}
	for _, h := range s.zones {
		if z := h.at(f.appended); !known[h.id] && l.concerns(z, s, f) {
			l.judge(past, s, z, f)
		}
	}
}

// splitFix takes a live fix that is late for some zones: those with a boundary of their timetable, decided already, after it.
func (l *lane) splitFix(t *tag, s *state, f fix, late []*zoneRevision) {
	count := slices.DeleteFunc(late, func(z *zoneRevision) bool {
		if s.knows(z.id, f) {
			return true
		}
		return s.past[z.id] == nil && !z.breached(rounded(z.shape.distance(place{f.lon, f.lat})))
	})
	if len(count) == 0 {
		return
	}
	l.counts.Split++
	t.lastLate = f.appended
	f.before = l.moveHistory(s, f)
	for _, z := range count {
		l.judge(past, s, z, f)
	}
}

// moveHistory moves the history track to a fix, afresh when it lies before the track's last one. It returns the fix
// time of the one before it on the track as it is then, or never.
func (l *lane) moveHistory(s *state, f fix) (before int64) {
	before = s.historyLast
	if f.fix < s.historyLast {
		l.endHistory(s, f.appended)
		before = never
	}
	s.historyLast = f.fix
	return before
}

func (l *lane) endHistory(s *state, decided int64) {
	for _, zone := range slices.Sorted(maps.Keys(s.past)) {
		l.endAt(s.past[zone], alerting.HistoryEnds, decided)
	}
}

func (s *state) knownZones(f fix) map[string]bool {
	known := map[string]bool{}
	mark := func(zone string) {
		if s.knows(zone, f) {
			known[zone] = true
		}
	}
	for zone := range s.live {
		mark(zone)
	}
	for zone := range s.past {
		mark(zone)
	}
	for zone := range s.stays {
		mark(zone)
	}
	return known
}

// knows tells whether the fix lies in a stay that was reported, whatever has become of the zone.
func (s *state) knows(zone string, f fix) bool {
	if e := s.live[zone]; e != nil && f.fix >= e.opening.fix {
		return true
	}
	if e := s.past[zone]; e != nil && e.opening.fix <= f.fix && f.fix <= e.last.fix {
		return true
	}
	return slices.ContainsFunc(s.stays[zone], func(k stay) bool {
		return k.opened <= f.fix && f.fix < k.exit && f.appended-k.closed <= knownFor
	})
}
