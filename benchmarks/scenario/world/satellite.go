package world

import (
	"math"
	"math/rand/v2"
)

// bySatellite returns the position that satellites give.
func (t *tag) bySatellite(p *Ping, ms int64, at point) point {
	s := &t.s.Satellite
	v := &t.path.vertices[t.leg]
	t.off.step(t.rng, float64(ms-t.last)/second)
	t.last = ms
	p.Satellites = uint16(min(max(s.SatellitesTypical+int(math.Round(-3*t.off.claim+2*t.rng.Float64()-1)), s.SatellitesFewest), s.SatellitesMost))
	if speed := t.path.speed(t.leg); speed > 0 {
		p.SpeedMPS = math.Round(10*speed*(0.9+0.2*t.rng.Float64())) / 10
	}
	bias := t.bias.at(t, ms, at)
	if chance(t.rng, s.OutlierShare) {
		p.AccuracyM = tenth(s.OutlierClaimM.draw(t.rng))
		return at.plus(polar(2*math.Pi*t.rng.Float64(), s.OutlierM.byRatio(t.rng)))
	}
	claim := t.w.claims.at(share(t.off.claim))
	p.AccuracyM = tenth(claim)
	sigma := max(s.LeastSigmaM, s.ErrorPerClaim*claim/sigmasPerClaim)
	if v.state&indoors != 0 {
		sigma *= s.IndoorsFactor
	}
	return at.plus(bias).plus(point{sigma * t.off.x, sigma * t.off.y})
}

// sigmasPerClaim is how many standard deviations of round normal error make the circle that holds 95 %: √(−2 ln 0.05).
const sigmasPerClaim = 2.45

func tenth(m float64) float64 { return math.Round(10*m) / 10 }

// drift is error that is much the same a moment later: three Ornstein–Uhlenbeck processes of unit variance, two for
// where a fix is off to and one for how much the tag claims.
type drift struct {
	x, y, claim float64
	lastsS      float64
}

func newDrift(rng *rand.Rand, lastsS float64) drift {
	return drift{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), lastsS}
}

func (d *drift) step(rng *rand.Rand, seconds float64) {
	keep := math.Exp(-seconds / d.lastsS)
	fresh := math.Sqrt(1 - keep*keep)
	d.x = keep*d.x + fresh*rng.NormFloat64()
	d.y = keep*d.y + fresh*rng.NormFloat64()
	d.claim = keep*d.claim + fresh*rng.NormFloat64()
}

// bias is the error that buildings cause.
type bias struct {
	column, row int64
	canyon      bool
	until       int64
	off         point
}

// at returns the bias at a place and time: none but in a canyon, where it changes at random.
func (b *bias) at(t *tag, ms int64, at point) point {
	c := &t.s.Canyons
	if column, row := t.square(at, c.SquareM); column != b.column || row != b.row {
		*b = bias{column: column, row: row, canyon: unit(hash(t.w.seed, 2, column, row)) < c.Share}
	}
	if b.canyon && ms >= b.until {
		b.until = ms + int64(second*c.BiasS*t.rng.ExpFloat64())
		b.off = point{}
		if chance(t.rng, c.BiasedShare) {
			b.off = polar(2*math.Pi*t.rng.Float64(), c.BiasM.draw(t.rng))
		}
	}
	return b.off
}
