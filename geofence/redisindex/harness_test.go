package redisindex

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/paulmach/orb"
	"github.com/redis/go-redis/v9"

	"cordon/deploy/local"
	"cordon/geofence"
)

// patience bounds every wait of these tests; it is never reached by a passing one.
const patience = 30 * time.Second

// server is a Redis that can die and come back on the same address.
type server interface {
	client() redis.UniversalClient
	kill(t *testing.T)
	restart(t *testing.T, empty bool)
}

// eachServer runs promise against the double and against a real redis-server.
func eachServer(t *testing.T, promise func(t *testing.T, s server)) {
	t.Helper()
	t.Run("miniredis", func(t *testing.T) {
		m := miniredis.RunT(t)
		promise(t, &double{m})
	})
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("REQUIRE_REAL") == "1" {
			t.Fatal("redis-server is not on PATH, and REQUIRE_REAL=1 asks for it: install it")
		}
		t.Log("redis-server is not on PATH: tested against miniredis only")
		return
	}
	t.Run("redis", func(t *testing.T) { promise(t, startReal(t, path)) })
	t.Run("cluster", func(t *testing.T) { promise(t, cleanCluster(t)) })
}

// options make clients that give up soon.
func options(addr string) *redis.UniversalOptions {
	return &redis.UniversalOptions{Addrs: []string{addr}, ContextTimeoutEnabled: true, DialTimeout: time.Second, MaxRetries: 1, DialerRetries: 1}
}

// clustered is a Redis Cluster that the tests of this package take turns with.
type clustered struct {
	*local.RedisCluster
	owner *local.Redis // of the keys of this package
}

var (
	cluster *clustered
	once    sync.Once // starts it
)

// lastingDir makes a folder that outlives the test at hand.
func lastingDir() (string, error) { return os.MkdirTemp("", "cordon-cluster-") }

