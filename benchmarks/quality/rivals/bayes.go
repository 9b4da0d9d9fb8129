package rivals

import (
	"math"

	"cordon/ingest"
)

// Bayes is a filter with two states, inside and outside, that multiplies the likelihoods of satellite fixes. It opens a
// breach when the chance of inside reaches Sure and ends it when the chance of outside does.
//
// A fix at s metres from the edge with the deviation σ = r95/2.45 is ((1−ε)Φ(−s/σ)+ε)/((1−ε)Φ(s/σ)+ε) times as likely
// inside as outside. The errors of fixes close in time are one error seen again: what a fix says is tempered by the
// share of TemperS that has passed since the one before.
type Bayes struct {
	Sure    float64 // chance, above 0.5
	TemperS float64 // seconds after which a fix counts in full
	Visits  float64 // entries a day that are expected beforehand
	Outlier float64 // ε: chance that a fix says nothing

	odds float64 // inside : outside
	open bool
	last int64
	seen bool

	elapsed, decay float64 // seconds, and what they leave of what was known: most intervals are like the one before
}

// stayS is how long a stay is expected to last beforehand, seconds.
const stayS = 1800

// leastSigma is the least deviation a fix is believed, metres: that of the best fixes on a clear day.
const leastSigma = 1.5

// perSigma is √(−2 ln 0.05): the radius that holds 95 of 100 of a round normal error, in deviations.
const perSigma = 2.4477

// Ping implements Rule.
func (b *Bayes) Ping(dst []Event, s *Sight) []Event {
	if s.Source != ingest.GNSS || s.Late {
		return dst
	}
	enter, leave := b.Visits/86_400, 1.0/stayS
	rest := enter / (enter + leave)
	weight, inside := 1.0, rest
	if b.seen {
		elapsed := float64(s.Time-b.last) / 1000
		if elapsed != b.elapsed || b.decay == 0 {
			b.elapsed, b.decay = elapsed, math.Exp(-(enter+leave)*elapsed)
		}
		weight = min(1, elapsed/b.TemperS)
		inside = rest + (b.odds/(1+b.odds)-rest)*b.decay
	}
	b.seen, b.last = true, s.Time
	says := b.says(s)
	if weight < 1 {
		says = math.Pow(says, weight)
	}
	b.odds = inside / (1 - inside) * says
	sure := b.Sure / (1 - b.Sure)
	switch {
	case !b.open && b.odds >= sure:
		b.open = true
		return append(dst, Event{Kind: Opened, Time: s.Time, Distance: s.Distance})
	case b.open && b.odds <= 1/sure:
		b.open = false
		return append(dst, Event{Kind: Ended, Time: s.Time, Distance: s.Distance})
	}
	return dst
}

// says is how much likelier the fix is inside than outside.
func (b *Bayes) says(s *Sight) float64 {
	sigma := max(s.Radius/perSigma, leastSigma)
	var below float64
	switch z := s.Distance / sigma; {
	case z > far: // most fixes are: the tail is nothing beside ε
	case z < -far:
		below = 1
	default:
		below = math.Erfc(z/math.Sqrt2) / 2
	}
	return ((1-b.Outlier)*below + b.Outlier) / ((1-b.Outlier)*(1-below) + b.Outlier)
}

// far is so many deviations from the edge that the side is not in doubt: 1 in 10^15.
const far = 8

// Wait implements Rule: silence decides nothing.
func (b *Bayes) Wait(dst []Event, _ int64) []Event { return dst }
