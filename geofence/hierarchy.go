package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

// fanOut is how many edges a leaf of a hierarchy has at most, and how many children a node.
const fanOut = 8

// hierarchy is the edges of a shape in the order of their rings, cut into short lines, with boxes around the lines,
// around every eight of those boxes, and so on. It answers any question about any shape in a time that does not depend
// on where the edges lie, and holds about 3.5 bytes an edge.
type hierarchy struct {
	points orb.Ring // ring after ring, each closed
	rings  []uint32 // where each ring begins in points, and where the last one ends
	lines  []piece
	boxes  []box // of the lines, then of the level above, …; relative to origin
	levels []int // where each level begins in boxes, and where the last one ends
	origin orb.Point
	all    box
}

// piece is the line points[first : last+1], of one ring.
type piece struct{ first, last uint32 }

// newHierarchy does not copy the ring of a shape that has only one.
func newHierarchy(polygons orb.MultiPolygon) hierarchy {
	var h hierarchy
	h.join(polygons)
	extent := orb.LineString(h.points).Bound()
	h.origin = extent.Min
	margin := boxMargin * max(extent.Max[0]-extent.Min[0], extent.Max[1]-extent.Min[1])
	h.cut()
	sizes := h.measureLevels()
	h.boxes = make([]box, 0, sizes)
	for _, l := range h.lines {
		h.boxes = append(h.boxes, boxAround(h.points[l.first:l.last+1], h.origin, margin))
	}
	for level := 1; level < len(h.levels)-1; level++ {
		below := h.boxes[h.levels[level-1]:h.levels[level]]
		for len(below) > 0 {
			n := min(fanOut, len(below))
			h.boxes = append(h.boxes, union(below[:n]))
			below = below[n:]
		}
	}
	h.all = union(h.boxes[h.levels[len(h.levels)-2]:])
	return h
}

func (h *hierarchy) join(polygons orb.MultiPolygon) {
	n, rings := 0, 0
	for _, polygon := range polygons {
		for _, ring := range polygon {
			n, rings = n+len(ring), rings+1
		}
	}
	h.rings = make([]uint32, 0, rings+1)
	if rings == 1 {
		h.points = polygons[0][0]
		h.rings = append(h.rings, 0, uint32(n))
		return
	}
	h.points = make(orb.Ring, 0, n)
	for _, polygon := range polygons {
		for _, ring := range polygon {
			h.rings = append(h.rings, uint32(len(h.points)))
			h.points = append(h.points, ring...)
		}
	}
	h.rings = append(h.rings, uint32(len(h.points)))
}

// cut cuts each ring into lines of nearly the same number of edges.
func (h *hierarchy) cut() {
	count := 0
	for i := range h.rings[1:] {
		count += linesOf(int(h.rings[i+1] - h.rings[i] - 1))
	}
	h.lines = make([]piece, 0, count)
	for i, first := range h.rings[:len(h.rings)-1] {
		edges := int(h.rings[i+1] - first - 1)
		lines := linesOf(edges)
		for k := range lines {
			h.lines = append(h.lines, piece{first + uint32(k*edges/lines), first + uint32((k+1)*edges/lines)})
		}
	}
}

func linesOf(edges int) int { return (edges + fanOut - 1) / fanOut }

// measureLevels fills levels and returns how many boxes there are.
func (h *hierarchy) measureLevels() int {
	levels, total := [9]int{}, 0
	n := 1
	for size := len(h.lines); ; size = (size + fanOut - 1) / fanOut {
		total += size
		levels[n] = total
		n++
		if size <= fanOut {
			break
		}
	}
	h.levels = append(make([]int, 0, n), levels[:n]...)
	return total
}

// top returns the highest level and how many nodes it has, which are fanOut at most.
func (h *hierarchy) top() (level, nodes int) {
	level = len(h.levels) - 2
	return level, h.levels[level+1] - h.levels[level]
}

// children returns the nodes of the level below, from lo up to hi.
func (h *hierarchy) children(level, node int) (lo, hi int) {
	return node * fanOut, min((node+1)*fanOut, h.levels[level]-h.levels[level-1])
}

func (h *hierarchy) box(level, node int) *box { return &h.boxes[h.levels[level]+node] }

func (h *hierarchy) line(i int) []orb.Point { return h.points[h.lines[i].first : h.lines[i].last+1] }

// relative returns the place relative to the origin.
func (h *hierarchy) relative(p orb.Point) (x, y float64) {
	return p[0] - h.origin[0], p[1] - h.origin[1]
}

// nearest returns the squared distance to the nearest edge of all, given a line that may be near.
func (h *hierarchy) nearest(at *Plane, near int) float64 {
	s := search{h: h, at: at, best: at.nearest(h.line(near))}
	s.run()
	return s.best
}

// search looks for the nearest edge by branch and bound.
type search struct {
	h    *hierarchy
	at   *Plane
	x, y float64
	best float64 // squared
	line int     // that has the edge at the distance best
}

func (s *search) run() {
	s.x, s.y = s.h.relative(s.at.p)
	level, nodes := s.h.top()
	s.visit(level, 0, nodes)
}

func (s *search) visit(level, lo, hi int) {
	var distances [fanOut]float64
	left := distances[:hi-lo]
	for i := range left {
		left[i] = s.h.box(level, lo+i).distance2(s.at, s.x, s.y)
	}
	for range left {
		k := 0
		for i, d2 := range left {
			if d2 < left[k] {
				k = i
			}
		}
		if left[k] >= s.best {
			return
		}
		left[k] = math.Inf(1)
		if level > 0 {
			from, to := s.h.children(level, lo+k)
			s.visit(level-1, from, to)
		} else if d2 := s.at.nearest(s.h.line(lo + k)); d2 < s.best {
			s.best, s.line = d2, lo+k
		}
	}
}

func (h *hierarchy) run(edges packed) []orb.Point { return h.points[edges.first() : edges.end()+1] }
