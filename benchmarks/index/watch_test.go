package main

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestLatencies_quantilesAreThoseOfTheSamplesToASixteenth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 200).Draw(t, "samples")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		l := &latencies{}
		for _, s := range samples {
			l.add(time.Duration(s))
		}
		slices.Sort(samples)
		want := time.Duration(samples[int(q*float64(len(samples)-1))])
		if got := l.quantile(q); got < want || got > want+want/fine {
			t.Errorf("got %d, want %d", got, want)
		}
	})
}

func TestLatencies_everyOneIsInOneRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quiet, busy := &latencies{}, &latencies{}
		for _, l := range []*latencies{quiet, busy} {
			for _, s := range rapid.SliceOf(rapid.Int64Range(0, 1<<40)).Draw(t, "samples") {
				l.add(time.Duration(s))
			}
		}
		n := 0.0
		for _, f := range histograms(quiet, busy, time.Second) {
			n += f.Value
		}
		if int(n) != quiet.total+busy.total {
			t.Errorf("%v in the rows, %d in all", n, quiet.total+busy.total)
		}
	})
}
