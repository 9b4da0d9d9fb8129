package pipeline

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"cordon/alerting"
	"cordon/ingest"
)

const (
	stride     = 32                            // records decoded before the first of them is judged
	sweepEvery = int64(10 * time.Minute / 1e6) // ms of appended time between looks for tags to forget
	skewLimit  = 30 * time.Second
)

// tag is what is remembered of one tag.
type tag struct {
	state  *alerting.Tag
	recent ingest.Recent
}

// touch reads from each part of what the next ping of the tag needs.
func (t *tag) touch() int64 { return t.recent.Touch() + t.state.Touch() }

// Partition is the ingest.Handler of one partition.
type Partition struct {
	o       *Options
	number  int
	owned   Owned
	lease   Lease
	log     *slog.Logger
	decoder *ingest.Decoder
	watch   *alerting.Watch
	tags    map[string]*tag

	arrivals [stride]arrival // of the stride at hand
	touched  int64           // keeps what touch reads from being optimised away

	dropped    []string            // stored tags forgotten since the last checkpoint
	fresh      map[string]struct{} // devices of the tags first heard since the last checkpoint
	whole      bool                // the next checkpoint replaces what is stored
	lost       bool                // the store does not know our epoch: take a new one first
	inFlight   written             // what the write under way holds
	states     map[string][]byte   // of the write under way, or of the last
	room       []byte              // that they lie in
	stateBytes int                 // of a tag in the last checkpoint, about
	saved      proof               // the last record that it, or the one before, holds
	written    time.Time           // when the last one succeeded
	elsewhere  map[string]struct{} // tags noted for another partition too; of the write under way
	aside      alerting.SetAside   // the checkpoint that the takeover could not read

	position
	admission
	progress  *Progress
	keep      map[string]int // set while the pings of all partitions are decided again: the partition of each tag
	committed []int64        // the same: the group's offset of each partition
	mode      mode
	swept     int64
	waited    bool // the last fetch found the end of the log, and no transaction holds pings back

	said       []said
	rejects    []alerting.Message
	counts     [outcomes]int
	unassigned int            // tags forgotten since the metrics were updated
	standing   alerting.Count // of the episodes in the gauges
	age        atomic.Int64   // wall clock, ms, of the last checkpoint that held everything; 0 none yet
	behind     atomic.Bool    // the last write of a checkpoint failed
	spread     atomic.Int64   // tags that have state in a second partition
	skew       atomic.Int64   // ms, when over the limit
	stuck      atomic.Bool    // messages are not acknowledged
}

// position is how far the partition has come. It is part of every checkpoint.
type position struct {
	clock        int64 // greatest appended time handled, ms
	aheadSeen    int64 // the clock at the first record after the last one that was stamped ahead, ms; 0: none yet
	aheadRead    int64 // the wall clock when the last record stamped ahead was read, ms
	wrote        int64 // the wall clock when this was written, ms; 0: not known
	last         proof
	rebuiltBelow int64            // records below this offset have been decided before: their alerts are marked as repeats
	quietBefore  int64            // of those, the ones appended before this instant (ms) only restore tracks
	feed         alerting.Feed    // as of the last checkpoint
	flood        alerting.Flood   // the same
	faults       []alerting.Fault // open system faults of this partition
	partialSince int64            // see partial.go
}

// proof names a record by what it holds, to tell whether a log is the one a checkpoint speaks of.
type proof struct {
	offset   int64 // -1: none
	appended int64
	hash     uint64
}

func newPartition(o *Options, owned Owned, number int, lease Lease) *Partition {
	p := &Partition{
		o: o, number: number, owned: owned, lease: lease, log: o.Log.With("partition", number),
		decoder: ingest.NewDecoder(o.Decoder), tags: map[string]*tag{},
		elsewhere: map[string]struct{}{}, fresh: map[string]struct{}{},
		position: position{last: proof{offset: -1}, rebuiltBelow: -1},
	}
	p.readAt(time.Time{})
	p.begin(0, alerting.NewFeed(number), alerting.NewFlood())
	return p
}

