package score

import (
	"slices"

	"cordon/benchmarks/quality/rivals"
)

// What counts as what, in ms and metres.
const (
	before   = 300_000 // a breach looks back for a reason
	after    = 60_000  // and forward; a stay may still be found so long after its end
	edgeM    = 10.0
	apart    = 60_000 // two usable fixes that are more than one look
	minDwell = 120_000
	minDepth = 30.0
)

// Life is one wearer against one zone: the truth and what the tag said. Times are ms since the Unix epoch.
type Life struct {
	rivals.Case
	Stratum string
	To      int64 // From is that of the case

	Distance func(ms int64) float64 // true metres to the zone's edge, negative inside
	Stays    []Stay                 // in order
	Sights   []rivals.Sight         // in the order they were appended
	Ended    int64                  // appended time up to which silence counts
}

// Days returns the tag-days.
func (l *Life) Days() float64 { return float64(l.To-l.From) / 86_400_000 }

// Stay is one true stay.
type Stay struct {
	Entered, Left int64
	Depth         float64 // metres, the greatest

	usable []int64 // times of usable fixes during it, in order
	inside int64   // of the first of them that lies inside; never when none does
	fixes  []int64 // times of all fixes up to 60 s after its end
}

const never = -1 << 63

// Qualifies reports whether the stay is one that must be found.
func (s *Stay) Qualifies() bool { return s.Left-s.Entered >= minDwell && s.Depth >= minDepth }

// Seen reports whether a usable fix was taken during the stay.
func (s *Stay) Seen() bool { return len(s.usable) > 0 }

// SeenTwice reports whether two usable fixes were, at least 60 s apart.
func (s *Stay) SeenTwice() bool { return s.Seen() && s.usable[len(s.usable)-1]-s.usable[0] >= apart }

// Prepare finds the fixes of each stay. It is to be called once, before anything is scored.
func (l *Life) Prepare() {
	for i := range l.Stays {
		l.Stays[i].inside = never
	}
	for i := range l.Sights {
		l.assign(&l.Sights[i])
	}
	for i := range l.Stays {
		s := &l.Stays[i]
		slices.Sort(s.usable)
		slices.Sort(s.fixes)
	}
}

// assign notes a fix with the stays it belongs to: the 60 s after one may reach into the next.
func (l *Life) assign(f *rivals.Sight) {
	first, _ := slices.BinarySearchFunc(l.Stays, f.Time, func(s Stay, at int64) int {
		if s.Left+after < at {
			return -1
		}
		return 1
	})
	for i := first; i < len(l.Stays) && l.Stays[i].Entered <= f.Time; i++ {
		s := &l.Stays[i]
		if f.Time > s.Left+after {
			continue
		}
		s.fixes = append(s.fixes, f.Time)
		if f.Time > s.Left || !f.Usable() {
			continue
		}
		s.usable = append(s.usable, f.Time)
		if f.Inside() && (s.inside == never || f.Time < s.inside) {
			s.inside = f.Time
		}
	}
}
