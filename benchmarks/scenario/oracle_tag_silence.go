package scenario

import (
	"math"
	"slices"

	"cordon/alerting"
)

// silence is when a bearer was heard, and how long it has been silent before.
type silence struct {
	heard   int64 // the clock when its last ping was heard, or never
	lastOne fix   // that ping
	limit   int64 // ms that it may be silent after it
	awaited bool  // it is the last ping of the tag, and nothing came of it yet
	silent  *trouble
	moving  intervals // after pings that say motion
	resting intervals // after all others
}

// intervals are the two longest of this day and of the one before, in ms.
type intervals struct {
	day              int64
	current, earlier []int64
}

// turn makes the day that of the instant.
func (i *intervals) turn(at int64) {
	number := int64(math.Floor(float64(at) / float64(day)))
	if number == i.day {
		return
	}
	if number == i.day+1 {
		i.earlier = i.current
	} else {
		i.earlier = nil
	}
	i.day, i.current = number, nil
}

func (i *intervals) add(length int64) {
	list := append(slices.Clone(i.current), length)
	slices.SortFunc(list, func(a, b int64) int { return int(b - a) })
	i.current = list[:min(2, len(list))]
}

// usual is the second longest; there is none with fewer than two.
func (i *intervals) usual() (int64, bool) {
	both := slices.Sorted(slices.Values(slices.Concat(i.current, i.earlier)))
	if len(both) < 2 {
		return 0, false
	}
	return both[len(both)-2], true
}

// of chooses by what the ping at the beginning of an interval says.
func (s *silence) of(f fix) *intervals {
	if f.motion == yes {
		return &s.moving
	}
	return &s.resting
}

// resumeTag ends the silence of the tag, whoever wears it now, and notes that the bearer was heard.
func (l *lane) resumeTag(t *tag, s *state, f fix) {
	v := &s.vigil.silence
	resumed := false
	if o := t.heardBy; o != nil && o.vigil.silent != nil {
		a := l.troubleAlert(o.vigil.silent, alerting.TagResumed, alerting.HeardAgain)
		l.addHeard(&a, f)
		a.SilentS = inSeconds(l.clock - o.vigil.heard)
		l.alerts = append(l.alerts, a)
		o.vigil.silent, resumed = nil, true
	}
	if t.heardBy != nil {
		t.heardBy.vigil.awaited = false
	}
	t.heardBy = s
	v.moving.turn(l.clock)
	v.resting.turn(l.clock)
	if v.heard != never && !resumed {
		v.of(v.lastOne).add(l.clock - v.heard)
	}
	v.heard, v.lastOne, v.awaited = l.clock, f, true
	v.limit = l.params.Rules.Tags.silentLimit(v.of(f))
}

func (r *TagRules) silentLimit(i *intervals) int64 {
	usual, known := i.usual()
	if !known {
		return int64(math.Ceil(r.SilentNewS * 1000))
	}
	return int64(math.Ceil(max(r.SilentLeastS*1000, r.SilentTimes*float64(usual))))
}

// silentAt is when the bearer will have been silent for too long, or never: it is not asked, or the feed is silent itself.
func (l *lane) silentAt(s *state) int64 {
	v := &s.vigil.silence
	if !v.awaited || l.feed.silent != nil {
		return never
	}
	return max(v.heard, l.feed.resumed) + v.limit
}

func (l *lane) askSilent(s *state, t int64) {
	at, v := l.silentAt(s), &s.vigil.silence
	if at == never || at > t {
		return
	}
	v.awaited = false
	if !s.tells() {
		return
	}
	v.silent = &trouble{state: s, opening: v.lastOne, reason: alerting.NothingHeard}
	a := l.troubleAlert(v.silent, alerting.TagSilent, alerting.NothingHeard)
	a.DecidedTime, a.SilentS = wireTime(at), inSeconds(at-v.heard)
	l.alerts = append(l.alerts, a)
}

func inSeconds(ms int64) *float64 {
	s := float64(ms) / 1000
	return &s
}

// feedHearing is what the pings of a partition are remembered by.
type feedHearing struct {
	pings   int
	last    int64 // the clock when the last was heard
	mean    int64 // ms
	resumed int64 // the clock when it was last silent no more, or never
	silent  *trouble
}

// resumeFeed notes that something was heard, and ends the silence of the feed.
func (l *lane) resumeFeed(f fix) {
	h := &l.feed
	interval := l.clock - h.last
	h.last = l.clock
	h.pings++
	if h.silent == nil {
		switch {
		case h.pings == 2:
			h.mean = interval
		case h.pings > 2:
			h.mean += (interval - h.mean) / 64
		}
		return
	}
	a := l.feedAlert(alerting.FeedResumed, alerting.HeardAgain)
	a.SilentS = inSeconds(interval)
	a.FixTime, a.AppendedTime = wireTime(f.fix), wireTime(f.appended)
	l.alerts = append(l.alerts, a)
	h.silent, h.resumed = nil, l.clock
	for s := range l.vigils { // their silence counts from here
		l.watchVigil(s, l.clock)
	}
}

// feedSilentAt is when the feed will have been silent for too long, or forever: so few were heard that nobody knows.
func (l *lane) feedSilentAt() int64 {
	h, rules := &l.feed, l.params.Rules.Tags
	if rules == nil || h.silent != nil || h.pings < rules.FeedPings {
		return forever
	}
	return h.last + int64(max(rules.FeedLeastS*1000, rules.FeedTimes*float64(h.mean)))
}

func (l *lane) askFeed(t int64) {
	at := l.feedSilentAt()
	if at > t {
		return
	}
	l.feed.silent = &trouble{opening: fix{reading: reading{fix: l.feed.last}}, reason: alerting.NothingHeard}
	a := l.feedAlert(alerting.FeedSilent, alerting.NothingHeard)
	a.DecidedTime, a.SilentS = wireTime(at), inSeconds(at-l.feed.last)
	l.alerts = append(l.alerts, a)
}

func (l *lane) feedAlert(kind alerting.Kind, reason alerting.Reason) alerting.Alert {
	tr := *l.feed.silent
	tr.state = &state{bearer: bearer{wearer: feedSubject(l.number)}}
	a := l.troubleAlert(&tr, kind, reason)
	a.WearerID = ""
	return a
}
