package world

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"cordon/geofence"
)

// Stratum is what a wearer has to do with the zone.
type Stratum = string

// The strata, in the order of the settings.
const (
	Far           Stratum = "far"
	HomeBeside    Stratum = "home_beside"
	WorkBeside    Stratum = "work_beside"
	DrivesPast    Stratum = "drives_past"
	WalksPast     Stratum = "walks_past"
	DrivesThrough Stratum = "drives_through"
	Enters        Stratum = "enters"
)

// besideM is from what distance to the edge a home or workplace lies beside the zone.
const besideM = 300

// person is who a wearer is: all that does not change from day to day.
type person struct {
	ground   *ground
	stratum  Stratum
	wearer   string
	device   string
	tier     int
	worn     span
	nth      int // wearer of the tag, from 0
	home     point
	work     point
	errands  []point
	employed bool
	ride     mode
	past     float64 // from the edge to the pavement or street of daily ways past it
}

// person draws the wearer i. It is a pure function of the settings, the seed and i.
func (w *World) person(i int) *person {
	rng := rand.New(rand.NewPCG(w.seed, uint64(i)<<1))
	s := &w.s
	p := &person{
		ground: s.newGround(rng), stratum: s.Strata.draw(rng), wearer: fmt.Sprintf("wearer-%06d", i+1), device: fmt.Sprintf("tag-%06d", i+1),
		tier: 1 + rng.IntN(3), worn: span{w.from, w.to}, employed: chance(rng, s.Places.EmployedShare),
	}
	w.hand(p, i)
	switch u := rng.Float64(); {
	case u < s.Travel.BusShare:
		p.ride = bus
	case u < s.Travel.BusShare+s.Travel.TubeShare:
		p.ride = tube
	default:
		p.ride = car
	}
	p.settle(rng, s)
	return p
}

// hand lets the second of a pair of wearers have the tag that the first wore.
func (w *World) hand(p *person, i int) {
	pair := hash(w.seed, 1, int64(i/2))
	if unit(pair) >= w.s.Tags.ReuseShare || i-i%2+1 >= w.wearers {
		return
	}
	rng := rand.New(rand.NewPCG(pair, 0))
	off := w.from + int64(float64(w.to-w.from)*(0.25+0.5*rng.Float64()))
	on := off + int64(w.s.Tags.ReuseAfterH.draw(rng)*hour)
	if on >= w.to {
		return // too short a run for two
	}
	if i%2 == 0 {
		p.worn.to = off
		return
	}
	p.worn.from, p.nth, p.device = on, 1, fmt.Sprintf("tag-%06d", i)
}

func (t *Strata) draw(rng *rand.Rand) Stratum {
	u := rng.Float64()
	for _, share := range []struct {
		of   float64
		name Stratum
	}{
		{t.Far, Far}, {t.HomeBeside, HomeBeside}, {t.WorkBeside, WorkBeside}, {t.DrivesPast, DrivesPast}, {t.WalksPast, WalksPast},
		{t.DrivesThrough, DrivesThrough},
	} {
		if u < share.of {
			return share.name
		}
		u -= share.of
	}
	return Enters
}

// settle finds home, work and errands. Home, or the workplace beside the zone, has the least y: ways between them keep
// out of the zone.
func (p *person) settle(rng *rand.Rand, s *Settings) {
	beside := s.Places.BesideM.Min + (s.Places.BesideM.Max-s.Places.BesideM.Min)*math.Pow(rng.Float64(), s.Places.BesideSkew)
	switch p.stratum {
	case HomeBeside:
		p.home = point{0, beside}
	case Far:
		p.home = point{1000 * rng.NormFloat64(), s.Places.FarM.draw(rng)}
	default:
		p.home = point{1000 * rng.NormFloat64(), s.Places.ApartM.byRatio(rng)}
	}
	p.work = away(rng, p.home, s.Places.WorkM)
	if p.stratum == WorkBeside {
		p.work, p.employed = point{0, beside}, true
		p.home = away(rng, p.work, s.Places.WorkM)
		p.home.y = max(p.home.y, s.Places.ApartM.Min)
	}
	for range s.Places.ErrandPlaces {
		p.errands = append(p.errands, away(rng, p.home, s.Places.ErrandM))
	}
	switch p.stratum {
	case WalksPast:
		p.past = s.Visits.WalkPastM.draw(rng)
	case DrivesPast:
		p.past = s.Visits.DrivePastM.draw(rng)
	}
}

// away is a place so far from another and further from the zone, not beside it.
func away(rng *rand.Rand, from point, far Skewed) point {
	to := from.plus(polar(math.Pi*rng.Float64(), far.draw(rng)))
	to.y = max(to.y, besideM+1)
	return to
}

// zone is the wearer's zone.
func (p *person) zone(i int) *geofence.Zone {
	z := &geofence.Zone{
		ID: fmt.Sprintf("zone-%06d", i+1), Kind: geofence.Exclusion, Audience: geofence.Audience{Wearers: []string{p.wearer}},
		Shape: p.ground.shape, Location: time.UTC, Severity: geofence.Critical, Rule: "default",
	}
	if p.ground.measure(p.home) <= besideM || p.employed && p.ground.measure(p.work) <= besideM {
		z.Rule = "beside_home"
	}
	return z
}

// activation is the fitting of the wearer's tag, a little before the first and after the last fix.
func (p *person) activation(i int, until int64) *geofence.Activation {
	a := &geofence.Activation{
		ID: fmt.Sprintf("activation-%06d", i+1), Wearer: p.wearer, Device: p.device, Fitted: p.worn.from - minute, Removed: geofence.Always, Tier: p.tier,
	}
	if p.worn.to < until {
		a.Removed = p.worn.to + minute
	}
	return a
}
