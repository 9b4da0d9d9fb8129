package redisindex

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"cordon/geofence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(thenStop{m}) }

// thenStop stops the servers that tests share before the check for leaked goroutines.
type thenStop struct{ m *testing.M }

func (s thenStop) Run() int {
	defer stopCluster()
	return s.m.Run()
}

func TestFollower_isNotReadyUntilZonesAndRegisterWerePublished(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		f := start(t, s, quick())
		says := func(part string) {
			t.Helper()
			await(t, f, "problem says "+part, func() bool { return strings.Contains(f.Status().Problem, part) })
		}
		says("no zones and no register")
		importZones(t, s, square(t, "z1", ""))
		says("no register imported yet: run `cordon wearers import FILE`")
		if f.View() != nil || !f.Status().Zones.Published || f.Status().Register.Published {
			t.Errorf("view %v, status %+v", f.View(), f.Status())
		}
		importActivations(t, s) // an empty register is one, too
		awaitReady(t, f, 1)
		if f.View().Zones() != 1 || f.View().Activations() != 0 {
			t.Errorf("%d zones, %d activations", f.View().Zones(), f.View().Activations())
		}
	})
}

func TestFollower_seesChangesLive(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		registry := prometheus.NewRegistry()
		options := quick()
		options.Reconcile, options.Metrics = patience, NewMetrics(registry) // what arrives has come by the stream
		f := NewFollower(s, options)
		if err := f.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if f.View().Zones() != 2 || f.View().Activations() != 1 || f.Status().Revision != 3 {
			t.Fatalf("loaded %d zones, %d activations, %+v", f.View().Zones(), f.View().Activations(), f.Status())
		}
		run(t, f)
		sum := importZones(t, s, square(t, "z1", "changed"), square(t, "z3", "three"))
		awaitReady(t, f, sum.Revision)
		if f.View().Zones() != 3 || zoneRevision(f, "z1") != 2 {
			t.Errorf("%d zones, z1 at %d", f.View().Zones(), zoneRevision(f, "z1"))
		}
		if _, err := s.DeleteZones(t.Context(), []string{"z2"}, ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		sum = importActivations(t, s, worn("a1", "w1", "d1", 1000, 5000), worn("a2", "w2", "d1", 5000, geofence.Always))
		awaitReady(t, f, sum.Revision)
		if f.View().Zones() != 2 || f.View().Activations() != 2 {
			t.Errorf("%d zones, %d activations", f.View().Zones(), f.View().Activations())
		}
		if got := value(t, registry, "cordon_zone_index_revision"); got != float64(sum.Revision) {
			t.Errorf("cordon_zone_index_revision is %v, want %d", got, sum.Revision)
		}
		if n := value(t, registry, "cordon_zone_propagation_seconds"); n == 0 {
			t.Error("no propagation was measured")
		}
	})
}

// value is that of a gauge or counter, or the number of observations of a histogram.
func value(t *testing.T, g prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			m := family.GetMetric()[0]
			return m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func TestFollower_takesABulkImportByLoadingAnew(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		f := start(t, s, quick())
		awaitReady(t, f, 3)
		var list []*geofence.Zone
		for n := range bulk + 1 {
			list = append(list, square(t, fmt.Sprintf("bulk-%d", n), ""))
		}
		sum := importZones(t, s, list...)
		await(t, f, "the bulk import is there", func() bool { return f.Status().Revision == sum.Revision })
		if f.View().Zones() != bulk+3 {
			t.Errorf("%d zones", f.View().Zones())
		}
		sum = importZones(t, s, square(t, "z1", "and the stream goes on"))
		awaitReady(t, f, sum.Revision)
	})
}

