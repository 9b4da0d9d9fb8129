package rivals

import (
	"slices"

	"cordon/alerting"
	"cordon/geofence"
)

// Product is the rule of the product as it runs: an alerting.Watch over a view that holds the one zone. What it finds on
// the history track, which is told as such, is left out.
type Product struct {
	watch         *alerting.Watch
	tag           *alerting.Tag
	usable, heard int64 // when the last usable fix was taken, and what the clock said then
}

// NewProduct returns the rule for a case.
func NewProduct(rules *alerting.Rules, c *Case) *Product {
	z, since := c.Zone.Clone(), c.From-hourMS
	z.Revision = 1
	view := geofence.NewView(
		[]geofence.ZoneRevision{{ID: z.ID, Number: 1, Updated: since, Zone: z}},
		[]geofence.ActivationRevision{{ID: c.Wearer, Number: 1, Updated: since, Activation: &geofence.Activation{
			ID: c.Wearer, Wearer: c.Wearer, Device: c.Device, Fitted: since, Removed: geofence.Always, Tier: 3, Revision: 1,
		}}})
	return &Product{watch: alerting.NewWatch(view, since, rules), tag: alerting.NewTag(c.Device)}
}

const hourMS = 3_600_000

// Ping implements Rule.
func (p *Product) Ping(dst []Event, s *Sight) []Event {
	dst = p.Wait(dst, s.Appended)
	p.watch.Hear(p.tag, s.Fix, alerting.Report{HasPosition: true})
	p.watch.Observe(p.tag, s.Fix)
	for _, a := range p.watch.Take() {
		dst = p.say(dst, a, 0)
	}
	if s.Usable() {
		p.usable, p.heard = s.Time, s.Appended
	}
	return dst
}

// Wait implements Rule.
func (p *Product) Wait(dst []Event, appended int64) []Event {
	p.watch.Advance(appended)
	for _, a := range p.watch.Take() {
		dst = p.say(dst, a, p.usable-p.heard)
	}
	return dst
}

var saidAs = map[alerting.Kind]Kind{
	alerting.BreachSuspected: Suspected, alerting.SuspicionCleared: Cleared, alerting.Breach: Opened, alerting.BreachEnded: Ended,
}

// say appends what an alert says. An instant of the clock lies behind the tag's by the time given.
func (p *Product) say(dst []Event, a *alerting.Alert, behind int64) []Event {
	kind := saidAs[a.Kind]
	if kind == 0 || a.Retrospective {
		return dst
	}
	e := Event{Kind: kind}
	if kind == Opened {
		e.Reason = a.Reason
	}
	if a.FixTime != nil {
		e.Time, e.Distance = int64(*a.FixTime), *a.DistanceM
	} else {
		e.Time, e.Distance = int64(*a.DecidedTime)+behind, lastJudged(a.Evidence)
	}
	return append(dst, e)
}

// lastJudged is the distance of the last fix that a decision went by.
func lastJudged(evidence []alerting.Evidence) float64 {
	for _, e := range slices.Backward(evidence) {
		if e.Class != alerting.ClassUnusable {
			return e.DistanceM
		}
	}
	return 0
}
