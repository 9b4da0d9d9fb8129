package main

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"cordon/alerting"
	"cordon/benchmarks/quality/rivals"
	"cordon/benchmarks/quality/score"
)

// class is what a probability is said of.
type class struct {
	Kind    string  `json:"kind"`
	Reason  string  `json:"reason"`
	Profile string  `json:"profile"`
	DepthM  float64 `json:"depth_from_m"` // of the deciding fix; the last band has no end
}

// alert is one alert of the rule of the product, with whether it was true.
type alert struct {
	class
	real bool
}

// depths are the bands of a class, metres inside.
var depths = []float64{0, 10, 30, 60, 100}

// alerts lists the suspicions and breaches of one life.
func alerts(l *score.Life, episodes []score.Episode) []alert {
	var all []alert
	note := func(kind alerting.Kind, reason alerting.Reason, e *rivals.Event) {
		c := class{Kind: string(kind), Reason: string(reason), Profile: l.Profile, DepthM: depths[score.Band(depths, -e.Distance)]}
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
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.DepthM, b.DepthM))
	})
}

// probability is a row of the table that a rule file holds.
type probability struct {
	class
	DepthToM *float64 `json:"depth_to_m,omitempty"` // absent: no end
	Share    float64  `json:"share"`
	N        int      `json:"n"`
}

// table is the probabilities with where they come from.
type table struct {
	Probabilities []probability `json:"probabilities"`
	Source        string        `json:"probabilities_source"`
}

// leastN is how many alerts of a class there must be for a share of them to be said.
const leastN = 100

// table returns the shares of the classes that enough alerts were of, to three digits.
func (c *classes) table(source string) table {
	t := table{Source: source}
	for _, k := range c.inOrder() {
		r := c.by[k]
		if r.Den < leastN {
			continue
		}
		p := probability{class: k, Share: math.Round(1000*r.Value()) / 1000, N: int(r.Den)}
		if i, _ := slices.BinarySearch(depths, k.DepthM); i+1 < len(depths) {
			p.DepthToM = new(depths[i+1])
		}
		t.Probabilities = append(t.Probabilities, p)
	}
	return t
}
