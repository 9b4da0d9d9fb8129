package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"cordon/alerting"
	"cordon/alerting/kafkasink"
	"cordon/alerting/redisstate"
	"cordon/geofence/redisindex"
	"cordon/ingest"
	"cordon/ingest/kafkasource"
	"cordon/ingest/pipeline"
)

type processCmd struct {
	kafkaFlags   `embed:""`
	topicFlags   `embed:""`
	redisFlags   `embed:""`
	processFlags `embed:""`
}

// processFlags are the processor's own.
type processFlags struct {
	Group            string        `help:"Consumer group." default:"cordon"`
	Listen           string        `help:"Address of health and metrics, which have no log-in. The default is reachable from this machine only; :9464 is every interface." default:"127.0.0.1:9464"`
	Pprof            bool          `help:"Serve /debug/pprof too."`
	MaxAge           time.Duration `help:"A fix older than this when it was appended is rejected as too_old." default:"72h"`
	MaxFuture        time.Duration `help:"A fix further ahead of its appended time is rejected as future." default:"2m"`
	MaxAhead         time.Duration `help:"A record stamped further ahead of this machine's clock when it is read is rejected as future." default:"2m"`
	AccuracyGNSS     float64       `help:"Metres assumed for a satellite fix that claims no accuracy." default:"15" name:"accuracy-gnss"`
	AccuracyWiFi     float64       `help:"The same for Wi-Fi." default:"50" name:"accuracy-wifi"`
	AccuracyCell     float64       `help:"The same for cell." default:"1000"`
	AccuracyBeacon   float64       `help:"The same for a beacon." default:"10"`
	AccuracyLevel    float64       `help:"Chance that a claimed circle holds the truth, where the tag does not say." default:"0.95"`
	RebuildWindow    time.Duration `help:"How far back pings are decided again when there is no checkpoint." default:"24h"`
	SessionTimeout   time.Duration `help:"After this long without a heartbeat a processor's partitions go to another; the broker sets the least it takes." default:"6s"`
	VerifyEvery      time.Duration `help:"How often the whole store is read and compared with what was imported." default:"1h"`
	AllowEviction    bool          `help:"Start even if Redis may remove keys when its memory is full. For tests only."`
	AcceptStore      string        `help:"Identity of the only store to take zones and register from."`
	AcceptPartitions bool          `help:"Go on after the ping topic's partition count has changed."`
	MaxUnassigned    int           `help:"Tags without a wearer in the register that a partition remembers. When more are heard, the one heard longest ago is forgotten." default:"20000"`
	UnassignedAlerts int           `help:"Alerts unassigned_device that a partition raises in an hour. One system_fault stands for the others." default:"100"`
	Rules            string        `help:"Rule set: default, plain, or a file of the shape that rules show --format json writes." default:"default"`

	rules *alerting.Rules
}

// Run starts the processor and works until it is told to stop.
func (c *processCmd) Run(ctx context.Context, log *slog.Logger) error {
	if err := c.validate(); err != nil {
		return err
	}
	listener, err := listen(c.Listen)
	if err != nil {
		return err
	}
	kafka, err := c.kafkaFlags.connect(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer kafka.close()
	client, _, err := c.client()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer client.Close()
	return newProcessor(c.processFlags, c.topicFlags, kafka, client, log).run(ctx, listener)
}

func (f *processFlags) validate() error {
	var err error
	if f.rules, err = readRules(f.Rules); err != nil {
		return usagef("--rules: %w", err)
	}
	if err := f.decoder().Validate(); err != nil {
		return usagef("--max-age, --max-future or --accuracy-…: %w", err)
	}
	if f.MaxAhead <= 0 {
		return usagef("--max-ahead %s: must be above 0", f.MaxAhead)
	}
	if f.RebuildWindow <= 0 {
		return usagef("--rebuild-window %s: must be above 0", f.RebuildWindow)
	}
	if f.MaxUnassigned < 1 || f.UnassignedAlerts < 1 {
		return usagef("--max-unassigned %d, --unassigned-alerts %d: must be at least 1", f.MaxUnassigned, f.UnassignedAlerts)
	}
	if f.VerifyEvery <= 0 {
		return usagef("--verify-every %s: must be above 0", f.VerifyEvery)
	}
	if f.SessionTimeout < time.Second {
		return usagef("--session-timeout %s: must be at least 1s", f.SessionTimeout)
	}
	return nil
}

func (f *processFlags) decoder() ingest.DecoderOptions {
	return ingest.DecoderOptions{
		MaxAge: f.MaxAge, MaxFuture: f.MaxFuture, AccuracyLevel: f.AccuracyLevel,
		Accuracy: [4]float64{ingest.GNSS: f.AccuracyGNSS, ingest.WiFi: f.AccuracyWiFi, ingest.Cell: f.AccuracyCell, ingest.Beacon: f.AccuracyBeacon},
	}
}

// processor is one running `cordon process`.
type processor struct {
	flags    processFlags
	topics   topicFlags
	kafka    *kafkaConn
	redis    redis.UniversalClient
	log      *slog.Logger
	registry *prometheus.Registry
	metrics  *pipeline.Metrics
	follower *redisindex.Follower
	group    *kafkasource.Group
	owned    owned
	stage    stage
	emptied  emptied
}

func newProcessor(f processFlags, t topicFlags, k *kafkaConn, r redis.UniversalClient, log *slog.Logger) *processor {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	p := &processor{flags: f, topics: t, kafka: k, redis: r, log: log, registry: registry, metrics: pipeline.NewMetrics(registry)}
	p.owned.register(registry)
	p.follower = redisindex.NewFollower(redisindex.New(r), redisindex.Options{
		Log: log, Expect: f.AcceptStore, KeepHistory: max(f.RebuildWindow, f.MaxAge, redisindex.DefaultHistory), Metrics: redisindex.NewMetrics(registry),
		Verify: f.VerifyEvery, AllowEviction: f.AllowEviction,
	})
	return p
}

// run serves health and metrics, follows the store, and owns partitions, until ctx ends or one of them fails.
func (p *processor) run(ctx context.Context, listener net.Listener) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serve(ctx, listener, p.handler(), defaultLimits, p.log) })
	g.Go(func() error { p.watchFaults(ctx); return nil })
	g.Go(func() error { return p.work(ctx) })
	return g.Wait()
}

