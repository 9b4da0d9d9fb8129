package geofence

import "time"

// NextBoundary returns the first instant (ms) after the given one at which AppliesAt changes its value, and false when
// there is none.
func (z *Zone) NextBoundary(after int64) (int64, bool) {
	now := z.AppliesAt(after)
	for t := after; ; {
		next, ok := z.nextEdge(t)
		if !ok {
			return 0, false
		}
		if z.AppliesAt(next) != now {
			return next, true
		}
		t = next
	}
}

// nextEdge returns the first instant after t at which the answer can change. Within an exception, or before the zone
// begins, what the schedule does makes no difference and is passed over.
func (z *Zone) nextEdge(t int64) (int64, bool) {
	switch {
	case z.over(t):
		return 0, false
	case !z.begun(t):
		return z.ActiveFrom.UnixMilli(), true
	}
	next := int64(Always)
	if !z.ActiveTo.IsZero() {
		next = z.ActiveTo.UnixMilli()
	}
	if end := z.excepted(t); end > t {
		return min(next, end), true
	}
	for i := range z.Exceptions {
		if from := z.Exceptions[i].From.UnixMilli(); from > t {
			next = min(next, from)
		}
	}
	if at, ok := z.nextScheduleChange(t, next); ok {
		next = at
	}
	return next, next != Always
}

// patience is how far ahead a change of a weekly schedule is looked for. A week shows nearly every one; a window that
// falls into a skipped hour takes two, and some zones have skipped a whole day.
const patience = 5 * 7 * 24 * time.Hour

// nextScheduleChange returns the first instant after t and before limit at which scheduled changes its value.
func (z *Zone) nextScheduleChange(t, limit int64) (int64, bool) {
	if len(z.Schedule) == 0 {
		return 0, false
	}
	limit = min(limit, t+patience.Milliseconds())
	now := z.scheduled(t)
	for t = z.nextClockEdge(t); t < limit; t = z.nextClockEdge(t) {
		if z.scheduled(t) != now {
			return t, true
		}
	}
	return 0, false
}

// nextClockEdge returns the first instant after t at which the local clock comes to midnight, to the start or end of a
// window, or jumps. Between two such instants a schedule cannot change.
func (z *Zone) nextClockEdge(t int64) int64 {
	const minute, day = 60_000, 24 * 60 * 60_000
	local := time.UnixMilli(t).In(z.location())
	_, offset := local.Zone()
	clock := (t + int64(offset)*1000) % day
	if clock < 0 {
		clock += day
	}
	wait := day - clock
	for i := range z.Schedule {
		for _, edge := range [...]int{z.Schedule[i].From, z.Schedule[i].To} {
			if w := int64(edge)*minute - clock; w > 0 {
				wait = min(wait, w)
			}
		}
	}
	next := t + wait
	if _, end := local.ZoneBounds(); !end.IsZero() {
		next = min(next, end.UnixMilli())
	}
	return next
}
