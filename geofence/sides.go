package geofence

import "github.com/paulmach/orb"

// touches reports whether the point lies on the line, exactly.
func touches(line []orb.Point, p orb.Point) bool {
	a := line[0]
	if a == p {
		return true
	}
	for _, b := range line[1:] {
		switch up := b[1] > p[1]; {
		case b == p:
			return true
		case up != (a[1] > p[1]):
			if orient(a, b, p) == 0 {
				return true
			}
		case a[1] == p[1] && b[1] == p[1] && (a[0] > p[0]) != (b[0] > p[0]):
			return true
		}
		a = b
	}
	return false
}

// crossed reports whether a ray from the point to the east crosses the line an odd number of times. The point must not
// lie on the line.
func crossed(line []orb.Point, p orb.Point) (odd bool) {
	a := line[0]
	for _, b := range line[1:] {
		if up := b[1] > p[1]; up != (a[1] > p[1]) && (orient(a, b, p) > 0) == up {
			odd = !odd
		}
		a = b
	}
	return odd
}

// touches reports whether the point lies on an edge, exactly.
func (h *hierarchy) touches(p orb.Point) bool {
	x, y := h.relative(p)
	level, nodes := h.top()
	return h.touchesNodes(p, x, y, level, 0, nodes)
}

func (h *hierarchy) touchesNodes(p orb.Point, x, y float64, level, lo, hi int) bool {
	for i := lo; i < hi; i++ {
		if !h.box(level, i).holds(x, y) {
			continue
		}
		if level == 0 {
			if touches(h.line(i), p) {
				return true
			}
			continue
		}
		if from, to := h.children(level, i); h.touchesNodes(p, x, y, level-1, from, to) {
			return true
		}
	}
	return false
}

// inside reports whether the point, which must not lie on an edge, is inside an odd number of rings. For a valid shape
// that is the same as to be inside a polygon and none of its holes: polygons do not overlap, nor do holes, and an island
// in a hole makes three.
func (h *hierarchy) inside(p orb.Point) bool {
	x, y := h.relative(p)
	level, nodes := h.top()
	return h.crossedNodes(p, x, y, level, 0, nodes)
}

func (h *hierarchy) crossedNodes(p orb.Point, x, y float64, level, lo, hi int) (odd bool) {
	for i := lo; i < hi; i++ {
		b := h.box(level, i)
		switch {
		case y < float64(b.south) || y > float64(b.north) || x > float64(b.east):
			continue
		case x < float64(b.west):
			odd = odd != h.straddles(p[1], level, i)
		case level == 0:
			odd = odd != crossed(h.line(i), p)
		default:
			from, to := h.children(level, i)
			odd = odd != h.crossedNodes(p, x, y, level-1, from, to)
		}
	}
	return odd
}

// straddles reports whether an odd number of the node's edges have one end above the latitude. Of a line that is told
// by its ends, and a whole ring comes back to where it began; what is left is the end of the node's first ring and the
// beginning of its last.
func (h *hierarchy) straddles(lat float64, level, node int) bool {
	lo, hi := node, node+1
	for ; level > 0; level-- {
		lo, hi = lo*fanOut, min(hi*fanOut, h.levels[level]-h.levels[level-1])
	}
	above := func(i uint32) bool { return h.points[i][1] > lat }
	first, last := h.lines[lo].first, h.lines[hi-1].last
	odd := above(first) != above(last)
	if head, tail := h.ringOf(first), h.ringOf(last); head != tail {
		odd = odd != (above(h.rings[head]) != above(h.rings[tail]))
	}
	return odd
}

// ringOf returns the ring a point belongs to.
func (h *hierarchy) ringOf(i uint32) int {
	lo, hi := 0, len(h.rings)-1
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; h.rings[mid] <= i {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}
