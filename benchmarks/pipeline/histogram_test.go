package main

import (
	"math"
	"testing"
)

func TestBucketQuantile_isLinearWithinTheBucketAndCountsOnlyWhatCameBetween(t *testing.T) {
	before := map[string]float64{"0.001": 5, "0.002": 5, "0.004": 5, "+Inf": 5}
	after := map[string]float64{"0.001": 5, "0.002": 15, "0.004": 25, "+Inf": 25}
	for q, want := range map[float64]float64{0.25: 0.0015, 0.5: 0.002, 0.75: 0.003, 1: 0.004} {
		if got := bucketQuantile(before, after, q); math.Abs(got-want) > 1e-9 {
			t.Errorf("%g: %g, want %g", q, got, want)
		}
	}
	if got := bucketQuantile(after, after, 0.5); !math.IsNaN(got) {
		t.Errorf("of nothing: %g", got)
	}
	after["+Inf"] = 1000
	if got := bucketQuantile(before, after, 0.99); got != 0.004 {
		t.Errorf("beyond the last bound: %g", got)
	}
}

func TestMedian_andQuantile(t *testing.T) {
	if got := median([]float64{3, 1, 2}); got != 2 {
		t.Error(got)
	}
	if got := median([]float64{4, 1, 2, 3}); got != 2.5 {
		t.Error(got)
	}
	sorted := []float64{1, 2, 3, 4}
	if got := quantile(sorted, 1); got != 4 {
		t.Error(got)
	}
	if got := quantile(sorted, 0.5); got != 3 {
		t.Error(got)
	}
}
