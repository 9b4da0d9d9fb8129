package geofence

import "time"

// slow answers questions about a timetable by looking at every window and every exception each time. The prepared timetable
// is compared with it.
type slow struct{ *Zone }

func (z slow) appliesAt(ms int64) bool {
	return z.begun(ms) && !z.over(ms) && z.excepted(ms) == ms && z.scheduled(ms)
}

func (z slow) begun(ms int64) bool { return z.ActiveFrom.IsZero() || z.ActiveFrom.UnixMilli() <= ms }

func (z slow) over(ms int64) bool { return !z.ActiveTo.IsZero() && z.ActiveTo.UnixMilli() <= ms }

// excepted returns the end of the exceptions that hold at the instant, or the instant itself if there are none.
func (z slow) excepted(ms int64) int64 {
	end := ms
	for i := range z.Exceptions {
		if e := &z.Exceptions[i]; e.From.UnixMilli() <= ms {
			end = max(end, e.To.UnixMilli())
		}
	}
	return end
}

// scheduled reads the local clock and nothing else: an hour that the clock skips is in no window, one that it shows
// twice is in its windows twice.
func (z slow) scheduled(ms int64) bool {
	if len(z.Schedule) == 0 {
		return true
	}
	local := time.UnixMilli(ms).In(z.location())
	day, minute := local.Weekday(), local.Hour()*60+local.Minute()
	for i := range z.Schedule {
		if slowHolds(&z.Schedule[i], day, minute) {
			return true
		}
	}
	return false
}

// slowHolds reports whether the window holds at a minute of a local day, which may belong to the window of the day before.
func slowHolds(w *Window, day time.Weekday, minute int) bool {
	if w.From < w.To {
		return w.Days[day] && w.From <= minute && minute < w.To
	}
	return w.Days[day] && w.From <= minute || w.Days[(day+6)%7] && minute < w.To
}

func (z slow) nextBoundary(after int64) (int64, bool) {
	now := z.appliesAt(after)
	for t := after; ; {
		next, ok := z.nextEdge(t)
		if !ok {
			return 0, false
		}
		if z.appliesAt(next) != now {
			return next, true
		}
		t = next
	}
}

// nextEdge returns the first instant after t at which the answer can change. Within an exception, or before the zone
// begins, what the schedule does makes no difference and is passed over.
func (z slow) nextEdge(t int64) (int64, bool) {
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

// nextScheduleChange returns the first instant after t and before limit at which scheduled changes its value.
func (z slow) nextScheduleChange(t, limit int64) (int64, bool) {
	if len(z.Schedule) == 0 {
		return 0, false
	}
	limit = min(limit, t+(5*7*24*time.Hour).Milliseconds())
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
func (z slow) nextClockEdge(t int64) int64 {
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
	if _, end := local.ZoneBounds(); !end.IsZero() && end.UnixMilli() > t { // on the last day of a leap year it can be before
		next = min(next, end.UnixMilli())
	}
	return next
}
