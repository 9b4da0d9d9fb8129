package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cordon/alerting"
	"cordon/ingest"
)

// Own runs one partition from its assignment until ctx ends: it takes over, and works. assigned is called first, with what
// can be asked about the partition, and returns what is called when that is over.
func Own(ctx context.Context, o *Options, owned Owned, number int, assigned func(*Progress) (done func())) error {
	progress := newProgress(o, number)
	defer assigned(progress)()
	defer o.Metrics.lag.add(progress)()
	for {
		progress.begin()
		err := own(ctx, o, owned, progress)
		if !errors.Is(err, errWholeAgain) || ctx.Err() != nil {
			return err
		}
	}
}

func own(ctx context.Context, o *Options, owned Owned, progress *Progress) error {
	p, next, committed, err := takeCharge(ctx, o, owned, progress)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer p.release()
	progress.work(p)
	w := ingest.Worker{Partition: owned, Handler: p, Log: p.log, Grace: grace, Progress: progress, Now: o.now}
	return w.Run(ctx, next, committed)
}

// grace is what a partition takes at most to be let go, well inside the rebalance timeout.
const grace = 10 * time.Second

// takeCharge waits for the store, takes a new epoch, and brings the partition to where its last owner left it.
func takeCharge(ctx context.Context, o *Options, owned Owned, progress *Progress) (*Partition, int64, int64, error) {
	number := progress.number
	log := o.Log.With("partition", number)
	retry := func(ctx context.Context, what string, do func() error) error {
		return retry(ctx, log, progress, what, do)
	}
	var (
		lease      Lease
		found      alerting.Takeover
		start, end int64
		committed  int64
		kafka      = "the broker"
	)
	offset := func() (err error) { committed, err = owned.Committed(ctx); return err }
	progress.take("reading the checkpoint")
	err := retry(ctx, kafka, offset)
	if err == nil {
		err = retry(ctx, "Redis, to take over the partition", func() (err error) {
			lease, found, err = o.Checkpoints.Take(ctx, number, committed)
			return err
		})
	}
	if err == nil {
		progress.take("asking how far the log reaches")
		err = retry(ctx, kafka, func() (err error) { start, end, err = owned.Bounds(ctx); return err })
	}
	if err == nil {
		err = retry(ctx, kafka, offset) // the owner before may have moved it meanwhile
	}
	if err != nil {
		return nil, 0, 0, err
	}
	if committed > end {
		committed = -1 // of another log of that name
	}
	logOld(log, found.Old)
	fresh := func() *Partition {
		p := newPartition(o, owned, number, lease)
		p.progress = progress
		p.age.Store(o.now().UnixMilli())
		return p
	}
	p := fresh()
	window := o.now().Add(-o.RebuildWindow).UnixMilli()
	if since := p.decidedPartially(found.Checkpoint); since != 0 {
		log.Info("zones and register are whole again: deciding again what was decided without some of them", "since", alerting.Time(since))
		window = min(window, max(0, since-quietSpan.Milliseconds()))
		switch err := p.endPartial(ctx, found.Checkpoint, start, end); {
		case err == nil:
			window, found.Checkpoint = max(0, since-quietSpan.Milliseconds()), nil
		case !errors.Is(err, errUnreadable) && !errors.Is(err, errUnusable): // which are set aside and discarded below
			return nil, 0, 0, err
		}
		p = fresh()
	}
	aside, why := found.SetAside, errForeign
	if found.Checkpoint != nil {
		next, err := p.restore(ctx, found.Checkpoint, start, end)
		if err == nil && next < end {
			since := cmp.Or(p.wrote, p.clock) - refusedBeforeCheckpoint.Milliseconds()
			err = p.readRefused(ctx, since, map[int]int64{number: next})
		}
		switch {
		case err == nil:
			progress.bounds(next, end, p.clock)
			log.Info("partition taken over from its checkpoint", "offset", next, "tags", len(p.tags))
			return p, next, committed, p.publish(ctx)
		case errors.Is(err, errUnreadable):
			why = err
			if aside, err = p.putAside(ctx); err != nil {
				return nil, 0, 0, err
			}
		case errors.Is(err, errUnusable):
			log.Warn("checkpoint discarded, deciding the window again", "err", err)
		default:
			return nil, 0, 0, err
		}
		p = fresh()
	}
	p.noteUnreadable(aside, why)
	next, err := p.rebuild(ctx, start, committed, window)
	if err == nil {
		progress.bounds(next, end, p.clock)
		progress.take("publishing what the rebuild found")
		err = p.publish(ctx)
	}
	return p, next, committed, err
}

