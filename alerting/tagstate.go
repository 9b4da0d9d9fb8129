package alerting

import (
	"cmp"
	"slices"
)

// Report is what a ping says besides where the tag is.
type Report struct {
	BatteryPct  float32 // 0–100, when HasBattery
	Strap       Strap
	Charging    Answer
	Motion      Answer
	Jamming     Answer
	HasBattery  bool
	HasPosition bool
}

// Answer is a yes, a no, or nothing said.
type Answer uint8

// The answers.
const (
	Unsaid Answer = iota
	No
	Yes
)

// Strap is what a tag says of the strap that holds it.
type Strap uint8

// What it can say; StrapUnsaid is nothing.
const (
	StrapUnsaid Strap = iota
	StrapClosed
	StrapOpen
	StrapTampered
)

// Cause is what is wrong with a tag. Of a tag under one activation at most one trouble of each cause is open.
type Cause uint8

// The causes, in the order in which the end of an activation ends them.
const (
	OfAssignment Cause = iota // nobody is known to wear it
	OfStrap
	OfBattery
	OfPosition     // it reports but does not know where it is
	OfPlausibility // where it says it is cannot be
	OfSilence
	causes
)

// endings are the kinds that end a trouble.
var endings = [causes]Kind{
	OfAssignment: DeviceAssigned, OfStrap: StrapRestored, OfBattery: BatteryRestored, OfPosition: PositionRegained,
	OfPlausibility: PositionPlausible, OfSilence: TagResumed,
}

// causeOf returns what an alert of the kind is about, whether it begins or ends it; not for kinds of zones and feeds.
func causeOf(kind Kind) (c Cause, ends, ok bool) {
	switch kind {
	case UnassignedDevice:
		return OfAssignment, false, true
	case StrapTamper:
		return OfStrap, false, true
	case BatteryLow, BatteryCritical:
		return OfBattery, false, true
	case PositionLost:
		return OfPosition, false, true
	case PositionImplausible:
		return OfPlausibility, false, true
	case TagSilent:
		return OfSilence, false, true
	}
	i := slices.Index(endings[:], kind)
	return Cause(max(i, 0)), i >= 0, i >= 0
}

// Ends reports whether an alert of the kind ends an episode.
func (k Kind) Ends() bool {
	switch k {
	case SuspicionCleared, BreachEnded, ApproachEnded, FeedResumed, SystemRestored:
		return true
	}
	return slices.Contains(endings[:], k)
}

// Trouble is a tag episode that is open: something is wrong with a tag under one activation, and has been said.
type Trouble struct {
	Cause    Cause
	Reason   Reason // of OfPlausibility: why, which decides how it ends
	Opening  Opening
	Tier     int   // of the wearer as it opened; 0: nobody wears the tag
	Critical bool  // of OfBattery: battery_critical has been said
	Row      int32 // pings in a row that speak for its end
	First    int64 // fix time of the first of them
}

// again adds a ping to the row that speaks for the end, and reports whether the row has two or more and spans so many
// seconds.
func (tr *Trouble) again(time int64, span float64) bool {
	if tr.Row == 0 {
		tr.First = time
	}
	tr.Row = more(tr.Row)
	return tr.Row >= 2 && seconds(time-tr.First) >= span
}

// Condition is what is remembered of a tag under one activation besides where the wearer was: what most pings need. Pings
// here are those heard: with or without a position, late or not.
type Condition struct {
	Newest   int64  // greatest fix time of a ping
	Heard    int64  // what the clock said at the last one; never: its silence is not waited for
	Frozen   int32  // usable fixes in a row at one place, all of which say that the tag moves
	Blind    int32  // pings in a row without a position
	open     uint8  // a bit for the cause of each of Troubles
	Moves    bool   // the last ping said that the tag moves
	Anchored bool   // the last ping is the Last of the Wearing, at its LastUsable
	aside    bool   // there is an Aside
	Moving   Rhythm // intervals after pings that said that the tag moves
	Resting  Rhythm // after pings that did not
	odd      *Odd   // what few pings need; see rest
}

// Odd is the part of a Condition that few pings need.
type Odd struct {
	Last        Opening // of the last ping, when not Anchored
	FrozenSince int64   // fix time of the first of Frozen, when there are two
	BlindSince  int64   // fix time of the last position before the first of Blind; of that, when there was none
	FirstBlind  Opening
	Aside       *Aside // the usable fix that plausibility goes by, when it is not the Last of the Wearing
	Troubles    []*Trouble
}

// Aside is a usable fix and when it was taken; never: there was none.
type Aside struct {
	Time int64
	Anchor
}

// rest is the part that few pings need.
func (c *Condition) rest() *Odd {
	if c.odd == nil {
		c.odd = &Odd{}
	}
	return c.odd
}

func (c *Condition) setAside(a *Aside) { c.rest().Aside, c.aside = a, a != nil }

// troubles are the open ones, by cause.
func (c *Condition) troubles() []*Trouble {
	if c.odd == nil {
		return nil
	}
	return c.odd.Troubles
}

// blank reports whether nothing has been remembered.
func (c *Condition) blank() bool {
	return c.Newest == never && c.Heard == never && c.open == 0
}

// has reports whether a trouble of the cause is open.
func (c *Condition) has(cause Cause) bool { return c.open&(1<<cause) != 0 }

