package main

import (
	"context"
	"strconv"
	"testing"

	"github.com/paulmach/orb"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
)

// wards is the question the index exists for.
func (b *bench) wards(ctx context.Context) error {
	g, err := wards(b.flags.Wards, b.flags.Seed)
	if err != nil {
		return err
	}
	places := drawn(b.flags.Places, b.flags.Seed, g.place)
	e, err := b.entrants(ctx, g.zones, places, len(g.zones))
	if err != nil {
		return err
	}
	racers, err := e.race(ctx, b.flags, places)
	if err != nil {
		return err
	}
	ours := racers[0]
	var faster, allocations []results.Figure
	allocations = append(allocations, allocated(e.ours, places).With("rival", ourName).Aim(results.Lower, 0))
	for i, r := range e.rivals {
		theirs := racers[i+1]
		f := figure("lookup_ns", "ns", results.Lower, ours.ns).Against(median(theirs.ns)).With("rival", r.name).With("zones", g.name)
		b.add(f)
		times := figure("lookup_times_faster", "", results.Higher, theirs.over(ours)).With("rival", r.name).With("zones", g.name)
		if r.faster > 0 {
			times = times.Aim(results.Higher, r.faster)
		}
		faster = append(faster, times)
		allocations = append(allocations, allocated(e.built[i], places).With("rival", r.name))
		harness.Say("%s: ours %.0f ns, %s %.0f ns: %.1f times faster", g.name, f.Value, r.name, *f.RivalValue, times.Value)
	}
	b.add(faster...)
	b.add(allocations...)
	return b.reaches(ctx, g, places)
}

// reaches is what it costs to be told of more: nothing but inside or outside, and zones and distances farther away.
func (b *bench) reaches(ctx context.Context, g ground, places []orb.Point) error {
	var racers []*racer
	metres := []float64{0.01, 50, 200}
	for _, reach := range metres {
		o := newOurs(g.zones, reach)
		o.settle(places)
		racers = append(racers, asking(o, places))
	}
	if err := race(ctx, b.flags, racers...); err != nil {
		return err
	}
	for i, reach := range metres {
		f := figure("lookup_reaching_ns", "ns", results.Lower, racers[i].ns).With("reach_m", strconv.FormatFloat(reach, 'f', -1, 64)).With("zones", g.name)
		b.add(f)
		harness.Say("%s, within %v m: ours %.0f ns", g.name, reach, f.Value)
	}
	return nil
}

// allocated is allocations a lookup.
func allocated(s searcher, places []orb.Point) results.Figure {
	found, i := make([]int32, 0, 100), 0
	runs := min(len(places), 2000)
	n := testing.AllocsPerRun(runs, func() {
		found = s.find(found[:0], places[i%len(places)])
		i++
	})
	return results.Figure{Name: "lookup_allocs", Value: n, N: runs, Better: results.Lower}
}
