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

// sort is what a probability is said of, but for the depth.
type sort struct {
	kind    alerting.Kind
	reason  alerting.Reason
	profile string
}

// class is a class of alerting.Truth: a sort, and the bands of depths from one to before another.
type class struct {
	sort
	from, to int
}

// alert is one alert of the rule of the product, with whether it was true.
type alert struct {
	sort
	band int // of depths
	real bool
}

// depths are the bands of a class, metres inside, each up to the next; the last has no end.
var depths = []float64{0, 10, 30, 60, 100}

// alerts lists the suspicions and breaches of one life.
func alerts(l *score.Life, episodes []score.Episode) []alert {
	var all []alert
	note := func(kind alerting.Kind, reason alerting.Reason, e *rivals.Event) {
		all = append(all, alert{sort{kind, reason, l.Profile}, score.Band(depths, -e.Distance), l.Verdict(e.Time) >= score.Dip})
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

// classes counts alerts by every class they are of: those that were true, by all, with the wearers as clusters.
type classes struct{ by map[class]*score.Ratio }

func newClasses() *classes { return &classes{map[class]*score.Ratio{}} }

// add takes the alerts of one wearer in.
func (c *classes) add(all []alert) {
	sums := map[class][2]float64{}
	for _, a := range all {
		for from := range a.band + 1 {
			for to := a.band + 1; to <= len(depths); to++ {
				k := class{a.sort, from, to}
				s := sums[k]
				if a.real {
					s[0]++
				}
				s[1]++
				sums[k] = s
			}
		}
	}
	for k, s := range sums {
		if c.by[k] == nil {
			c.by[k] = &score.Ratio{}
		}
		c.by[k].Add(s[0], s[1])
	}
}

// sorts lists what there are.
func (c *classes) sorts() []sort {
	all := map[sort]bool{}
	for k := range c.by {
		all[k.sort] = true
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b sort) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.reason, b.reason), cmp.Compare(a.profile, b.profile))
	})
}

// How many alerts of a class there must be for a share of them to be said, and the greatest standard error of it.
const (
	leastN     = 100
	mostStderr = 0.02
)

// known returns the share of a class where it is known well enough.
func (c *classes) known(k class) (*score.Ratio, bool) {
	r := c.by[k]
	return r, r != nil && r.Den >= leastN && r.Stderr() <= mostStderr
}

// table returns the shares, as a rule file holds them: of bands of depth where they are known well enough, else of several
// together. Alerts of a depth of which too little is known are in no class.
func (c *classes) table(source string) alerting.Probabilities {
	t := alerting.Probabilities{Source: source}
	for _, s := range c.sorts() {
		var last *class
		from := 0
		for to := 1; to <= len(depths); to++ {
			if k := (class{s, from, to}); c.put(&t, k) {
				last, from = &k, to
			}
		}
		if last == nil || from == len(depths) {
			continue
		}
		all := t.Classes
		t.Classes = all[:len(all)-1] // perhaps it can take in the rest
		if !c.put(&t, class{s, last.from, len(depths)}) {
			t.Classes = all
		}
	}
	return t
}

// put appends the row of a class, to three digits, and reports whether it is known.
func (c *classes) put(t *alerting.Probabilities, k class) bool {
	r, known := c.known(k)
	if !known {
		return false
	}
	row := alerting.Truth{
		Kind: k.kind, Reason: k.reason, ZoneKind: geofence.Exclusion, Profile: k.profile, DepthFromM: depths[k.from],
		Share: math.Round(1000*r.Value()) / 1000, N: int(r.Den),
	}
	if k.to < len(depths) {
		row.DepthToM = new(depths[k.to])
	}
	t.Classes = append(t.Classes, row)
	return true
}

// of is the class of a row that put appended.
func of(t *alerting.Truth) class {
	k := class{sort{t.Kind, t.Reason, t.Profile}, score.Band(depths, t.DepthFromM), len(depths)}
	if t.DepthToM != nil {
		k.to = score.Band(depths, *t.DepthToM)
	}
	return k
}
