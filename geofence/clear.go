package geofence

import "math"

// Clear is a rectangle, its sides excluded, in which Bound.Near finds nothing at any time. Few pings come near a zone:
// most are answered by four comparisons. The zero value holds nothing.
type Clear struct{ west, south, east, north float32 }

// clearDegrees is how far a Clear reaches at most.
const clearDegrees = 0.5

// Holds reports whether a place lies within.
func (c *Clear) Holds(lon, lat float64) bool {
	x, y := float32(lon), float32(lat)
	return c.west < x && x < c.east && c.south < y && y < c.north
}

// Clear returns a rectangle about the place for a reach (metres), as large as is easily found; the zero value when
// there are zones at the place or around it.
func (b *Bound) Clear(at *Plane, reach float64) Clear {
	q := newQuery(at, reach, 0)
	// The meridians draw together within the rectangle; widening has room for that too.
	g := gap{x: at.p[0], y: at.p[1], padX: at.p[0] - float64(q.west), padY: at.p[1] - float64(q.south)}
	g.west, g.east = g.x-clearDegrees, g.x+clearDegrees
	g.south, g.north = g.y-clearDegrees, g.y+clearDegrees
	if reach > 0 && math.Abs(g.y) > polar-clearDegrees || b.own != nil && !b.own.leave(&g) {
		return Clear{}
	}
	for _, a := range b.shared {
		if !a.leave(&g) {
			return Clear{}
		}
	}
	return Clear{above(g.west), above(g.south), below(g.east), below(g.north)}
}

// gap is a rectangle about the place x, y that shrinks as boxes are kept out of it.
type gap struct {
	x, y, padX, padY         float64
	west, south, east, north float64
}

// keepOut shrinks the rectangle so that the box, padded, lies outside, on the side where that costs least. It reports
// whether it could: not when the place itself lies in the box.
func (g *gap) keepOut(b *box) bool {
	west, south := float64(b.west)-g.padX, float64(b.south)-g.padY
	east, north := float64(b.east)+g.padX, float64(b.north)+g.padY
	if west >= g.east || east <= g.west || south >= g.north || north <= g.south {
		return true
	}
	switch most := max(g.x-east, west-g.x, g.y-north, south-g.y); {
	case most <= 0:
		return false
	case most == g.x-east:
		g.west = east
	case most == west-g.x:
		g.east = west
	case most == g.y-north:
		g.south = north
	default:
		g.north = south
	}
	return true
}

// leave keeps everything that the atlas holds near the place out of the gap.
func (a *atlas) leave(g *gap) bool {
	if !a.wide.leave(g) {
		return false
	}
	cx, cy := cellOf(g.x-worldWest), cellOf(g.y-worldSouth)
	n, shift := a.root, a.shift
	if n == nil {
		return true
	}
	if cx>>shift != a.x || cy>>shift != a.y {
		root := squareOf(a.x, a.y, shift)
		return g.keepOut(&root)
	}
	for {
		if !n.leave(g) {
			return false
		}
		if n.has == 0 {
			break
		}
		shift -= 2
		i, has := n.kid(cy>>shift&3<<2 | cx>>shift&3)
		if !has {
			break
		}
		n = n.kids[i]
	}
	return g.within(squareOf(cx>>shift, cy>>shift, shift))
}

func (n *node) leave(g *gap) bool {
	for i := range n.boxes {
		if !g.keepOut(&n.boxes[i]) {
			return false
		}
	}
	return true
}

// within keeps the gap inside a square, less its padding. It reports whether the place is left.
func (g *gap) within(s box) bool {
	g.west, g.east = max(g.west, float64(s.west)+g.padX), min(g.east, float64(s.east)-g.padX)
	g.south, g.north = max(g.south, float64(s.south)+g.padY), min(g.north, float64(s.north)-g.padY)
	return g.west < g.x && g.x < g.east && g.south < g.y && g.y < g.north
}

// squareOf returns the x-th and y-th square of a size.
func squareOf(x, y uint32, shift uint8) box {
	at := func(i uint32, first float64) float64 { return float64(uint64(i)<<shift)/cellsPerDegree + first }
	return box{above(at(x, worldWest)), above(at(y, worldSouth)), below(at(x+1, worldWest)), below(at(y+1, worldSouth))}
}
