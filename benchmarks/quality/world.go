package main

import (
	"math"
	"strings"
	"time"

	"cordon/benchmarks/quality/rivals"
	"cordon/benchmarks/quality/score"
	"cordon/benchmarks/scenario/world"
)

// goals is how many of the worlds there are have something to be reached in them, the one on which settings are chosen first.
const goals = 4

func scenarios() string { return strings.Join(world.Names()[:goals], ",") }

func others() string { return strings.Join(world.Names()[goals:], ",") }

// lifeDays is for how long each tag is worn. False alerts come from few wearers, many from each: many wearers for weeks
// say more than few for months.
const lifeDays = 14

// handed is a little more than the share of tag-days that is lost where two wearers have one tag, one after the other.
const handed = 0.04

// began is a Monday.
var began = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// open is the opener of the simulated worlds.
func open(scenario string, seed uint64, tagDays float64) (source, error) {
	s, err := world.Named(scenario)
	if err != nil {
		return nil, err
	}
	wearers := int(math.Ceil((1 + handed) * tagDays / lifeDays))
	w, err := world.New(s, seed, wearers, began, lifeDays*24*time.Hour)
	if err != nil {
		return nil, err
	}
	return simulated{w, noiseOf(&s)}, nil
}

// simulated is a world as a source.
type simulated struct {
	world *world.World
	noise rivals.Noise
}

// noiseOf is what the settings of a world say of its satellite fixes, as a filter takes it.
func noiseOf(s *world.Settings) rivals.Noise {
	const outdoors = 0.7 // of the fixes near the edge, about
	bias := s.Canyons.BiasM
	return rivals.Noise{
		FloorM: s.Satellite.LeastSigmaM, Factor: s.Satellite.ErrorPerClaim * (outdoors + (1-outdoors)*s.Satellite.IndoorsFactor),
		RepeatS: (s.Satellite.CorrelatedS.Min + s.Satellite.CorrelatedS.Max) / 2,
		Outlier: s.Satellite.OutlierShare, OutlierM: s.Satellite.OutlierM.Max,
		Canyon: s.Canyons.Share * s.Canyons.BiasedShare, CanyonS: s.Canyons.BiasS,
		// evenly long and to any side: a half of the mean square lies across the edge
		BiasM: math.Sqrt((bias.Min*bias.Min + bias.Min*bias.Max + bias.Max*bias.Max) / 6),
	}
}

// Len implements source.
func (s simulated) Len() int { return s.world.Len() }

// Life implements source.
func (s simulated) Life(i int) *score.Life {
	was := s.world.Life(i)
	l := &score.Life{
		Case:    rivals.Case{Profile: was.Zone.Rule, Zone: was.Zone, Wearer: was.Wearer, Device: was.Device, From: was.From, Noise: s.noise},
		Stratum: was.Stratum, To: was.To, Ended: was.To, Distance: was.Distance,
	}
	look := newLooker(was.Zone, len(was.Pings))
	for k := range was.Pings {
		look.look(&was.Pings[k].Ping, was.Pings[k].Appended)
	}
	l.Sights = look.sights
	for _, stay := range was.Stays {
		l.Stays = append(l.Stays, score.Stay{Entered: stay.Entered, Left: stay.Left, Depth: stay.Depth})
	}
	l.Prepare()
	return l
}
