package alerting

import (
	"fmt"
	"math"
	"slices"

	"cordon/geofence"
)

// Profile is a set of parameters of the decision deep or long. Lengths are metres, spans seconds of fix time.
//
// In words: two or more satellite positions, each inside by more than its own stated error, that span half a minute and
// of which the last two are 15 m inside, or that span two minutes nearer the line, and none outside between.
type Profile struct {
	DeepM        float64 `json:"deep_m"`        // an IN fix this far inside is DEEP
	DeepS        float64 `json:"deep_s"`        // span of a run of IN fixes that confirms when the last two of it are DEEP
	LongS        float64 `json:"long_s"`        // span of a run of IN fixes that confirms whatever their depth
	ColdAfterS   float64 `json:"cold_after_s"`  // a run is cold when the last usable fix before it is older
	ColdS        float64 `json:"cold_s"`        // span of a cold run that confirms; nothing else does
	LeftS        float64 `json:"left_s"`        // span of two or more OUT fixes in a row that ends a breach
	LostS        float64 `json:"lost_s"`        // without a usable fix for so long, a suspicion is confirmed
	LostCadences float64 `json:"lost_cadences"` // and for so many times the tag's own cadence
	RecentS      float64 `json:"recent_s"`      // a fix this old still says where a wearer is when a zone begins to apply
}

// parameter is a number that a P has: what it may be, from the least to the most, and what it means.
type parameter[P any] struct {
	name        string
	of          func(*P) float64
	least, most float64
	unit        string
	meaning     string
}

var profileParameters = []parameter[Profile]{
	{"deep_m", func(p *Profile) float64 { return p.DeepM }, 0, 1000, "m", "inside by this much, and by more than its own error, a fix is deep"},
	{"deep_s", func(p *Profile) float64 { return p.DeepS }, 0, 3600, "s", "fixes inside that span this confirm a breach when the last two are deep"},
	{"long_s", func(p *Profile) float64 { return p.LongS }, 0, 3600, "s", "fixes inside that span this confirm a breach"},
	{"cold_after_s", func(p *Profile) float64 { return p.ColdAfterS }, 60, 86_400, "s", "after this long without a usable fix a run of fixes inside is cold"},
	{"cold_s", func(p *Profile) float64 { return p.ColdS }, 0, 3600, "s", "a cold run has to span this, whatever its depth"},
	{"left_s", func(p *Profile) float64 { return p.LeftS }, 0, 3600, "s", "fixes outside in a row that span this end a breach"},
	{"lost_s", func(p *Profile) float64 { return p.LostS }, 60, 86_400, "s", "this long without a usable fix confirms a suspicion"},
	{"lost_cadences", func(p *Profile) float64 { return p.LostCadences }, 1, 100, "intervals", "but not before this many of the tag's own intervals"},
	{"recent_s", func(p *Profile) float64 { return p.RecentS }, 0, 3600, "s", "a fix this old still says where a wearer is when a zone begins to apply"},
}

// outOfBounds names every parameter of p that is out of its bounds, after a prefix.
func outOfBounds[P any](prefix string, p *P, list []parameter[P]) (wrong []string) {
	for _, b := range list {
		if v := b.of(p); !(b.least <= v && v <= b.most) {
			wrong = append(wrong, fmt.Sprintf("%s%s is %g: give a number from %g to %g", prefix, b.name, v, b.least, b.most))
		}
	}
	return wrong
}

// shown lists the parameters of p, of a profile or of every one, after a prefix.
func shown[P any](profile, prefix string, p *P, list []parameter[P]) []Parameter {
	show := make([]Parameter, len(list))
	for i, b := range list {
		show[i] = Parameter{profile, prefix + b.name, b.of(p), b.unit, b.meaning}
	}
	return show
}

// Radius95 brings the radius (m) that holds the truth with the chance level to the one that holds it in 95 of 100
// cases. It is rounded to a centimetre, as distances are.
func Radius95(radius, level float64) float64 { return geofence.Round(radius * to95(level)) }

// to95 is the factor of Radius95, for round normal error: √(ln 0.05 / ln(1 − level)).
func to95(level float64) float64 { return math.Sqrt(math.Log(0.05) / math.Log(1-level)) }

// Classify says what a fix counts as. in tells whether it breaks the zone's order, s how far the position keeps out of
// what is forbidden, in metres (the distance to an exclusion zone, minus the distance to an inclusion zone), r is its
// radius at 95 %.
func (p *Profile) Classify(in bool, s, r float64) Class {
	switch {
	case !in:
		return ClassOut
	case s >= -r:
		return ClassLine
	case s <= -p.DeepM:
		return ClassDeep
	}
	return ClassIn
}

// Phase is how far an episode has come.
type Phase uint8

