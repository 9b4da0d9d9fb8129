package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

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
	// The meridians draw together within the rectangle; widening has room for that too.
	lon, lat := at.degrees(reach)
	if reach <= 0 {
		lon, lat = 0, 0
	}
	g := gap{at: at.p, padX: lon, padY: lat}
	g.Min = orb.Point{at.p[0] - clearDegrees, at.p[1] - clearDegrees}
	g.Max = orb.Point{at.p[0] + clearDegrees, at.p[1] + clearDegrees}
	if reach > 0 && math.Abs(at.p[1]) > polar-clearDegrees || b.own != nil && !b.own.leave(&g) || !g.keepOutAll(b.few.frames[:b.few.n], b.few.shift, b.few.x, b.few.y) {
		return Clear{}
	}
	for _, a := range b.shared {
		if !a.leave(&g) {
			return Clear{}
		}
	}
	return Clear{above(g.Min[0]), above(g.Min[1]), below(g.Max[0]), below(g.Max[1])}
}

// gap is a rectangle about a place that shrinks as boxes are kept out of it.
type gap struct {
	orb.Bound
	at         orb.Point
	padX, padY float64
}

// keepOut shrinks the rectangle so that the box, padded, lies outside, on the side where that costs least. It reports
// whether it could: not when the place itself lies in the box.
func (g *gap) keepOut(b orb.Bound) bool {
	west, south, east, north := b.Min[0]-g.padX, b.Min[1]-g.padY, b.Max[0]+g.padX, b.Max[1]+g.padY
	if west >= g.Max[0] || east <= g.Min[0] || south >= g.Max[1] || north <= g.Min[1] {
		return true
	}
	x, y := g.at[0], g.at[1]
	switch most := max(x-east, west-x, y-north, south-y); {
	case most <= 0:
		return false
	case most == x-east:
		g.Min[0] = east
	case most == west-x:
		g.Max[0] = west
	case most == y-north:
		g.Min[1] = north
	default:
		g.Max[1] = south
	}
	return true
}

// leave keeps everything that the atlas holds near the place out of the gap.
func (a *atlas) leave(g *gap) bool {
	if !g.keepOutAll(a.wide.frames, worldShift, 0, 0) {
		return false
	}
	cx, cy := cellOf(g.at[0]-worldWest), cellOf(g.at[1]-worldSouth)
	n, shift := a.root, a.shift
	if n == nil {
		return true
	}
	if cx>>shift != a.x || cy>>shift != a.y {
		return g.keepOut(squareOf(shift, a.x, a.y))
	}
	for {
		if !g.keepOutAll(n.frames, shift, cx>>shift, cy>>shift) {
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
	return g.within(squareOf(shift, cx>>shift, cy>>shift))
}

// keepOutAll keeps out what the frames in a square stand for.
func (g *gap) keepOutAll(frames []frame, shift uint8, x, y uint32) bool {
	for _, f := range frames {
		if !g.keepOut(f.bound(shift, x, y)) {
			return false
		}
	}
	return true
}

// within keeps the gap inside a square, less its padding. It reports whether the place is left.
func (g *gap) within(s orb.Bound) bool {
	g.Min[0], g.Max[0] = max(g.Min[0], s.Min[0]+g.padX), min(g.Max[0], s.Max[0]-g.padX)
	g.Min[1], g.Max[1] = max(g.Min[1], s.Min[1]+g.padY), min(g.Max[1], s.Max[1]-g.padY)
	return g.Min[0] < g.at[0] && g.at[0] < g.Max[0] && g.Min[1] < g.at[1] && g.at[1] < g.Max[1]
}

// squareOf returns the x-th and y-th square of a size, in degrees.
func squareOf(shift uint8, x, y uint32) orb.Bound {
	return orb.Bound{
		Min: orb.Point{degreesOf(uint64(x)<<shift) + worldWest, degreesOf(uint64(y)<<shift) + worldSouth},
		Max: orb.Point{degreesOf(uint64(x+1)<<shift) + worldWest, degreesOf(uint64(y+1)<<shift) + worldSouth},
	}
}

// bound returns a box that holds all that the frame stands for, in degrees.
func (f frame) bound(shift uint8, x, y uint32) orb.Bound {
	fine := max(shift, frameBits) - frameBits
	field := func(i int) uint64 { return uint64(f) >> (16 * i) & frameMost }
	west, south := uint64(x)<<shift, uint64(y)<<shift
	return orb.Bound{
		Min: orb.Point{degreesOf(west+field(0)<<fine) + worldWest, degreesOf(south+field(2)<<fine) + worldSouth},
		Max: orb.Point{degreesOf(west+(frameMost-field(1)+1)<<fine) + worldWest, degreesOf(south+(frameMost-field(3)+1)<<fine) + worldSouth},
	}
}

func degreesOf(cells uint64) float64 { return float64(cells) / cellsPerDegree }
