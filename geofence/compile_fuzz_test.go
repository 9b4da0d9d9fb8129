package geofence

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// lattice reads a ring that winds once around (0, 0) from bytes, each a whole position within 8 either way; nil when
// there is none. One position is kept in each direction, and no two neighbours are half a turn apart.
func lattice(text []byte) orb.Ring {
	direction := func(p orb.Point) float64 { return math.Atan2(p[1], p[0]) }
	var r orb.Ring
	for _, b := range text {
		if p := (orb.Point{float64(b>>4) - 8, float64(b&15) - 8}); p != (orb.Point{}) {
			r = append(r, p)
		}
	}
	slices.SortStableFunc(r, func(a, b orb.Point) int { return cmp.Compare(direction(a), direction(b)) })
	r = slices.CompactFunc(r, func(a, b orb.Point) bool { return a[0]*b[1] == a[1]*b[0] && a[0]*b[0]+a[1]*b[1] > 0 })
	if len(r) < 3 {
		return nil
	}
	r = append(r, r[0])
	for i := range r[1:] {
		if r[i][0]*r[i+1][1]-r[i][1]*r[i+1][0] <= 0 {
			return nil
		}
	}
	return r
}

// FuzzCompiled_agreesWithItsShape draws rings on a lattice, where places lie on edges, level with vertices and in line
// with edges all the time, and asks at every half step.
func FuzzCompiled_agreesWithItsShape(f *testing.F) {
	f.Add([]byte{0x91, 0x19, 0x81, 0x08, 0xf8, 0x8f}, []byte{}, int8(0), int8(51), uint8(10))
	f.Add([]byte{0x00, 0xf0, 0xff, 0x0f, 0x80, 0x83}, []byte{0x79, 0x97, 0x99, 0x77}, int8(-120), int8(-89), uint8(9))
	f.Fuzz(func(t *testing.T, shell, hole []byte, lon, lat int8, size uint8) {
		scale := math.Ldexp(1, -int(size%40)-3)
		x, y := float64(lon), float64(lat)*0.6
		outer := lattice(shell)
		if outer == nil {
			t.Skip("no ring")
		}
		mp := orb.MultiPolygon{{outer}}
		if inner := lattice(hole); inner != nil && verdict(orb.MultiPolygon{{outer, inner}}) == nil {
			mp[0] = append(mp[0], inner)
		}
		if mp = moved(mp, scale, x, y); verdict(mp) != nil {
			t.Skip("not valid: too small for its place")
		}
		s := &Shape{Polygons: mp}
		c := s.Compile()
		for i := -20; i <= 20; i++ {
			for j := -20; j <= 20; j++ {
				p := orb.Point{x + scale*float64(i)/2, y + scale*float64(j)/2}
				agrees(t, "lattice", s, c, p)
			}
		}
	})
}
