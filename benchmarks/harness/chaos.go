package harness

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cordon/benchmarks/scenario"
)

// Server is one that chaos may take away.
type Server interface {
	Stop(ctx context.Context) error
	Kill() error
	Restart(ctx context.Context) error
}

// Wipeable is one whose data chaos may remove while it is down.
type Wipeable interface {
	Server
	Wipe() error
}

// Chaos feeds a scenario, live, to processors that are killed at random moments.
type Chaos struct {
	Site       *Site
	Broker     *Broker
	Scenario   *scenario.Scenario
	Kafka      Server
	Redis      Wipeable
	Seed       uint64
	Rate       float64 // records a second
	Processors int
	Kills      int // of processors, kill -9
	Stops      int // of processors, in order
	Restarts   int // of the broker
	Wipes      int // of Redis, killed and restarted empty
	Outage     time.Duration
	Args       []string // of `cordon process`
	Say        func(format string, args ...any)
}

// Report is what chaos did, and what came of it.
type Report struct {
	*Verdict
	Kills, Stops, Restarts, Wipes int
}

// chaos is one run.
type chaos struct {
	*Chaos
	rng *rand.Rand

	mu      sync.Mutex // held while the store is taken away or changed, so that a change is not lost with it
	running []*Processor
	report  Report
}

// Run imports the scenario, feeds it while things break, waits until everything is decided and has the oracle judge.
func (c *Chaos) Run(ctx context.Context) (*Report, error) {
	run := &chaos{Chaos: c, rng: rand.New(rand.NewPCG(c.Seed, 0))}
	defer run.killAll()
	if err := c.Site.Publish(ctx, c.Scenario, time.Time{}); err != nil {
		return nil, err
	}
	for range c.Processors {
		if err := run.add(ctx); err != nil {
			return nil, err
		}
	}
	if err := run.ready(ctx); err != nil {
		return nil, err
	}
	g, gctx := errgroup.WithContext(ctx)
	fed := make(chan struct{})
	g.Go(func() error {
		defer close(fed)
		changes := c.Scenario.Changes()
		feed := Feed{Site: c.Site, Broker: c.Broker, Scenario: c.Scenario, Rate: c.Rate,
			Clock: func(int64) int64 { return time.Now().UnixMilli() }}
		feed.Barrier = func(ctx context.Context, n int) error { return run.change(ctx, changes[n]) }
		return feed.Run(gctx)
	})
	g.Go(func() error { return run.disturb(gctx, fed) })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	verdict, err := c.Site.Judge(ctx, c.Broker, run.running...)
	run.report.Verdict = verdict
	return &run.report, err
}

func (c *chaos) add(ctx context.Context) error {
	p, err := c.Site.Start(ctx, c.Args...)
	if err == nil {
		c.running = append(c.running, p)
	}
	return err
}

func (c *chaos) killAll() {
	for _, p := range c.running {
		p.Kill()
	}
}

func (c *chaos) ready(ctx context.Context) error {
	for _, p := range c.running {
		if err := p.Ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// change is a barrier: what was sent is decided before the change, and every processor knows of it after.
func (c *chaos) change(ctx context.Context, change scenario.Change) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.Site.Import(ctx, change.Import(time.Now()), time.Time{}); err != nil {
		return fmt.Errorf("change %q: %w", change.What, err)
	}
	revision, err := c.Site.Revision(ctx)
	if err != nil {
		return err
	}
	return Until(ctx, "every processor reports the revision", func() error {
		for _, p := range c.running {
			at, err := p.Metric(ctx, "cordon_zone_index_revision")
			if err != nil {
				return err
			}
			if uint64(at) < revision {
				return fmt.Errorf("%s is at %g of %d", p.Addr, at, revision)
			}
		}
		return nil
	})
}

// disturb breaks things, at random moments spread over the feed, until there is nothing left to break.
func (c *chaos) disturb(ctx context.Context, fed <-chan struct{}) error {
	var deeds []func(context.Context) error
	add := func(n int, deed func(context.Context) error) {
		for range n {
			deeds = append(deeds, deed)
		}
	}
	add(c.Kills, c.kill)
	add(c.Stops, c.stop)
	add(c.Chaos.Restarts, c.restart)
	add(c.Chaos.Wipes, c.wipe)
	c.rng.Shuffle(len(deeds), func(i, j int) { deeds[i], deeds[j] = deeds[j], deeds[i] })
	for _, deed := range deeds {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(200+c.rng.IntN(1800)) * time.Millisecond):
		}
		c.mu.Lock()
		err := deed(ctx)
		c.mu.Unlock()
		if err != nil {
			return err
		}
	}
	select {
	case <-fed:
		return nil
	default:
	}
	if c.Say != nil {
		c.Say("everything is broken and mended; feeding the rest")
	}
	return nil
}

// pick takes a processor out of those that run.
func (c *chaos) pick() *Processor {
	i := c.rng.IntN(len(c.running))
	p := c.running[i]
	c.running = append(c.running[:i:i], c.running[i+1:]...)
	return p
}

func (c *chaos) kill(ctx context.Context) error {
	c.pick().Kill()
	c.report.Kills++
	c.say("kill -9 number %d", c.report.Kills)
	return c.add(ctx)
}

func (c *chaos) stop(ctx context.Context) error {
	p := c.pick()
	if err := c.add(ctx); err != nil { // joins before the other leaves
		return err
	}
	c.report.Stops++
	c.say("orderly stop number %d", c.report.Stops)
	return p.Stop(ctx)
}

func (c *chaos) restart(ctx context.Context) error {
	c.say("broker stopped for %s", c.Outage)
	if err := c.Kafka.Stop(ctx); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(c.Outage):
	}
	c.report.Restarts++
	return c.Kafka.Restart(ctx)
}

func (c *chaos) wipe(ctx context.Context) error {
	zones, err := c.Site.Cordon(ctx, nil, "zones", "export", "--history")
	if err != nil {
		return err
	}
	wearers, err := c.Site.Cordon(ctx, nil, "wearers", "export", "--history")
	if err != nil {
		return err
	}
	c.say("redis killed and emptied")
	if err := errors.Join(c.Redis.Kill(), c.Redis.Wipe(), c.Redis.Restart(ctx)); err != nil {
		return err
	}
	c.report.Wipes++
	if _, err := c.Site.Cordon(ctx, []byte(zones), "zones", "import", "--restore", "-"); err != nil {
		return err
	}
	_, err = c.Site.Cordon(ctx, []byte(wearers), "wearers", "import", "--restore", "-")
	return err
}

func (c *chaos) say(format string, args ...any) {
	if c.Say != nil {
		c.Say(format, args...)
	}
}
