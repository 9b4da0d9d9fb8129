package main

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"cordon/benchmarks/results"
)

// racer is one that is timed, over and over the same n questions.
type racer struct {
	n   int
	ask func(from, to int)

	at, batch int
	ns        []float64 // a question, one of each round
}

// asking is a racer that is asked for the zones at places.
func asking(s searcher, places []orb.Point) *racer {
	var found []int32
	return &racer{n: len(places), ask: func(from, to int) {
		for _, p := range places[from:to] {
			found = s.find(found[:0], p)
		}
	}}
}

// size sets the batch so that it takes the slice, as nearly as there are questions.
func (r *racer) size(slice time.Duration, now func() time.Duration) {
	for r.batch = 1; r.batch < r.n && r.time(now) < slice; {
		r.batch = min(2*r.batch, r.n)
	}
}

// time asks the next batch.
func (r *racer) time(now func() time.Duration) time.Duration {
	if r.at+r.batch > r.n {
		r.at = 0
	}
	from := r.at
	r.at += r.batch
	began := now()
	r.ask(from, r.at)
	return now() - began
}

// race lets all take turns: a, b, c, a, b, c…
func race(ctx context.Context, f *flags, racers ...*racer) error {
	now, release := clock()
	defer release()
	for _, r := range racers {
		r.size(f.Slice, now)
	}
	for range f.Rounds {
		for _, r := range racers {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.ns = append(r.ns, float64(r.time(now))/float64(r.batch))
		}
	}
	return nil
}

// over is how many times as long r took as o, round by round.
func (r *racer) over(o *racer) []float64 {
	all := make([]float64, len(r.ns))
	for i := range all {
		all[i] = r.ns[i] / o.ns[i]
	}
	return all
}

func median(samples []float64) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	if len(sorted) == 0 {
		return math.NaN()
	}
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// figure is the median of samples. Its standard error is that of the median of as many normal ones, whose deviation is
// taken from the median deviation, because a slice that another process disturbed says nothing about us.
func figure(name, unit, better string, samples []float64) results.Figure {
	f := results.Figure{Name: name, Unit: unit, Value: median(samples), N: len(samples), Better: better}
	if len(samples) < 3 {
		return f
	}
	deviations := make([]float64, len(samples))
	for i, s := range samples {
		deviations[i] = math.Abs(s - f.Value)
	}
	deviation := 1.4826 * median(deviations)
	f.Stderr = new(math.Sqrt(math.Pi/2) * deviation / math.Sqrt(float64(len(samples))))
	return f
}
