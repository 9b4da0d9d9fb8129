package rivals

import (
	"cordon/alerting"
	"cordon/geofence"
)

// Wary is deep or long that looks at how a run of fixes inside begins. After a leap that nobody walks, the run has to last
// for a minute at least; while the tag has said since the last fix before it that it does not move, as a cold one.
type Wary struct {
	DeepOrLong
	usual, leapt, unmoved alerting.Profile
	last                  *alerting.Fix
	still                 bool // the tag said so at the last usable fix
	standing              bool // and at all since the run began
}

// What a leap is: further than one walks in the time, by more than fixes err.
const (
	walkMPS = 1.5
	errM    = 15.0
	leaptS  = 55
)

// NewWary returns the rule with the parameters of a profile.
func NewWary(p alerting.Profile) *Wary {
	w := &Wary{usual: p, leapt: p, unmoved: p}
	w.leapt.DeepS, w.leapt.LongS = max(p.DeepS, leaptS), max(p.LongS, leaptS)
	w.unmoved.DeepS, w.unmoved.LongS = p.ColdS, p.ColdS
	w.DeepOrLong = *NewDeepOrLong(&w.usual)
	return w
}

// Ping implements Rule.
func (w *Wary) Ping(dst []Event, s *Sight) []Event {
	if !s.Usable() {
		return dst
	}
	if w.stance.Ins == 0 {
		w.standing = w.still && s.Still
		w.profile = &w.usual
		if w.leaps(s) {
			w.profile = &w.leapt
		}
	}
	if w.standing = w.standing && s.Still; w.standing {
		w.profile = &w.unmoved
	} else if w.profile == &w.unmoved {
		w.profile = &w.usual
	}
	dst = w.DeepOrLong.Ping(dst, s)
	w.last, w.still = s.Fix, s.Still
	return dst
}

func (w *Wary) leaps(s *Sight) bool {
	if w.last == nil || s.Time <= w.time {
		return false
	}
	at := geofence.PlaneAt(s.Fix.Lon, s.Fix.Lat)
	return at.Length(w.last.Lon, w.last.Lat) > errM+walkMPS*float64(s.Time-w.time)/1000
}
