package main

import (
	"math"
	"slices"
	"strconv"
)

// bucketQuantile is the quantile of what a classic histogram counted between two looks, as PromQL's histogram_quantile
// tells it: linear within the bucket. NaN when nothing was counted.
func bucketQuantile(before, after map[string]float64, q float64) float64 {
	type bucket struct{ upper, count float64 }
	var buckets []bucket
	for le, count := range after {
		if upper, err := strconv.ParseFloat(le, 64); err == nil {
			buckets = append(buckets, bucket{upper, count - before[le]})
		}
	}
	slices.SortFunc(buckets, func(a, b bucket) int {
		if a.upper < b.upper {
			return -1
		}
		return 1
	})
	if len(buckets) == 0 || buckets[len(buckets)-1].count == 0 {
		return math.NaN()
	}
	rank, lower, below := q*buckets[len(buckets)-1].count, 0.0, 0.0
	for _, b := range buckets {
		if b.count >= rank && b.count > below {
			if math.IsInf(b.upper, 1) {
				return lower
			}
			return lower + (b.upper-lower)*(rank-below)/(b.count-below)
		}
		lower, below = b.upper, b.count
	}
	return lower
}
