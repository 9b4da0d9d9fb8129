package stats

import (
	"math"
	"slices"
)

// quartiles of dwell times in ms, as seconds (Hyndman and Fan 1996, type 7); the slice is sorted.
func quartiles(ms []int64) (q1, median, q3 float64) {
	slices.Sort(ms)
	at := func(p float64) float64 {
		h := p * float64(len(ms)-1)
		low := int(math.Floor(h))
		high := min(low+1, len(ms)-1)
		return (float64(ms[low]) + (h-float64(low))*float64(ms[high]-ms[low])) / 1000
	}
	return at(0.25), at(0.5), at(0.75)
}