// trouble returns the open one of the cause, nil when there is none.
func (c *Condition) trouble(cause Cause) *Trouble {
	if !c.has(cause) {
		return nil
	}
	return c.odd.Troubles[slices.IndexFunc(c.odd.Troubles, func(tr *Trouble) bool { return tr.Cause == cause })]
}

// add opens a trouble; of two of one cause, which only a lost ending can leave, the later one counts.
func (c *Condition) add(tr *Trouble) {
	if is := c.trouble(tr.Cause); is != nil {
		if is.Opening.FixTime < tr.Opening.FixTime {
			*is = *tr
		}
		return
	}
	list := append(c.rest().Troubles, tr)
	c.odd.Troubles = list
	slices.SortFunc(list, func(a, b *Trouble) int { return cmp.Compare(a.Cause, b.Cause) })
	c.open |= 1 << tr.Cause
}

func (c *Condition) remove(tr *Trouble) {
	c.odd.Troubles = slices.DeleteFunc(c.odd.Troubles, func(o *Trouble) bool { return o == tr })
	c.open &^= 1 << tr.Cause
}

// heard takes a ping of the tag into account that was neither refused nor a repeat: for its silence and the feed's, and,
// unless it is late, for whatever else it says.
//
// A ping is late here when its fix time is less than that of any ping heard under its activation, whatever found its
// position. One whose activation has been decided to be over is not heard at all.
func (w *Watch) heard(t *Tag, f *Fix, r *Report) {
	wr := t.current
	if (t.hold.Activation == nil || t.hold.Removed <= w.clock) && w.overAlready(t, f) {
		return
	}
	c := &wr.Condition
	silent := t.heardBy != nil && t.heardBy.Condition.has(OfSilence)
	if silent {
		w.resume(t, t.heardBy, f, r)
	}
	w.hearFeed(f)
	usable := r.HasPosition && w.usable(f)
	w.hearTag(t, wr, f, r, usable, silent)
	before := c.Newest
	if f.Time < before {
		if usable && f.Time >= wr.LastFix {
			c.keep(wr)
		}
		return
	}
	c.Newest = f.Time
	if c.open != 0 || !r.HasPosition || t.hold.Activation == nil || r.Strap > StrapClosed || r.Jamming == Yes ||
		r.HasBattery && float64(r.BatteryPct) <= w.rules.Tags.LowPct {
		w.examine(t, wr, f, r, before)
	}
	if r.HasPosition {
		c.Blind = 0
	} else {
		wr.LastAppended = max(wr.LastAppended, f.Appended)
	}
	if usable {
		w.checkPlace(t, wr, f, r)
	}
}

// examine takes what a ping says that is not late and may be out of the ordinary. before is the greatest fix time of the
// pings before it.
func (w *Watch) examine(t *Tag, wr *Wearing, f *Fix, r *Report, before int64) {
	if !wr.tells() && w.admits(before == never) {
		w.trouble(t, wr, &Trouble{Cause: OfAssignment, Opening: r.opening(f)}, UnassignedDevice, NoActivation).by(f, r)
	}
	w.checkStrap(t, wr, f, r)
	w.checkBattery(t, wr, f, r)
	w.checkJamming(t, wr, f, r)
	w.checkSight(t, wr, f, r, before)
}

// opening names the ping as the one that opens an episode.
func (r *Report) opening(f *Fix) Opening {
	o := f.opening()
	if !r.HasPosition {
		o.LatE7, o.LonE7, o.Blind = 0, 0, true
	}
	return o
}

// checkStrap is the alert strap_tamper and its ending.
func (w *Watch) checkStrap(t *Tag, wr *Wearing, f *Fix, r *Report) {
	tr := wr.Condition.trouble(OfStrap)
	switch {
	case r.Strap == StrapUnsaid:
	case r.Strap == StrapClosed:
		if tr != nil && tr.again(f.Time, w.rules.Tags.StrapClosedS) {
			w.restore(t, wr, tr, ClosedStrap).by(f, r)
		}
	case tr != nil:
		tr.Row = 0
	case wr.tells():
		reason := OpenStrap
		if r.Strap == StrapTampered {
			reason = TamperedStrap
		}
		w.trouble(t, wr, &Trouble{Cause: OfStrap, Opening: r.opening(f)}, StrapTamper, reason).by(f, r)
	}
}

// checkSight is the alert position_lost and its ending: the tag reports, but no longer where it is. before is the greatest
// fix time of the pings before this one; when no row of blind ones is under way, it is that of the last position.
func (w *Watch) checkSight(t *Tag, wr *Wearing, f *Fix, r *Report, before int64) {
	c, tr := &wr.Condition, wr.Condition.trouble(OfPosition)
	if r.HasPosition {
		if tr != nil {
			w.restore(t, wr, tr, PositionAgain).by(f, r)
		}
		return
	}
	odd := c.rest()
	if c.Blind == 0 {
		odd.FirstBlind, odd.BlindSince = r.opening(f), before
		if before == never {
			odd.BlindSince = f.Time
		}
	}
	c.Blind = more(c.Blind)
	p := &w.rules.Tags
	if tr == nil && wr.tells() && float64(c.Blind) >= p.BlindPings && seconds(f.Time-odd.BlindSince) >= p.BlindS {
		w.trouble(t, wr, &Trouble{Cause: OfPosition, Opening: odd.FirstBlind}, PositionLost, NoPosition).by(f, r)
	}
}
