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

// Own runs one partition from its assignment until ctx ends: it takes over, and works. working is told once
// the partition is being worked on, with what can be asked about it, and returns what is told when that is over.
func Own(ctx context.Context, o *Options, owned Owned, number int, working func(*Partition) (done func())) error {
	p, next, committed, err := takeOver(ctx, o, owned, number)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer p.release()
	defer working(p)()
	w := ingest.Worker{Partition: owned, Handler: p, Log: p.log, Grace: grace}
	return w.Run(ctx, next, committed)
}

// grace is what a partition takes at most to be let go, well inside the rebalance timeout.
const grace = 10 * time.Second

// takeOver waits for the store, takes a new epoch, and brings the partition to where its last owner left it.
func takeOver(ctx context.Context, o *Options, owned Owned, number int) (*Partition, int64, int64, error) {
	log := o.Log.With("partition", number)
	var (
		lease          Lease
		stored         *alerting.Checkpoint
		start, end     int64
		committed      int64
		kafka, storing = "the broker", "Redis, to take over the partition"
	)
	err := retry(ctx, log, storing, func() (err error) {
		lease, stored, err = o.Checkpoints.Take(ctx, number)
		return err
	})
	if err == nil {
		err = retry(ctx, log, kafka, func() (err error) { start, end, err = owned.Bounds(ctx); return err })
	}
	if err == nil {
		err = retry(ctx, log, kafka, func() (err error) { committed, err = owned.Committed(ctx); return err })
	}
	if err != nil {
		return nil, 0, 0, err
	}
	if committed > end {
		committed = -1 // of another log of that name
	}
	p := newPartition(o, owned, number, lease, 0)
	p.age.Store(time.Now().UnixMilli())
	if stored != nil {
		next, err := p.restore(ctx, stored, start, end)
		if err == nil {
			log.Info("partition taken over from its checkpoint", "offset", next, "tags", len(p.tags))
			return p, next, committed, p.publish(ctx)
		}
		if !errors.Is(err, errUnusable) {
			return nil, 0, 0, err
		}
		log.Warn("checkpoint discarded, deciding the window again", "err", err)
		p = newPartition(o, owned, number, lease, 0)
	}
	next, err := p.rebuild(ctx, start, committed)
	if err == nil {
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
		return 0, fmt.Errorf("%w: %w", errUnusable, err)
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
			return 0, fmt.Errorf("%w: %w", errUnusable, err)
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
	err := retry(ctx, p.log, "the broker", func() (err error) { f, err = p.owned.Fetch(ctx, want.offset); return err })
	if err != nil {
		return err
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
	pings, from := start-next, cmp.Or(p.last.appended, p.clock)
	span := time.Duration(max(0, to-from)) * time.Millisecond
	p.notCovered(pings, span)
	p.noteFault(alerting.Fault{
		Part: p.part("log_truncated"), Reason: alerting.LogTruncated, Opened: from, Seq: uint64(next), Unprotected: true, NotCovered: pings,
		Detail: fmt.Sprintf("%d pings of partition %d, appended in a span of %s, were deleted from the log before they were judged: lengthen the topic's retention",
			pings, p.number, span),
	}, max(from, to))
	return nil
}

// appendedAt returns when the record at an offset, or the first one after it, was appended (ms); now if there is none.
func appendedAt(ctx context.Context, p *Partition, log Log, offset int64) (int64, error) {
	var f ingest.Fetched
	err := retry(ctx, p.log, "the broker", func() (err error) { f, err = log.Fetch(ctx, offset); return err })
	if err != nil || len(f.Records) == 0 {
		return time.Now().UnixMilli(), err
	}
	return f.Records[0].Appended, nil
}

func (p *Partition) notCovered(pings int64, span time.Duration) {
	p.o.Metrics.lostPings.Add(float64(pings))
	p.o.Metrics.lostTime.Add(span.Seconds())
	p.log.Error("pings were deleted from the log before they were judged: lengthen the topic's retention", "pings", pings, "span", span)
}

// retry repeats do with capped back-off until it succeeds or ctx ends, saying what it waits for. An offset outside the
// log is not waited for.
func retry(ctx context.Context, log *slog.Logger, what string, do func() error) error {
	for wait := leastBackoff; ; wait = min(2*wait, mostBackoff) {
		err := do()
		if err == nil || errors.Is(err, ingest.ErrLogMoved) {
			return err
		}
		if ctx.Err() == nil {
			log.Warn("waiting for "+what, "err", err, "in", wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}
