package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
	"cordon/geofence"
)

// watched is how long each lookup took while meanwhile was going on. As in a processor a tag resolves what binds its
// wearer anew when there is a new view.
func (s *site) watched(ctx context.Context, f *flags, meanwhile func(context.Context) error) (*latencies, error) {
	l := s.lookups(f)
	l.round(ctx, s.follower.View, &latencies{}) // every tag comes for the first time
	asking, stop := context.WithCancel(ctx)
	taken, done := &latencies{}, make(chan struct{})
	go func() {
		defer close(done)
		for asking.Err() == nil {
			l.round(asking, s.follower.View, taken)
		}
	}()
	err := meanwhile(ctx)
	stop()
	<-done
	if err == nil && taken.total == 0 {
		err = errors.New("index: nothing was looked up meanwhile: give --quiet or --pace more time")
	}
	return taken, err
}

// lookups are tags that ask in turn.
type lookups struct {
	*ours
	tags []tag
}

type tag struct {
	wearer string
	place  orb.Point
	view   *geofence.View // that bound was taken from
	bound  *geofence.Bound
}

func (s *site) lookups(f *flags) *lookups {
	l := &lookups{ours: &ours{reach: f.Reach}}
	for _, p := range s.people {
		l.tags = append(l.tags, tag{wearer: p.name, place: s.scatter.near(p)})
	}
	return l
}

// round has every tag ask once, or fewer when ctx ends.
func (l *lookups) round(ctx context.Context, current func() *geofence.View, taken *latencies) {
	var found []int32
	before := time.Now()
	for i := range l.tags {
		t, view := &l.tags[i], current()
		if t.view != view {
			t.view, t.bound = view, view.Bound(t.wearer, nil)
		}
		l.bound = t.bound
		found = l.find(found[:0], t.place)
		now := time.Now()
		taken.add(now.Sub(before))
		before = now
		if i%1024 == 1023 && ctx.Err() != nil {
			return
		}
	}
}

const (
	fine   = 16 // buckets between a power of two and the next
	octave = 64 // ns: the first bound of the histogram's rows
)

// latencies counts lookups by how long they took: bucket i is of those up to bound(i).
type latencies struct {
	counts [64 * fine]int
	total  int
	most   time.Duration
}

// bucket is the one of a duration: exact below fine ns, within 1/fine of it above.
func bucket(d time.Duration) int {
	n, shift := int(max(d, 0)), 0
	for n>>shift >= 2*fine {
		shift++
	}
	return shift*fine + n>>shift
}

// bound is the longest duration of a bucket.
func bound(i int) time.Duration {
	shift := max(0, i/fine-1)
	return time.Duration((i-shift*fine+1)<<shift - 1)
}

func (l *latencies) add(d time.Duration) {
	l.counts[bucket(d)]++
	l.total++
	l.most = max(l.most, d)
}

// quantile is not more than 1/fine too long.
func (l *latencies) quantile(q float64) time.Duration {
	rank := int(q*float64(l.total-1)) + 1
	for i, n := range l.counts {
		if rank -= n; rank <= 0 {
			return min(bound(i), l.most)
		}
	}
	return l.most
}

// upTo is how many took longer than from and at most to.
func (l *latencies) upTo(from, to time.Duration) int {
	n := 0
	for i, count := range l.counts {
		if b := bound(i); from < b && b <= to {
			n += count
		}
	}
	return n
}

func (l *latencies) figures(changes string) []results.Figure {
	of := func(name string, d time.Duration) results.Figure {
		f := results.Figure{Name: "hot_path_" + name + "_us", Unit: "µs", Value: float64(d) / 1e3, N: l.total, Better: results.Lower}
		return f.With("changes", changes)
	}
	harness.Say("lookups, changes %s: p50 %v, p99 %v, p99.9 %v, most %v", changes, l.quantile(0.5), l.quantile(0.99), l.quantile(0.999), l.most)
	return []results.Figure{of("p50", l.quantile(0.5)), of("p99", l.quantile(0.99)), of("p999", l.quantile(0.999)), of("max", l.most)}
}

// changing is the label of lookups while zones are changed.
func changing(pace time.Duration) string { return "one every " + pace.String() }

// histograms has a row for each power of two: how many lookups took less than that, and not less than half of it.
func histograms(quiet, busy *latencies, pace time.Duration) []results.Figure {
	var all []results.Figure
	most := max(quiet.most, busy.most)
	for from, to := time.Duration(-1), time.Duration(octave); from <= most; from, to = to, 2*to {
		// The longest of a bucket is one less than a power of two.
		none, some := quiet.upTo(from-1, to-1), busy.upTo(from-1, to-1)
		if none+some == 0 && len(all) == 0 {
			continue
		}
		row := results.Figure{Name: "hot_path_by_below_us"}.With("below_us", strconv.FormatFloat(float64(to)/1e3, 'f', -1, 64))
		without, with := row.With("changes", "none"), row.With("changes", changing(pace))
		without.Value, with.Value = float64(none), float64(some)
		all = append(all, without, with)
	}
	return all
}

// quantile of samples: the least of which at least that share is not greater.
func quantile(samples []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(samples))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
