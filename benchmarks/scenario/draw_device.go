package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// activation is one fitting of a tag.
type activation struct {
	id, wearer, device string
	fitted, removed    int64
	cohorts            []string
	tier               int // 0: not said
}

// device is a tag: who wears it when, where it goes, and how it speaks.
type device struct {
	id          string
	activations []activation
	home        point
	drawn       []*drawnZone // where its walks lead
	shapes      []*drawnZone // of the zones drawn, with what is made of them by changes
	format      format
	hasSeq      bool
	pace        int64 // pulses from fix to fix
	lag         int64 // ms: how long its fixes are under way
	onMinute    bool  // takes its fixes at whole minutes
	onFive      bool  // takes them at multiples of five seconds, so that spans come out even
	plain       bool  // worn by one wearer throughout, but for changes
	changed     bool  // one of the changes is about its activation
}

func (s *Scenario) drawDevice(r *rand.Rand, i int, home point, shared []*drawnZone) *device {
	c := s.config
	d := &device{id: fmt.Sprintf("tag-%06d", i), home: home, hasSeq: r.IntN(10) < 7, onMinute: r.IntN(8) == 0}
	switch x := r.Float64(); {
	case x < c.Shares.Traccar:
		d.format, d.hasSeq = traccarJSON, false
	case x < c.Shares.Traccar+c.Shares.MDSS:
		d.format, d.hasSeq = mdssJSON, false
	}
	d.pace, d.onFive = drawPace(r), r.IntN(3) == 0
	if r.IntN(6) == 0 {
		d.lag = r.Int64N(2 * minute)
	}
	s.drawActivations(r, d, i)
	near := d.home.place()
	for _, z := range shared {
		m := z.middle().place()
		if (m.lon-near.lon)*(m.lon-near.lon)*0.38+(m.lat-near.lat)*(m.lat-near.lat) < 0.015*0.015 {
			d.drawn = append(d.drawn, z)
		}
	}
	for _, z := range d.drawn {
		d.shapes = append(d.shapes, z.kept())
	}
	return d
}

// drawPace makes for two pulses a fix on average: with a cadence of half a minute most take one every 15 to 60 s.
func drawPace(r *rand.Rand) int64 {
	switch x := r.IntN(100); {
	case x < 28:
		return 1
	case x < 54:
		return 2
	case x < 90:
		return 4
	}
	return 20 + r.Int64N(60)
}

func (s *Scenario) drawActivations(r *rand.Rand, d *device, i int) {
	c := s.config
	within := func(from, to float64) int64 {
		return c.start() + int64((from+(to-from)*r.Float64())*float64(c.end()-c.start()))
	}
	fit := func(wearer string, from, to int64) {
		d.activations = append(d.activations, activation{
			id: fmt.Sprintf("act-%06d-%d", i, len(d.activations)), wearer: wearer, device: d.id, fitted: from, removed: to,
			cohorts: drawCohorts(r), tier: r.IntN(4),
		})
	}
	someone := func(n int) string {
		wearer := fmt.Sprintf("wearer-%06d-%d", i, n)
		d.drawn = append(d.drawn, s.drawWearerZones(r, wearer, d.home)...)
		return wearer
	}
	longAgo := c.start() - 10*day
	x, sh := r.Float64(), c.Shares
	below := func(share float64) bool { x -= share; return x < 0 }
	switch {
	case below(sh.Unassigned):
	case below(sh.Reused):
		over := within(0.2, 0.7)
		fit(someone(0), longAgo, over)
		fit(someone(1), over+[]int64{0, 0, 1, 10 * c.unit(), 70 * c.unit()}[r.IntN(5)], forever)
	case below(sh.Removed):
		fit(someone(0), longAgo, within(0.2, 0.9))
	case below(sh.Fitted):
		fit(someone(0), within(0.1, 0.8), forever)
	case below(sh.SecondTag) && i > 0 && s.devices[i-1].plain:
		first := s.devices[i-1]
		d.home, d.drawn = first.home, slices.Clone(first.drawn)
		fit(first.activations[0].wearer, longAgo, forever)
	default:
		d.plain = true
		fit(someone(0), longAgo, forever)
	}
}

func drawCohorts(r *rand.Rand) []string {
	var list []string
	for range r.IntN(3) {
		if name := cohortName(r.IntN(cohortCount)); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
