package main

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/paulmach/orb"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
	"cordon/geofence"
)

// polygon is one zone of a thousand vertices, its shape asked directly, against orb.
func (b *bench) polygon(ctx context.Context) error {
	const n = 1000
	zone := zoneOf(0, coast(n, b.flags.Seed), geofence.Audience{Everyone: true})
	shape := zone.Shape.Compile()
	orbs := newScan([]*geofence.Zone{zone})
	for _, w := range wheres() {
		places := drawn(b.flags.Places, b.flags.Seed, func(rng *rand.Rand) orb.Point { return w.draw(rng, zone.Shape.Polygons[0][0]) })
		ours, theirs := withinShape(shape, b.flags.Reach, places), asking(orbs, places)
		if err := race(ctx, b.flags, ours, theirs); err != nil {
			return err
		}
		f := figure("polygon_1000_ns", "ns", results.Lower, ours.ns).Against(median(theirs.ns)).With("rival", "orb").With("places", w.name)
		if w.name == wheres()[0].name {
			f = f.Aim(results.Lower, 60)
		}
		b.add(f)
		harness.Say("1,000 vertices, %s: ours %.1f ns, orb %.0f ns", w.name, f.Value, *f.RivalValue)
	}
	return nil
}

func withinShape(shape *geofence.Compiled, reach float64, places []orb.Point) *racer {
	return &racer{n: len(places), ask: func(from, to int) {
		for _, p := range places[from:to] {
			at := geofence.PlaneAt(p[0], p[1])
			shape.Within(&at, reach)
		}
	}}
}

// vertices is the cost against the vertices of one zone.
func (b *bench) vertices(ctx context.Context) error {
	for _, n := range steps(4, b.flags.Corners, math.Sqrt(10)) {
		ring := coast(n, b.flags.Seed)
		zones := []*geofence.Zone{zoneOf(0, ring, geofence.Audience{Everyone: true})}
		places := drawn(min(b.flags.Places, 1<<14), b.flags.Seed, func(rng *rand.Rand) orb.Point { return allOver(rng, ring) })
		e, err := b.entrants(ctx, zones, places, n/corners)
		if err != nil {
			return err
		}
		racers, err := e.race(ctx, b.flags, places)
		if err != nil {
			return err
		}
		b.curve("lookup_by_vertices_ns", "vertices", n, e, racers)
	}
	return nil
}

// steps from first to last, each so many times the one before, in round numbers.
func steps(first, last int, times float64) []int {
	all := []int{first}
	for at := 10.0; at < float64(last)*0.99; at *= times {
		tens := math.Pow(10, math.Floor(math.Log10(at*1.001))-1)
		if n := int(math.Round(at/tens) * tens); n > first {
			all = append(all, n)
		}
	}
	return append(all, last)
}