// begin makes a watch with the state of the feed and of the unassigned tags, at an instant of its clock (ms).
func (p *Partition) begin(clock int64, feed alerting.Feed, flood alerting.Flood) {
	p.watch = alerting.NewWatch(p.o.View(), clock, p.o.Rules)
	p.watch.Limit(p.o.Limits)
	p.watch.AdoptFeed(feed)
	p.watch.AdoptFlood(flood)
	p.feed, p.flood = feed, flood
}

// Handle decides about the records and publishes what came of it.
func (p *Partition) Handle(ctx context.Context, f *ingest.Fetched) error {
	if f.SetAside != nil {
		return p.skip(ctx, f)
	}
	p.readAt(f.Read)
	if err := p.look(ctx); err != nil {
		return err
	}
	atHead := p.waited && f.Next >= f.HighWatermark
	p.waited = false
	if err := p.decide(ctx, f.Records); err != nil {
		return err
	}
	last := &f.Records[len(f.Records)-1]
	p.last = proofOf(last)
	p.sweep()
	p.account(last, atHead)
	if p.noteAsides(); f.Next >= f.HighWatermark {
		p.caughtUp()
	}
	if err := p.publish(ctx); err != nil {
		return err
	}
	if p.last.offset >= p.rebuiltBelow {
		p.rebuiltBelow = -1
	}
	return nil
}

// Idle runs what was due by the wall clock at the time, if any, once the log has been read to its end.
func (p *Partition) Idle(ctx context.Context, due time.Time) error {
	if err := p.look(ctx); err != nil {
		return err
	}
	p.waited = !p.progress.heldBack()
	p.rebuiltBelow, p.mode = -1, mode{}
	if !due.IsZero() {
		p.watch.Run(due.UnixMilli())
	}
	p.noteAsides()
	p.caughtUp()
	p.endAheadIdle(due)
	return p.publish(ctx)
}

// arrival is a record that has been decoded.
type arrival struct {
	ping      ingest.Ping
	rejection *ingest.Rejection
	tag       *tag // nil: not heard before
}

// decide takes records through decode, order, locate and decide, a stride of them at a time. It stops between strides when
// ctx ends: the decided records are then not published, and none of them may be checkpointed.
func (p *Partition) decide(ctx context.Context, records []ingest.Record) error {
	for part := range slices.Chunk(records, stride) {
		if err := ctx.Err(); err != nil {
			return err
		}
		began := time.Now()
		p.arrive(part)
		for i := range part {
			p.one(&part[i], &p.arrivals[i])
		}
		p.o.Metrics.evaluate.Observe(time.Since(began).Seconds() / float64(len(part)))
	}
	return nil
}

// arrive decodes a stride of records and reads a little of what is remembered of their tags. That lies anywhere in
// memory: asked for one after the other, each would be waited for; asked for together, they are fetched side by side.
func (p *Partition) arrive(records []ingest.Record) {
	for i := range records {
		a := &p.arrivals[i]
		a.tag = nil
		if a.rejection = p.decoder.Decode(&records[i], &a.ping); a.rejection == nil {
			a.tag = p.tags[string(a.ping.Device)]
		}
	}
	for i := range records {
		if t := p.arrivals[i].tag; t != nil {
			p.touched += t.touch()
		}
	}
}

// one takes a record through order, locate and decide.
func (p *Partition) one(rec *ingest.Record, a *arrival) {
	if p.rebuiltBelow >= 0 {
		p.enter(rec)
	}
	if (p.guarded || rec.Appended > p.latest) && !p.admits(rec) {
		return
	}
	if a.rejection != nil {
		p.reject(rec, a.rejection)
		return
	}
	ping := &a.ping
	if p.keep != nil && p.keep[string(ping.Device)] != p.number {
		return
	}
	p.clock = max(p.clock, rec.Appended)
	p.watch.Advance(rec.Appended)
	t := a.tag
	if t == nil || t.state.Gone() { // forgotten since the stride was decoded
		t = p.tag(string(ping.Device))
	}
	if t.recent.Seen(ping) {
		p.counts[duplicate]++
		return
	}
	fix := fixOf(ping, rec.Appended)
	p.watch.Hear(t.state, &fix, reportOf(ping))
	for _, gone := range p.watch.Forgotten() {
		p.forget(gone.Device)
		p.unassigned++
	}
	if !ping.With(ingest.HasPosition) {
		p.counts[accepted]++
		return
	}
	if p.watch.Observe(t.state, &fix) == alerting.History {
		p.counts[late]++
	} else {
		p.counts[accepted]++
	}
}