// The phases. Dormant is a wearer inside a zone that is about to apply, of whom nothing has been said; Near and Spent are
// visits to the warning ring, before and after the wearer went in.
const (
	None Phase = iota
	Dormant
	Near
	Spent
	Suspected
	Open
)

// Stance is what a decision remembers of one wearer and one zone on one track. Times are fix times, ms. The zero value
// is a wearer of whom nothing is known.
type Stance struct {
	Phase    Phase
	Cold     bool
	Ins      int32 // IN fixes of the run: since the last OUT
	Deeps    int32 // DEEP fixes in a row among them, up to the last
	Outs     int32 // OUT fixes in a row
	FirstIn  int64 // of the run
	FirstOut int64
}

// Transition is what a fix does to an episode.
type Transition uint8

// The transitions.
const (
	Stays Transition = iota
	Suspects
	Confirms
	Clears
	Ends
)

// Judge takes a usable fix of a class, taken at the time, into account. before is the time of the usable fix before it
// on the same track, never when there was none. The reason belongs to Confirms: deep or long.
func (p *Profile) Judge(s *Stance, c Class, time, before int64) (Transition, Reason) {
	if c == ClassOut {
		return p.out(s, time), ""
	}
	s.Outs = 0
	began := Stays
	if s.Phase < Suspected {
		*s = Stance{Phase: Suspected}
		began = Suspects
	}
	if c == ClassLine {
		return began, ""
	}
	s.in(p, c == ClassDeep, time, before)
	if s.Phase == Suspected {
		if reason := p.confirmed(s, time); reason != "" {
			s.Phase = Open
			return Confirms, reason
		}
	}
	return began, ""
}

// in adds an IN fix to the run.
func (s *Stance) in(p *Profile, deep bool, time, before int64) {
	if s.Ins == 0 {
		s.FirstIn = time
		s.Cold = before == never || seconds(time-before) > p.ColdAfterS
	}
	s.Ins = more(s.Ins)
	if !deep {
		s.Deeps = 0
		return
	}
	s.Deeps = more(s.Deeps)
}

// confirmed returns why the run is a breach, or nothing.
func (p *Profile) confirmed(s *Stance, time int64) Reason {
	run := seconds(time - s.FirstIn)
	switch {
	case s.Ins < 2:
		return ""
	case s.Cold:
		if run >= p.ColdS {
			return Long
		}
		return ""
	case s.Deeps >= 2 && run >= p.DeepS:
		return Deep
	case run >= p.LongS:
		return Long
	}
	return ""
}

func (p *Profile) out(s *Stance, time int64) Transition {
	switch s.Phase {
	case Suspected:
		*s = Stance{}
		return Clears
	case Open:
		s.Ins, s.Deeps = 0, 0
		if p.left(s, time) {
			s.Phase = None
			return Ends
		}
	default:
		*s = Stance{}
	}
	return Stays
}

// left adds a fix outside to those in a row, and reports whether they last.
func (p *Profile) left(s *Stance, time int64) bool {
	if s.Outs == 0 {
		s.FirstOut = time
	}
	s.Outs = more(s.Outs)
	return s.Outs >= 2 && seconds(time-s.FirstOut) >= p.LeftS
}

// Losing reports whether silence would confirm the episode: suspected, with a fix inside by more than its own error,
// and, since an OUT would have cleared it, none outside after it.
func (s *Stance) Losing() bool { return s.Phase == Suspected && s.Ins > 0 }

// more counts up and stops at the greatest number.
func more(n int32) int32 { return min(n, math.MaxInt32-1) + 1 }

func seconds(ms int64) float64 { return float64(ms) / 1000 }

// remembered is how many intervals a Cadence goes by.
const remembered = 8

// Cadence is how often usable fixes have come lately on one track: the intervals between the last of them, in ms of
// fix time. The zero value has seen none.
type Cadence struct {
	N         uint8 // of intervals, up to 8
	Next      uint8 // where the next one goes
	Intervals [remembered]uint32
}

// Note adds the interval (ms) between two usable fixes.
func (c *Cadence) Note(interval int64) {
	c.Intervals[c.Next] = uint32(min(max(interval, 0), math.MaxUint32))
	c.Next = (c.Next + 1) % remembered
	c.N = min(c.N+1, remembered)
}

// Median is the middle interval, ms; of an even number the mean of the middle two. 0: none has been seen.
func (c *Cadence) Median() int64 {
	if c.N == 0 {
		return 0
	}
	sorted := c.Intervals
	list := sorted[:c.N]
	slices.Sort(list)
	middle := len(list) / 2
	if len(list)%2 == 1 {
		return int64(list[middle])
	}
	return (int64(list[middle-1]) + int64(list[middle])) / 2
}

// Lost returns how long (ms) no usable fix may come before a suspicion is confirmed.
func (p *Profile) Lost(c *Cadence) int64 {
	return int64(math.Ceil(max(p.LostS*1000, p.LostCadences*float64(c.Median()))))
}
