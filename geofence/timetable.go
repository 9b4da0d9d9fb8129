package geofence

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Timetabled reports whether there can be times at which the zone does not apply.
func (z *Zone) Timetabled() bool {
	return !z.ActiveFrom.IsZero() || !z.ActiveTo.IsZero() || len(z.Schedule) > 0 || len(z.Exceptions) > 0
}

// AppliesAt reports whether the zone applies at the instant (ms): within [ActiveFrom, ActiveTo), in a window of the schedule
// and in no exception. It takes a few searches in sorted lists, however long the timetable is.
func (z *Zone) AppliesAt(ms int64) bool {
	return !z.Timetabled() || z.timetable().applies(ms)
}

// NextBoundary returns the first instant (ms) after the given one at which AppliesAt changes its value, and false when
// there is none. It takes no longer than AppliesAt does.
func (z *Zone) NextBoundary(after int64) (int64, bool) {
	if !z.Timetabled() {
		return 0, false
	}
	return z.timetable().nextBoundary(after)
}

// timetable returns the zone's prepared timetable. It is made at the first use, so that a zone that is never asked about
// takes no memory for it.
func (z *Zone) timetable() *timetable {
	if t := z.times.Load(); t != nil {
		return t
	}
	t := newTimetable(z) // two goroutines may make it at the same time: the results are equal
	z.times.Store(t)
	return t
}

// timetable is a zone's timetable in sorted lists.
type timetable struct {
	from, to int64    // ms; the zone applies at no other time
	pauses   []pause  // the exceptions; those with no scheduled time between them are one pause
	week     week     // on the local clock
	clock    *offsets // nil without a schedule
}

// pause is a span of time [from, to), ms, in which the zone does not apply.
type pause struct{ from, to int64 }

func newTimetable(z *Zone) *timetable {
	t := &timetable{from: math.MinInt64, to: Always, week: week{late: true}}
	if !z.ActiveFrom.IsZero() {
		t.from = z.ActiveFrom.UnixMilli()
	}
	if !z.ActiveTo.IsZero() {
		t.to = z.ActiveTo.UnixMilli()
	}
	if len(z.Schedule) > 0 {
		t.week, t.clock = newWeek(z.Schedule), offsetsOf(z.location())
	}
	if len(z.Exceptions) > 0 {
		t.pauses = make([]pause, 0, len(z.Exceptions))
	}
	for i := range z.Exceptions {
		if e := &z.Exceptions[i]; e.From.Before(e.To) {
			t.pauses = append(t.pauses, pause{e.From.UnixMilli(), e.To.UnixMilli()})
		}
	}
	slices.SortFunc(t.pauses, func(a, b pause) int { return cmp.Compare(a.from, b.from) })
	t.join()
	return t
}

// join merges pauses with no scheduled time between them. A search for the instant at which the zone applies then passes
// over one pause at most, and not over a year of exceptions that each end at night in a schedule of days.
func (t *timetable) join() {
	n := 0
	for _, p := range t.pauses {
		if n > 0 && t.scheduledFrom(t.pauses[n-1].to) >= p.from {
			t.pauses[n-1].to = max(t.pauses[n-1].to, p.to)
			continue
		}
		t.pauses[n] = p
		n++
	}
	t.pauses = t.pauses[:n]
}

// location reads an unset time zone as UTC; a parsed zone always has one.
func (z *Zone) location() *time.Location {
	if z.Location == nil {
		return time.UTC
	}
	return z.Location
}

func (t *timetable) applies(ms int64) bool {
	if ms < t.from || ms >= t.to {
		return false
	}
	if i := t.pauseAfter(ms); i < len(t.pauses) && t.pauses[i].from <= ms {
		return false
	}
	if len(t.week.flips) == 0 {
		return t.week.late
	}
	on, _ := t.week.at(t.minuteAt(ms))
	return on
}

// pauseAfter returns the index of the first pause that ends after the instant.
func (t *timetable) pauseAfter(ms int64) int {
	low, high := 0, len(t.pauses)
	for low < high {
		if middle := int(uint(low+high) >> 1); t.pauses[middle].to <= ms {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// minuteAt returns the minute of the week that the local clock shows at an instant.
func (t *timetable) minuteAt(ms int64) uint16 {
	ahead, _ := t.clock.at(ms)
	return uint16(weekClock(ms+ahead) / minute)
}

// weekClock returns the ms since Sunday 00:00 of a local time in ms since the epoch, which was a Thursday.
func weekClock(local int64) int64 {
	const thursday = 4 * dayMinutes * minute
	return modulo(local+thursday, weekLong)
}
