package alerting

import (
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"cordon/geofence"
)

func TestMeasured_holdsOnlyInTheRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lon, lat := rapid.Float64Range(-179, 178).Draw(t, "lon"), rapid.Float64Range(-75, 75).Draw(t, "lat")
		size := rapid.SampledFrom([]float64{0.001, 0.01, 0.5}).Draw(t, "size")
		z := &geofence.Zone{Kind: geofence.Exclusion, Revision: 1, BufferM: rapid.Float64Range(10, 5000).Draw(t, "buffer"), Shape: geofence.Shape{
			Polygons: orb.MultiPolygon{{{{lon, lat}, {lon + size, lat}, {lon + size, lat + size}, {lon + size/2, lat + size/8}, {lon, lat + size}, {lon, lat}}}}}}
		if rapid.Bool().Draw(t, "circle") {
			z.Shape = geofence.Shape{Center: orb.Point{lon, lat}, Radius: rapid.SampledFrom([]float64{10, 1000, 100_000}).Draw(t, "radius")}
		}
		box := z.Shape.Bound()
		pad := z.BufferM / 100_000
		x := rapid.Float64Range(box.Min[0]-pad, box.Max[0]+pad).Draw(t, "x")
		y := rapid.Float64Range(box.Min[1]-pad, box.Max[1]+pad).Draw(t, "y")
		d := geofence.Round(z.Shape.Distance(x, y))
		if d <= 0 || d > z.BufferM {
			return
		}
		m := measured{1, x, y, d}
		by := rapid.SampledFrom([]float64{1e-7, 1e-5, 1e-3, 1e-2}).Draw(t, "by")
		x += by * rapid.Float64Range(-1, 1).Draw(t, "east")
		y += by * rapid.Float64Range(-1, 1).Draw(t, "north")
		at := geofence.PlaneAt(x, y)
		if now := geofence.Round(z.Shape.Distance(x, y)); m.holds(&at, z) && (now <= 0 || now > z.BufferM) {
			t.Fatalf("%.2f m from the edge, %.2f m before", now, d)
		}
		if z.Revision++; m.holds(&at, z) {
			t.Fatal("of another revision")
		}
	})
}
