package alerting

import (
	"math"

	"cordon/geofence"
)

// steadyFixes in a row, each within reach of the one before, end what a teleport opened.
const steadyFixes = 3

// metresOfDegree are more than a degree of longitude or latitude has anywhere.
const metresOfDegree = 111_700

// checkJamming is the alert position_implausible for the tag's own word that its receiver is jammed, and its ending.
func (w *Watch) checkJamming(t *Tag, wr *Wearing, f *Fix, r *Report) {
	tr := wr.Condition.trouble(OfPlausibility)
	switch {
	case r.Jamming == Yes && tr == nil:
		w.doubt(t, wr, f, r, Jammed)
	case r.Jamming == Unsaid || tr == nil || tr.Reason != Jammed:
	case r.Jamming == Yes:
		tr.Row = 0
	case tr.again(f.Time, w.rules.Tags.ClearS):
		w.restore(t, wr, tr, NotJammed).by(f, r)
	}
}

// checkPlace is the alert position_implausible for a usable fix that cannot be true: too far from the one before it, or
// for long at exactly one place though the tag says that it moves. The rows of both are counted whatever is open.
func (w *Watch) checkPlace(t *Tag, wr *Wearing, f *Fix, r *Report) {
	c := &wr.Condition
	from, before := &wr.Last, wr.LastUsable
	if c.aside {
		from, before = &c.odd.Aside.Anchor, c.odd.Aside.Time
		c.setAside(nil)
	}
	degrees := math.Abs(f.Lat-from.Lat) + math.Abs(f.Lon-from.Lon)
	if before != never && degrees >= w.near && w.teleports(from, before, f) {
		w.jumped(t, wr, f, r)
	} else if c.has(OfPlausibility) {
		w.steady(t, wr, f, r)
	}
	there := before != never && degrees < 3e-7 && e7(f.Lat) == e7(from.Lat) && e7(f.Lon) == e7(from.Lon)
	switch {
	case r.Motion != Yes:
		c.Frozen = 0
	case c.Frozen == 0 || !there:
		c.Frozen = 1
	default:
		if c.Frozen == 1 {
			c.rest().FrozenSince = before
		}
		c.Frozen = more(c.Frozen)
		w.frozen(t, wr, f, r)
	}
	if c.has(OfPlausibility) && !there {
		w.moved(t, wr, f, r)
	}
}

// keep puts aside the usable fix that plausibility goes by, before one takes its place that is late here: a satellite fix
// that only a position of another kind, or a status report, is newer than.
func (c *Condition) keep(wr *Wearing) {
	if !c.aside {
		c.setAside(&Aside{wr.LastUsable, wr.Last})
	}
}

// teleports reports whether nobody gets from the one fix to the other in the time between: what both radii leave of the
// distance is too far and too fast.
func (w *Watch) teleports(from *Anchor, before int64, f *Fix) bool {
	p, at := &w.rules.Tags, geofence.PlaneAt(f.Lon, f.Lat)
	d := geofence.Round(at.Length(from.Lon, from.Lat)) - Radius95(from.AccuracyM, from.AccuracyLevel) - w.radius
	return d > p.TeleportM && d > p.MaxMPS*seconds(f.Time-before)
}

func (w *Watch) jumped(t *Tag, wr *Wearing, f *Fix, r *Report) {
	if tr := wr.Condition.trouble(OfPlausibility); tr == nil {
		w.doubt(t, wr, f, r, Teleport)
	} else if tr.Reason == Teleport {
		tr.Row = 0
	}
}

func (w *Watch) steady(t *Tag, wr *Wearing, f *Fix, r *Report) {
	tr := wr.Condition.trouble(OfPlausibility)
	if tr.Reason != Teleport {
		return
	}
	if tr.Row = more(tr.Row); tr.Row >= steadyFixes {
		w.restore(t, wr, tr, Steady).by(f, r)
	}
}

func (w *Watch) frozen(t *Tag, wr *Wearing, f *Fix, r *Report) {
	c, p := &wr.Condition, &w.rules.Tags
	if float64(c.Frozen) >= p.FrozenFixes && seconds(f.Time-c.odd.FrozenSince) >= p.FrozenS && !c.has(OfPlausibility) {
		w.doubt(t, wr, f, r, Frozen)
	}
}

func (w *Watch) moved(t *Tag, wr *Wearing, f *Fix, r *Report) {
	if tr := wr.Condition.trouble(OfPlausibility); tr.Reason == Frozen {
		w.restore(t, wr, tr, Moved).by(f, r)
	}
}

// doubt opens position_implausible by the ping at hand.
func (w *Watch) doubt(t *Tag, wr *Wearing, f *Fix, r *Report, why Reason) {
	if !wr.tells() {
		return
	}
	w.trouble(t, wr, &Trouble{Cause: OfPlausibility, Reason: why, Opening: r.opening(f)}, PositionImplausible, why).by(f, r)
}
