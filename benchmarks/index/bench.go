package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/paulmach/orb"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
	"cordon/geofence"
)

// bench is one run.
type bench struct {
	flags   *flags
	figures []results.Figure
}

func (b *bench) add(figures ...results.Figure) { b.figures = append(b.figures, figures...) }

// measure is everything, one after the other; memory is given back in between.
func measure(ctx context.Context, f *flags, redisURL string) ([]results.Figure, error) {
	b := &bench{flags: f}
	for _, part := range []func(context.Context) error{
		b.wards, b.polygon, b.wearers, b.sizes, b.vertices,
		func(ctx context.Context) error { return b.store(ctx, redisURL) },
	} {
		if err := part(ctx); err != nil {
			return nil, err
		}
		debug.FreeOSMemory()
	}
	return b.figures, nil
}

// entrants are ours and the rivals built for the zones, all of which have been found to agree.
type entrants struct {
	ours   *ours
	rivals []rival
	built  []searcher
}

// entrants leaves out the rivals that so many zones of 32 vertices are too much for.
func (b *bench) entrants(ctx context.Context, zones []*geofence.Zone, places []orb.Point, amount int) (*entrants, error) {
	e := &entrants{ours: newOurs(zones, b.flags.Reach)}
	for _, r := range rivals() {
		if amount > r.most {
			continue
		}
		s := r.build(zones)
		if err := agree(ctx, r, s, e.ours, zones, places); err != nil {
			return nil, err
		}
		e.rivals, e.built = append(e.rivals, r), append(e.built, s)
	}
	if len(zones) <= settled {
		e.ours.settle(places)
	}
	return e, nil
}

// race lets ours, the rivals, and whoever else there is take turns; it returns them in that order.
func (e *entrants) race(ctx context.Context, f *flags, places []orb.Point, others ...*racer) ([]*racer, error) {
	racers := []*racer{asking(e.ours, places)}
	for _, s := range e.built {
		racers = append(racers, asking(s, places))
	}
	racers = append(racers, others...)
	return racers, race(ctx, f, racers...)
}

// curve adds a point of the curve of each.
func (b *bench) curve(name, label string, n int, e *entrants, racers []*racer) {
	one := func(who string, r *racer) {
		f := figure(name, "ns", results.Lower, r.ns).With("rival", who).With(label, strconv.Itoa(n))
		b.add(f)
		harness.Say("%d %s: %s %.0f ns", n, label, who, f.Value)
	}
	one(ourName, racers[0])
	for i, r := range e.rivals {
		one(r.name, racers[i+1])
	}
}

// heap is the bytes in use after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
