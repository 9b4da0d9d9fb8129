package harness

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
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

// Chaos feeds a scenario, live, to processors while processors, brokers and the store are taken away, and while others
// write to the ping topic what must not count.
type Chaos struct {
	Site       *Site
	Broker     *Broker
	Scenario   *scenario.Scenario
	Brokers    []Server // of Kafka, one by one
	Redis      Wipeable
	Seed       uint64
	Rate       float64 // records a second
	Processors int
	Deeds      Deeds
	Outage     time.Duration // of a broker
	Hold       time.Duration // how long the store is away, empty or incomplete
	Args       []string      // of `cordon process`
	Say        func(format string, args ...any)
}

// Deeds are what is done, and how often. They are spread over the feed.
type Deeds struct {
	Kills         int // of processors, kill -9
	Stops         int // of processors, in order
	BrokerKills   int // one broker after the other, kill -9, and started again after the outage
	BrokerStops   int // the same, in order
	RedisOutages  int // killed, and started again with its data
	Wipes         int // emptied, then restored: by FLUSHALL, and every second time by a kill and a start without data
	PartialLosses int // a hash, or a third of its fields, deleted, then restored: of the zones twice, then of the register

	Bombs     int // batches that unpack to 300 MiB
	Aborted   int // transactions
	Committed int // transactions
	Strangers int // times that records with timestamps ahead are written
}

// Report is what chaos did, and what came of it.
type Report struct {
	*Verdict
	Readiness ReadinessReport

	Kills, Stops, BrokerKills, BrokerRestarts, RedisOutages, Wipes, PartialLosses, Bombs int

	Aborted, Committed int // pings in transactions
	Undecided          int // transactions of which the log alone tells how they ended
}

// chaos is one run.
type chaos struct {
	*Chaos
	feed      Feed
	readiness *Readiness

	mu         sync.Mutex   // held while the store is taken away or changed, so that a change is not lost with it
	stream     sync.RWMutex // held while zones or register change: nothing is stamped meanwhile
	rng        *rand.Rand   // of those who hold mu
	running    []*Processor
	incomplete []Span // when the store was

	tally  sync.Mutex
	report Report
}

// Run imports the scenario, feeds it while things break, waits until everything is decided and has the oracle judge.
func (c *Chaos) Run(ctx context.Context) (*Report, error) {
	run := &chaos{Chaos: c, rng: c.random(0), readiness: WatchReadiness(c.Site, c.Broker)}
	defer run.killAll()
	if err := c.Site.Publish(ctx, c.Scenario, time.Time{}); err != nil {
		return nil, err
	}
	for range c.Processors {
		if err := run.add(ctx); err != nil {
			return nil, err
		}
	}
	for _, p := range run.running {
		if err := p.Ready(ctx); err != nil {
			return nil, err
		}
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan ReadinessReport, 1)
	go func() { watched <- run.readiness.Run(watching) }()
	err := run.disturb(ctx)
	if err == nil {
		run.say("everything is broken, mended and fed")
		err = c.Site.Drained(ctx, c.Broker)
	}
	stop()
	run.report.Readiness = <-watched
	if err != nil {
		return &run.report, err
	}
	run.report.Verdict, err = c.Site.Judge(ctx, c.Broker, Done{run.losses(), run.incomplete}, run.running...)
	return &run.report, err
}

func (c *Chaos) random(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(c.Seed, stream)) }

func (c *Chaos) say(format string, args ...any) {
	if c.Say != nil {
		c.Say(format, args...)
	}
}

func (c *chaos) add(ctx context.Context) error {
	p, err := c.Site.Start(ctx, c.Args...)
	if err == nil {
		c.running = append(c.running, p)
		c.readiness.Ask(c.running)
	}
	return err
}

func (c *chaos) killAll() {
	for _, p := range c.running {
		p.Kill()
	}
}

// disturb feeds the scenario and does the deeds meanwhile, those of one lane one after the other.
func (c *chaos) disturb(ctx context.Context) error {
	partitions, err := c.Broker.Partitions(ctx, c.Site.Pings())
	if err != nil {
		return err
	}
	changes := c.Scenario.Changes()
	c.feed = Feed{Site: c.Site, Broker: c.Broker, Scenario: c.Scenario, Rate: c.Rate, Clock: func(int64) int64 { return time.Now().UnixMilli() }}
	c.feed.Barrier = func(ctx context.Context, n int) error { return c.change(ctx, changes[n]) }
	intruder := func(stream uint64) *intruders {
		return &intruders{chaos: c, rng: c.random(stream), partitions: partitions, transactor: NewTransactor(c.Broker, c.Site.Pings())}
	}
	bomber, writer, stranger := intruder(3), intruder(4), intruder(5)
	defer writer.transactor.Close()
	d := c.Deeds
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.feed.Run(ctx) })
	for stream, deeds := range [][]deed{
		slices.Concat(times(d.Kills, c.kill), times(d.Stops, c.stop), times(d.RedisOutages, c.withoutRedis), times(d.Wipes, c.wipe), times(d.PartialLosses, c.lose)),
		slices.Concat(times(d.BrokerKills, c.killBroker), times(d.BrokerStops, c.stopBroker)),
		times(d.Bombs, bomber.bomb),
		slices.Concat(times(d.Aborted, writer.abort), times(d.Committed, writer.commit)),
		times(d.Strangers, stranger.pretend),
	} {
		g.Go(func() error { return c.lane(ctx, c.random(uint64(10+stream)), deeds) })
	}
	return g.Wait()
}

// change is a barrier: what was sent is decided before the change, and every processor knows of it after.
func (c *chaos) change(ctx context.Context, change scenario.Change) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stream.Lock()
	defer c.stream.Unlock()
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
