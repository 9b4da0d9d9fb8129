package world

import (
	"iter"
	"sort"

	"cordon/geofence"
)

// mode is how a wearer moves.
type mode uint8

const (
	still mode = iota
	walk
	bus
	car
	tube
)

// state is what is true of a wearer along one leg: the mode, and whether walls are about.
type state uint8

const (
	modes     state = 7
	indoors   state = 8  // satellites are seen badly
	unseen    state = 16 // or not at all
	uncovered state = 32 // and nothing can be sent
)

func (s state) mode() mode { return mode(s & modes) }

// vertex begins a leg: straight, at an even speed, to the next.
type vertex struct {
	at    int64 // ms
	p     point // on the wearer's ground
	state state
}

// path is where somebody really was.
type path struct {
	*ground
	compiled *geofence.Compiled
	vertices []vertex
}

// leg returns the index of the leg of a time: the last that begins at it or earlier.
func (p *path) leg(ms int64) int {
	return max(sort.Search(len(p.vertices), func(i int) bool { return p.vertices[i].at > ms })-1, 0)
}

// on returns the place at a time of the leg i.
func (p *path) on(i int, ms int64) point {
	a := &p.vertices[i]
	if i+1 == len(p.vertices) || a.state.mode() == still {
		return a.p
	}
	b := &p.vertices[i+1]
	if ms <= a.at {
		return a.p
	}
	return a.p.toward(b.p, float64(ms-a.at)/float64(b.at-a.at))
}

// speed returns the metres per second on the leg i.
func (p *path) speed(i int) float64 {
	if i+1 == len(p.vertices) || p.vertices[i].state.mode() == still {
		return 0
	}
	a, b := &p.vertices[i], &p.vertices[i+1]
	return b.p.minus(a.p).length() / (float64(b.at-a.at) / second)
}

// distance is the signed distance to the zone's edge in metres, negative inside.
func (p *path) distance(at point) float64 {
	plane := geofence.PlaneAt(p.lonlat(at))
	return p.compiled.Distance(&plane)
}

// beyond reports whether a place is further from the edge than so many metres, by a glance.
func (p *path) beyond(at point, metres float64) bool {
	return at.minus(p.center).length() > p.radius+metres
}

// nears reports whether the leg i comes nearer to the edge than so many metres, or perhaps does.
func (p *path) nears(i int, metres float64) bool {
	a := p.vertices[i].p
	if i+1 == len(p.vertices) {
		return !p.beyond(a, metres)
	}
	way, to := p.vertices[i+1].p.minus(a), p.center.minus(a)
	along := 0.0
	if l2 := way.x*way.x + way.y*way.y; l2 > 0 {
		along = min(max((way.x*to.x+way.y*to.y)/l2, 0), 1)
	}
	return !p.beyond(a.plus(way.times(along)), metres)
}

// Where returns the true position in degrees.
func (l *Life) Where(ms int64) (lon, lat float64) {
	return l.path.lonlat(l.path.on(l.path.leg(ms), ms))
}

// Distance returns the true signed distance to the zone's edge in metres, negative inside.
func (l *Life) Distance(ms int64) float64 {
	return l.path.distance(l.path.on(l.path.leg(ms), ms))
}

// Turn is a point of the true path: between two of them the wearer moves in a straight line at an even speed.
type Turn struct {
	At       int64 // ms
	Lon, Lat float64
}

// Turns ranges over the true path from From to To.
func (l *Life) Turns() iter.Seq[Turn] {
	return func(yield func(Turn) bool) {
		turn := func(ms int64) bool {
			lon, lat := l.Where(ms)
			return yield(Turn{ms, lon, lat})
		}
		if !turn(l.From) {
			return
		}
		for _, v := range l.path.vertices {
			if v.at > l.From && v.at < l.To && !turn(v.at) {
				return
			}
		}
		turn(l.To)
	}
}

// Stay is a true stay: inside without more than a minute outside.
type Stay struct {
	Entered, Left int64   // ms; the first and the last moment inside
	Depth         float64 // metres: the deepest
}

// mostOutside is how long, in ms, one may be outside without the stay ending.
const mostOutside = 60 * second

// stays finds the true stays between two times.
func (p *path) stays(from, to int64) []Stay {
	f := stayFinder{path: p}
	for i := p.leg(from); i < len(p.vertices) && p.vertices[i].at < to; i++ {
		begin, end := max(p.vertices[i].at, from), to
		if i+1 < len(p.vertices) {
			end = min(end, p.vertices[i+1].at)
		}
		switch {
		case !p.nears(i, 1):
			f.note(begin, 1)
		case p.vertices[i].state.mode() == still:
			f.note(begin, p.distance(p.vertices[i].p))
		default:
			f.trace(i, begin, end)
		}
	}
	f.note(to, 1)
	return f.stays
}

type stayFinder struct {
	*path
	stays  []Stay
	inside bool
	open   Stay
}

// note takes the distance d at a time into account.
func (f *stayFinder) note(ms int64, d float64) {
	switch {
	case d > 0 && f.inside:
		f.inside = false
		f.open.Left = ms
		f.stays = append(f.stays, f.open)
	case d <= 0 && !f.inside:
		f.inside = true
		f.open = Stay{Entered: ms}
		if n := len(f.stays); n > 0 && ms-f.stays[n-1].Left <= mostOutside {
			f.open = f.stays[n-1]
			f.stays = f.stays[:n-1]
		}
	}
	if f.inside {
		f.open.Depth = max(f.open.Depth, -d)
	}
}

// trace follows a leg, in steps by which the edge cannot be reached outside, and of a second inside.
func (f *stayFinder) trace(i int, begin, end int64) {
	const wary, least = 0.95, 100 // ms
	speed := f.speed(i) / second
	last := begin
	for t := begin; ; {
		d := f.distance(f.on(i, t))
		if (d <= 0) != f.inside && t > last {
			at := f.crossing(i, last, t)
			f.note(at, f.distance(f.on(i, at)))
		}
		f.note(t, d)
		if t == end {
			return
		}
		step := int64(second)
		if d > 0 {
			step = max(int64(min(wary*d/(speed+1e-12), hour)), least)
		}
		last, t = t, min(t+step, end)
	}
}

// crossing returns the first ms at which the answer is that of b, where it is not that of a.
func (f *stayFinder) crossing(i int, a, b int64) int64 {
	inside := f.distance(f.on(i, b)) <= 0
	return a + 1 + int64(sort.Search(int(b-a-1), func(k int) bool {
		return (f.distance(f.on(i, a+1+int64(k))) <= 0) == inside
	}))
}
