package geofence

import (
	"encoding/binary"
	"math"

	"github.com/paulmach/orb"
)

// Coordinates are nearly always short decimals. When each of a shape's is the float64 nearest to k·10^-e, for one e of
// all, the form holds e and each position's two k as differences from the position before: k / 10^e is exactly that
// float64, since both are exact and a division is rounded correctly. Otherwise it holds anyFloat and the float64s. The
// position that closes a ring is left out.

const (
	mostDecimals = 9
	anyFloat     = 0xff
)

// decimals returns the least e not below the given one that fits all points, or anyFloat.
func decimals(points []orb.Point, e byte) byte {
	for _, p := range points {
		for _, v := range p {
			for !isDecimal(v, e) {
				if e++; e > mostDecimals {
					return anyFloat
				}
			}
		}
	}
	return e
}

// isDecimal is false for -0, whose sign an integer would lose.
func isDecimal(v float64, e byte) bool {
	if e > mostDecimals {
		return false
	}
	ten := math.Pow10(int(e))
	return math.Float64bits(math.Round(v*ten)/ten) == math.Float64bits(v) && !(v == 0 && math.Signbit(v))
}

// shape writes how many polygons, rings and positions there are, then how many rings each polygon and positions each ring
// has, then the positions.
func (p *packer) shape(s *Shape) {
	if s.Radius > 0 {
		p.float(s.Radius)
		center := []orb.Point{s.Center}
		p.points(center, p.exponent(decimals(center, 0)), &[2]int64{})
		return
	}
	rings, positions, e := 0, 0, byte(0)
	for _, polygon := range s.Polygons {
		for _, ring := range polygon {
			rings, positions = rings+1, positions+len(ring)-1
			e = decimals(ring, e)
		}
	}
	p.count(len(s.Polygons))
	p.count(rings)
	p.count(positions)
	for _, polygon := range s.Polygons {
		p.count(len(polygon))
		for _, ring := range polygon {
			p.count(len(ring) - 1)
		}
	}
	p.exponent(e)
	var last [2]int64
	for _, polygon := range s.Polygons {
		for _, ring := range polygon {
			p.points(ring[:len(ring)-1], e, &last)
		}
	}
}

func (p *packer) exponent(e byte) byte {
	p.body = append(p.body, e)
	return e
}

func (p *packer) points(points []orb.Point, e byte, last *[2]int64) {
	for _, point := range points {
		for axis, v := range point {
			if e == anyFloat {
				p.float(v)
				continue
			}
			k := int64(math.Round(v * math.Pow10(int(e))))
			p.varint(k - last[axis])
			last[axis] = k
		}
	}
}

func (u *unpacker) circle() Shape {
	s := Shape{Radius: u.float()}
	var center [1]orb.Point
	u.points(center[:], u.byte(), &[2]int64{})
	s.Center = center[0]
	if !(minRadius <= s.Radius && s.Radius <= maxRadius) {
		u.fail()
	}
	return s
}

const (
	leastPositions = 3 // of a ring, without the one that closes it
	leastPosition  = 2 // bytes
	leastRing      = 1 + leastPositions*leastPosition
)

// polygons reads the positions of all rings into one piece of memory.
func (u *unpacker) polygons(all *oneOfAll) orb.MultiPolygon {
	n, r, left := u.count(1+leastRing), u.count(leastRing), u.count(leastPosition)
	if n < 1 || r < n || left < r*leastPositions || left > maxVertices {
		u.fail()
		return nil
	}
	polygons, rings := orb.MultiPolygon(all.polygons[:]), orb.Polygon(all.rings[:])
	if n > 1 {
		polygons = make(orb.MultiPolygon, n)
	}
	if r > 1 {
		rings = make(orb.Polygon, r)
	}
	points, free := make(orb.Ring, left+r), rings
	for i := range polygons {
		n := u.upTo(len(free))
		polygons[i], free = free[:n:n], free[n:]
		for h := range polygons[i] {
			n := u.upTo(left)
			polygons[i][h], points, left = points[:n+1:n+1], points[n+1:], left-n
			if n < leastPositions {
				u.fail()
			}
		}
		if n == 0 {
			u.fail()
		}
	}
	if left > 0 || len(free) > 0 {
		u.fail()
	}
	u.rings(rings)
	return polygons
}

func (u *unpacker) upTo(most int) int {
	n := u.uvarint()
	if n > uint64(most) {
		u.fail()
		return 0
	}
	return int(n)
}

// rings reads the positions of rings that are as long as they will be, and closes them.
func (u *unpacker) rings(rings orb.Polygon) {
	e := u.byte()
	var last [2]int64
	for _, ring := range rings {
		if u.broken {
			return
		}
		end := len(ring) - 1
		u.points(ring[:end], e, &last)
		ring[end] = ring[0]
	}
}

func (u *unpacker) points(points []orb.Point, e byte, last *[2]int64) {
	if e == anyFloat {
		for i := range points {
			points[i] = orb.Point{u.float(), u.float()}
			if !onEarth(points[i]) {
				u.fail()
			}
		}
		return
	}
	if e > mostDecimals {
		u.fail()
		return
	}
	ten := math.Pow10(int(e))
	east, north := int64(180*ten), int64(90*ten)
	x, y, b := last[0], last[1], u.body
	for i := range points {
		dx, nx := binary.Varint(b)
		dy, ny := binary.Varint(b[max(nx, 0):])
		if nx <= 0 || ny <= 0 {
			u.fail()
			return
		}
		b = b[nx+ny:]
		x, y = x+dx, y+dy
		if x < -east || x > east || y < -north || y > north {
			u.fail()
			return
		}
		points[i] = orb.Point{float64(x) / ten, float64(y) / ten}
	}
	last[0], last[1], u.body = x, y, b
}
