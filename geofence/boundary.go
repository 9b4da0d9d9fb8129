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

// begins returns the first instant at or after the given one at which the zone applies, and false if there is none. It looks
// at three instants at most: between two pauses there is always a time in the schedule, see join.
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

// scheduledFrom returns the first instant at or after the given one that is in the schedule, or Always if there is none.
func (t *timetable) scheduledFrom(ms int64) int64 {
	if on, change := t.scheduled(ms); !on {
		return change
	}
	return ms
}

// patience is how many weeks ahead a change of a schedule is searched for. One week is nearly always enough. A window that
// falls into an hour skipped by the clock takes two, and some time zones have skipped a whole day.
const patience = 5

// scheduled reports whether an instant is in the schedule, and returns the first later instant at which that changes, or
// Always if it never does.
//
// Only the local clock counts: an hour that the clock skips is in no window; one that it shows twice is in its windows
// twice.
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