// neverLess fails the test when the follower serves fewer zones than want at any change.
func neverLess(t *testing.T, f *Follower, want int) func() {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() {
		for {
			changed := f.Changed()
			if got := f.View().Zones(); got < want {
				t.Errorf("%d zones served, want %d", got, want)
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	})
	return func() { cancel(); group.Wait() }
}

func TestFollower_keepsServingWhileRedisIsAwayAndGoesOnAfterwards(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		f := start(t, s, quick())
		awaitReady(t, f, 3)
		defer neverLess(t, f, 2)()
		server.kill(t)
		await(t, f, "problem says that Redis is away", func() bool { return strings.Contains(f.Status().Problem, "cannot be read") })
		if f.Status().Age <= 0 {
			t.Errorf("the age does not grow: %v", f.Status().Age)
		}
		server.restart(t, false)
		awaitReady(t, f, 3)
		sum := importZones(t, s, square(t, "z3", "three"))
		awaitReady(t, f, sum.Revision)
	})
}

func TestFollower_forgetsNoZoneWhenRedisComesBackEmptyAndRecoversOnRestore(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		f := start(t, s, quick())
		awaitReady(t, f, 3)
		saved := export(t, s)
		defer neverLess(t, f, 2)()
		server.kill(t)
		server.restart(t, true)
		await(t, f, "problem asks for a restore", func() bool {
			p := f.Status().Problem
			return strings.Contains(p, "is empty") && strings.Contains(p, "zones import --restore") && strings.Contains(p, "--accept-store")
		})
		if _, err := s.RestoreZones(t.Context(), saved.zones, RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		await(t, f, "problem says the register is missing", func() bool { return strings.Contains(f.Status().Problem, "no wearers any more") })
		if _, err := s.RestoreActivations(t.Context(), saved.register, RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		awaitReady(t, f, 3)
		sum := importZones(t, s, square(t, "z3", "three"))
		awaitReady(t, f, sum.Revision)
	})
}

func TestFollower_takesNothingFromAStoreThatComesBackOlder(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		old := export(t, s)
		sum := importZones(t, s, square(t, "z3", "three"))
		newer := export(t, s)
		f := start(t, s, quick())
		awaitReady(t, f, sum.Revision)
		defer neverLess(t, f, 3)()
		wipe(t, s)
		restore(t, s, old)
		await(t, f, "problem says older", func() bool { return strings.Contains(f.Status().Problem, "older") })
		restore(t, s, newer)
		awaitReady(t, f, sum.Revision)
	})
}

func TestFollower_noticesThatTheStoreCameBackOlderEvenAfterItWasImportedInto(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		old := export(t, s)
		importZones(t, s, square(t, "z3", "three"))
		newer := export(t, s)
		f := start(t, s, quick())
		awaitReady(t, f, 4)
		defer neverLess(t, f, 3)()
		server.kill(t)
		server.restart(t, true)
		restore(t, s, old)
		importZones(t, s, square(t, "z4", "four")) // as far as the follower has come, by another way
		await(t, f, "problem names what is lost", func() bool { return strings.Contains(f.Status().Problem, `lost what was seen of it (zone "z3"`) })
		restore(t, s, newer)
		awaitReady(t, f, 4)
	})
}

func TestFollower_takesNothingFromAnotherStore(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		f := start(t, s, quick())
		awaitReady(t, f, 3)
		saved, mine := export(t, s), f.Status().Identity
		defer neverLess(t, f, 2)()
		wipe(t, s)
		importZones(t, s, square(t, "other", ""))
		importActivations(t, s)
		other, err := s.Identity(t.Context())
		if err != nil || other == mine {
			t.Fatalf("identity %q, %v", other, err)
		}
		await(t, f, "problem names the other store", func() bool {
			return strings.Contains(f.Status().Problem, "process --accept-store "+other)
		})

		accepting := quick()
		accepting.Expect = other
		awaitReady(t, start(t, s, accepting), 1)
		faithful := quick()
		faithful.Expect = mine
		g := start(t, s, faithful)
		await(t, g, "a follower that expects the first one waits", func() bool { return strings.Contains(g.Status().Problem, "expected is "+mine) })

		wipe(t, s)
		restore(t, s, saved)
		awaitReady(t, f, 3)
		awaitReady(t, g, 3)
	})
}

