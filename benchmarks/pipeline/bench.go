package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/benchmarks/harness"
	"cordon/deploy/local"
)

// bench is one run.
type bench struct {
	flags  *flags
	binary string
	dir    string
	kafka  string
	url    string // of Redis
	broker *harness.Broker
	redis  *redis.Client
	world  *world

	outcomes []*outcome
	profiles []profile
	started  int // processors
}

// outcome is what was measured of one format.
type outcome struct {
	format format
	pings  int
	rivals []float64          // pings/s, before, between and after the rounds
	rounds map[string][]round // by rule set
	lives  []live
	alerts map[string]map[string]struct{} // by rule set: ids of the first round's
}

// ruleSets are what every round is run under, by turns: what is pinged is the same, and so is all but the decision.
var ruleSets = []string{"plain", "default"}

// round is one pass of the processor over the backlog.
type round struct {
	perSecond float64
	cpu       float64 // µs a ping
	ratio     float64 // to the rival before and after it
	start     float64 // s from the process's start to the first decided ping, zones and register loaded
	startCPU  float64 // s
}

func newBench(ctx context.Context, f *flags, binary, dir string, servers *local.Servers) (*bench, error) {
	options, err := redis.ParseURL(servers.Redis.URL())
	if err != nil {
		return nil, err
	}
	b := &bench{
		flags: f, binary: binary, dir: dir, kafka: servers.Kafka.Addr(), url: servers.Redis.URL(),
		broker: harness.Dial(servers.Kafka.Addr()), redis: redis.NewClient(options), world: newWorld(f),
	}
	return b, b.publish(ctx)
}

func (b *bench) close() { b.redis.Close() }

// publish imports register and zones, in force since before the backlog.
func (b *bench) publish(ctx context.Context) error {
	began := time.Now()
	since := []string{"--in-force-from", began.Add(-48 * time.Hour).UTC().Format(time.RFC3339)}
	site := b.site("import")
	if _, err := site.Cordon(ctx, b.world.register(), append([]string{"wearers", "import", "-"}, since...)...); err != nil {
		return err
	}
	if _, err := site.Cordon(ctx, b.world.geojson(), append([]string{"zones", "import", "-"}, since...)...); err != nil {
		return err
	}
	harness.Say("%d wearers and %d zones imported in %.1f s", b.flags.Tags, b.flags.Tags*b.flags.Zones, time.Since(began).Seconds())
	return nil
}

func (b *bench) site(prefix string) *harness.Site {
	return &harness.Site{Binary: b.binary, Kafka: b.kafka, Redis: b.url, Prefix: prefix, Dir: b.dir}
}

