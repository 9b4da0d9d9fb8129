package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cordon/alerting"
	"cordon/benchmarks/harness"
)

const (
	sendEvery = 20 * time.Millisecond // a partition's producer puts together what is due
	warmUp    = 2 * time.Second       // of live pings, whose alerts are not counted
)

// live is one stretch of live pings.
type live struct {
	load     string
	heavy    bool      // half of the drain rate, or as near to it as the processor comes
	wanted   float64   // pings a second
	reached  float64   // by the producer
	arrivals []float64 // ms from the appended time to the alert's arrival, sorted
	metric   [2]float64
	behind   float64 // s from the last ping to the last decision
}

// latencies measures under both loads.
func (b *bench) latencies(ctx context.Context, o *outcome, p *harness.Processor, s *roundSite, streams []*stream) error {
	own := median(perSecond(o.rounds["default"]))
	load, rate := "half of own rate", own/2
	if half := median(o.rivals) / 2; half < own {
		load, rate = "half of drain rate", half
	}
	for _, l := range []live{{load: fmt.Sprintf("%d/s", b.flags.Light), wanted: float64(b.flags.Light)}, {load: load, heavy: true, wanted: rate}} {
		if err := b.live(ctx, &l, p, s, streams); err != nil {
			return fmt.Errorf("live pings, %s: %w", l.load, err)
		}
		o.lives = append(o.lives, l)
		harness.Say("%s: live, %s: %.0f of %.0f pings/s reached, %d alerts, p50 %.1f ms, p99 %.1f ms (by the processor's histogram %.1f and %.1f), last decided after %.2f s",
			o.format.name, l.load, l.reached, l.wanted, len(l.arrivals), quantile(l.arrivals, 0.5), quantile(l.arrivals, 0.99),
			l.metric[0], l.metric[1], l.behind)
	}
	return nil
}

func (b *bench) live(ctx context.Context, l *live, p *harness.Processor, s *roundSite, streams []*stream) error {
	before, err := look(ctx, p)
	if err != nil {
		return err
	}
	consumers, err := b.consume(ctx, s.Alerts())
	if err != nil {
		return err
	}
	defer consumers.cancel()
	began := time.Now()
	var mu sync.Mutex
	sent := 0
	g, gctx := errgroup.WithContext(ctx)
	for _, stream := range streams {
		g.Go(func() error {
			n, err := b.send(gctx, stream, l.wanted*float64(len(stream.walkers))/float64(b.world.tags), began)
			mu.Lock()
			defer mu.Unlock()
			sent += n
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	l.reached = float64(sent) / time.Since(began).Seconds()
	ended := time.Now()
	var after sample
	if err := harness.Until(ctx, "the live pings are decided", func() error {
		if after, err = look(ctx, p); err == nil && after.pings < before.pings+float64(sent) {
			err = fmt.Errorf("%.0f of %d", after.pings-before.pings, sent)
		}
		return err
	}); err != nil {
		return err
	}
	l.behind = time.Since(ended).Seconds()
	if l.arrivals, err = consumers.collect(ctx, began.Add(warmUp)); err != nil {
		return err
	}
	l.metric = [2]float64{1000 * bucketQuantile(before.appended, after.appended, 0.5), 1000 * bucketQuantile(before.appended, after.appended, 0.99)}
	return nil
}

// send produces a partition's share of the live pings, each with the time at which it is handed to the client.
func (b *bench) send(ctx context.Context, s *stream, rate float64, began time.Time) (int, error) {
	// Gateways do not send in step.
	time.Sleep(sendEvery * time.Duration(s.partition) / time.Duration(b.flags.Partitions))
	tick := time.NewTicker(sendEvery)
	defer tick.Stop()
	for sent := 0; ; {
		select {
		case <-ctx.Done():
			return sent, ctx.Err()
		case <-tick.C:
		}
		elapsed := time.Since(began)
		if elapsed >= b.flags.Live {
			return sent, nil
		}
		n := min(batchSize, int(rate*elapsed.Seconds())-sent)
		if n <= 0 {
			continue
		}
		now := time.Now().UnixMilli()
		if err := s.send(ctx, b.broker, s.batch(n, func(int) int64 { return now })); err != nil {
			return sent, err
		}
		sent += n
	}
}

// arrival is an alert, and when it was there.
type arrival struct {
	at       time.Time
	appended int64
}

// consumers read the alerts as they come.
type consumers struct {
	b        *bench
	topic    string
	cancel   context.CancelFunc
	group    *errgroup.Group
	mu       sync.Mutex
	arrivals []arrival
	next     []int64
}

// consume starts a consumer for each partition of the alerts, from its present end on.
func (b *bench) consume(ctx context.Context, topic string) (*consumers, error) {
	inner, cancel := context.WithCancel(ctx)
	group, inner := errgroup.WithContext(inner)
	c := &consumers{b: b, topic: topic, cancel: cancel, group: group, next: make([]int64, b.flags.Partitions)}
	for p := range c.next {
		_, end, err := b.broker.Bounds(ctx, topic, p)
		if err != nil {
			cancel()
			return nil, err
		}
		c.next[p] = end
		group.Go(func() error { return c.read(inner, p, end) })
	}
	return c, nil
}

func (c *consumers) read(ctx context.Context, partition int, next int64) error {
	for {
		records, err := c.b.broker.Fetch(ctx, c.topic, partition, next)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		now := time.Now()
		var found []arrival
		for _, rec := range records {
			var alert struct {
				Appended *alerting.Time `json:"appended_time"`
			}
			if err := json.Unmarshal(rec.Value, &alert); err != nil {
				return err
			}
			if alert.Appended != nil {
				found = append(found, arrival{now, int64(*alert.Appended)})
			}
			next = rec.Offset + 1
		}
		c.mu.Lock()
		c.arrivals, c.next[partition] = append(c.arrivals, found...), next
		c.mu.Unlock()
	}
}

// collect waits for what is on the topic, stops, and returns the latencies (ms, sorted) of what was appended since.
func (c *consumers) collect(ctx context.Context, since time.Time) ([]float64, error) {
	err := harness.Until(ctx, "the alerts have arrived", func() error {
		for p := range c.next {
			_, end, err := c.b.broker.Bounds(ctx, c.topic, p)
			if err != nil {
				return err
			}
			c.mu.Lock()
			at := c.next[p]
			c.mu.Unlock()
			if at < end {
				return fmt.Errorf("partition %d: at %d of %d", p, at, end)
			}
		}
		return nil
	})
	c.cancel()
	if err := errors.Join(err, c.group.Wait()); err != nil {
		return nil, err
	}
	var took []float64
	for _, a := range c.arrivals {
		if a.appended >= since.UnixMilli() {
			took = append(took, float64(a.at.Sub(time.UnixMilli(a.appended)).Microseconds())/1000)
		}
	}
	if len(took) < 100 {
		return nil, fmt.Errorf("%d alerts are too few to tell: take a longer --live or a higher --light", len(took))
	}
	slices.Sort(took)
	return took, nil
}