func TestFollower_refusesADocumentThatDoesNotValidateAndKeepsTheOldRevision(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		f, registry, logged := startOverheard(t, s)
		spoil(t, s, 4, `{"id":"z1","revision":2,"updated_time":"2026-11-23T10:00:00.000Z","sequence":4,"document":{"name":"Mrs Example's house"}}`)
		refuses(t, f, 4)
		if value(t, registry, "cordon_zone_documents_refused_total") != 1 {
			t.Error("not counted")
		}
		if text := logged.String(); !strings.Contains(text, "id=z1") || strings.Contains(text, "Example") {
			t.Errorf("logged: %s", text)
		}
		awaitReady(t, start(t, s, quick()), 4) // a fresh one has only the history to go by
		spoil(t, s, 5, `no JSON at all`)
		await(t, f, "refused again", func() bool { return f.Status().Revision == 5 })
		if zoneRevision(f, "z1") != 1 {
			t.Errorf("z1 serves at revision %d", zoneRevision(f, "z1"))
		}
	})
}

// startOverheard starts a follower of a store with zones z1 and z2, and gives what it counts and logs.
func startOverheard(t *testing.T, s *Store) (*Follower, *prometheus.Registry, *buffer) {
	t.Helper()
	seed(t, s)
	logged, registry, options := &buffer{}, prometheus.NewRegistry(), quick()
	options.Metrics, options.Log = NewMetrics(registry), slog.New(slog.NewTextHandler(logged, nil))
	f := start(t, s, options)
	awaitReady(t, f, 3)
	return f, registry, logged
}

// refuses checks that the newest revision of z1 is refused, and the first goes on serving.
func refuses(t *testing.T, f *Follower, revision uint64) {
	t.Helper()
	await(t, f, "refused", func() bool { return f.Status().Refused == 1 && f.Status().Revision == revision })
	if zoneRevision(f, "z1") != 1 || f.View().Zones() != 2 {
		t.Errorf("z1 serves at revision %d, %d zones", zoneRevision(f, "z1"), f.View().Zones())
	}
}

// spoil stores a revision of z1 by hand, as a broken tool would.
func spoil(t *testing.T, s *Store, sequence uint64, text string) {
	t.Helper()
	ctx := t.Context()
	before, err := s.client.HGet(ctx, zones.current(), "z1").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, zones.history(), version("z1", sequence-3), before)
		p.HSet(ctx, zones.current(), "z1", text)
		p.HSet(ctx, storeKey, "revision", sequence, zones.field(), sequence, "head", fmt.Sprint(sequence))
		p.XAdd(ctx, &redis.XAddArgs{Stream: changesKey, Values: []any{"kind", "zones", "id", "z1",
			"number", sequence - 2, "sequence", sequence, "last", sequence, "head", fmt.Sprint(sequence)}})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// buffer is a bytes.Buffer for two goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestFollower_waitsForRedisAtItsStart(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		server.kill(t)
		f := start(t, s, quick())
		await(t, f, "problem says that Redis is away", func() bool { return strings.Contains(f.Status().Problem, "waiting for it") })
		server.restart(t, false)
		awaitReady(t, f, 3)
	})
}

func TestFollower_usesAndNamesAZoneStoredBeforeThereWasALimitToItsTimes(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		f, _, logged := startOverheard(t, s)
		long := square(t, "z1", "Mrs Example's house")
		long.Schedule = slices.Repeat([]geofence.Window{{Days: [7]bool{1: true}, From: 480, To: 540}}, geofence.MaxTimes+1)
		r := record{ID: "z1", Number: 2, Updated: 1, Sequence: 4, Document: long.AppendJSON(nil)}
		line, err := json.Marshal(line{r.ID, r.Number, r.Updated, r.Sequence, r.Document})
		if err != nil {
			t.Fatal(err)
		}
		spoil(t, s, 4, string(line)) // in the form of older programs
		await(t, f, "taken", func() bool { return f.Status().Revision == 4 })
		if zoneRevision(f, "z1") != 2 || f.Status().Refused != 0 {
			t.Errorf("z1 serves at revision %d", zoneRevision(f, "z1"))
		}
		if text := logged.String(); !strings.Contains(text, "level=WARN") || !strings.Contains(text, "ids=z1") || strings.Contains(text, "Example") {
			t.Errorf("logged: %s", text)
		}
	})
}
