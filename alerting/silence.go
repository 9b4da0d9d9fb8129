package alerting

import (
	"math"
	"slices"
)

const dayMS = 24 * 3600 * 1000

// Rhythm is how long a tag lets one wait for a ping: the two longest intervals of a day, by the clock as each was heard,
// and those of the day before. Intervals of 49 days and more count as that.
type Rhythm struct {
	Day    int32     // since the epoch, of the last interval
	Today  [2]uint32 // ms and one, the longest first; 0: none
	Before [2]uint32
}

// Note adds the interval (ms) that a ping heard at an instant of the clock (ms) ended.
func (r *Rhythm) Note(interval, clock int64) {
	if day := int32(clock / dayMS); day != r.Day {
		r.turn(day)
	}
	v := uint32(min(interval+1, math.MaxUint32))
	switch {
	case v <= r.Today[1]:
	case v > r.Today[0]:
		r.Today = [2]uint32{v, r.Today[0]}
	default:
		r.Today[1] = v
	}
}

func (r *Rhythm) turn(day int32) {
	before := [2]uint32{}
	if day == r.Day+1 {
		before = r.Today
	}
	*r = Rhythm{Day: day, Before: before}
}

// Usual is the second longest interval (ms) of the day of an instant of the clock (ms) and of the one before: the longest
// may have been an accident. Not when there are fewer than two.
func (r *Rhythm) Usual(clock int64) (int64, bool) {
	switch day := int32(clock / dayMS); day {
	case r.Day:
		all := [4]uint32{r.Today[0], r.Today[1], r.Before[0], r.Before[1]}
		slices.Sort(all[:])
		return int64(all[2]) - 1, all[2] > 0
	case r.Day + 1:
		return int64(r.Today[1]) - 1, r.Today[1] > 0
	}
	return 0, false
}

// limit returns how long (ms) a tag of the rhythm may be silent that was last heard at an instant of the clock (ms).
func (p *Tags) limit(r *Rhythm, heard int64) int64 {
	usual, ok := r.Usual(heard)
	if !ok {
		return int64(math.Ceil(p.SilentNewS * 1000))
	}
	return int64(math.Ceil(max(p.SilentLeastS*1000, p.SilentTimes*float64(usual))))
}

// leastLimit is what no limit is below, ms.
func (p *Tags) leastLimit() int64 { return int64(math.Ceil(min(p.SilentLeastS, p.SilentNewS) * 1000)) }

func (c *Condition) rhythm() *Rhythm {
	if c.Moves {
		return &c.Moving
	}
	return &c.Resting
}

// lastHeard names the last ping of the bearer.
func (w *Wearing) lastHeard() Opening {
	if !w.Condition.Anchored {
		return w.Condition.rest().Last
	}
	f := w.Last.fix(w.LastUsable)
	return f.opening()
}

// hearTag notes that the tag was heard, under the activation of wr; silent says that this ended a silence, whoever wore the
// tag: that says nothing of how long one waits for it as a rule. Its place in the queue stays as it is: see await.
func (w *Watch) hearTag(t *Tag, wr *Wearing, f *Fix, r *Report, usable, silent bool) {
	c := &wr.Condition
	if c.Heard != never && !silent {
		c.rhythm().Note(w.clock-c.Heard, w.clock)
	}
	c.Heard, c.Moves = w.clock, r.Motion == Yes
	if c.Anchored = usable && f.Time >= wr.LastFix; !c.Anchored { // else Observe is about to note it
		c.rest().Last = r.opening(f)
	}
	if t.heardBy != wr {
		t.heardBy = wr
	}
	if t.quiet.place == 0 {
		w.await(t)
	}
}

// await sees to it that the tag is looked at when it may have been silent for too long: no later than the least of all
// limits from now. So whatever is heard of it until then, it can only be found to be looked at too soon.
func (w *Watch) await(t *Tag) { w.quiet.put(t, min(w.silentAt(t.heardBy), w.clock+w.leastLimit)) }

// silentAt returns the instant at which the silence of a bearer that has been heard is told of. An outage of the feed does
// not count.
func (w *Watch) silentAt(wr *Wearing) int64 {
	c := &wr.Condition
	return max(c.Heard, w.feed.Resumed) + w.rules.Tags.limit(c.rhythm(), c.Heard)
}

// awaited reports whether the tag's silence is waited for: that of the bearer of its last ping.
func (t *Tag) awaited() bool {
	return t.heardBy != nil && t.heardBy.Condition.Heard != never && !t.heardBy.Condition.has(OfSilence)
}

// askSilence asks whether the tag has been silent for too long at the instant.
func (w *Watch) askSilence(t *Tag, instant int64) {
	if w.rules.plain || w.feed.Silent {
		return
	}
	if !t.awaited() {
		w.quiet.remove(t)
		return
	}
	wr := t.heardBy
	deadline := w.silentAt(wr)
	if deadline > instant {
		if t.quiet.place == 0 {
			w.await(t)
		}
		return
	}
	w.quiet.remove(t)
	if !wr.tells() {
		return
	}
	w.Touch(t)
	c, last := &wr.Condition, wr.lastHeard()
	reason, _ := w.passedOn(t, wr, instant)
	if reason != "" || !wr.Assigned && w.followed(t, last.FixTime, instant) {
		t.heardBy = nil // nobody is missing
		return
	}
	a := w.trouble(t, wr, &Trouble{Cause: OfSilence, Opening: last}, TagSilent, NothingHeard)
	silent := seconds(deadline - c.Heard)
	a.DecidedTime, a.SilentS = at(deadline), &silent
}

// followed reports whether an activation of the tag has begun between a fix time and an instant.
func (w *Watch) followed(t *Tag, fix, instant int64) bool {
	next := w.device(t).NextActivation(fix, instant)
	return next != nil && next.Fitted <= instant
}

// resume ends the silence of a bearer by the tag's next ping, whoever wears it by then.
func (w *Watch) resume(t *Tag, wr *Wearing, f *Fix, r *Report) {
	c := &wr.Condition
	a := w.restore(t, wr, c.trouble(OfSilence), HeardAgain)
	a.by(f, r)
	silent := seconds(w.clock - c.Heard)
	a.SilentS = &silent
}
