package main

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"cordon/alerting"
	"cordon/benchmarks/quality/rivals"
	"cordon/benchmarks/quality/score"
	"cordon/geofence"
)

// class is what a probability is said of: a class of alerting.Truth.
type class struct {
	kind    alerting.Kind
	reason  alerting.Reason
	profile string
	band    int // of depths
}

// alert is one alert of the rule of the product, with whether it was true.
type alert struct {
	class
	real bool
}

// depths are the bands of a class, metres inside, each up to the next; the last has no end.
var depths = []float64{0, 10, 30, 60, 100}

// alerts lists the suspicions and breaches of one life.
func alerts(l *score.Life, episodes []score.Episode) []alert {
	var all []alert
	note := func(kind alerting.Kind, reason alerting.Reason, e *rivals.Event) {
		c := class{kind, reason, l.Profile, score.Band(depths, -e.Distance)}
		all = append(all, alert{c, l.Verdict(e.Time) >= score.Dip})
	}
	for i := range episodes {
		if e := episodes[i].Suspected; e != nil {
			note(alerting.BreachSuspected, alerting.Inside, e)
		}
		if e := episodes[i].Opened; e != nil {
			note(alerting.Breach, e.Reason, e)
		}
	}
	return all
}

// classes counts alerts by class: those that were true, by all, with the wearers as clusters.
type classes struct{ by map[class]*score.Ratio }

func newClasses() *classes { return &classes{map[class]*score.Ratio{}} }

// add takes the alerts of one wearer in.
func (c *classes) add(all []alert) {
	sums := map[class][2]float64{}
	for _, a := range all {
		s := sums[a.class]
		if a.real {
			s[0]++
		}
		s[1]++
		sums[a.class] = s
	}
	for k, s := range sums {
		if c.by[k] == nil {
			c.by[k] = &score.Ratio{}
		}
		c.by[k].Add(s[0], s[1])
	}
}

// inOrder lists the classes.
func (c *classes) inOrder() []class {
	return slices.SortedFunc(maps.Keys(c.by), func(a, b class) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.reason, b.reason), cmp.Compare(a.profile, b.profile), cmp.Compare(a.band, b.band))
	})
}

// leastN is how many alerts of a class there must be for a share of them to be said.
const leastN = 100

// table returns the shares of the classes that enough alerts were of, to three digits, as a rule file holds them.
func (c *classes) table(source string) alerting.Probabilities {
	t := alerting.Probabilities{Source: source}
	for _, k := range c.inOrder() {
		r := c.by[k]
		if r.Den < leastN {
			continue
		}
		truth := alerting.Truth{
			Kind: k.kind, Reason: k.reason, ZoneKind: geofence.Exclusion, Profile: k.profile, DepthFromM: depths[k.band],
			Share: math.Round(1000*r.Value()) / 1000, N: int(r.Den),
		}
		if k.band+1 < len(depths) {
			truth.DepthToM = new(depths[k.band+1])
		}
		t.Classes = append(t.Classes, truth)
	}
	return t
}

// of is the class of a row of a table made here.
func of(t *alerting.Truth) class {
	return class{t.Kind, t.Reason, t.Profile, score.Band(depths, t.DepthFromM)}
}
