package rivals

import "cordon/ingest"

// Fixes is which fixes a rule counts.
type Fixes uint8

// The fixes of the rules in the field.
const (
	AllPings  Fixes = iota // of every source
	Satellite              // whatever accuracy they claim
	Accurate               // of every source, that claim less than 50 m at 95 %
)

func (f Fixes) count(s *Sight) bool {
	switch f {
	case Satellite:
		return s.Source == ingest.GNSS
	case Accurate:
		return s.Radius < UsableM
	default:
		return true
	}
}

// InARow opens a breach at so many fixes inside without one outside between, and ends it at as many outside. With 1 it is
// the bare question whether the position lies in the polygon.
type InARow struct {
	Fixes Fixes
	Of    int

	open   bool
	row    int // fixes in a row that speak against open
	newest int64
	began  bool
}

// Ping implements Rule.
func (r *InARow) Ping(dst []Event, s *Sight) []Event {
	if !r.Fixes.count(s) || s.Late || r.began && s.Time < r.newest {
		return dst
	}
	r.began, r.newest = true, s.Time
	if s.Inside() == r.open {
		r.row = 0
		return dst
	}
	if r.row++; r.row < r.Of {
		return dst
	}
	r.open, r.row = !r.open, 0
	kind := Ended
	if r.open {
		kind = Opened
	}
	return append(dst, Event{Kind: kind, Time: s.Time, Distance: s.Distance})
}

// Wait implements Rule: silence decides nothing.
func (r *InARow) Wait(dst []Event, _ int64) []Event { return dst }
