package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"cordon/ingest"
	"cordon/ingest/kafkarights"
	"cordon/ingest/kafkasource"
)

// partitionSpan is the part of a partition that was there when a command began: offsets [start, end).
type partitionSpan struct {
	log        *kafkasource.Log
	start, end int64
}

// spansOf returns what is on each partition of a topic now.
func spansOf(ctx context.Context, client *kafka.Client, topic string) ([]partitionSpan, error) {
	n, err := kafkasource.Partitions(ctx, client, topic)
	if err != nil {
		return nil, err
	}
	spans := make([]partitionSpan, n)
	for i := range spans {
		s := &spans[i]
		s.log = &kafkasource.Log{Client: client, Topic: topic, Partition: i}
		if s.start, s.end, err = s.log.Bounds(ctx); err != nil {
			return nil, err
		}
	}
	return spans, nil
}

// each calls do for the records of the span from an offset on. A record is valid until do returns.
func (s partitionSpan) each(ctx context.Context, from int64, do func(*ingest.Record) error) error {
	for next := max(from, s.start); next < s.end; {
		f, err := s.log.Fetch(ctx, next)
		if err != nil {
			return err
		}
		for i := range f.Records {
			if f.Records[i].Offset >= s.end {
				return nil
			}
			if err := do(&f.Records[i]); err != nil {
				return err
			}
		}
		next = f.Next
	}
	return nil
}

// arrived is a record that has been taken out of its fetch.
type arrived struct {
	partition int
	appended  int64
	value     []byte
}

func copied(r *ingest.Record) arrived {
	return arrived{r.Partition, r.Appended, slices.Clone(r.Value)}
}

// readAhead is how many records of a partition wait to be merged.
const readAhead = 256

// inOrder calls do for the records of all spans published at since (ms) or later, merged by the time they were
// published; each partition keeps its own order.
func inOrder(ctx context.Context, spans []partitionSpan, since int64, do func(arrived) error) error {
	g, ctx := errgroup.WithContext(ctx)
	queues := make([]chan arrived, len(spans))
	for i, s := range spans {
		queues[i] = make(chan arrived, readAhead)
		g.Go(func() error {
			defer close(queues[i])
			from := s.start
			if since > 0 {
				var err error
				if from, err = s.log.OffsetAt(ctx, since); err != nil {
					return err
				}
			}
			return s.each(ctx, from, func(r *ingest.Record) error { return put(ctx, queues[i], copied(r)) })
		})
	}
	g.Go(func() error { return merge(queues, do) })
	return g.Wait()
}

func put(ctx context.Context, queue chan<- arrived, r arrived) error {
	select {
	case queue <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// merge takes the oldest of the queues' heads until all are closed.
func merge(queues []chan arrived, do func(arrived) error) error {
	heads := make([]*arrived, len(queues))
	advance := func(i int) {
		heads[i] = nil
		if r, ok := <-queues[i]; ok {
			heads[i] = &r
		}
	}
	for i := range queues {
		advance(i)
	}
	for {
		first := -1
		for i, h := range heads {
			if h != nil && (first < 0 || h.appended < heads[first].appended) {
				first = i
			}
		}
		if first < 0 {
			return nil
		}
		if err := do(*heads[first]); err != nil {
			return err
		}
		advance(first)
	}
}

// follow calls do for the records after the spans as they come, until ctx ends. It waits for a broker that is away, but not
// for a missing right.
func follow(ctx context.Context, spans []partitionSpan, log *slog.Logger, do func(arrived) error) error {
	g, ctx := errgroup.WithContext(ctx)
	queue := make(chan arrived, readAhead)
	for _, s := range spans {
		g.Go(func() error { return tail(ctx, s, queue, log) })
	}
	g.Go(func() error {
		for {
			select {
			case r := <-queue:
				if err := do(r); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	return g.Wait()
}

func tail(ctx context.Context, s partitionSpan, queue chan<- arrived, log *slog.Logger) error {
	const least, most = 200 * time.Millisecond, 5 * time.Second
	wait := least
	for next := s.end; ; {
		f, err := s.log.Fetch(ctx, next)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if denied := (*kafkarights.Denied)(nil); errors.As(err, &denied) {
				return err
			}
			log.Warn("alerts cannot be read, trying again", "partition", s.log.Partition, "err", err, "in", wait)
			if err := pause(ctx, wait); err != nil {
				return err
			}
			wait = min(2*wait, most)
			continue
		}
		wait = least
		for i := range f.Records {
			if err := put(ctx, queue, copied(&f.Records[i])); err != nil {
				return err
			}
		}
		next = f.Next
	}
}

// pause waits, or returns the error of ctx when that ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