// cleanCluster returns the cluster, empty and with all its nodes.
func cleanCluster(t *testing.T) *clustered {
	t.Helper()
	once.Do(func() {
		dir, err := lastingDir()
		if err != nil {
			t.Fatal(err)
		}
		c, err := local.StartRedisCluster(t.Context(), local.RedisClusterOptions{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		cluster = &clustered{RedisCluster: c}
		client := cluster.client()
		defer client.Close()
		slot, err := client.ClusterKeySlot(t.Context(), storeKey).Result()
		if err != nil {
			t.Fatal(err)
		}
		cluster.owner = c.Nodes[int(slot)*len(c.Nodes)/16384]
	})
	if cluster == nil {
		t.Fatal("the cluster did not start")
	}
	cluster.restart(t, true)
	return cluster
}

// stopCluster ends the cluster after the last test.
func stopCluster() {
	if cluster != nil {
		_ = cluster.Kill()
		_ = os.RemoveAll(filepath.Dir(filepath.Dir(cluster.Nodes[0].LogFile())))
	}
}

func (c *clustered) client() redis.UniversalClient {
	o := options("")
	o.Addrs, o.MaxRetries, o.IsClusterMode = nil, 0, true
	for _, node := range c.Nodes {
		o.Addrs = append(o.Addrs, node.Addr())
	}
	return redis.NewUniversalClient(o)
}

// kill ends the node that has the keys of this package.
func (c *clustered) kill(t *testing.T) {
	if err := c.owner.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (c *clustered) restart(t *testing.T, empty bool) {
	if err := c.RedisCluster.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if empty {
		client := c.client()
		defer client.Close()
		flush(t, client)
	}
}

// flush empties every node.
func flush(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	var err error
	if c, ok := client.(*redis.ClusterClient); ok {
		err = c.ForEachMaster(t.Context(), func(ctx context.Context, node *redis.Client) error { return node.FlushAll(ctx).Err() })
	} else {
		err = client.FlushAll(t.Context()).Err()
	}
	if err != nil {
		t.Fatal(err)
	}
}

type double struct{ m *miniredis.Miniredis }

func (d *double) client() redis.UniversalClient { return redis.NewUniversalClient(options(d.m.Addr())) }

func (d *double) kill(*testing.T) { d.m.Close() }

func (d *double) restart(t *testing.T, empty bool) {
	if empty {
		d.m.FlushAll()
	}
	d.m.Ctx, d.m.CtxCancel = context.WithCancel(context.Background()) // Close ended it, and blocking commands with it
	if err := d.m.Restart(); err != nil {
		t.Fatal(err)
	}
}

type realRedis struct {
	path, dir string
	port      int
	process   *exec.Cmd
}

func startReal(t *testing.T, path string) *realRedis {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &realRedis{path: path, dir: t.TempDir(), port: listener.Addr().(*net.TCPAddr).Port}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	t.Cleanup(func() {
		_ = r.process.Process.Kill()
		_ = r.process.Wait()
	})
	return r
}

func (r *realRedis) client() redis.UniversalClient {
	return redis.NewUniversalClient(options(fmt.Sprintf("127.0.0.1:%d", r.port)))
}

func (r *realRedis) start(t *testing.T) {
	r.process = exec.Command(r.path, "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--dir", r.dir,
		"--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning")
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	client := connect(t, r)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); client.Ping(ctx).Err() != nil; <-tick.C {
		if ctx.Err() != nil {
			t.Fatal("redis-server does not come up")
		}
	}
}

// kill saves first what restart may have to bring back.
func (r *realRedis) kill(t *testing.T) {
	if err := connect(t, r).Save(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := r.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = r.process.Wait() // an error by design: it was killed
}

func (r *realRedis) restart(t *testing.T, empty bool) {
	if empty {
		if err := os.Remove(filepath.Join(r.dir, "dump.rdb")); err != nil {
			t.Fatal(err)
		}
	}
	r.start(t)
}

func connect(t *testing.T, s server) redis.UniversalClient {
	t.Helper()
	client := s.client()
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func square(t testing.TB, id, name string) *geofence.Zone {
	t.Helper()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	ring := orb.Ring{{-0.1, 51.5}, {-0.1, 51.51}, {-0.11, 51.51}, {-0.11, 51.5}, {-0.1, 51.5}}
	return &geofence.Zone{ID: id, Kind: geofence.Exclusion, Name: name, Audience: geofence.Audience{Everyone: true},
		Shape: geofence.Shape{Polygons: orb.MultiPolygon{{ring}}}, Location: london, Severity: geofence.Critical, Rule: "default"}
}

func worn(id, wearer, device string, fitted, removed int64) *geofence.Activation {
	return &geofence.Activation{ID: id, Wearer: wearer, Device: device, Fitted: fitted, Removed: removed, Cohorts: []string{"c1"}, Tier: 2}
}

// seed imports two zones and one activation: revision 3.
func seed(t *testing.T, s *Store) {
	t.Helper()
	importZones(t, s, square(t, "z1", "one"), square(t, "z2", "two"))
	importActivations(t, s, worn("a1", "w1", "d1", 1000, geofence.Always))
}

func importZones(t *testing.T, s *Store, list ...*geofence.Zone) Summary {
	t.Helper()
	sum, err := s.ImportZones(t.Context(), list, ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func importActivations(t *testing.T, s *Store, list ...*geofence.Activation) Summary {
	t.Helper()
	sum, err := s.ImportActivations(t.Context(), list, ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// start runs a follower until the test ends.
func start(t *testing.T, s *Store, options Options) *Follower {
	t.Helper()
	f := NewFollower(s, options)
	run(t, f)
	return f
}

func run(t *testing.T, f *Follower) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// quick makes a follower notice everything soon.
func quick() Options {
	return Options{Reconcile: 50 * time.Millisecond, MaxBackoff: 50 * time.Millisecond}
}

// await waits until the follower is as wanted.
func await(t *testing.T, f *Follower, what string, reached func() bool) {
	t.Helper()
	limit := time.After(patience)
	for {
		changed := f.Changed()
		if reached() {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("never happened: %s; status %+v", what, f.Status())
		}
	}
}

func awaitReady(t *testing.T, f *Follower, revision uint64) {
	t.Helper()
	await(t, f, fmt.Sprintf("ready at revision %d", revision), func() bool {
		s := f.Status()
		return s.Problem == "" && s.Revision >= revision
	})
}

func zoneRevision(f *Follower, id string) uint64 {
	for r := range f.View().AllZones() {
		if r.ID == id {
			return r.Number
		}
	}
	return 0
}
