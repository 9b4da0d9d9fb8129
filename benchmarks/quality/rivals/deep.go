package rivals

import (
	"cordon/alerting"
)

// DeepOrLong is the rule of the product without the rest of it, for settings of which there are many: every decision is
// made by alerting.Profile. With the settings of the product it says what Product does.
type DeepOrLong struct {
	profile *alerting.Profile
	stance  alerting.Stance
	cadence alerting.Cadence
	time    int64 // of the last usable fix
	heard   int64 // when it was appended
	at      float64
}

// NewDeepOrLong returns the rule with the parameters of a profile.
func NewDeepOrLong(p *alerting.Profile) *DeepOrLong {
	return &DeepOrLong{profile: p, time: never, heard: never}
}

// Ping implements Rule.
func (d *DeepOrLong) Ping(dst []Event, s *Sight) []Event {
	if !s.Usable() {
		return dst
	}
	dst = d.Wait(dst, s.Appended)
	if d.stance.Losing() {
		if lost := d.time + d.profile.Lost(&d.cadence); s.Time >= lost {
			dst = d.lose(dst)
		}
	}
	class := d.profile.Classify(s.Inside(), s.Distance, s.Radius)
	transition, reason := d.profile.Judge(&d.stance, class, s.Time, d.time)
	if d.time != never {
		d.cadence.Note(s.Time - d.time)
	}
	d.time, d.heard, d.at = s.Time, s.Appended, s.Distance
	if kind := kinds[transition]; kind != 0 {
		dst = append(dst, Event{Kind: kind, Reason: reason, Time: s.Time, Distance: s.Distance})
	}
	return dst
}

var kinds = [...]Kind{
	alerting.Stays: 0, alerting.Suspects: Suspected, alerting.Confirms: Opened, alerting.Clears: Cleared, alerting.Ends: Ended,
}

// Wait implements Rule: a suspicion that no usable fix has followed for long is confirmed at its deadline.
func (d *DeepOrLong) Wait(dst []Event, appended int64) []Event {
	if !d.stance.Losing() {
		return dst
	}
	if deadline := d.heard + d.profile.Lost(&d.cadence); appended >= deadline {
		return d.lose(dst)
	}
	return dst
}

func (d *DeepOrLong) lose(dst []Event) []Event {
	d.stance.Phase = alerting.Open
	return append(dst, Event{
		Kind: Opened, Reason: alerting.LostInside, Time: d.time + d.profile.Lost(&d.cadence), Distance: d.at,
	})
}
