package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/plot"
	"cordon/benchmarks/scenario"
	"cordon/deploy/local"
)

// soak is one run.
type soak struct {
	flags    *flags
	site     *harness.Site
	broker   *harness.Broker
	redis    *redis.Client
	scenario *scenario.Scenario
	zones    []json.RawMessage
	feed     harness.Feed
	began    time.Time
	sent     float64 // records a second, as measured

	mu      sync.Mutex // guards the fields below
	lives   []*life
	stores  []storeReading
	changes int
}

// shares make the wearers mostly comply: few walks lead into a zone, few records are broken.
func shares() scenario.Shares {
	s := scenario.DefaultShares()
	s.OnEdge, s.Across, s.Visit, s.Broken, s.Teleport, s.Stray = 0, 0.001, 0.01, 0.001, 0, 0.001
	s.Reused, s.Removed, s.Fitted = 0.01, 0.01, 0.01
	return s
}

func newSoak(ctx context.Context, f *flags, dir string, servers *local.Servers) (*soak, error) {
	s := &soak{flags: f, broker: harness.Dial(servers.Kafka.Addr()), site: &harness.Site{
		Binary: f.Binary, Kafka: servers.Kafka.Addr(), Redis: servers.Redis.URL(), Prefix: "soak", Dir: dir, Rules: "default",
	}}
	options, err := redis.ParseURL(servers.Redis.URL())
	if err != nil {
		return nil, err
	}
	s.redis = redis.NewClient(options)
	cadence := time.Duration(float64(f.Tags) / f.Rate * float64(time.Second))
	s.scenario, err = scenario.New(scenario.Config{
		Seed: f.Seed, Tags: f.Tags, Pings: int(f.Rate * f.Duration.Seconds()), Partitions: f.Partitions, Start: time.Now(),
		Cadence: cadence, Changes: -1, Gaps: -1, Shares: shares(),
	})
	if err != nil {
		return nil, err
	}
	var all collection
	if err := json.Unmarshal(s.scenario.Zones(), &all); err != nil {
		return nil, err
	}
	s.zones = all.Features
	if _, err := s.site.Cordon(ctx, nil, "topics", "create", "--partitions", fmt.Sprint(f.Partitions)); err != nil {
		return nil, err
	}
	return s, s.site.Publish(ctx, s.scenario, time.Time{})
}

// run feeds the pings for the given duration, and meanwhile replaces processors, changes zones and takes readings.
func (s *soak) run(ctx context.Context) error {
	defer s.killAll()
	defer s.redis.Close()
	for _, name := range []string{plot.SoakStays, "1"} {
		if err := s.start(ctx, name); err != nil {
			return err
		}
	}
	for _, l := range s.lives {
		if err := l.processor.Ready(ctx); err != nil {
			return err
		}
	}
	harness.Say("two processors are ready; feeding %.0f pings/s for %s", s.flags.Rate, s.flags.Duration)
	s.began = time.Now()
	s.feed = harness.Feed{Site: s.site, Broker: s.broker, Scenario: s.scenario, Rate: s.flags.Rate,
		Clock: func(int64) int64 { return time.Now().UnixMilli() }}
	g, gctx := errgroup.WithContext(ctx)
	fed, over := context.WithCancel(gctx)
	g.Go(func() error {
		defer over()
		err := s.feed.Run(gctx)
		s.sent = float64(s.feed.Sent()) / time.Since(s.began).Seconds()
		return err
	})
	g.Go(func() error { return every(fed, s.flags.Every, s.read) })
	g.Go(func() error { return every(fed, s.flags.Replace, s.replace) })
	g.Go(func() error { return every(fed, s.flags.Change, s.change) })
	if err := g.Wait(); err != nil {
		return err
	}
	harness.Say("%d pings fed, %.0f a second; waiting until they are decided", s.feed.Sent(), s.sent)
	return s.site.Drained(ctx, s.broker)
}

// every repeats do until ctx ends or it fails.
func every(ctx context.Context, d time.Duration, do func(context.Context) error) error {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := do(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// life is one processor from its start to its end.
type life struct {
	name      string
	processor *harness.Processor
	over      bool
	readings  []reading
}

func (s *soak) start(ctx context.Context, name string) error {
	p, err := s.site.Start(ctx, "--session-timeout", "2s")
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lives = append(s.lives, &life{name: name, processor: p})
	return nil
}

// replace ends the newest processor, in order or by kill -9, and starts another.
func (s *soak) replace(ctx context.Context) error {
	s.mu.Lock()
	n := len(s.lives)
	last := s.lives[n-1]
	last.over = true
	s.mu.Unlock()
	if n%2 == 0 {
		harness.Say("processor %s is killed", last.name)
		last.processor.Kill()
	} else {
		harness.Say("processor %s is stopped", last.name)
		if err := last.processor.Stop(ctx); err != nil {
			return err
		}
	}
	return s.start(ctx, fmt.Sprint(n))
}

func (s *soak) killAll() {
	for _, l := range s.lives {
		l.processor.Kill()
	}
}

const changedZones = 20 // at a time

// collection is a GeoJSON FeatureCollection.
type collection struct {
	Type     string            `json:"type"`
	Features []json.RawMessage `json:"features"`
}

// change imports some zones with another severity.
func (s *soak) change(ctx context.Context) error {
	s.changes++
	severity := []string{"critical", "serious", "warning", "info"}[s.changes%4]
	r, changed := rand.New(rand.NewPCG(s.flags.Seed, uint64(s.changes))), collection{Type: "FeatureCollection"}
	for _, i := range r.Perm(len(s.zones))[:min(changedZones, len(s.zones))] {
		var zone map[string]any
		if err := json.Unmarshal(s.zones[i], &zone); err != nil {
			return err
		}
		properties, ok := zone["properties"].(map[string]any)
		if !ok {
			return fmt.Errorf("zone %v has no properties", zone["id"])
		}
		properties["severity"] = severity
		text, err := json.Marshal(zone)
		if err != nil {
			return err
		}
		changed.Features = append(changed.Features, text)
	}
	text, err := json.Marshal(changed)
	if err != nil {
		return err
	}
	_, err = s.site.Cordon(ctx, text, "zones", "import", "-")
	return err
}
