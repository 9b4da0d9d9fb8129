package world

import (
	"math/rand/v2"
	"slices"
	"time"
)

// outing is something a wearer leaves home or work for.
type outing struct {
	at int64 // of the day, in ms: when it is meant to begin
	do func(*walker)
}

// live draws the true path from the midnight before a life begins till it has ended.
func (w *World) live(p *person, rng *rand.Rand) []vertex {
	days := int((p.worn.to-p.worn.from)/day) + 2
	x := &walker{person: p, s: &w.s, rng: rng, at: p.home, vertices: make([]vertex, 0, 150*days)}
	midnight := p.worn.from / day * day
	x.now = float64(midnight)
	for ; x.now < float64(p.worn.to); midnight += day {
		x.day(midnight)
	}
	x.leg(state(still), 1)
	return x.vertices
}

// day is one day, from midnight or whenever the day before has ended.
func (w *walker) day(midnight int64) {
	hours := func(h float64) int64 { return int64(h * hour) }
	out := w.s.Places.OutHours
	outings := w.outings(hours(out.Min), hours(out.Max))
	if w.works(midnight) {
		begin := w.s.Places.WorkHours.Min + w.rng.NormFloat64()*w.s.Places.HoursSpreadH
		end := max(w.s.Places.WorkHours.Max+w.rng.NormFloat64()*w.s.Places.HoursSpreadH, begin+1)
		outings = slices.DeleteFunc(outings, func(o outing) bool { return o.at > hours(begin-1) && o.at < hours(end) })
		outings = append(outings, outing{hours(begin - 0.7), func(w *walker) { w.workTill(float64(midnight + hours(end))) }})
	}
	slices.SortStableFunc(outings, func(a, b outing) int { return int(a.at - b.at) })
	for _, o := range outings {
		if w.now > float64(midnight+hours(out.Max)) {
			break // too late for anything
		}
		w.stayUntil(float64(midnight + o.at))
		o.do(w)
		w.travel(w.home)
	}
	w.stayUntil(float64(midnight + day))
}

func (w *walker) works(midnight int64) bool {
	if !w.employed {
		return false
	}
	switch time.UnixMilli(midnight).UTC().Weekday() {
	case time.Saturday, time.Sunday:
		return chance(w.rng, w.s.Places.WeekendShare)
	}
	return true
}

func (w *walker) workTill(end float64) {
	w.travel(w.work)
	if chance(w.rng, w.s.Places.LunchShare) && end > w.now+4*hour {
		w.stayUntil(w.now + (end-w.now)/2)
		shop := w.work.plus(point{300 * w.rng.NormFloat64(), 50 + 300*w.rng.Float64()})
		w.along(shop, walk, 0)
		w.stay(10*minute, w.s.Places.IndoorsShare)
		w.along(w.work, walk, 0)
	}
	w.stayUntil(end)
}

// outings draws the errands and visits of a day, at any time people are out.
func (w *walker) outings(from, to int64) (all []outing) {
	plan := func(rate float64, do func(*walker)) {
		for range times(w.rng, rate) {
			all = append(all, outing{from + w.rng.Int64N(max(to-from, 1)), do})
		}
	}
	plan(w.s.Days.ErrandsPerDay, (*walker).errand)
	v := &w.s.Visits
	switch w.stratum {
	case HomeBeside, WorkBeside:
		plan(v.BesideEnterPerDay, (*walker).enter)
	case DrivesPast:
		plan(v.DrivePastPerDay, func(w *walker) { w.pass(car, 900) })
	case WalksPast:
		plan(v.WalkPastPerDay, func(w *walker) { w.pass(walk, 200) })
	case DrivesThrough:
		plan(v.ThroughPerDay, (*walker).through)
	case Enters:
		plan(v.EnterPerDay, (*walker).enter)
	}
	return all
}

func (w *walker) errand() {
	w.travel(w.errands[w.rng.IntN(len(w.errands))])
	w.stay(second*w.s.Days.ErrandS.draw(w.rng), w.s.Places.IndoorsShare)
}

// pass goes along the street past the zone to somewhere and back.
func (w *walker) pass(m mode, reach float64) {
	reach += w.ground.radius
	if chance(w.rng, 0.5) {
		reach = -reach
	}
	near, far := point{-reach, w.past}, point{reach, w.past}
	w.travel(near)
	w.along(far, m, 0)
	w.stay(second*w.s.Days.ErrandS.draw(w.rng), w.s.Places.IndoorsShare)
	w.along(near, m, 0)
}

// target is a place inside the zone.
func (w *walker) target() point { return w.ground.inside(w.rng, w.s.Visits.DepthM.byRatio(w.rng)) }

// through drives through the zone to the other side, and back through it or around it.
func (w *walker) through() {
	g, in := w.ground, w.target()
	entry := point{in.x + g.radius*(2*w.rng.Float64()-1), 100}
	way := in.minus(entry)
	exit := in.plus(way.times((2*g.radius + 150) / way.length()))
	w.travel(entry)
	w.move(in, car, 0)
	w.move(exit, car, 0)
	w.stay(second*w.s.Days.ErrandS.draw(w.rng), w.s.Places.IndoorsShare)
	if chance(w.rng, w.s.Visits.ThroughBackShare) {
		w.move(in, car, 0)
		w.move(entry, car, 0)
		return
	}
	aside := 3*g.radius + 300
	if exit.x < g.center.x {
		aside = -aside
	}
	w.move(point{g.center.x + aside, exit.y}, car, 0)
	w.move(point{g.center.x + aside, 100}, car, 0)
}

// enter walks into the zone, stays and walks out again.
func (w *walker) enter() {
	in := w.target()
	gate := point{in.x + 100*w.rng.NormFloat64(), 60 + 140*w.rng.Float64()}
	w.travel(gate)
	w.move(in, walk, 0)
	w.stay(second*w.s.Visits.DwellS.draw(w.rng), w.s.Places.VisitIndoors)
	w.move(gate, walk, 0)
}
