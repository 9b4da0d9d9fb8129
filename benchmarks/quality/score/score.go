package score

import (
	"slices"

	"cordon/alerting"
)

// Score is what one rule was worth on one life.
type Score struct {
	Life       *Life
	Verdicts   []Verdict         // of the breaches, in order
	Reasons    []alerting.Reason // the same
	Found      []Found           // of the seen qualifying stays, in order
	Qualifying int               // stays, seen or not
	Suspicions int
}

// Found is how one seen qualifying stay was found.
type Found struct {
	Stay      *Stay
	Found     bool
	DelayS    float64 // of a found stay with a usable fix inside
	Fixes     int     // usable fixes after the first inside, the deciding one among them
	Timed     bool    // whether there is a delay
	Breaches  int     // open during the stay
	Suspected bool    // at the first usable fix inside something was said, or a breach was open
}

// Of scores the episodes of a rule. The life must be prepared.
func Of(l *Life, episodes []Episode) Score {
	s := Score{Life: l}
	for i := range episodes {
		if episodes[i].Suspected != nil {
			s.Suspicions++
		}
		if o := episodes[i].Opened; o != nil {
			s.Verdicts, s.Reasons = append(s.Verdicts, l.Verdict(o.Time)), append(s.Reasons, o.Reason)
		}
	}
	for i := range l.Stays {
		stay := &l.Stays[i]
		if !stay.Qualifies() {
			continue
		}
		s.Qualifying++
		if stay.Seen() {
			s.Found = append(s.Found, stay.found(episodes))
		}
	}
	return s
}

func (s *Stay) found(episodes []Episode) Found {
	f := Found{Stay: s}
	for i := range episodes {
		e := &episodes[i]
		if s.inside != never && e.Began() <= s.inside && s.inside < e.Over {
			f.Suspected = true
		}
		if e.Opened == nil || !s.holds(e.Opened.Time, e.Over) {
			continue
		}
		if f.Breaches++; f.Breaches == 1 {
			f.Found = true
			f.delay(e.Opened.Time)
		}
	}
	return f
}

// holds reports whether a breach open in [from, to) finds the stay.
func (s *Stay) holds(from, to int64) bool {
	if s.Entered <= from && from <= s.Left+after {
		return true
	}
	i, _ := slices.BinarySearch(s.fixes, max(from, s.Entered))
	return i < len(s.fixes) && s.fixes[i] < to
}

// delay notes how long after the first usable fix inside the breach was decided.
func (f *Found) delay(decided int64) {
	s := f.Stay
	if s.inside == never {
		return
	}
	f.Timed = true
	f.DelayS = float64(max(0, decided-s.inside)) / 1000
	for _, at := range s.usable {
		if at > s.inside && at <= decided {
			f.Fixes++
		}
	}
}
