package scenario

import (
	"maps"
	"math"
	"slices"

	"cordon/alerting"
)

// hearing is what a bearer's live track is remembered by under default: when a usable fix came, and how often they do.
type hearing struct {
	before  int64 // fix time of the last usable one, or never
	heard   int64 // the clock when it was handled
	cadence []int64
	usable  fix                 // the last usable one, when there is a before
	dormant map[string]*episode // by zone, as are the others
	visits  map[string]*episode
}

const cadenceLength = 8

// hear takes a live fix under default.
func (l *lane) hear(t *tag, s *state, f fix) {
	if !f.usable {
		l.keepUnusable(s, f)
		return
	}
	for zone := range s.dormant {
		l.wakeNever(s.dormant[zone])
	}
	l.loseByGap(s, f)
	l.cross(s, f)
	f.before = s.before
	l.liveFix(t, s, f)
	if s.before != never {
		s.cadence = append(s.cadence, f.fix-s.before)
		s.cadence = s.cadence[max(0, len(s.cadence)-cadenceLength):]
	}
	s.before, s.heard, s.usable = f.fix, l.clock, f
	for _, e := range s.live {
		l.watch(e, l.clock) // it is lost later than it would have been
	}
}

// keepUnusable adds to the evidence of what is open, whether or not the zone applies at that time.
func (l *lane) keepUnusable(s *state, f fix) {
	for zone, e := range s.live {
		z := l.zones[zone].at(f.appended)
		if z != nil && !z.withdrawn && z.binds(s.wearer, f.cohorts) {
			d := rounded(z.shape.distance(place{f.lon, f.lat}))
			e.keep(l.evidence(f, d, alerting.ClassUnusable))
		}
	}
}

// lostAfter is how long, in ms, a bearer is unheard of before it is lost.
func (s *state) lostAfter(p Profile) int64 {
	return int64(math.Ceil(max(p.LostS*1000, p.LostCadence*float64(median(s.cadence)))))
}

func median(list []int64) int64 {
	if len(list) == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	middle := len(list) / 2
	if len(list)%2 == 1 {
		return list[middle]
	}
	return (list[middle-1] + list[middle]) / 2
}

// losing tells whether absence would confirm the episode.
func (e *episode) losing() bool {
	return e.stage == suspected && !e.retrospective && e.run.fixes > 0
}

// lostAt is when, by the clock, absence confirms the episode: one that a timetable opened is absent from there on.
func (e *episode) lostAt() int64 {
	return max(e.state.heard, e.openedAt) + e.state.lostAfter(e.profile)
}

// askLost asks at t, the clock being there, whether the bearer is lost.
func (l *lane) askLost(e *episode, t int64) {
	if !e.losing() {
		return
	}
	if deadline := e.lostAt(); t >= deadline {
		l.lose(e, deadline)
	}
}

// loseByGap asks when the next usable fix is there, since it may come before the clock shows what it shows.
func (l *lane) loseByGap(s *state, f fix) {
	for _, zone := range slices.Sorted(maps.Keys(s.live)) {
		e, z := s.live[zone], l.zones[zone].at(f.appended)
		if !e.losing() || z == nil || z.withdrawn {
			continue
		}
		if deadline := max(s.before, e.opening.fix) + s.lostAfter(e.profile); f.fix >= deadline && z.applies(deadline) {
			l.counts.Gaps++
			l.lose(e, deadline)
		}
	}
}

func (l *lane) lose(e *episode, decided int64) {
	e.confirm(decided)
	l.raiseLost(e, decided)
}
