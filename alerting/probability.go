package alerting

import (
	"fmt"
	"slices"

	"cordon/geofence"
)

// Probabilities say how often alerts were true, class by class, and where that is known from. An alert of a class that is
// not among them has no probability, nor has one from late pings: they were counted on the live track. The zero value
// knows of none.
type Probabilities struct {
	Source  string  `json:"source"` // scenario and seeds, or recorded outcomes, and what counted as true
	Classes []Truth `json:"classes"`
}

// Truth is how many alerts of a class were true. Depth is how far inside the forbidden side the last fix lay that the
// decision went by, in metres: the deciding one, or the last before a silence.
type Truth struct {
	Kind       Kind          `json:"kind"`
	Reason     Reason        `json:"reason"`
	ZoneKind   geofence.Kind `json:"zone_kind"`
	Profile    string        `json:"profile"`
	DepthFromM float64       `json:"depth_from_m"`
	DepthToM   *float64      `json:"depth_to_m,omitempty"` // this deep is no more of the class; absent: as deep as can be
	Share      float64       `json:"share"`                // 0–1, of n
	N          int           `json:"n"`
}

const (
	mostClasses = 1000
	mostDepthM  = 100_000.0
)

// holds reports whether an alert of the depth is of the class, all else being so.
func (c *Truth) holds(depth float64) bool {
	return depth >= c.DepthFromM && (c.DepthToM == nil || depth < *c.DepthToM)
}

// same reports whether the classes differ in depth only.
func (c *Truth) same(o *Truth) bool {
	return c.Kind == o.Kind && c.Reason == o.Reason && c.ZoneKind == o.ZoneKind && c.Profile == o.Profile
}

// depthTo is where the class ends.
func (c *Truth) depthTo() float64 {
	if c.DepthToM == nil {
		return mostDepthM
	}
	return *c.DepthToM
}

// name is what rules show calls the class.
func (c *Truth) name() string {
	to := ""
	if c.DepthToM != nil {
		to = fmt.Sprintf("%g", *c.DepthToM)
	}
	return fmt.Sprintf("probability.%s.%s.%s.%g–%s_m", c.Kind, c.Reason, c.ZoneKind, c.DepthFromM, to)
}

// wrong says what is wrong with the table.
func (p *Probabilities) wrong(profiles map[string]Profile) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, "probability: "+fmt.Sprintf(format, args...)) }
	if n := len(p.Classes); n > 0 && p.Source == "" || len(p.Source) > 1000 {
		say("source has %d bytes: say in 1 to 1000 where the shares come from", len(p.Source))
	}
	if len(p.Classes) > mostClasses {
		say("%d classes: give at most %d", len(p.Classes), mostClasses)
		return wrong
	}
	for i := range p.Classes {
		c := &p.Classes[i]
		for _, problem := range c.wrong(profiles) {
			say("class %d: %s", i, problem)
		}
		for k := range i {
			if o := &p.Classes[k]; c.same(o) && c.DepthFromM < o.depthTo() && o.DepthFromM < c.depthTo() {
				say("class %d: it and class %d hold the same depths", i, k)
			}
		}
	}
	return wrong
}

func (c *Truth) wrong(profiles map[string]Profile) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if !slices.ContainsFunc(Table, func(r Row) bool {
		return r.Kind == c.Kind && slices.Contains(r.Optional, "probability") && (slices.Contains(r.Reasons, c.Reason) || slices.Contains(r.Timed, c.Reason))
	}) || c.Kind != Breach && c.Kind != BreachSuspected {
		say("kind %q with reason %q: give breach or breach_suspected, with one of its reasons", c.Kind, c.Reason)
	}
	if c.ZoneKind != geofence.Exclusion && c.ZoneKind != geofence.Inclusion {
		say("zone_kind %q: give exclusion or inclusion", c.ZoneKind)
	}
	if _, ok := profiles[c.Profile]; !ok {
		say("profile %q is not in the rule set", c.Profile)
	}
	if !(c.DepthFromM >= 0 && c.DepthFromM < c.depthTo() && c.depthTo() <= mostDepthM) {
		say("depth_from_m %g, depth_to_m %g: give numbers from 0 to %g, the first below the second", c.DepthFromM, c.depthTo(), mostDepthM)
	}
	if !(c.Share >= 0 && c.Share <= 1) {
		say("share is %g: give a number from 0 to 1", c.Share)
	}
	if c.N < 1 {
		say("n is %d: a share is of 1 or more", c.N)
	}
	return wrong
}

// Of returns the share of the class that an alert is of: its kind, reason and kind of zone, the profile it was decided by
// and the depth in metres. nil: none is known.
func (p *Probabilities) Of(kind Kind, reason Reason, zone geofence.Kind, profile string, depth float64) *float64 {
	is := Truth{Kind: kind, Reason: reason, ZoneKind: zone, Profile: profile}
	for i := range p.Classes {
		if c := &p.Classes[i]; c.same(&is) && c.holds(depth) {
			share := c.Share
			return &share
		}
	}
	return nil
}

// sure adds to an alert of an episode, decided by a fix at distance d from the edge or by nothing after it, how probable it
// is.
func (w *Watch) sure(a *Alert, e *Episode, d float64) {
	if e.History {
		return
	}
	zone := geofence.Kind(a.ZoneKind)
	a.Probability = w.rules.Probability.Of(a.Kind, a.Reason, zone, e.Profile, -keepsOut(zone, d))
}

// sureByLast is sure for an alert that no fix decided: it goes by the last that the episode was judged by, where one is
// known.
func (w *Watch) sureByLast(a *Alert, e *Episode) {
	for i := range slices.Backward(e.Seen) {
		if e.Seen[i].Class != ClassUnusable {
			w.sure(a, e, e.Seen[i].Distance)
			return
		}
	}
}
