package score

import (
	"math"

	"cordon/benchmarks/quality/rivals"
)

// Episode is what a rule says of one stay: a suspicion, a breach, or both.
type Episode struct {
	Suspected *rivals.Event // nil: the rule does not suspect
	Opened    *rivals.Event // nil: cleared before
	Over      int64         // time of the fix that cleared or ended it; always when none did
}

const always = math.MaxInt64

// Began is the time of the first thing that was said.
func (e *Episode) Began() int64 {
	if e.Suspected != nil {
		return e.Suspected.Time
	}
	return e.Opened.Time
}

// Episodes folds events into episodes, which go on pointing to them.
func Episodes(dst []Episode, events []rivals.Event) []Episode {
	going := false
	begin := func() *Episode {
		if !going {
			going = true
			dst = append(dst, Episode{Over: always})
		}
		return &dst[len(dst)-1]
	}
	for i := range events {
		switch e := &events[i]; e.Kind {
		case rivals.Suspected:
			begin().Suspected = e
		case rivals.Opened:
			begin().Opened = e
		default:
			begin().Over = e.Time
			going = false
		}
	}
	return dst
}
