package scenario

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
)

// A flood is pings of invented tags: each is heard once or a few times. A few of the tags are fitted to a wearer later, like
// tags that were switched on before they were entered in the register.

// intruder is when an invented tag is heard, and which.
type intruder struct {
	at  int64 // planned
	run *tagRun
	nth int // of the tag's pings
}

// drawFlood invents the tags. Their first pings fall into a tenth of the span that begins a third into it, so that many more
// come in an hour than alerts are raised for; further pings come up to two hours later.
func (s *Scenario) drawFlood(r *rand.Rand) {
	c := s.config
	span := c.end() - c.start()
	for i := range c.Invented {
		d := &device{id: fmt.Sprintf("noise-%06d", i), hasSeq: r.IntN(2) == 0, format: []format{cordonJSON, protobuf}[r.IntN(2)]}
		wide := []float64{100, 1000, 4000}[r.IntN(3)] // metres: in or around some zones for everyone
		d.home = s.zones[r.IntN(6)].middle().moved(wide*(r.Float64()-0.5), wide*(r.Float64()-0.5))
		t := &tagRun{device: d, partition: partitionOf([]byte(d.id), c.Partitions)}
		t.at, t.charge, t.plugIn = d.home, 5+40*r.Float64(), 1
		first := c.start() + span*3/10 + r.Int64N(1+span/10)
		for nth := range 1 + r.IntN(4) {
			s.flood = append(s.flood, intruder{first + int64(nth)*r.Int64N(40*minute), t, nth})
		}
		if i%25 == 0 {
			d.activations = []activation{{id: fmt.Sprintf("act-noise-%06d", i), wearer: fmt.Sprintf("wearer-noise-%06d", i), device: d.id,
				fitted: first + 20*minute, removed: forever, tier: r.IntN(4)}}
			s.late = append(s.late, d.activations...)
		}
	}
	slices.SortStableFunc(s.flood, func(a, b intruder) int { return cmp.Compare(a.at, b.at) })
}

// intrude sends the pings of the flood that are due.
func (f *feed) intrude() {
	for len(f.due) > 0 && f.due[0].at <= f.now && f.left > 0 {
		x := f.due[0]
		f.due = f.due[1:]
		r := rand.New(rand.NewPCG(f.config.Seed, uint64(x.at)))
		t := *x.run
		t.seq = uint64(x.nth) + 1
		p := sample{fix: x.at - 500, seq: t.seq, source: "gnss", format: t.format, accuracy: 20 + r.IntN(130), status: r.IntN(4) == 0}
		p.condition = condition{battery: r.Int64N(60), strap: []string{"closed", "closed", "open"}[r.IntN(3)], jamming: []says{no, no, yes}[r.IntN(3)]}
		p.at = f.clear(r, t.device, t.home.moved(r.Float64()*400-200, r.Float64()*400-200), p.radius())
		now := f.now
		f.now = x.at
		f.send(&t, p, "invented")
		f.now = now
	}
}
