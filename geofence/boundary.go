package geofence

// nextBoundary is Zone.NextBoundary.
func (t *timetable) nextBoundary(after int64) (int64, bool) {
	if after >= t.to {
		return 0, false
	}
	if after < t.from {
		return t.begins(t.from)
	}
	i := t.pauseAfter(after)
	if i < len(t.pauses) && t.pauses[i].from <= after {
		return t.begins(t.pauses[i].to)
	}
	on, change := t.scheduled(after)
	if !on {
		return t.begins(change)
	}
	next := min(t.to, change)
	if i < len(t.pauses) {
		next = min(next, t.pauses[i].from)
	}
	if next == Always {
		return 0, false
	}
	return next, true
}

// begins returns the first instant from the given one on at which the zone applies, and false when there is none. It looks
// at three instants at most: between two pauses the schedule holds at some time, see join.
func (t *timetable) begins(ms int64) (int64, bool) {
	for {
		if ms = t.scheduledFrom(ms); ms >= t.to {
			return 0, false
		}
		i := t.pauseAfter(ms)
		if i == len(t.pauses) || t.pauses[i].from > ms {
			return ms, true
		}
		ms = t.pauses[i].to
	}
}

// scheduledFrom returns the first instant from the given one on at which the schedule holds; Always when there is none.
func (t *timetable) scheduledFrom(ms int64) int64 {
	if on, change := t.scheduled(ms); !on {
		return change
	}
	return ms
}

// patience is how many weeks ahead a change of a schedule is looked for. One week shows nearly every change; a window that
// falls into a skipped hour takes two, and some time zones have skipped a whole day.
const patience = 5

// scheduled reports whether the schedule holds at an instant, and returns the first one after it at which that changes;
// Always when it does not.
//
// It reads the local clock and nothing else: an hour that the clock skips is in no window, one that it shows twice is in
// its windows twice.
func (t *timetable) scheduled(ms int64) (on bool, change int64) {
	if len(t.week.flips) == 0 {
		return t.week.late, Always
	}
	for at, first := ms, true; at-ms < patience*weekLong; first = false {
		ahead, until := t.clock.at(at)
		clock := weekClock(at + ahead)
		holds, next := t.week.at(uint16(clock / minute))
		if first {
			on = holds
		} else if holds != on {
			return on, at
		}
		if change := at + int64(next)*minute - clock; change < until {
			return on, change
		}
		at = until
	}
	return on, Always
}
