package scenario

import (
	"math"
	"math/rand/v2"
)

// walker is where a tag is: on its way to somewhere, or staying there.
type walker struct {
	at, goal point
	steps    int    // to the goal
	exact    bool   // the goal is on an edge: stand on it, and not beside it
	stay     int    // fixes to be taken at the goal
	over     *point // the next goal, to be reached by the next fix
}

// cross plans a way to one side of a zone and from there, by one fix, to the other.
func (w *walker) cross(r *rand.Rand, z *drawnZone) {
	box := z.shape()
	middle := place{(box.low.lon + box.high.lon) / 2, (box.low.lat + box.high.lat) / 2}
	angle, far := r.Float64()*2*math.Pi, 1.1+r.Float64()*0.6 // of the box's half width
	x, y := far*math.Cos(angle)*(box.high.lon-middle.lon), far*math.Sin(angle)*(box.high.lat-middle.lat)
	at := func(x, y float64) point { return point{int64((middle.lon + x) * 1e7), int64((middle.lat + y) * 1e7)} }
	over := at(-x, -y)
	w.goal, w.over, w.stay = at(x, y), &over, 1
}

// step moves the walker by one fix and returns where it stands. The radius is that of the fix's circle.
func (s *Scenario) step(r *rand.Rand, d *device, w *walker, radius float64) point {
	switch {
	case w.steps > 1:
		w.at.lon += (w.goal.lon - w.at.lon) / int64(w.steps)
		w.at.lat += (w.goal.lat - w.at.lat) / int64(w.steps)
		w.steps--
		return s.clear(r, d, w.at.moved(r.Float64()*10-5, r.Float64()*10-5), radius)
	case w.steps == 1:
		w.at, w.steps = w.goal, 0
		if w.exact && !s.doubtful(d, w.at, radius) {
			return w.at
		}
	}
	if w.stay--; w.stay > 0 {
		return s.clear(r, d, w.at.moved(r.Float64()*20-10, r.Float64()*20-10), radius)
	}
	s.choose(r, d, w)
	return s.clear(r, d, w.at, radius)
}

// choose picks the next goal: a zone, its edge, home, or anywhere near.
func (s *Scenario) choose(r *rand.Rand, d *device, w *walker) {
	w.exact, w.steps, w.stay = false, 1+r.IntN(6), 1+r.IntN(15)
	if w.over != nil {
		w.goal, w.over, w.steps = *w.over, nil, 1
		return
	}
	x, share := r.Float64(), s.config.Shares
	if len(d.drawn) == 0 {
		x = 1
	}
	across := share.OnEdge + share.Across
	visit := across + share.Visit
	switch {
	case x < share.OnEdge:
		w.goal, w.exact = onEdge(r, d.drawn[r.IntN(len(d.drawn))])
	case x < across:
		w.cross(r, d.drawn[r.IntN(len(d.drawn))])
	case x < visit:
		w.goal = d.drawn[r.IntN(len(d.drawn))].within(r)
	case x < visit+(1-visit)/3:
		w.goal = d.home
	default:
		w.goal = d.home.moved(r.Float64()*3000-1500, r.Float64()*3000-1500)
	}
}

// onEdge picks a vertex, or an eighth of an edge, which is a whole number on the grid.
func onEdge(r *rand.Rand, z *drawnZone) (point, bool) {
	if z.radius > 0 {
		return z.center, false
	}
	rings := z.rings[r.IntN(len(z.rings))]
	ring := rings[r.IntN(len(rings))]
	i, k := 1+r.IntN(len(ring)-1), r.Int64N(9)
	a, b := ring[i-1], ring[i]
	return point{a.lon + (b.lon-a.lon)/8*k, a.lat + (b.lat-a.lat)/8*k}, true
}

// clear moves a point away from where rounding to a centimetre could come out either way.
func (s *Scenario) clear(r *rand.Rand, d *device, p point, radius float64) point {
	for s.doubtful(d, p, radius) {
		p = p.moved(r.Float64()*2-1, r.Float64()*2-1)
	}
	return p
}

// doubtful tells whether a point is so near to where its class for a zone changes, inside the zone or, should it be one
// to stay in, outside. At the edge itself only the half centimetre beside it is doubtful: on it is a case of its own.
func (s *Scenario) doubtful(d *device, p point, radius float64) bool {
	at := p.place()
	for _, list := range [][]*drawnZone{d.shapes, s.shapes} {
		for _, z := range list {
			ring := float64(z.buffer)
			if !z.shape().isNear(at, max(50, ring)) {
				continue
			}
			signed := z.shape().distance(at)
			m := math.Abs(signed)
			if ring > 0 && math.Abs(signed-ring) < 0.008 {
				return true
			}
			if 0.003 < m && m < 0.007 {
				return true
			}
			for _, threshold := range []float64{radius, 30, 40} { // the depths are those of the built-in profiles
				if math.Abs(m-threshold) < 0.008 {
					return true
				}
			}
		}
	}
	return false
}

// isNear tells whether a point is in the box or within so many metres of it; at the generator's latitudes it is more.
func (s *shape) isNear(p place, metres float64) bool {
	lat, lon := metres*1.2e-5, metres*2.2e-5
	return s.low.lon-lon <= p.lon && p.lon <= s.high.lon+lon && s.low.lat-lat <= p.lat && p.lat <= s.high.lat+lat
}
