package geofence

import (
	"math"
	"reflect"

	"github.com/paulmach/orb"
)

// Compiled is a Shape prepared for being asked how far away it is. It answers as Shape.Distance does, bit for bit: it
// only knows which edges need not be looked at. It is immutable, and nothing it does allocates.
//
// Around the shape lies a grid; a cell knows a distance that no edge is nearer than, and the few edges of which one is
// the nearest of any place in the cell. Where those would be too many, and beyond the grid, a hierarchy of boxes over
// the edges answers.
type Compiled struct {
	grid   grid
	edges  hierarchy
	radius float64 // of a circle, around grid.corner
}

// Compile prepares a valid shape, whose coordinates it goes on using.
func (s *Shape) Compile() *Compiled {
	if s.Radius > 0 {
		return &Compiled{radius: s.Radius, grid: grid{corner: s.Center}}
	}
	c := &Compiled{edges: newHierarchy(s.Polygons)}
	c.grid = newGrid(&c.edges)
	return c
}

// Distance returns the signed distance in metres that Shape.Distance returns.
func (c *Compiled) Distance(at *Plane) float64 { return c.Within(at, math.Inf(1)) }

// Within returns the signed distance in metres if it is reach at most, inside or outside; else -Inf inside and +Inf
// outside.
func (c *Compiled) Within(at *Plane, reach float64) float64 {
	if c.radius > 0 {
		return c.withinCircle(at, reach)
	}
	cell, column, row := c.grid.at(at.p)
	switch {
	case cell == nil:
		return c.beyondGrid(at, reach)
	case float64(cell.least) > reach:
		return signed(math.Inf(1), cell.near&insideFlag != 0)
	}
	d2, inside := c.near(cell.near, column, row, at)
	return answer(d2, inside, reach)
}

func (c *Compiled) near(near packed, column, row int, at *Plane) (d2 float64, inside bool) {
	switch {
	case near&unlistedFlag != 0:
		return c.unlisted(near, at)
	case c.grid.byLine:
		return c.byLine(near, column, row, at)
	}
	return c.byEdge(near, column, row, at)
}

func answer(d2 float64, inside bool, reach float64) float64 {
	d := math.Sqrt(d2)
	if d > reach {
		d = math.Inf(1)
	}
	return signed(d, inside)
}

// signed returns the distance with its sign, without a branch: which it will be cannot be foreseen.
func signed(d float64, inside bool) float64 {
	return math.Float64frombits(math.Float64bits(d) | bit(inside)<<63)
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// atEdge is a squared distance: what lies on an edge is not measured to be farther from it.
const atEdge = 1e-6

// onEdge reports whether a place lies on an edge, given the squared distance to the nearest as it was measured.
func (c *Compiled) onEdge(best float64, at *Plane) bool {
	return best < atEdge && (best == 0 || c.edges.touches(at.p))
}

// byEdge answers in a cell that lists edges: the squared distance, and whether the place is inside and not on an edge.
func (c *Compiled) byEdge(near packed, column, row int, at *Plane) (best float64, inside bool) {
	var room [1]packed
	runs := c.grid.runsOf(near, &room)
	best, inside = math.Inf(1), near&insideFlag != 0
	for _, run := range runs {
		best = least(best, at.nearest(c.edges.run(run)))
	}
	if near&mixedFlag == 0 {
		return best, inside
	}
	if c.onEdge(best, at) {
		return 0, false
	}
	w := way{from: at.p, to: c.grid.centre(column, row), blur: c.grid.blur}
	for _, run := range runs {
		w.past(c.edges.run(run))
	}
	if w.unsure != 0 {
		w.crossed = 0
		for _, run := range runs {
			w.pastExactly(c.edges.run(run))
		}
	}
	return best, inside != (w.crossed&1 != 0)
}

// byLine answers in a cell that lists lines.
func (c *Compiled) byLine(near packed, column, row int, at *Plane) (best float64, inside bool) {
	var room [1]packed
	runs := c.grid.runsOf(near, &room)
	best, inside = math.Inf(1), near&insideFlag != 0
	x, y := c.edges.relative(at.p)
	for _, run := range runs {
		for k := run.first(); k < run.end(); k++ {
			if c.edges.boxes[k].distance2(at, x, y) < best {
				best = least(best, at.nearest(c.edges.line(k)))
			}
		}
	}
	if near&mixedFlag == 0 {
		return best, inside
	}
	if c.onEdge(best, at) {
		return 0, false
	}
	w := way{from: at.p, to: c.grid.centre(column, row), blur: c.grid.blur}
	toX, toY := c.edges.relative(w.to)
	reach := box{float32(min(x, toX)), float32(min(y, toY)), float32(max(x, toX)), float32(max(y, toY))}
	for _, run := range runs {
		for k := run.first(); k < run.end(); k++ {
			if c.edges.boxes[k].meets(&reach) {
				w.pastExactly(c.edges.line(k))
			}
		}
	}
	return best, inside != (w.crossed&1 != 0)
}

// unlisted answers in a cell that knows only a line that is near.
func (c *Compiled) unlisted(near packed, at *Plane) (best float64, inside bool) {
	best = c.edges.nearest(at, near.first())
	if near&mixedFlag == 0 {
		return best, near&insideFlag != 0
	}
	if c.onEdge(best, at) {
		return 0, false
	}
	return best, c.edges.inside(at.p)
}

func (c *Compiled) beyondGrid(at *Plane, reach float64) float64 {
	x, y := c.edges.relative(at.p)
	if c.edges.all.distance2(at, x, y) > reach*reach {
		return math.Inf(1)
	}
	return answer(c.edges.nearest(at, 0), false, reach)
}

// withinCircle first asks how far the parallels and the meridians are apart. In the plane between place and centre a
// degree of longitude has at least half the length it has at the place, because that length is concave in the latitude.
func (c *Compiled) withinCircle(at *Plane, reach float64) float64 {
	s := Shape{Center: c.grid.corner, Radius: c.radius}
	dlon, dlat := math.Abs(at.p[0]-s.Center[0]), math.Abs(at.p[1]-s.Center[1])
	dlon = min(dlon, 360-dlon)
	if max(dlat*leastMetresPerDegree, dlon*at.kx/2)*(1-inexact) > reach+s.Radius {
		return math.Inf(1)
	}
	d := s.circleDistance(at.p[0], at.p[1])
	if math.Abs(d) <= reach {
		return d
	}
	return signed(math.Inf(1), d < 0)
}

// Bytes returns how much memory it holds beyond the coordinates of the Shape: for shapes over 64 vertices not more than
// 48 bytes a vertex, three times what the coordinates take.
func (c *Compiled) Bytes() int {
	return sizeOf[Compiled](1) + c.edges.bytes() + sizeOf[cell](cap(c.grid.cells)) + sizeOf[packed](cap(c.grid.runs))
}

func (h *hierarchy) bytes() int {
	n := sizeOf[uint32](cap(h.rings)) + sizeOf[piece](cap(h.lines)) + sizeOf[box](cap(h.boxes)) + sizeOf[int](cap(h.levels))
	if len(h.rings) > 2 { // the rings are joined in a copy
		n += sizeOf[orb.Point](cap(h.points))
	}
	return n
}

func sizeOf[T any](n int) int { return n * int(reflect.TypeFor[T]().Size()) }
