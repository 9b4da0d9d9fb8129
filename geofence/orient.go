package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

// orient says on which side of the directed line from a to b the point c lies: 1 to the left, -1 to the right, 0 on it.
// The answer is exact for coordinates that are 0 or at least 1e-140 in size: where the float determinant is smaller than
// its error bound (Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997),
// the sum is taken without rounding. It does not allocate.
func orient(a, b, c orb.Point) int {
	// The conversions keep the compiler from fusing a product into the subtraction; the bound counts both roundings.
	left := float64((a[0] - c[0]) * (b[1] - c[1]))
	right := float64((a[1] - c[1]) * (b[0] - c[0]))
	det := left - right
	if math.Abs(det) > orientError*(math.Abs(left)+math.Abs(right)) {
		return sign(det)
	}
	return orientExact(a, b, c)
}

// orientError is the share of its two products by which orient's determinant can be off.
const orientError = (3 + 16*epsilon) * epsilon

// epsilon is half the distance from 1 to the next float64.
const epsilon = 1.0 / (1 << 53)

func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// orientExact sums a×b + b×c + c×a as an expansion: floats of growing size that do not overlap, whose sum is exact.
func orientExact(a, b, c orb.Point) int {
	var e expansion
	for _, t := range [...][2]orb.Point{{a, b}, {b, c}, {c, a}} {
		e.addProduct(t[0][0], t[1][1])
		e.addProduct(-t[0][1], t[1][0])
	}
	for i := e.n - 1; i >= 0; i-- {
		if s := sign(e.part[i]); s != 0 {
			return s
		}
	}
	return 0
}

type expansion struct {
	part [12]float64
	n    int
}

func (e *expansion) addProduct(x, y float64) {
	p := float64(x * y)
	e.add(math.FMA(x, y, -p))
	e.add(p)
}

// add is Shewchuk's Grow-Expansion.
func (e *expansion) add(q float64) {
	for i := range e.n {
		q, e.part[i] = twoSum(q, e.part[i])
	}
	e.part[e.n] = q
	e.n++
}

// twoSum returns the rounded sum and the error of its rounding (Knuth).
func twoSum(a, b float64) (sum, err float64) {
	sum = a + b
	bb := sum - a
	return sum, (a - (sum - bb)) + (b - bb)
}
