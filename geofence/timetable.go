package geofence

import "time"

// Timetabled reports whether there can be times at which the zone does not apply.
func (z *Zone) Timetabled() bool {
	return !z.ActiveFrom.IsZero() || !z.ActiveTo.IsZero() || len(z.Schedule) > 0 || len(z.Exceptions) > 0
}

// AppliesAt reports whether the zone applies at the instant (ms): within [ActiveFrom, ActiveTo), in a window of the
// schedule and in no exception.
func (z *Zone) AppliesAt(ms int64) bool {
	if !z.Timetabled() {
		return true
	}
	return z.begun(ms) && !z.over(ms) && z.excepted(ms) == ms && z.scheduled(ms)
}

func (z *Zone) begun(ms int64) bool { return z.ActiveFrom.IsZero() || z.ActiveFrom.UnixMilli() <= ms }

func (z *Zone) over(ms int64) bool { return !z.ActiveTo.IsZero() && z.ActiveTo.UnixMilli() <= ms }

// excepted returns the end of the exceptions that hold at the instant, or the instant itself when there are none.
func (z *Zone) excepted(ms int64) int64 {
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
func (z *Zone) scheduled(ms int64) bool {
	if len(z.Schedule) == 0 {
		return true
	}
	local := time.UnixMilli(ms).In(z.location())
	day, minute := local.Weekday(), local.Hour()*60+local.Minute()
	for i := range z.Schedule {
		if z.Schedule[i].holds(day, minute) {
			return true
		}
	}
	return false
}

// location reads an unset time zone as UTC; a parsed zone always has one.
func (z *Zone) location() *time.Location {
	if z.Location == nil {
		return time.UTC
	}
	return z.Location
}

// holds reports whether the window holds at a minute of a local day, which may belong to the window of the day before.
func (w *Window) holds(day time.Weekday, minute int) bool {
	if w.From < w.To {
		return w.Days[day] && w.From <= minute && minute < w.To
	}
	return w.Days[day] && w.From <= minute || w.Days[(day+6)%7] && minute < w.To
}
