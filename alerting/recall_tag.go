package alerting

import "math"

// noteTag takes an alert about a tag or a feed, and reports whether it is one. Of an opening the record does not say all;
// whoever reads the topic has to have put it into the alert.
func (r *Recall) noteTag(a *Alert) bool {
	if a.Kind == FeedSilent || a.Kind == FeedResumed {
		if r.known(a) {
			entry(r.feeds, a.EpisodeID).take(a, a.Kind == FeedResumed)
		}
		return true
	}
	r.noteUnassigned(a)
	cause, ends, ok := causeOf(a.Kind)
	if ok && r.known(a) {
		entry(r.troubles, named{a.EpisodeID, cause}).take(a, ends)
	}
	return ok
}

// known reports whether the alert says what was so at the instant. What opened before it and was told of after it (silence,
// and a position lost) could not be decided again: the pings that show it are not.
func (r *Recall) known(a *Alert) bool {
	switch {
	case a.EpisodeID == "" || a.OpenedFixTime == nil:
		return false
	case a.Kind == TagSilent || a.Kind == FeedSilent:
		return a.heardLast() < r.at
	case a.Kind == PositionLost:
		return int64(*a.OpenedFixTime) < r.at
	}
	return a.decidedAt() < r.at
}

func entry[K comparable](in map[K]*recalled, key K) *recalled {
	e := in[key]
	if e == nil {
		e = &recalled{}
		in[key] = e
	}
	return e
}

// take notes an alert of an episode that is forgotten as it ends.
func (e *recalled) take(a *Alert, ends bool) {
	switch {
	case e.over:
	case ends:
		*e = recalled{over: true}
	default:
		if a.Kind == BatteryCritical {
			e.breach = a
		}
		if e.opened == nil {
			e.opened = a
		}
	}
}

// addTroubles adds the tag episodes that are open to the tags.
func (r *Recall) addTroubles(tags map[string]*Tag) {
	for name, e := range r.troubles {
		a := e.opened
		if a == nil {
			continue
		}
		t := tags[a.DeviceID]
		if t == nil {
			t = NewTag(a.DeviceID)
			tags[t.Device] = t
		}
		wr, opening := t.recalledBearer(a), a.recalledOpening()
		c := &wr.Condition
		c.Newest = max(c.Newest, opening.FixTime)
		if a.FixTime != nil {
			c.Newest = max(c.Newest, int64(*a.FixTime))
		}
		tr := &Trouble{Cause: name.cause, Opening: opening, Tier: a.Tier, Critical: e.breach != nil}
		switch name.cause {
		case OfPlausibility:
			tr.Reason = a.Reason
		case OfSilence:
			heard := a.heardLast()
			if t.heardBy == nil || t.heardBy.Condition.Heard < heard {
				t.heardBy = wr
			}
			c.Heard, c.rest().Last = max(c.Heard, heard), opening
		}
		c.add(tr)
	}
}

// recalledOpening is the ping that opened the episode, as far as it is known.
func (a *Alert) recalledOpening() Opening {
	if a.Opening != nil {
		return *a.Opening
	}
	o := Opening{FixTime: int64(*a.OpenedFixTime), Blind: a.Position == nil}
	if a.Position != nil {
		o.LatE7, o.LonE7 = e7(a.Position.Lat), e7(a.Position.Lon)
	}
	return o
}

// heardLast is what the clock said as somebody who is silent since was last heard.
func (a *Alert) heardLast() int64 {
	if a.DecidedTime == nil || a.SilentS == nil {
		return a.decided()
	}
	return int64(*a.DecidedTime) - int64(math.Round(*a.SilentS*1000))
}

// Feed returns what is known of the feed of a partition: that it is silent, or nothing.
func (r *Recall) Feed(partition int) Feed {
	d := NewFeed(partition)
	for _, e := range r.feeds {
		if e.opened == nil || e.opened.OpenedFixTime == nil || int64(*e.opened.OpenedFixTime) <= d.Heard {
			continue
		}
		is := NewFeed(partition)
		is.Heard, is.Silent = int64(*e.opened.OpenedFixTime), true
		if EpisodeID(is.subject(), "", is.opening()) == e.opened.EpisodeID { // of another it is another's
			d = is
		}
	}
	return d
}