// memoryShare is Go's GOGC where the environment does not set it. What is collected again and again is an index of
// millions of objects that hardly changes; GOMEMLIMIT bounds what this costs in memory.
const memoryShare = 300

func (p *processor) work(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(memoryShare)
	}
	p.stage.set("loading zones and register")
	if err := p.refuseEviction(ctx); errors.Is(err, redisindex.ErrEvicts) {
		return err
	}
	if err := p.follower.Load(ctx); err != nil {
		return stopped(ctx, err)
	}
	if err := p.refuseEviction(ctx); errors.Is(err, redisindex.ErrEvicts) { // the store may have been away before
		return err
	} else if err != nil {
		p.log.Warn("could not find out whether Redis removes keys when its memory is full: make sure that its maxmemory-policy is noeviction", "err", err)
	}
	runtime.GC() // what loading left behind is not to be collected while pings wait
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return stopped(ctx, p.follower.Run(ctx)) })
	g.Go(func() error { return stopped(ctx, p.consume(ctx)) })
	g.Go(func() error { p.watchProfiles(ctx); return nil })
	return g.Wait()
}

// refuseEviction returns an error if Redis may remove keys when its memory is full, or does not say whether it may.
func (p *processor) refuseEviction(ctx context.Context) error {
	if p.flags.AllowEviction {
		return nil
	}
	err := redisindex.New(p.redis).CheckEviction(ctx)
	if errors.Is(err, redisindex.ErrEvicts) {
		return fmt.Errorf("%w; to start all the same, for tests only, give --allow-eviction", err)
	}
	return err
}

// stopped turns the error of an ending into none.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// consume owns what the group assigns.
func (p *processor) consume(ctx context.Context) error {
	if err := p.rights(ctx); err != nil {
		return err
	}
	count, err := kafkasource.Partitions(ctx, p.kafka.client, p.topics.PingsTopic)
	if err != nil {
		return err
	}
	for _, topic := range []string{p.topics.AlertsTopic, p.topics.RejectsTopic} {
		if _, err := kafkasource.Partitions(ctx, p.kafka.client, topic); err != nil {
			return err
		}
	}
	store := redisstate.New(p.redis, p.topics.PingsTopic, count, p.flags.Group)
	if err := p.layout(ctx, store, count); err != nil {
		return err
	}
	options := p.options(store, count)
	options.RejectBytes = p.rejectBytes(ctx)
	p.checkStamps(ctx)
	p.group, err = kafkasource.NewGroup(kafkasource.Options{
		Brokers: p.kafka.brokers, Dialer: p.kafka.dialer, Client: p.kafka.client, GroupID: p.flags.Group,
		Topic: p.topics.PingsTopic, SessionTimeout: p.flags.SessionTimeout, Log: p.log,
	})
	if err != nil {
		return err
	}
	p.stage.set("")
	p.owned.joined(p.group)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	err = p.group.Run(ctx, func(ctx context.Context, part *kafkasource.Partition) error {
		if part.Count != count {
			stop(fmt.Errorf("%w: %d partitions before, %d now", errPartitions, count, part.Count))
			return nil
		}
		return pipeline.Own(ctx, options, part, part.Log.Partition, p.owned.add)
	})
	if cause := context.Cause(ctx); errors.Is(cause, errPartitions) {
		return cause
	}
	return err
}

