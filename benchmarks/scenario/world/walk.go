package world

import (
	"math"
	"math/rand/v2"
)

// walker draws the true path, leg by leg.
type walker struct {
	*person
	s        *Settings
	rng      *rand.Rand
	now      float64 // ms
	at       point
	vertices []vertex
}

func (w *walker) leg(s state, forMS float64) {
	w.vertices = append(w.vertices, vertex{int64(w.now), w.at, s})
	w.now = max(w.now+forMS, math.Floor(w.now)+1) // no leg lasts nothing
}

// stay stays where the wearer is.
func (w *walker) stay(ms float64, indoorsShare float64) {
	s := state(still)
	if chance(w.rng, indoorsShare) {
		s |= indoors
		if chance(w.rng, w.s.Places.UnseenShare) {
			s |= unseen
		}
	}
	w.leg(s, ms)
}

// stayUntil stays where the wearer is till a time, if it is not past.
func (w *walker) stayUntil(ms float64) {
	if ms > w.now+second {
		w.stay(ms-w.now, w.s.Places.IndoorsShare)
	}
}

// move goes straight to a place.
func (w *walker) move(to point, m mode, s state) {
	speeds := [...]Range{walk: w.s.Travel.WalkMPS, bus: w.s.Travel.BusMPS, car: w.s.Travel.CarMPS, tube: w.s.Travel.TubeMPS}
	w.leg(s|state(m), second*to.minus(w.at).length()/speeds[m].draw(w.rng))
	w.at = to
}

// blockM is how far it is from one corner or station to the next, by mode.
var blockM = [...]float64{walk: 150, bus: 400, car: 500, tube: 1500}

// along goes to a place by the streets: corners off the straight line, some with a wait. They lie no nearer to the zone
// than the nearer end does.
func (w *walker) along(to point, m mode, s state) {
	from, floor := w.at, min(w.at.y, to.y)
	n := max(int(math.Ceil(to.minus(from).length()/blockM[m])), 1)
	for i := 1; i < n; i++ {
		corner := from.toward(to, float64(i)/float64(n))
		if m != tube {
			corner = corner.plus(point{w.s.Travel.BendM * w.rng.NormFloat64(), w.s.Travel.BendM * w.rng.NormFloat64()})
			corner.y = max(corner.y, floor)
		}
		w.move(corner, m, s)
		if chance(w.rng, w.s.Travel.PauseShare) {
			w.leg(s|state(still), second*w.s.Travel.PauseS.draw(w.rng))
		}
	}
	w.move(to, m, s)
}

// travel goes to a place on foot or, if it is far, as the wearer does.
func (w *walker) travel(to point) {
	far := to.minus(w.at).length()
	access := w.s.Travel.TubeAccessM
	switch {
	case far <= w.s.Travel.WalkMostM:
		w.along(to, walk, 0)
	case w.ride == tube && far > 2*access:
		s := unseen
		if chance(w.rng, w.s.Places.TubeUncovered) {
			s |= uncovered
		}
		from := w.at
		w.along(from.toward(to, access/far), walk, 0)
		w.along(from.toward(to, 1-access/far), tube, s)
		w.along(to, walk, 0)
	case w.ride == tube:
		w.along(to, bus, 0)
	default:
		w.along(to, w.ride, 0)
	}
}
