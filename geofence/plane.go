package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

// Plane is the local plane at a ping: its place in degrees, which is the origin, and the metres in one degree of
// longitude and of latitude there.
type Plane struct {
	p      orb.Point
	kx, ky float64
}

// PlaneAt returns the plane at a place, in WGS84 degrees.
func PlaneAt(lon, lat float64) Plane {
	kx, ky := metresPerDegree(lat)
	return Plane{p: orb.Point{lon, lat}, kx: kx, ky: ky}
}

// WGS84: semi-major axis in metres and first eccentricity squared (NIMA TR8350.2).
const (
	semiMajor = 6378137.0
	ecc2      = 6.69437999014131699614e-3
)

const degree = math.Pi / 180

// metresPerDegree returns the metres in one degree of longitude and of latitude: N(φ)·cos φ and M(φ), where
// N = a/w, M = a(1-e²)/w³ and w² = 1 - e² sin² φ. The root and the division do not wait for each other.
func metresPerDegree(lat float64) (kx, ky float64) {
	cos := cosine(lat * degree)
	w2 := 1 - ecc2 + float64(ecc2*cos*cos)
	n := semiMajor * degree * math.Sqrt(w2) * (1 / w2)
	return n * cos, n * (1 - ecc2) * (1 / w2)
}

// cosine returns the cosine of an angle within a quarter turn either way, off by less than 1e-15, and never less than
// 1e-17, so that no length is ever divided by 0. It is its Taylor series, what is left out of which is less than 1e-19,
// summed by halves (Estrin's scheme): math.Cos, which is made for any angle, would be the longest wait of a lookup.
func cosine(x float64) float64 {
	const (
		c1, c2, c3, c4 = -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320
		c5, c6, c7     = -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200
		c8, c9         = 1.0 / 20922789888000, -1.0 / 6402373705728000
		c10, c11       = 1.0 / 2432902008176640000, -1.0 / 1124000727777607680000
	)
	u := x * x
	u2 := u * u
	u4 := u2 * u2
	low := (1 + float64(c1*u)) + float64((c2+float64(c3*u))*u2)
	middle := (c4 + float64(c5*u)) + float64((c6+float64(c7*u))*u2)
	high := (c8 + float64(c9*u)) + float64((c10+float64(c11*u))*u2)
	return max(low+float64((middle+float64(high*u4))*u4), 1e-17)
}

// nearest returns the squared distance in metres from the origin to the line through the points. Its root is off by less
// than 1e-8 of itself and 1e-15 of an edge's length. The conversions forbid fusing products into sums, so that the same
// points give the same distance on every machine.
//
// Where along an edge its nearest point lies, and which edge is nearest, cannot be foreseen: the choice among integers
// compiles to moves, where one among floats would branch.
func (at *Plane) nearest(line []orb.Point) float64 {
	best := uint64(math.MaxUint64)
	x, y, kx, ky := at.p[0], at.p[1], at.kx, at.ky
	ax, ay := (line[0][0]-x)*kx, (line[0][1]-y)*ky
	a2 := float64(ax*ax) + float64(ay*ay)
	for _, b := range line[1:] {
		bx, by := (b[0]-x)*kx, (b[1]-y)*ky
		b2 := float64(bx*bx) + float64(by*by)
		dx, dy := bx-ax, by-ay
		along := -(float64(ax*dx) + float64(ay*dy))
		length2 := float64(dx*dx) + float64(dy*dy)
		across := float64(ax*by) - float64(ay*bx)

		d2, toA, toB := math.Float64bits(across*across/length2), math.Float64bits(a2), math.Float64bits(b2)
		if along >= length2 {
			d2 = toB
		}
		if along <= 0 {
			d2 = toA
		}
		if length2 < farFetched*farFetched*a2 {
			d2 = toA
		}
		best = min(best, d2)
		ax, ay, a2 = bx, by, b2
	}
	return math.Float64frombits(best)
}

// Length is how far away a place is on the plane, in metres.
func (at *Plane) Length(lon, lat float64) float64 {
	x, y := at.metres(orb.Point{lon, lat})
	return math.Hypot(x, y)
}

func (at *Plane) metres(p orb.Point) (x, y float64) {
	return (p[0] - at.p[0]) * at.kx, (p[1] - at.p[1]) * at.ky
}

// farFetched is the share of the distance to an edge below which the edge's length makes no difference to it. The cross
// product of two long vectors over a length as short as this would be mostly rounding.
const farFetched = 1e-7

// least is min of two numbers that are not negative, without a branch.
func least(x, y float64) float64 {
	a, b := math.Float64bits(x), math.Float64bits(y)
	if b < a {
		a = b
	}
	return math.Float64frombits(a)
}
