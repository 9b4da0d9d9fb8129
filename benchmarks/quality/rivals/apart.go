package rivals

import (
	"math"

	"cordon/alerting"
)

// Apart is deep or long with time counted from the first deep fix of those in a row, not from the first inside.
type Apart struct {
	DeepOrLong
	span  float64 // seconds
	deeps int
	first int64
}

// NewApart returns the rule with the parameters of a profile.
func NewApart(p alerting.Profile) *Apart {
	span := p.DeepS
	p.DeepS = math.Inf(1)
	return &Apart{DeepOrLong: *NewDeepOrLong(&p), span: span}
}

// Ping implements Rule.
func (a *Apart) Ping(dst []Event, s *Sight) []Event {
	dst = a.DeepOrLong.Ping(dst, s)
	if !s.Usable() {
		return dst
	}
	switch a.profile.Classify(s.Inside(), s.Distance, s.Radius) {
	case alerting.ClassLine:
		return dst
	case alerting.ClassDeep:
		if a.deeps++; a.deeps == 1 {
			a.first = s.Time
		}
	default:
		a.deeps = 0
	}
	st := &a.stance
	if st.Phase == alerting.Suspected && !st.Cold && a.deeps >= 2 && float64(s.Time-a.first) >= 1000*a.span {
		st.Phase = alerting.Open
		dst = append(dst, Event{Kind: Opened, Reason: alerting.Deep, Time: s.Time, Distance: s.Distance})
	}
	return dst
}