// tag returns what is remembered of a tag, from now on.
func (p *Partition) tag(device string) *tag {
	t := p.tags[device]
	if t == nil {
		t = &tag{state: alerting.NewTag(device)}
		p.tags[device] = t
		p.fresh[device] = struct{}{}
	}
	return t
}

// forget drops a tag, and its stored state with the next checkpoint.
func (p *Partition) forget(device string) {
	delete(p.tags, device)
	if _, unstored := p.fresh[device]; unstored {
		delete(p.fresh, device)
		return
	}
	p.dropped = append(p.dropped, device)
}

// reportOf is what a ping says besides where the tag is. The answers are numbered alike.
func reportOf(ping *ingest.Ping) alerting.Report {
	return alerting.Report{
		BatteryPct: ping.BatteryPct, Strap: alerting.Strap(ping.Strap), Charging: alerting.Answer(ping.Charging),
		Motion: alerting.Answer(ping.Motion), Jamming: alerting.Answer(ping.Jamming),
		HasBattery: ping.With(ingest.HasBattery), HasPosition: ping.With(ingest.HasPosition),
	}
}

// fixOf is the observation that a ping with a position makes; of one without, its times and its seq.
func fixOf(ping *ingest.Ping, appended int64) alerting.Fix {
	return alerting.Fix{
		Time: ping.FixTime, Received: ping.ReceivedTime, Appended: appended, Seq: ping.Seq,
		Lat: ping.Lat, Lon: ping.Lon, AccuracyM: ping.AccuracyM, AccuracyLevel: ping.AccuracyLevel,
		Source: ping.Source.String(), HasSeq: ping.With(ingest.HasSeq), HasReceived: ping.With(ingest.HasReceived),
		Assumed: !ping.With(ingest.HasAccuracy),
	}
}

// sweep forgets the tags that no late ping can reach any more, and lets the others go of views that are gone.
func (p *Partition) sweep() {
	if p.clock-p.swept < sweepEvery {
		return
	}
	p.swept = p.clock
	before := p.clock - p.o.Decoder.MaxAge.Milliseconds()
	for device, t := range p.tags {
		if t.state.Forgettable(before) {
			p.watch.Dismiss(t.state)
			p.forget(device)
			continue
		}
		p.watch.Release(t.state)
	}
}

// account adds what the batch counted to the metrics.
func (p *Partition) account(last *ingest.Record, atHead bool) {
	m := p.o.Metrics
	for i, n := range p.counts {
		if n > 0 {
			m.pings[i].Add(float64(n))
		}
	}
	p.counts = [outcomes]int{}
	m.unassigned.Add(float64(p.unassigned))
	p.unassigned = 0
	p.progress.decide(p.clock)
	if atHead {
		p.compareClocks(p.o.now().Sub(time.UnixMilli(last.Appended)))
	}
}

// compareClocks reports the gateway's clock against ours, by a ping that was waited for.
func (p *Partition) compareClocks(skew time.Duration) {
	p.o.Metrics.skew.Set(skew.Seconds())
	if skew.Abs() <= skewLimit {
		p.skew.Store(0)
	} else if p.skew.Swap(skew.Milliseconds()) == 0 {
		p.log.Warn("the gateway's clock and ours differ: check both against a time server", "seconds", skew.Seconds())
	}
}

// release takes the partition's share out of the gauges.
func (p *Partition) release() {
	m := p.o.Metrics
	p.showEpisodes(alerting.Count{})
	m.elsewhere.Sub(float64(p.spread.Load()))
}
