package geofence

import (
	"math"
	"testing"
)

func TestMetresPerDegree_agreesWithTheFormulaOfTheEllipsoid(t *testing.T) {
	const a, b = 6378137.0, 6356752.314245179
	for i := -90_000; i <= 90_000; i++ {
		lat := float64(i) / 1000
		sin, cos := math.Sincos(lat * math.Pi / 180)
		w := math.Hypot(a*cos, b*sin)
		wantX, wantY := a*a/w*cos*math.Pi/180, a*a*b*b/(w*w*w)*math.Pi/180
		kx, ky := metresPerDegree(lat)
		if math.Abs(kx-wantX) > 1e-12*wantX+1e-9 || math.Abs(ky-wantY) > 1e-12*wantY {
			t.Fatalf("at %v degrees: %v and %v metres, want %v and %v", lat, kx, ky, wantX, wantY)
		}
		if kx <= 0 {
			t.Fatalf("at %v degrees a degree of longitude has %v metres", lat, kx)
		}
	}
}
