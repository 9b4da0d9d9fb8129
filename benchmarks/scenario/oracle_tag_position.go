package scenario

import (
	"math"

	"cordon/alerting"
)

// positions are what the positions of one bearer are remembered by when it is asked whether they can be true.
type positions struct {
	unjammed streak // pings in a row that say that nothing jams
	last     *fix   // the last usable one
	steadily int    // usable ones since the last teleport or the opening, none of them a teleport
	standing streak // usable ones in a row at one place that say motion
}

func (l *lane) judgeJamming(s *state, f fix) {
	v := &s.vigil
	switch f.jamming {
	case yes:
		v.unjammed = streak{}
		l.openImplausible(s, alerting.Jammed, f)
	case no:
		v.unjammed.add(f.fix)
		if v.unjammed.spans(f.fix, l.params.Rules.Tags.ClearS) {
			l.closeImplausible(s, alerting.Jammed, alerting.NotJammed, f)
		}
	}
}

// judgePlausible takes a usable satellite fix.
func (l *lane) judgePlausible(s *state, f fix) {
	v, rules := &s.vigil, l.params.Rules.Tags
	before := v.last
	v.last = &f
	elsewhere := before == nil || e7(f.lat) != e7(before.lat) || e7(f.lon) != e7(before.lon)

	if before != nil && l.teleports(*before, f) {
		v.steadily = 0
		l.openImplausible(s, alerting.Teleport, f)
	} else if v.steadily++; v.steadily >= rules.SteadyFixes {
		l.closeImplausible(s, alerting.Teleport, alerting.Steady, f)
	}

	if elsewhere {
		v.standing = streak{}
		l.closeImplausible(s, alerting.Frozen, alerting.Moved, f)
	}
	if f.motion != yes {
		v.standing = streak{}
		return
	}
	v.standing.add(f.fix)
	if v.standing.fixes >= rules.FrozenFixes && v.standing.spans(f.fix, rules.FrozenS) {
		l.openImplausible(s, alerting.Frozen, f)
	}
}

// teleports tells whether nobody could have come so far in the time.
func (l *lane) teleports(b, f fix) bool {
	x, y := scale(f.lat)
	d := rounded(math.Hypot((f.lon-b.lon)*x, (f.lat-b.lat)*y)) - b.radius - f.radius
	return d > l.params.Rules.Tags.TeleportM && d > l.params.Rules.Tags.MaxMPS*float64(f.fix-b.fix)/1000
}

// openImplausible opens one, if none is open whatever its reason.
func (l *lane) openImplausible(s *state, reason alerting.Reason, f fix) {
	if s.vigil.implausible == nil && s.tells() {
		s.vigil.implausible = &trouble{state: s, opening: f, reason: reason}
		l.raiseTrouble(s.vigil.implausible, alerting.PositionImplausible, reason, f)
	}
}

// closeImplausible closes the one that is open, if it was opened for this.
func (l *lane) closeImplausible(s *state, opened, reason alerting.Reason, f fix) {
	if tr := s.vigil.implausible; tr != nil && tr.reason == opened {
		l.raiseTrouble(tr, alerting.PositionPlausible, reason, f)
		s.vigil.implausible = nil
	}
}
