package geofence

import (
	"cmp"
	"slices"
	"sort"

	"github.com/paulmach/orb"
)

// sweep finds out, in O(n log n) comparisons, whether the edges of some rings meet where they may not, and which ring
// directly encloses which. It is the sweep of Shamos and Hoey, "Geometric intersection problems" (1976): a line moves
// from left to right over the vertices, and the edges under it are kept from bottom to top. As long as no two rings
// cross that order never changes, and the first two edges to cross are neighbours before they do. Every question is
// answered by orient, exactly, so that touching is told from crossing.
//
// "Left" is lexicographic: by longitude, then by latitude, which leaves no special case for vertical edges.
type sweep struct {
	rings  examined
	edges  []edge
	events []event
	status []int32 // edges under the line, bottom to top

	spokes   []spoke // scratch
	starting []int32 // scratch
}

// edge runs from left to right, whatever the direction of its ring.
type edge struct {
	left, right orb.Point
	ring        int32
	vertex      int32 // of the ring, where the edge starts
	forward     bool  // the ring runs from left to right here
}

// event is the line's arrival at one vertex.
type event struct {
	at      orb.Point
	in, out int32 // edges of the ring before and after the vertex
}

// contact says where two edges meet that may not.
type contact struct {
	a, b   int // rings
	vertex int // of ring a
	touch  bool
	shared bool
}

func newSweep(rings examined) *sweep {
	n := 0
	for i := range rings {
		n += len(rings[i].points) - 1
	}
	s := &sweep{rings: rings, edges: make([]edge, 0, n), events: make([]event, 0, n)}
	for i := range rings {
		rings[i].placed = false
		s.add(int32(i), rings[i].points)
	}
	slices.SortFunc(s.events, func(a, b event) int {
		return cmp.Or(lexically(a.at, b.at), cmp.Compare(a.out, b.out))
	})
	return s
}

func (s *sweep) add(ring int32, points orb.Ring) {
	first, n := int32(len(s.edges)), int32(len(points)-1)
	for v := range n {
		e := edge{left: points[v], right: points[v+1], ring: ring, vertex: v, forward: true}
		if lexically(e.left, e.right) > 0 {
			e.left, e.right, e.forward = e.right, e.left, false
		}
		s.edges = append(s.edges, e)
		s.events = append(s.events, event{at: points[v], in: first + (v+n-1)%n, out: first + v})
	}
}

func lexically(a, b orb.Point) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
}

// run returns the first contact that is not allowed, or nil and every ring's parent.
func (s *sweep) run() *contact {
	for i := 0; i < len(s.events); {
		j := i + 1
		for j < len(s.events) && s.events[j].at == s.events[i].at {
			j++
		}
		if c := s.arrive(s.events[i:j]); c != nil {
			return c
		}
		i = j
	}
	return nil
}

// arrive moves the line to a point where one or more rings have a vertex.
func (s *sweep) arrive(here []event) *contact {
	p := here[0].at
	lo := sort.Search(len(s.status), func(i int) bool { return s.side(s.status[i], p) <= 0 })
	hi := lo + sort.Search(len(s.status)-lo, func(i int) bool { return s.side(s.status[lo+i], p) < 0 })
	through, c := s.through(here, s.status[lo:hi])
	if c != nil {
		return c
	}
	starting, c := s.fan(here, through)
	if c != nil {
		return c
	}
	s.status = slices.Replace(s.status, lo, hi, starting...)
	if c := s.neighbours(lo, len(starting)); c != nil {
		return c
	}
	s.enclose(p, lo, len(starting))
	return nil
}

// side says whether the point lies above the edge (1), on it (0) or below it (-1).
func (s *sweep) side(e int32, p orb.Point) int { return orient(s.edges[e].left, s.edges[e].right, p) }

// through returns the edge that passes through the point of these events, or -1. There can be one at most, and it must
// be of another ring than the vertices.
func (s *sweep) through(here []event, on []int32) (int32, *contact) {
	p, passing, ending := here[0].at, int32(-1), 0
	for _, e := range on {
		switch {
		case s.edges[e].right == p:
			ending++
		case passing >= 0:
			return 0, s.contact(passing, e)
		default:
			passing = e
		}
	}
	for i, ev := range here {
		if s.edges[ev.in].right == p {
			ending--
		}
		if s.edges[ev.out].right == p {
			ending--
		}
		if passing >= 0 && s.edges[ev.out].ring == s.edges[passing].ring {
			return 0, s.touch(ev.out, passing)
		}
		if i > 0 && s.edges[here[i-1].out].ring == s.edges[ev.out].ring {
			return 0, s.touch(ev.out, here[i-1].out)
		}
	}
	if ending != 0 { // only where coordinates are too small for orient to be exact
		return 0, s.contact(here[0].in, here[0].out)
	}
	return passing, nil
}

// neighbours tests the edges that the step made neighbours.
func (s *sweep) neighbours(lo, n int) *contact {
	for _, i := range [...]int{lo, lo + n} {
		if i == 0 || i >= len(s.status) {
			continue
		}
		if e, f := s.status[i-1], s.status[i]; s.cross(e, f) {
			return s.contact(e, f)
		}
	}
	return nil
}

// cross reports whether two edges cross within both.
func (s *sweep) cross(e, f int32) bool {
	a, b := &s.edges[e], &s.edges[f]
	return s.side(e, b.left)*s.side(e, b.right) < 0 && s.side(f, a.left)*s.side(f, a.right) < 0
}

// enclose finds the parents of the rings that begin at the point, from the bottom up: what lies below a ring's first edge
// either has it inside or has the same parent.
func (s *sweep) enclose(p orb.Point, lo, n int) {
	for i := lo; i < lo+n; i++ {
		e := &s.edges[s.status[i]]
		r := &s.rings[e.ring]
		if r.placed || e.left != p {
			continue
		}
		r.placed, r.ccw, r.parent = true, e.forward, -1
		if i == 0 {
			continue
		}
		below := &s.edges[s.status[i-1]]
		if under := &s.rings[below.ring]; below.forward == under.ccw {
			r.parent = int(below.ring)
		} else {
			r.parent = under.parent
		}
	}
}

func (s *sweep) contact(e, f int32) *contact {
	a, b := &s.edges[e], &s.edges[f]
	return &contact{a: int(a.ring), b: int(b.ring), vertex: int(a.vertex)}
}

func (s *sweep) touch(e, f int32) *contact {
	c := s.contact(e, f)
	c.touch = true
	return c
}
