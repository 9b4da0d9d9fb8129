package redisindex

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/redis/go-redis/v9"

	"cordon/deploy/local"
	"cordon/geofence"
)

// TestScale fills a Redis, loads it and changes single zones, and logs what that takes. CORDON_SCALE_ZONES is how many
// zones there are: with 1000000 it is the measurement, without it a test that all of it arrives.
func TestScale(t *testing.T) {
	n := 3000
	if text := os.Getenv("CORDON_SCALE_ZONES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	options, err := redis.ParseURL(local.TestRedis(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	s := New(client)
	fill(t, s, n)
	t.Logf("redis: %s", memory(t, client))

	split(t, s)

	before := collected()
	f := NewFollower(s, Options{})
	began := time.Now()
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	loaded := held()
	after := collected()
	if f.View().Zones() != n || f.View().Activations() != n/zonesPerWearer {
		t.Fatalf("%d zones, %d activations", f.View().Zones(), f.View().Activations())
	}
	t.Logf("load: %v; %d bytes a zone right after it, %d after a collection", took, (loaded-before)/uint64(n), (after-before)/uint64(n))
	began = time.Now()
	importActivations(t, s, worn("activation-0000000", wearerID(0), "tag-0000000", 2, geofence.Always))
	t.Logf("import of one activation: %v", time.Since(began))
	run(t, f)
	changes := min(1000, n/3)
	fromStart, fromReply := changeSome(t, s, f, n, changes)
	for name, list := range map[string][]time.Duration{"start": fromStart, "reply": fromReply} {
		slices.Sort(list)
		t.Logf("live after the %s of %d imports of one zone: p50 %v, p99 %v, max %v", name, changes,
			list[len(list)/2], list[len(list)*99/100], list[len(list)-1])
	}
}

// split logs what the parts of a load take.
func split(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	lap := func(what string, began time.Time, err error) time.Time {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %v", what, time.Since(began))
		return time.Now()
	}
	began := time.Now()
	asIs := collection[struct{}]{zones, func(record) (struct{}, error) { return struct{}{}, nil }, func(struct{}) stamp { return stamp{} }, nil}
	_, err := newest(ctx, s, asIs)
	began = lap("reading the zones from Redis", began, err)
	z, err := newest(ctx, s, packedZones())
	began = lap("the same with decoding and sorting", began, err)
	a, err := newest(ctx, s, activationRevisions())
	began = lap("register", began, err)
	v := geofence.NewView(z.sound, a.sound)
	lap("the view of them", began, nil)
	runtime.KeepAlive(v)
}

const zonesPerWearer = 5

// fill imports n zones and the activations of their wearers.
func fill(t *testing.T, s *Store, n int) {
	t.Helper()
	london := square(t, "", "").Location
	began := time.Now()
	var inside time.Duration
	for from := 0; from < n; from += 50_000 {
		var list []*geofence.Zone
		for i := from; i < min(from+50_000, n); i++ {
			list = append(list, wardZone(london, i, 0))
		}
		start := time.Now()
		importZones(t, s, list...)
		inside += time.Since(start)
	}
	t.Logf("import of %d zones: %v, %v with making them", n, inside, time.Since(began))
	began = time.Now()
	var list []*geofence.Activation
	for i := range n / zonesPerWearer {
		list = append(list, worn(fmt.Sprintf("activation-%07d", i), wearerID(i), fmt.Sprintf("tag-%07d", i), 1, geofence.Always))
	}
	importActivations(t, s, list...)
	t.Logf("import of %d activations: %v", len(list), time.Since(began))
}

func wearerID(i int) string { return fmt.Sprintf("wearer-%07d", i) }

// wardZone is the i-th zone, in one of its editions: 32 vertices as of a ward's boundary, 6 or 7 decimals, somewhere in Britain.
func wardZone(london *time.Location, i, edition int) *geofence.Zone {
	rng := rand.New(rand.NewPCG(uint64(i), uint64(edition)))
	lon, lat := -4+5*rng.Float64(), 50.5+5*rng.Float64()
	radius, decimals := 200+600*rng.Float64(), math.Pow10(6+i%2)
	ring := make(orb.Ring, 0, 33)
	for v := range 32 {
		sin, cos := math.Sincos(2 * math.Pi * float64(v) / 32)
		r := radius * (0.8 + 0.4*rng.Float64())
		ring = append(ring, orb.Point{
			math.Round((lon+r*cos/70_000)*decimals) / decimals, math.Round((lat+r*sin/111_000)*decimals) / decimals})
	}
	return &geofence.Zone{ID: fmt.Sprintf("zone-%07d", i), Kind: geofence.Exclusion, Name: fmt.Sprintf("Place %d of wearer", i%zonesPerWearer),
		Audience: geofence.Audience{Wearers: []string{wearerID(i / zonesPerWearer)}},
		Shape:    geofence.Shape{Polygons: orb.MultiPolygon{{append(ring, ring[0])}}}, BufferM: float64(50 * (i % 3)),
		Location: london, Severity: geofence.Critical, Rule: "default"}
}

func memory(t *testing.T, client *redis.Client) string {
	t.Helper()
	text, err := client.Info(t.Context(), "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "used_memory_human:") {
			return strings.TrimSpace(line)
		}
	}
	return "?"
}

func collected() uint64 {
	runtime.GC()
	return held()
}

func held() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// changeSome imports new editions of single zones, and measures until the follower serves each: from the start of the
// import, and from its reply.
func changeSome(t *testing.T, s *Store, f *Follower, n, changes int) (fromStart, fromReply []time.Duration) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	london := square(t, "", "").Location
	for edition := range changes {
		i := rng.IntN(n)
		z := wardZone(london, i, edition+1)
		ctx, cancel := context.WithCancel(t.Context())
		live := make(chan time.Time)
		at, _ := f.View().ZoneAt(z.ID, geofence.Always)
		go func() { live <- served(ctx, f, z.ID, at.Number+1) }()
		start := time.Now()
		importZones(t, s, z)
		reply := time.Now()
		select {
		case at := <-live:
			fromStart, fromReply = append(fromStart, at.Sub(start)), append(fromReply, at.Sub(reply))
		case <-time.After(patience):
			t.Errorf("%s never arrived: %+v", z.ID, f.Status())
			cancel()
			<-live
		}
		cancel()
	}
	return fromStart, fromReply
}

// served waits until the follower serves a revision, and tells when that was.
func served(ctx context.Context, f *Follower, id string, number uint64) time.Time {
	for {
		changed := f.Changed()
		if r, _ := f.View().ZoneAt(id, geofence.Always); r.Number >= number {
			return time.Now()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return time.Time{}
		}
	}
}