// errUnusable is returned for a checkpoint that says nothing about this log.
var errUnusable = errors.New("pipeline: checkpoint unusable")

// restore takes the state from a checkpoint and returns the offset to go on from.
func (p *Partition) restore(ctx context.Context, stored *alerting.Checkpoint, start, end int64) (int64, error) {
	at, err := parsePosition(stored.Meta)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if stored.Next > end {
		return 0, fmt.Errorf("%w: its offset %d lies beyond the end of the log, %d", errUnusable, stored.Next, end)
	}
	if at.last.offset >= start {
		if err := p.proven(ctx, at.last); err != nil {
			return 0, err
		}
	}
	p.position, p.saved, p.swept = at, at.last, at.clock
	p.begin(at.clock, at.feed, at.flood)
	for device, b := range stored.Tags {
		t, err := parseTag(device, b)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", errUnreadable, err)
		}
		p.tags[device] = t
		p.watch.Adopt(t.state)
	}
	p.watch.Settle()
	if stored.Next >= start {
		return stored.Next, nil
	}
	return start, p.gap(ctx, stored.Next, start)
}

// proven compares the record that the checkpoint names with the one in the log.
func (p *Partition) proven(ctx context.Context, want proof) error {
	var f ingest.Fetched
	err := p.retry(ctx, "the broker", func() (err error) { f, err = p.owned.Fetch(ctx, want.offset); return err })
	if err != nil {
		return err
	}
	if f.SetAside != nil { // damaged since: that does not make it another log, and the checkpoint knows what it held
		p.log.Warn("the record that the checkpoint names cannot be read any more", "offset", want.offset, "why", f.SetAside.Detail)
		return nil
	}
	if len(f.Records) == 0 || f.Records[0].Offset != want.offset || proofOf(&f.Records[0]) != want {
		return fmt.Errorf("%w: record %d is another one: the topic was made anew", errUnusable, want.offset)
	}
	return nil
}

// gap says that the pings from offset next to start are gone.
func (p *Partition) gap(ctx context.Context, next, start int64) error {
	to, err := appendedAt(ctx, p, p.owned, start)
	if err != nil {
		return err
	}
	pings, from := start-next, p.clock
	if p.last.appended > 0 {
		from = min(from, p.last.appended)
	}
	span := time.Duration(max(0, to-from)) * time.Millisecond
	p.notCovered(pings, span)
	p.noteFault(alerting.Fault{
		Part: p.part("log_truncated"), Reason: alerting.LogTruncated, Opened: from, Seq: uint64(next), Unprotected: true, NotCovered: pings,
		Detail: fmt.Sprintf("%d pings of partition %d, appended in a span of %s, were deleted from the log before they were judged: lengthen the topic's retention",
			pings, p.number, span),
	}, max(from, to))
	return nil
}

// appendedAt returns when the record at an offset, or the first one after it, was appended (ms), and no later than now; now
// if there is none.
func appendedAt(ctx context.Context, p *Partition, log Log, offset int64) (int64, error) {
	for {
		var f ingest.Fetched
		err := p.retry(ctx, "the broker", func() (err error) { f, err = log.Fetch(ctx, offset); return err })
		now := p.o.now().UnixMilli()
		switch {
		case err != nil || len(f.Records) == 0 && (f.Next <= offset || f.Next >= f.HighWatermark):
			return now, err
		case len(f.Records) > 0:
			return min(now, f.Records[0].Appended), nil
		}
		offset = f.Next // a batch that cannot be read, or one without records of ours
	}
}

func (p *Partition) notCovered(pings int64, span time.Duration) {
	p.o.Metrics.lostPings.Add(float64(pings))
	p.o.Metrics.lostTime.Add(span.Seconds())
	p.log.Error("pings were deleted from the log before they were judged: lengthen the topic's retention", "pings", pings, "span", span)
}

func (p *Partition) retry(ctx context.Context, what string, do func() error) error {
	return retry(ctx, p.log, p.progress, what, do)
}

// retry repeats do with capped back-off until it succeeds or ctx ends, saying what it waits for. An offset outside the
// log is not waited for.
func retry(ctx context.Context, log *slog.Logger, progress *Progress, what string, do func() error) error {
	for wait := leastBackoff; ; wait = min(2*wait, mostBackoff) {
		err := do()
		if err == nil || errors.Is(err, ingest.ErrLogMoved) {
			return err
		}
		if ctx.Err() == nil {
			progress.Failed(fmt.Errorf("waiting for %s: %w", what, err))
			log.Warn("waiting for "+what, "err", err, "in", wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}
