package geofence

import (
	"math"
	"math/big"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func orientByRationals(a, b, c orb.Point) int {
	rat := func(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }
	difference := func(x, y float64) *big.Rat { return new(big.Rat).Sub(rat(x), rat(y)) }
	left := new(big.Rat).Mul(difference(a[0], c[0]), difference(b[1], c[1]))
	return left.Cmp(new(big.Rat).Mul(difference(a[1], c[1]), difference(b[0], c[0])))
}

func TestOrient_isExact(t *testing.T) {
	coordinate := rapid.OneOf(
		rapid.Float64Range(-180, 180),
		rapid.Map(rapid.IntRange(-40, 40), func(i int) float64 { return float64(i) / 7 }),
		rapid.Map(rapid.IntRange(-4, 4), func(i int) float64 { return math.Ldexp(float64(i), -60) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		a := orb.Point{coordinate.Draw(t, "ax"), coordinate.Draw(t, "ay")}
		b := orb.Point{coordinate.Draw(t, "bx"), coordinate.Draw(t, "by")}
		share := rapid.Float64Range(-1, 2).Draw(t, "share")
		near := orb.Point{a[0] + share*(b[0]-a[0]), a[1] + share*(b[1]-a[1])} // on the line, but for rounding
		for range rapid.IntRange(0, 3).Draw(t, "steps off") {
			near[1] = math.Nextafter(near[1], 200)
		}
		for i := range near { // below this size orient promises nothing
			if math.Abs(near[i]) < 1e-140 {
				near[i] = 0
			}
			if math.Abs(a[i]) < 1e-140 || math.Abs(b[i]) < 1e-140 {
				a[i], b[i] = math.Round(a[i]), math.Round(b[i])
			}
		}
		if got, want := orient(a, b, near), orientByRationals(a, b, near); got != want {
			t.Fatalf("orient(%v, %v, %v) = %d, exactly it is %d", a, b, near, got, want)
		}
	})
}

func TestOrient_doesNotAllocate(t *testing.T) {
	a, b := orb.Point{0.1, 0.1}, orb.Point{0.7, 0.7}
	if n := testing.AllocsPerRun(100, func() { orient(a, b, orb.Point{0.3, 0.3}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
