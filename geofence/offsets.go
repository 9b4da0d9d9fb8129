package geofence

import (
	"slices"
	"sync"
	"time"
)

// offsets says how far the local clock of a time zone is ahead of UTC. For the years of most pings it is a table, because
// time.Location evaluates the rule of the time zone again for each instant after its last recorded change.
type offsets struct {
	location *time.Location
	since    []int64 // ms: when each entry of ahead begins; ascending
	ahead    []int64 // ms
}

// The table covers the years from 1970 to 2099. For other instants the package time is asked.
const (
	tableStart = 0
	tableEnd   = 4_102_444_800_000 // ms, 2100-01-01T00:00:00Z
)

// tables holds the offsets of each time zone. Many zones share one.
var tables sync.Map // *time.Location → *offsets

func offsetsOf(location *time.Location) *offsets {
	if o, ok := tables.Load(location); ok {
		return o.(*offsets)
	}
	o := newOffsets(location)
	kept, _ := tables.LoadOrStore(location, o)
	return kept.(*offsets)
}

func newOffsets(location *time.Location) *offsets {
	o := &offsets{location: location}
	for at := int64(tableStart); at < tableEnd; {
		ahead, until := askLocation(location, at)
		if n := len(o.ahead); n == 0 || o.ahead[n-1] != ahead {
			o.since, o.ahead = append(o.since, at), append(o.ahead, ahead)
		}
		at = until
	}
	o.since, o.ahead = slices.Clip(o.since), slices.Clip(o.ahead)
	return o
}

// at returns how far (ms) the local clock is ahead of UTC at an instant, and an instant until which that does not change. It
// may change later than that.
func (o *offsets) at(ms int64) (ahead, until int64) {
	if ms < tableStart || ms >= tableEnd {
		return askLocation(o.location, ms)
	}
	low, high := 0, len(o.since) // since[low] <= ms < since[high]
	for high-low > 1 {
		if middle := int(uint(low+high) >> 1); o.since[middle] <= ms {
			low = middle
		} else {
			high = middle
		}
	}
	if high == len(o.since) {
		return o.ahead[low], tableEnd
	}
	return o.ahead[low], o.since[high]
}

// askLocation is offsets.at by means of the package time. On the last day of a leap year the bounds from that package can
// end before the instant (it takes every year in a tzset rule to have 365 days); the offset then stays the same until
// midnight UTC.
func askLocation(location *time.Location, ms int64) (ahead, until int64) {
	const day = dayMinutes * minute
	local := time.UnixMilli(ms).In(location)
	_, seconds := local.Zone()
	_, end := local.ZoneBounds()
	switch {
	case end.IsZero():
		return int64(seconds) * 1000, Always
	case end.UnixMilli() <= ms:
		return int64(seconds) * 1000, ms - modulo(ms, day) + day
	}
	return int64(seconds) * 1000, end.UnixMilli()
}

// modulo returns the non-negative remainder of v divided by n.
func modulo(v, n int64) int64 {
	if v %= n; v < 0 {
		v += n
	}
	return v
}
