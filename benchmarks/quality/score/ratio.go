package score

import "math"

// Ratio is a sum over wearers divided by another: false alerts by tag-days, found stays by stays.
type Ratio struct {
	Wearers  int
	Num, Den float64

	nn, nd, dd float64 // sums of products
}

// Add takes one wearer in. A wearer with nothing in either sum says nothing and is no cluster.
func (r *Ratio) Add(num, den float64) {
	if num == 0 && den == 0 {
		return
	}
	r.Wearers++
	r.Num += num
	r.Den += den
	r.nn += num * num
	r.nd += num * den
	r.dd += den * den
}

// Value is the ratio; NaN when nothing was added.
func (r *Ratio) Value() float64 { return r.Num / r.Den }

// Stderr is the standard error of Value with the wearers as clusters, by linearisation (Cochran, Sampling Techniques,
// §6.4): √(n/(n−1) Σ(num − R·den)²) / Σden. NaN with less than two wearers.
func (r *Ratio) Stderr() float64 {
	n, ratio := float64(r.Wearers), r.Value()
	squares := r.nn - 2*ratio*r.nd + ratio*ratio*r.dd
	return math.Sqrt(n/(n-1)*max(0, squares)) / r.Den
}