// measure runs everything, one format after the other.
func (b *bench) measure(ctx context.Context) error {
	for _, f := range formats {
		o := &outcome{format: f, rounds: map[string][]round{}, alerts: map[string]map[string]struct{}{}}
		b.outcomes = append(b.outcomes, o)
		if err := b.format(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if b.flags.Profile == "" {
		return nil
	}
	return b.writeProfiles()
}

func (b *bench) format(ctx context.Context, o *outcome) error {
	topic := o.format.name + ".pings"
	streams := b.streams(o.format, topic)
	began := time.Now()
	if err := b.topics(ctx, b.site(o.format.name), topic); err != nil {
		return err
	}
	var err error
	if o.pings, err = backlog(ctx, b.broker, streams, b.flags.Pings, b.flags.Tags); err != nil {
		return err
	}
	harness.Say("%s: backlog of %d pings produced in %.1f s", o.format.name, o.pings, time.Since(began).Seconds())
	if _, err := drain(ctx, b.kafka, topic, b.flags.Partitions, o.pings); err != nil { // warms what there is to warm
		return err
	}
	if err := b.rival(ctx, o, topic); err != nil {
		return err
	}
	for left := b.flags.Rounds - 1; left >= 0; left-- {
		turns := slices.Clone(ruleSets)
		if left%2 == 1 { // so that neither gains by going first
			slices.Reverse(turns)
		}
		for i, rules := range turns {
			last := left == 0 && i == len(turns)-1
			syscall.Sync() // what was written before is not to be waited for now
			if err := b.undisturbed(ctx, o, topic, rules, last, streams); err != nil {
				return err
			}
		}
	}
	if b.flags.Profile == "" {
		return nil
	}
	return b.profile(ctx, o, topic)
}

// topics makes those of a site, of which the pings' may be there, and waits until they can be written to.
func (b *bench) topics(ctx context.Context, s *harness.Site, pings string) error {
	if _, err := s.Cordon(ctx, nil, "topics", "create", "--partitions", fmt.Sprint(b.flags.Partitions), "--pings-topic", pings); err != nil {
		return err
	}
	return harness.Until(ctx, "the new topics have leaders", func() error {
		for _, topic := range []string{pings, s.Alerts(), s.Rejects()} {
			for p := range b.flags.Partitions {
				if _, _, err := b.broker.Bounds(ctx, topic, p); err != nil {
					return fmt.Errorf("%s/%d: %w", topic, p, err)
				}
			}
		}
		return nil
	})
}

func (b *bench) rival(ctx context.Context, o *outcome, topic string) error {
	perSecond, err := drain(ctx, b.kafka, topic, b.flags.Partitions, o.pings)
	if err == nil {
		o.rivals = append(o.rivals, perSecond)
		harness.Say("%s: rival %.0f pings/s", o.format.name, perSecond)
	}
	return err
}

// undisturbed is a round that counts, out of three at most.
func (b *bench) undisturbed(ctx context.Context, o *outcome, topic, rules string, last bool, streams []*stream) error {
	err := errDisturbed
	for tries := 0; errors.Is(err, errDisturbed) && tries < 3; tries++ {
		if err = b.round(ctx, o, topic, rules, last, streams); errors.Is(err, errDisturbed) {
			harness.Say("%s: once more: %v", o.format.name, err)
		}
	}
	return err
}

// round starts a processor that remembers nothing, in a group and with topics of its own, and waits until it has decided
// the backlog. The last round's processor goes on with live pings, once the rival has read the topic for the last time.
func (b *bench) round(ctx context.Context, o *outcome, topic, rules string, last bool, streams []*stream) error {
	p, site, err := b.start(ctx, topic, rules)
	if err != nil {
		return err
	}
	defer p.Kill()
	r, err := watch(ctx, p, o.pings, time.Now())
	if err != nil {
		return err
	}
	if err := site.Drained(ctx, b.broker); err != nil {
		return err
	}
	if err := b.once(ctx, p, o.pings); err != nil {
		return err
	}
	if !last {
		if err := p.Stop(ctx); err != nil {
			return err
		}
	}
	if err := b.rival(ctx, o, topic); err != nil {
		return err
	}
	r.ratio = r.perSecond / mean(o.rivals[len(o.rivals)-2:])
	o.rounds[rules] = append(o.rounds[rules], r)
	harness.Say("%s, rules %s: processor %.0f pings/s, ratio %.3f, %.2f µs of CPU a ping; first ping after %.1f s (%.1f s of CPU)",
		o.format.name, rules, r.perSecond, r.ratio, r.cpu, r.start, r.startCPU)
	if err := b.same(ctx, o, site, p); err != nil {
		return err
	}
	if !last {
		return nil
	}
	return b.latencies(ctx, o, p, site, streams)
}

// errDisturbed is returned for a round that does not count.
var errDisturbed = errors.New("a disturbed round")

// once makes sure that every ping was decided, and decided once. A processor that the machine keeps from its heartbeats
// for too long loses its partitions and decides again what it had not checkpointed.
func (b *bench) once(ctx context.Context, p *harness.Processor, pings int) error {
	s, err := look(ctx, p)
	switch {
	case err != nil:
		return err
	case s.refused > 0 || s.pings < float64(pings):
		return fmt.Errorf("%.0f pings decided of %d, %.0f of them refused; the processor said: %s", s.pings, pings, s.refused, p.Written())
	case s.pings > float64(pings):
		return fmt.Errorf("%w: %.0f pings were decided twice; the processor said: %s", errDisturbed, s.pings-float64(pings), p.Written())
	}
	return nil
}

// same compares a round's alerts with those of the first under its rules: the same pings must give the same alerts.
func (b *bench) same(ctx context.Context, o *outcome, s *roundSite, p *harness.Processor) error {
	alerts, err := b.broker.Alerts(ctx, s.Alerts())
	if err != nil {
		return err
	}
	ids := make(map[string]struct{}, len(alerts))
	first := o.alerts[s.Rules]
	missing := maps.Clone(first)
	for _, a := range alerts {
		if a.DecidedTime == nil { // what a timer decides depends on how long the round lasts
			ids[a.AlertID] = struct{}{}
			delete(missing, a.AlertID)
		}
	}
	if first == nil {
		first = ids
		o.alerts[s.Rules] = ids
	}
	if len(missing) > 0 || len(ids) != len(first) {
		return fmt.Errorf("%d alerts and %d different ones, %d in the first round, of which %d are missing: the same pings must give the same alerts; the processor said: %s",
			len(alerts), len(ids), len(first), len(missing), p.Written())
	}
	return nil
}

// start starts a processor without a past and returns the site it runs at, whose ping topic is another's.
func (b *bench) start(ctx context.Context, topic, rules string) (*harness.Processor, *roundSite, error) {
	if err := b.forget(ctx, topic); err != nil {
		return nil, nil, err
	}
	b.started++
	site := &roundSite{b.site(fmt.Sprintf("round%d", b.started)), topic, b.flags.Partitions}
	site.Dir, site.Rules = filepath.Clean(b.dir), rules
	if err := b.topics(ctx, site.Site, topic); err != nil {
		return nil, nil, err
	}
	p, err := site.Start(ctx, "--pings-topic", topic, "--pprof", "--log-level", "warn")
	if err != nil && p != nil {
		p.Kill()
	}
	return p, site, err
}

// roundSite has its own group, alerts and rejects, and reads a topic of pings that outlives it.
type roundSite struct {
	*harness.Site
	topic      string
	partitions int
}

// Drained waits until everything there is has been decided, checkpointed and committed.
func (s *roundSite) Drained(ctx context.Context, b *harness.Broker) error {
	return harness.Until(ctx, "every ping is checkpointed", func() error {
		for p := range s.partitions {
			_, end, err := b.Bounds(ctx, s.topic, p)
			if err != nil {
				return err
			}
			if at, err := b.Committed(ctx, s.Prefix, s.topic, p); err != nil || at < end {
				return errors.Join(err, fmt.Errorf("partition %d: at %d of %d", p, at, end))
			}
		}
		return nil
	})
}

// forget removes the checkpoints of a topic, so that the next processor starts from its pings alone.
func (b *bench) forget(ctx context.Context, topic string) error {
	var keys []string
	found := b.redis.Scan(ctx, 0, "cordon:{"+topic+"*", 1000).Iterator()
	for found.Next(ctx) {
		keys = append(keys, found.Val())
	}
	if err := found.Err(); err != nil || len(keys) == 0 {
		return err
	}
	return b.redis.Del(ctx, keys...).Err()
}
