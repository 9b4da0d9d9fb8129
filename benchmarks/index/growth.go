package main

import (
	"context"
	"fmt"

	"github.com/paulmach/orb"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
	"cordon/geofence"
)

// sizes is the cost against the number of zones, and that of the largest number over that of a small one.
func (b *bench) sizes(ctx context.Context) error {
	small := b.scattered(b.flags.Small)
	base := newOurs(small.zones, b.flags.Reach)
	base.settle(small.places)
	for _, n := range steps(100, b.flags.Zones, 10) {
		s := b.scattered(n)
		e, err := b.entrants(ctx, s.zones, s.places, n)
		if err != nil {
			return err
		}
		least := asking(base, small.places)
		racers, err := e.race(ctx, b.flags, s.places, least)
		if err != nil {
			return err
		}
		b.curve("lookup_by_zones_ns", "zones", n, e, racers)
		if n == b.flags.Zones {
			b.grown("everyone", racers[0], least)
		}
	}
	return nil
}

// grown is how many times as long a lookup takes in the largest index.
func (b *bench) grown(who string, most, least *racer) {
	f := figure("lookup_1m_over_1k", "", results.Lower, most.over(least)).With("applies_to", who).Aim(results.Lower, 4)
	b.add(f.With("zones", fmt.Sprintf("%d over %d", b.flags.Zones, b.flags.Small)))
	harness.Say("zones for %s: %.0f ns among %d, %.0f ns among %d: %.2f times", who, median(most.ns), b.flags.Zones, median(least.ns), b.flags.Small, f.Value)
}

type scattered struct {
	zones  []*geofence.Zone
	places []orb.Point
}

func (b *bench) scattered(n int) scattered {
	s := newScatter(n, b.flags.Seed)
	return scattered{s.everyone(n), s.places(b.flags.Places)}
}

// wearers is how much longer a lookup takes when five zones to each wearer are many: every tag has kept its Bound.
func (b *bench) wearers(ctx context.Context) error {
	least, most := b.bounds(b.flags.Small), b.bounds(b.flags.Zones)
	few, many := least.racer(), most.racer()
	if err := race(ctx, b.flags, few, many); err != nil {
		return err
	}
	b.grown("wearers", many, few)
	return nil
}

// tags are wearers' bounds and a place near each home.
type tags struct {
	bounds []*geofence.Bound
	places []orb.Point
	reach  float64
}

func (b *bench) bounds(zones int) *tags {
	s := newScatter(zones, b.flags.Seed)
	var all []*geofence.Zone
	var people []person
	for len(all) < zones {
		p := s.person(len(people))
		people = append(people, p)
		all = append(all, s.forPerson(p, len(all), min(each, zones-len(all)))...)
	}
	view := viewOf(all)
	t := &tags{reach: b.flags.Reach}
	for range max(b.flags.Places, len(people)) {
		p := people[s.rng.IntN(len(people))]
		t.bounds = append(t.bounds, view.Bound(p.name, nil))
		t.places = append(t.places, s.near(p))
	}
	if zones > settled {
		return t
	}
	for i, bound := range t.bounds {
		(&ours{bound: bound, reach: t.reach}).settle(t.places[i : i+1])
	}
	return t
}

func (t *tags) racer() *racer {
	o := &ours{reach: t.reach}
	var found []int32
	return &racer{n: len(t.places), ask: func(from, to int) {
		for i := from; i < to; i++ {
			o.bound = t.bounds[i]
			found = o.find(found[:0], t.places[i])
		}
	}}
}
