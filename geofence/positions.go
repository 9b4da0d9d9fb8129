package geofence

import (
	"strconv"

	"github.com/paulmach/orb"
)

// positions reads the coordinates of a geometry from text that is known to be JSON. A file can hold a million zones;
// encoding/json would allocate for each of their positions.
type positions struct {
	text []byte
	i    int
}

// peek returns the next byte that is not white space.
func (c *positions) peek() byte {
	for c.i < len(c.text) {
		switch b := c.text[c.i]; b {
		case ' ', '\t', '\n', '\r':
			c.i++
		default:
			return b
		}
	}
	return 0
}

// list calls item for each element of a list; it is false when there is no list or an item is false.
func (c *positions) list(item func() bool) bool {
	if c.peek() != '[' {
		return false
	}
	c.i++
	for c.peek() != ']' {
		if !item() {
			return false
		}
		if c.peek() == ',' {
			c.i++
		}
	}
	c.i++
	return true
}

// number reads a number; one too large for a float64 is infinite.
func (c *positions) number() (float64, bool) {
	if b := c.peek(); b != '-' && (b < '0' || b > '9') {
		return 0, false
	}
	start := c.i
	for c.i < len(c.text) && !delimits(c.text[c.i]) {
		c.i++
	}
	v, _ := strconv.ParseFloat(string(c.text[start:c.i]), 64)
	return v + 0, true // never -0, which would print differently from 0
}

func delimits(b byte) bool {
	switch b {
	case ',', ']', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

// position reads longitude and latitude; what follows them (an altitude) is passed over.
func (c *positions) position() (p orb.Point, ok bool) {
	n := 0
	ok = c.list(func() bool {
		v, ok := c.number()
		if ok && n < 2 {
			p[n] = v
		}
		n++
		return ok
	})
	return p, ok && n >= 2
}

func (c *positions) ring() (orb.Ring, bool) {
	ring := orb.Ring{}
	ok := c.list(func() bool {
		p, ok := c.position()
		ring = append(ring, p)
		return ok
	})
	return ring, ok
}

func (c *positions) polygon() (orb.Polygon, bool) {
	var polygon orb.Polygon
	ok := c.list(func() bool {
		ring, ok := c.ring()
		polygon = append(polygon, ring)
		return ok
	})
	return polygon, ok
}

func (c *positions) multiPolygon() (orb.MultiPolygon, bool) {
	var members orb.MultiPolygon
	ok := c.list(func() bool {
		polygon, ok := c.polygon()
		members = append(members, polygon)
		return ok
	})
	return members, ok
}
