package alerting

import (
	"math"
	"strconv"

	"cordon/geofence"
)

const (
	feedKnown = 64 // pings after which a feed's silence is waited for
	feedSlow  = 64 // part of an interval's difference by which the mean moves
)

// Feed is what is remembered of the pings of a partition as a whole. It is part of every checkpoint of the partition.
type Feed struct {
	Partition int64
	Heard     int64 // what the clock said at the last ping
	Mean      int64 // of the intervals between them, ms; -1: none has been seen
	Count     int64 // pings heard
	Resumed   int64 // what the clock said as it was heard again
	Silent    bool  // feed_silent is open
}

// NewFeed returns the feed of a partition that has not been heard.
func NewFeed(partition int) Feed {
	return Feed{Partition: int64(partition), Heard: never, Mean: -1, Resumed: never}
}

// Feed returns what is remembered of the feed.
func (w *Watch) Feed() Feed { return w.feed }

// AdoptFeed makes what was remembered of a feed part of the watch.
func (w *Watch) AdoptFeed(f Feed) { w.feed = f }

// silentAt returns the instant at which the silence of the feed is told of; a time that never comes before enough of it is
// known, and while it is silent.
func (d *Feed) silentAt(p *Tags) int64 {
	if d.Silent || d.Count < feedKnown {
		return math.MaxInt64
	}
	return d.Heard + int64(math.Ceil(max(p.FeedLeastS*1000, p.FeedTimes*float64(d.Mean))))
}

// feedDue is silentAt, but for plain rules, which know no such thing.
func (w *Watch) feedDue() int64 {
	if w.rules.plain {
		return math.MaxInt64
	}
	return w.feed.silentAt(&w.rules.Tags)
}

// askFeed asks whether the feed has been silent for too long by the clock.
func (w *Watch) askFeed() {
	deadline := w.feedDue()
	if deadline > w.clock {
		return
	}
	a := w.tellFeed(FeedSilent, NothingHeard, deadline)
	a.DecidedTime = at(deadline)
	w.feed.Silent = true
}

// hearFeed notes that a ping was heard. The interval that ends a silence says nothing of how long one waits as a rule.
func (w *Watch) hearFeed(f *Fix) {
	d := &w.feed
	switch {
	case d.Silent:
		a := w.tellFeed(FeedResumed, HeardAgain, w.clock)
		a.FixTime, a.AppendedTime = at(f.Time), at(f.Appended)
		d.Silent, d.Resumed = false, w.clock
	case d.Mean >= 0:
		d.Mean += (w.clock - d.Heard - d.Mean) / feedSlow
	case d.Heard != never:
		d.Mean = w.clock - d.Heard
	}
	d.Heard = w.clock
	d.Count++
}

// opening names the silence of a feed by when it was last heard.
func (d *Feed) opening() Opening { return Opening{FixTime: d.Heard, Blind: true} }

func (d *Feed) subject() string { return "feed:" + strconv.FormatInt(d.Partition, 10) }

// tellFeed adds an alert about the feed, silent until the instant.
func (w *Watch) tellFeed(kind Kind, reason Reason, until int64) *Alert {
	d := &w.feed
	o, silent := d.opening(), seconds(until-d.Heard)
	severity := geofence.Info
	if kind == FeedSilent {
		severity = geofence.Critical
	}
	a := &Alert{
		Clock:   w.clock,
		AlertID: AlertID(kind, d.subject(), "", o, ""), EpisodeID: EpisodeID(d.subject(), "", o), Kind: kind,
		Severity: string(severity), Reason: reason, OpenedFixTime: at(o.FixTime), SilentS: &silent, RuleRevision: w.rules.id,
	}
	w.alerts = append(w.alerts, a)
	return a
}
