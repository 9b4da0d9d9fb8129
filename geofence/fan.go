package geofence

import (
	"slices"

	"github.com/paulmach/orb"
)

// spoke is the part of an edge that leads from the point of an event to one of its ends.
type spoke struct {
	to    orb.Point
	edge  int32
	right bool // towards the right
}

// fan looks at everything that meets in the point of some events: it refuses spokes that lie on one another and rings
// that pass through each other, and returns the edges that lead to the right, from the bottom up.
func (s *sweep) fan(here []event, through int32) ([]int32, *contact) {
	p := here[0].at
	s.spokes = s.spokes[:0]
	for _, ev := range here {
		s.spoke(ev.in, p)
		s.spoke(ev.out, p)
	}
	if through >= 0 {
		e := &s.edges[through]
		s.spokes = append(s.spokes, spoke{to: e.right, edge: through, right: true}, spoke{to: e.left, edge: through})
	}
	// Counter-clockwise from straight down: first what leads to the right, then what leads to the left. Within either
	// half no two spokes are more than half a turn apart, which is what makes orient an order.
	slices.SortFunc(s.spokes, func(a, b spoke) int {
		switch {
		case a.right != b.right && a.right:
			return -1
		case a.right != b.right:
			return 1
		}
		return -orient(p, a.to, b.to)
	})
	s.starting = s.starting[:0]
	for i, sp := range s.spokes {
		if sp.right {
			s.starting = append(s.starting, sp.edge)
		}
		if i > 0 && sp.right == s.spokes[i-1].right && orient(p, sp.to, s.spokes[i-1].to) == 0 {
			c := s.contact(sp.edge, s.spokes[i-1].edge)
			c.shared = true
			return nil, c
		}
	}
	if len(here) > 1 || through >= 0 {
		if c := s.interleaved(); c != nil {
			return nil, c
		}
	}
	return s.starting, nil
}

func (s *sweep) spoke(e int32, p orb.Point) {
	if d := &s.edges[e]; d.left == p {
		s.spokes = append(s.spokes, spoke{to: d.right, edge: e, right: true})
	} else {
		s.spokes = append(s.spokes, spoke{to: d.left, edge: e})
	}
}

// interleaved finds two rings that pass through each other at the point. Each ring has two spokes there; going round,
// they must close like brackets.
func (s *sweep) interleaved() *contact {
	var open []int32
	for _, sp := range s.spokes {
		top := len(open) - 1
		if top >= 0 && s.edges[open[top]].ring == s.edges[sp.edge].ring {
			open = open[:top]
		} else {
			open = append(open, sp.edge)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return s.contact(open[0], open[1])
}
