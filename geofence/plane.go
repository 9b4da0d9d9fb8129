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

// metresPerDegree returns the metres in one degree of longitude and of latitude: N(φ)·cos φ and M(φ).
func metresPerDegree(lat float64) (kx, ky float64) {
	sin, cos := math.Sincos(lat * degree)
	w2 := 1 - ecc2*sin*sin
	n := semiMajor / math.Sqrt(w2)
	return n * cos * degree, n * (1 - ecc2) / w2 * degree
}
