package world

import (
	"math"
	"math/rand/v2"
)

func (r Range) draw(rng *rand.Rand) float64 { return r.Min + (r.Max-r.Min)*rng.Float64() }

// byRatio draws so that each doubling is as likely as the next.
func (r Range) byRatio(rng *rand.Rand) float64 { return r.Min * math.Pow(r.Max/r.Min, rng.Float64()) }

func (s Skewed) draw(rng *rand.Rand) float64 {
	return min(max(s.Median*math.Exp(s.Spread*rng.NormFloat64()), s.Min), s.Max)
}

// quantiles are Quantiles made ready to be asked.
type quantiles struct{ share, log []float64 }

func newQuantiles(q Quantiles) quantiles {
	var c quantiles
	for _, p := range q {
		c.share, c.log = append(c.share, p[0]), append(c.log, math.Log(p[1]))
	}
	return c
}

// at returns the value at a share.
func (q *quantiles) at(share float64) float64 {
	i := 1
	for i < len(q.share)-1 && q.share[i] < share {
		i++
	}
	along := (share - q.share[i-1]) / (q.share[i] - q.share[i-1])
	return math.Exp(q.log[i-1] + along*(q.log[i]-q.log[i-1]))
}

// share returns the chance that a standard normal number is less.
func share(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// chance reports true with the probability p.
func chance(rng *rand.Rand, p float64) bool { return rng.Float64() < p }

// times is a whole number of times that is rate on average.
func times(rng *rand.Rand, rate float64) int {
	n := int(rate)
	if chance(rng, rate-float64(n)) {
		n++
	}
	return n
}

// span is a half-open span of time in ms.
type span struct{ from, to int64 }

// draw returns spells in order between two times; the last may end later.
func (s Spells) draw(rng *rand.Rand, from, to int64) (spans []span) {
	if s.PerDay == 0 {
		return nil
	}
	for t := from; ; {
		t += int64(rng.ExpFloat64() * day / s.PerDay)
		if t >= to {
			return spans
		}
		end := t + int64(1000*s.LastS.draw(rng))
		spans = append(spans, span{t, end})
		t = end
	}
}

const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// hash mixes numbers into one; what is the same for all wearers of a world, such as its canyons, is drawn by it.
func hash(seed uint64, of ...int64) uint64 {
	for _, x := range of { // splitmix64's finalizer
		seed += uint64(x)*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15
		seed = (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		seed = (seed ^ seed>>27) * 0x94d049bb133111eb
		seed ^= seed >> 31
	}
	return seed
}

// unit turns a hash into a number in [0, 1).
func unit(h uint64) float64 { return float64(h>>11) / (1 << 53) }
