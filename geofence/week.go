package geofence

import "math/bits"

// Lengths of time in ms.
const (
	minute   = int64(60_000)
	weekLong = weekMinutes * minute
)

const (
	dayMinutes  = 24 * 60
	weekMinutes = 7 * dayMinutes
)

// week is a weekly schedule on a local clock. Windows that overlap or touch have become one.
type week struct {
	late  bool     // the last minute of the week is in a window
	flips []uint16 // minutes since Sunday 00:00 at which the answer changes from that of the minute before; ascending
}

// newWeek returns the week of a schedule.
func newWeek(schedule []Window) week {
	var minutes minuteSet
	for i := range schedule {
		w := &schedule[i]
		for day, on := range w.Days {
			if !on {
				continue
			}
			start := day * dayMinutes
			if w.From < w.To {
				minutes.add(start+w.From, start+min(w.To, dayMinutes))
				continue
			}
			minutes.add(start+w.From, start+dayMinutes)
			start = (start + dayMinutes) % weekMinutes
			minutes.add(start, start+w.To)
		}
	}
	return minutes.week()
}

// at returns whether the minute of the week is in a window, and the minute at which that changes next. Minutes of the next
// week are weekMinutes and more. It is negative if it never changes.
func (w *week) at(minute uint16) (on bool, next int) {
	n := len(w.flips)
	if n == 0 {
		return w.late, -1
	}
	passed, end := 0, n // flips before passed are not after the minute, those from end on are
	for passed < end {
		if middle := int(uint(passed+end) >> 1); w.flips[middle] <= minute {
			passed = middle + 1
		} else {
			end = middle
		}
	}
	on = w.late != (passed&1 == 1)
	if passed == n {
		return on, int(w.flips[0]) + weekMinutes
	}
	return on, int(w.flips[passed])
}

// minuteSet is a set of minutes of the week, a bit for each.
type minuteSet [(weekMinutes + 63) / 64]uint64

// add adds the minutes from one up to another.
func (s *minuteSet) add(from, to int) {
	for from < to {
		bit := from % 64
		n := min(64-bit, to-from)
		s[from/64] |= (1<<n - 1) << bit
		from += n
	}
}

func (s *minuteSet) has(minute int) bool { return s[minute/64]>>(minute%64)&1 == 1 }

// week returns the minutes at which the set begins and ends.
func (s *minuteSet) week() week {
	w := week{late: s.has(weekMinutes - 1)}
	before := uint64(0)
	if w.late {
		before = 1
	}
	var changes minuteSet
	n := 0
	for i, bitsOf := range s {
		changes[i] = bitsOf ^ (bitsOf<<1 | before)
		before = bitsOf >> 63
		if i == len(s)-1 {
			changes[i] &= 1<<(weekMinutes%64) - 1
		}
		n += bits.OnesCount64(changes[i])
	}
	if n == 0 {
		return w
	}
	w.flips = make([]uint16, 0, n)
	for i, set := range changes {
		for ; set != 0; set &= set - 1 {
			w.flips = append(w.flips, uint16(i*64+bits.TrailingZeros64(set)))
		}
	}
	return w
}
