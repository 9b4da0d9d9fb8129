package world

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// post is the way from the tag to the topic.
type post struct {
	u    *Upload
	rng  *rand.Rand
	lost spans
	all  []Ping
	wait int64 // ms since the beginning of the burst
}

// burstMS is how far apart the pings of a burst are.
const burstMS = 20

// send takes a fix and settles when it arrives, perhaps twice.
func (p *post) send(x *Ping) {
	if lost, uncovered := p.lost.at(x.FixTime); uncovered {
		x.Appended = lost.to + int64(second*p.u.DelayS.Min) + p.wait
		p.wait += burstMS
	} else {
		x.Appended, p.wait = x.FixTime+p.delay(p.u.DelayS), 0
	}
	if chance(p.rng, p.u.ReorderShare) {
		x.Appended += p.delay(p.u.ReorderS)
	}
	p.arrive(x)
	if chance(p.rng, p.u.DuplicateShare) {
		x.Appended += p.delay(p.u.DuplicateS)
		p.arrive(x)
	}
}

// arrive lets the gateway have a ping, which puts it on the topic at once.
func (p *post) arrive(x *Ping) {
	x.ReceivedTime = x.Appended
	p.all = append(p.all, *x)
}

func (p *post) delay(r Range) int64 { return int64(second * r.draw(p.rng)) }

// delivered returns the pings in the order in which they arrive.
func (p *post) delivered() []Ping {
	type letter struct {
		appended int64
		i        int
	}
	order := make([]letter, len(p.all))
	for i := range p.all {
		order[i] = letter{p.all[i].Appended, i}
	}
	slices.SortFunc(order, func(a, b letter) int {
		return cmp.Or(cmp.Compare(a.appended, b.appended), cmp.Compare(a.i, b.i))
	})
	sorted := make([]Ping, len(order))
	for k, o := range order {
		sorted[k] = p.all[o.i]
	}
	return sorted
}