// errPartitions is returned when the ping topic has another count of partitions than its checkpoints speak of.
var errPartitions = errors.New("the ping topic's partition count has changed: tags have moved away from their state; stop all processors and start them with --accept-partitions")

// layout compares the topic's partition count with the one recorded, and records a new one when that is accepted.
func (p *processor) layout(ctx context.Context, store *redisstate.Store, count int) error {
	p.stage.set("waiting for Redis, to read the partition count of the checkpoints")
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		recorded, err := p.recordedLayout(ctx, store, count)
		before := recorded
		if err == nil && recorded == 0 {
			before, err = p.lastLayout(ctx, count)
		}
		switch {
		case err != nil:
		case before != 0 && before != count && !p.flags.AcceptPartitions:
			return fmt.Errorf("%w: %d partitions before, %d now", errPartitions, before, count)
		case before != 0 && before != count:
			p.log.Warn("going on with another partition count", "before", before, "now", count)
			err = store.SetLayout(ctx, count, before)
		case recorded == 0:
			err = store.SetLayout(ctx, count, 0)
		}
		if err == nil {
			return nil
		}
		p.log.Warn("the partition count of the checkpoints is not known yet", "err", err, "in", wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// recordedLayout returns the partition count recorded for the group, 0 if there is none. A count recorded before keys had a
// group belongs to this group if the group has committed an offset.
func (p *processor) recordedLayout(ctx context.Context, store *redisstate.Store, count int) (int, error) {
	recorded, _, err := store.Layout(ctx)
	if err != nil || recorded != 0 {
		return recorded, err
	}
	for n := range count {
		committed, err := p.cluster(count).Committed(ctx, n)
		if err != nil {
			return 0, err
		}
		if committed < 0 {
			continue
		}
		if err := store.Adopt(ctx); err != nil {
			return 0, err
		}
		recorded, _, err = store.Layout(ctx)
		return recorded, err
	}
	return 0, nil
}

// lastLayout asks the newest alerts of how many partitions their pings were one, for a store that no longer knows; 0 when
// there are none.
func (p *processor) lastLayout(ctx context.Context, count int) (int, error) {
	logs, err := p.cluster(count).Alerts(ctx)
	if err != nil {
		return 0, err
	}
	for _, log := range logs {
		count, err := lastHome(ctx, log)
		if count != 0 || err != nil {
			return count, err
		}
	}
	return 0, nil
}

// lastHome returns the partition count that the newest alert gives for its pings; 0 if no alert gives one. Alerts about the
// system as a whole do not.
func lastHome(ctx context.Context, log pipeline.Log) (int, error) {
	const step = 100
	start, end, err := log.Bounds(ctx)
	for from := max(start, end-step); err == nil && start < end; from, end = max(start, from-step), from {
		count := 0
		for next := from; next < end; {
			f, err := log.Fetch(ctx, next)
			if err != nil {
				return 0, err
			}
			for i := range f.Records {
				if _, of, ok := pipeline.HomeOf(&f.Records[i]); ok && f.Records[i].Offset < end {
					count = of
				}
			}
			if f.Next <= next {
				break
			}
			next = f.Next
		}
		if count != 0 {
			return count, nil
		}
	}
	return 0, err
}

func (p *processor) cluster(count int) cluster {
	return cluster{p.kafka.client, p.flags.Group, p.topics, count}
}

func (p *processor) options(store *redisstate.Store, count int) *pipeline.Options {
	return &pipeline.Options{
		Topic: p.topics.PingsTopic, Partitions: count, Decoder: p.flags.decoder(), RebuildWindow: p.flags.RebuildWindow, MaxAhead: p.flags.MaxAhead,
		Source: processSource(), View: p.follower.View, Rules: p.flags.rules,
		Limits:      alerting.Limits{UnassignedTags: p.flags.MaxUnassigned, UnassignedAlerts: p.flags.UnassignedAlerts},
		Alerts:      topic{kafkasink.New(p.kafka.client, p.topics.AlertsTopic, kafkasink.Options{})},
		Rejects:     topic{kafkasink.New(p.kafka.client, p.topics.RejectsTopic, kafkasink.Options{})},
		Checkpoints: checkpoints{store}, Cluster: p.cluster(count),
		Metrics: p.metrics, Log: p.log,
	}
}

// processSource is the name of this process in its alerts.
func processSource() string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return fmt.Sprintf("//%s/cordon/process/%d", host, os.Getpid())
}
