package world

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"cordon/ingest"
)

// EventKind is what can befall a tag.
type EventKind string

// The kinds of events.
const (
	Gap           EventKind = "gap"           // no fixes are taken, nobody knows why
	Failure       EventKind = "failure"       // the device is dead
	BatteryLow    EventKind = "battery_low"   // till it is charged
	BatteryEmpty  EventKind = "battery_empty" // no fixes till it is charged
	StrapOpen     EventKind = "strap_open"
	StrapTampered EventKind = "strap_tampered"
	CoverageLost  EventKind = "coverage_lost" // what is taken arrives afterwards
)

// Event is something that befell a tag, for half-open [From, To) in ms.
type Event struct {
	Kind     EventKind
	From, To int64
}

// fate is everything that will befall a tag.
type fate struct {
	events  []Event
	off     spans // no fixes
	lost    spans // no coverage
	charges spans
	straps  []Event
	drain   float64 // percent in an hour
}

func newFate(s *Settings, rng *rand.Rand, p *path, worn span) *fate {
	f := &fate{drain: s.Tags.DrainPctPerHour}
	add := func(k EventKind, list []span) []span {
		for _, x := range list {
			if x.to > worn.from && x.from < worn.to {
				f.events = append(f.events, Event{k, max(x.from, worn.from), min(x.to, worn.to)})
			}
		}
		return list
	}
	f.off = add(Gap, s.Tags.Gaps.draw(rng, worn.from, worn.to))
	f.off = append(f.off, add(Failure, s.Tags.Failures.draw(rng, worn.from, worn.to))...)
	low, empty := f.charge(&s.Tags, rng, worn)
	add(BatteryLow, low)
	f.off = merge(append(f.off, add(BatteryEmpty, empty)...))
	f.lost = merge(append(s.Upload.Lost.draw(rng, worn.from, worn.to), p.uncovered()...))
	add(CoverageLost, f.lost)
	before := len(f.events)
	add(StrapOpen, s.Tags.StrapOpen.draw(rng, worn.from, worn.to))
	add(StrapTampered, s.Tags.StrapTampered.draw(rng, worn.from, worn.to))
	byTime := func(a, b Event) int { return cmp.Compare(a.From, b.From) }
	f.straps = slices.Clone(f.events[before:])
	slices.SortStableFunc(f.straps, byTime)
	slices.SortStableFunc(f.events, byTime)
	return f
}

// charge draws the evenings at which the tag is charged, and returns when its battery is low and empty.
func (f *fate) charge(t *Tags, rng *rand.Rand, worn span) (low, empty []span) {
	last := worn.from/day*day - 2*hour
	f.charges = append(f.charges, span{last - int64(t.ChargeH*hour), last})
	drain := func(till int64) {
		for list, pct := range map[*[]span]float64{&low: t.BatteryLowPct, &empty: 0} {
			if x := last + int64((100-pct)/t.DrainPctPerHour*hour); x < till {
				*list = append(*list, span{x, till})
			}
		}
	}
	for midnight := worn.from / day * day; midnight < worn.to; midnight += day {
		from := midnight + 20*hour + rng.Int64N(3*hour)
		if chance(rng, t.ChargeMissed) {
			continue
		}
		drain(from)
		last = from + int64(t.ChargeH*hour)
		f.charges = append(f.charges, span{from, last})
	}
	drain(worn.to)
	return low, empty
}

// battery returns the charge in percent and whether it is being charged.
func (f *fate) battery(ms int64) (pct float64, charging bool) {
	at := f.charges.reach(ms)
	c := f.charges[at]
	if ms < c.to && at > 0 {
		start := max(100-f.drain*float64(c.from-f.charges[at-1].to)/hour, 0)
		return start + (100-start)*float64(ms-c.from)/float64(c.to-c.from), true
	}
	return max(100-f.drain*float64(ms-c.to)/hour, 0), false
}

func (f *fate) strap(ms int64) ingest.Strap {
	for _, e := range f.straps {
		if e.From <= ms && ms < e.To {
			if e.Kind == StrapTampered {
				return ingest.StrapTampered
			}
			return ingest.StrapOpen
		}
	}
	return ingest.StrapClosed
}

// uncovered returns when nothing can be sent where the wearer is.
func (p *path) uncovered() (list spans) {
	for i := range p.vertices[:len(p.vertices)-1] {
		if p.vertices[i].state&uncovered != 0 {
			list = append(list, span{p.vertices[i].at, p.vertices[i+1].at})
		}
	}
	return list
}

// spans are in order and apart.
type spans []span

// merge puts spans in order and joins those that touch.
func merge(list spans) spans {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var all spans
	for _, s := range list {
		if n := len(all); n > 0 && s.from <= all[n-1].to {
			all[n-1].to = max(all[n-1].to, s.to)
			continue
		}
		all = append(all, s)
	}
	return all
}

// reach returns the last span that begins at a time or earlier, 0 if none does.
func (s spans) reach(ms int64) int {
	i, _ := slices.BinarySearchFunc(s, ms, func(x span, ms int64) int {
		if x.from <= ms {
			return -1
		}
		return 1
	})
	return max(i-1, 0)
}

// at returns the span that holds a time.
func (s spans) at(ms int64) (span, bool) {
	if len(s) == 0 {
		return span{}, false
	}
	x := s[s.reach(ms)]
	return x, x.from <= ms && ms < x.to
}
