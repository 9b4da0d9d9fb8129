package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
	"cordon/geofence"
	"cordon/geofence/redisindex"
)

const importAtOnce = 20_000 // zones

// site is a Redis with zones in it, five to each wearer, and a follower that has loaded them.
type site struct {
	store    *redisindex.Store
	follower *redisindex.Follower
	people   []person
	scatter  *scatter
	zones    int
}

// store measures loading from Redis, and changes among what was loaded.
func (b *bench) store(ctx context.Context, url string) (err error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	options.ContextTimeoutEnabled = true
	options.ReadTimeout, options.WriteTimeout = time.Minute, time.Minute // an import is one transaction
	client := redis.NewClient(options)
	defer client.Close()
	s := &site{store: redisindex.New(client), zones: b.flags.Zones, scatter: newScatter(b.flags.Zones, b.flags.Seed)}
	began := time.Now()
	if err := s.fill(ctx); err != nil {
		return err
	}
	harness.Say("%d zones imported in %.1f s", s.zones, time.Since(began).Seconds())
	if err := b.load(ctx, s); err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.follower.Run(following) }()
	defer func() {
		stop()
		err = errors.Join(err, <-done)
	}()
	return b.change(ctx, s)
}

// fill imports the zones, and a register: a processor does not start without one.
func (s *site) fill(ctx context.Context) error {
	var part []*geofence.Zone
	for n := 0; n < s.zones; {
		p := s.scatter.person(len(s.people))
		s.people = append(s.people, p)
		own := s.scatter.forPerson(p, n, min(each, s.zones-n))
		part = append(part, own...)
		if n += len(own); n < s.zones && len(part) < importAtOnce {
			continue
		}
		if _, err := s.store.ImportZones(ctx, part, redisindex.ImportOptions{}); err != nil {
			return err
		}
		part = part[:0]
	}
	first := &geofence.Activation{ID: "activation-0", Wearer: s.people[0].name, Device: "tag-0", Removed: geofence.Always, Tier: 3}
	_, err := s.store.ImportActivations(ctx, []*geofence.Activation{first}, redisindex.ImportOptions{})
	return err
}

// load makes a view of everything in Redis, as a processor does when it starts.
func (b *bench) load(ctx context.Context, s *site) error {
	before := heap()
	s.follower = redisindex.NewFollower(s.store, redisindex.Options{})
	began := time.Now()
	if err := s.follower.Load(ctx); err != nil {
		return fmt.Errorf("%w: %s", err, s.follower.Status().Problem)
	}
	took := time.Since(began).Seconds()
	if n := s.follower.View().Zones(); n != s.zones {
		return fmt.Errorf("index: %d zones were loaded of %d", n, s.zones)
	}
	bytes := float64(heap()-before) / float64(s.zones)
	harness.Say("loaded in %.2f s, %.0f bytes a zone", took, bytes)
	one := func(name, unit string, value, target float64) results.Figure {
		f := results.Figure{Name: name, Unit: unit, Value: value, N: 1}
		return f.With("zones", strconv.Itoa(s.zones)).Aim(results.Lower, target)
	}
	b.add(one("load_1m_s", "s", took, 10), one("bytes_per_zone", "B", bytes, 2048))
	return nil
}

// change changes one zone after the other while tags are looked up.
func (b *bench) change(ctx context.Context, s *site) error {
	quiet, err := s.watched(ctx, b.flags, func(ctx context.Context) error {
		select {
		case <-ctx.Done():
		case <-time.After(b.flags.Quiet):
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	var live, whole []float64
	busy, err := s.watched(ctx, b.flags, func(ctx context.Context) error {
		pace := time.NewTicker(b.flags.Pace)
		defer pace.Stop()
		for range b.flags.Changes {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-pace.C:
			}
			one, both, err := s.changeOne(ctx)
			if err != nil {
				return err
			}
			live, whole = append(live, one), append(whole, both)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.add(s.changeFigures(live, whole)...)
	b.add(quiet.figures("none")...)
	b.add(busy.figures(changing(b.flags.Pace))...)
	b.add(histograms(quiet, busy, b.flags.Pace)...)
	return nil
}

// changeOne gives a zone another outline. It returns how many ms after the import had returned, and after it had
// begun, the view answered with the new revision.
func (s *site) changeOne(ctx context.Context) (live, whole float64, err error) {
	owner := s.scatter.rng.IntN(len(s.people))
	z := s.scatter.forPerson(s.people[owner], owner*each, 1)[0]
	began := time.Now()
	sum, err := s.store.ImportZones(ctx, []*geofence.Zone{z}, redisindex.ImportOptions{})
	if err != nil {
		return 0, 0, err
	}
	imported := time.Now()
	for {
		changed := s.follower.Changed()
		if s.follower.Status().Revision >= sum.Revision {
			break
		}
		select {
		case <-ctx.Done():
			return 0, 0, fmt.Errorf("waiting for a change: %w", ctx.Err())
		case <-changed:
		}
	}
	ms := func(t time.Time) float64 { return float64(time.Since(t)) / 1e6 }
	live, whole = ms(imported), ms(began)
	if r, ok := s.follower.View().ZoneAt(z.ID, geofence.Always-1); !ok || r.Zone.Shape.Polygons[0][0][0] != z.Shape.Polygons[0][0][0] {
		return 0, 0, fmt.Errorf("index: zone %s is not what it was changed to", z.ID)
	}
	return live, whole, nil
}

func (s *site) changeFigures(live, whole []float64) []results.Figure {
	of := func(name string, samples []float64, q float64) results.Figure {
		f := results.Figure{Name: name, Unit: "ms", Value: quantile(samples, q), N: len(samples), Better: results.Lower}
		return f.With("zones", strconv.Itoa(s.zones))
	}
	p99 := of("change_p99_ms", live, 0.99).Aim(results.Lower, 100)
	harness.Say("a change is live %.2f ms (p50) and %.2f ms (p99) after its import, which takes %.2f ms (p50)",
		quantile(live, 0.5), p99.Value, quantile(whole, 0.5)-quantile(live, 0.5))
	return []results.Figure{of("change_p50_ms", live, 0.5), p99, of("change_with_import_p99_ms", whole, 0.99)}
}
