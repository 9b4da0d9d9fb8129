package redisstate

import (
	"context"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"cordon/alerting"
	"cordon/deploy/local"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(thenStop{m}) }

// thenStop stops the servers that tests share before the check for leaked goroutines.
type thenStop struct{ m *testing.M }

func (s thenStop) Run() int {
	defer func() {
		if cluster != nil {
			_ = cluster.Kill()
			_ = os.RemoveAll(filepath.Dir(filepath.Dir(cluster.Nodes[0].LogFile())))
		}
	}()
	return s.m.Run()
}

// patience bounds every wait of these tests; it is never reached by a passing one.
const patience = 30 * time.Second

// eachRedis runs a promise against the double and against a real redis-server.
func eachRedis(t *testing.T, promise func(t *testing.T, client redis.UniversalClient)) {
	t.Helper()
	t.Run("miniredis", func(t *testing.T) { promise(t, connect(t, miniredis.RunT(t).Addr())) })
	path, err := exec.LookPath("redis-server")
	if err != nil {
		wantReal(t)
		t.Log("redis-server is not on PATH: tested against miniredis only")
		return
	}
	t.Run("redis", func(t *testing.T) { promise(t, connect(t, startRedis(t, path))) })
	t.Run("cluster", func(t *testing.T) { promise(t, connectCluster(t)) })
}

var (
	cluster *local.RedisCluster // that the tests of this package take turns with
	once    sync.Once           // starts it
)

// lastingDir makes a folder that outlives the test at hand.
func lastingDir() (string, error) { return os.MkdirTemp("", "cordon-cluster-") }

// connectCluster returns a client of the cluster, which is empty.
func connectCluster(t *testing.T) redis.UniversalClient {
	t.Helper()
	once.Do(func() {
		dir, err := lastingDir()
		if err != nil {
			t.Fatal(err)
		}
		if cluster, err = local.StartRedisCluster(t.Context(), local.RedisClusterOptions{Dir: dir}); err != nil {
			t.Fatal(err)
		}
	})
	if cluster == nil {
		t.Fatal("the cluster did not start")
	}
	o := &redis.UniversalOptions{ContextTimeoutEnabled: true, DialTimeout: time.Second, IsClusterMode: true}
	for _, node := range cluster.Nodes {
		o.Addrs = append(o.Addrs, node.Addr())
	}
	client := redis.NewUniversalClient(o)
	t.Cleanup(func() { _ = client.Close() })
	wipe(t, client)
	return client
}

// wantReal fails a test for which there is no redis-server where REQUIRE_REAL=1 asks for one.
func wantReal(t *testing.T) {
	t.Helper()
	if os.Getenv("REQUIRE_REAL") == "1" {
		t.Fatal("redis-server is not on PATH, and REQUIRE_REAL=1 asks for it: install it")
	}
}

func startRedis(t *testing.T, path string, more ...string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	process := exec.Command(path, append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", t.TempDir(),
		"--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"}, more...)...)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait() // an error by design: it was killed
	})
	addr := "127.0.0.1:" + strconv.Itoa(port)
	client := connect(t, addr)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for client.Ping(ctx).Err() != nil {
		select {
		case <-ctx.Done():
			t.Fatal("redis-server does not come up")
		case <-tick.C:
		}
	}
	return addr
}

func connect(t *testing.T, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true, DialTimeout: time.Second, MaxRetries: 1})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// another returns a second client of the same servers.
func another(t *testing.T, client redis.UniversalClient) redis.UniversalClient {
	t.Helper()
	c, ok := client.(*redis.ClusterClient)
	if !ok {
		return connect(t, client.(*redis.Client).Options().Addr)
	}
	other := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Options().Addrs, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = other.Close() })
	return other
}

// newStore is of a topic with four partitions.
func newStore(client redis.UniversalClient) *Store { return New(client, "pings", 4, "g") }

func take(t *testing.T, s *Store, partition int) (*Lease, *alerting.Checkpoint) {
	t.Helper()
	l, found := takeFor(t, s, partition, -1)
	if found.SetAside.Key != "" {
		t.Fatalf("set aside: %+v", found.SetAside)
	}
	return l, found.Checkpoint
}

// takeFor is take for a group that has committed an offset. It returns everything that Take found.
func takeFor(t *testing.T, s *Store, partition int, committed int64) (*Lease, alerting.Takeover) {
	t.Helper()
	l, found, err := s.Take(t.Context(), partition, committed)
	if err != nil {
		t.Fatal(err)
	}
	return l, found
}

func save(t *testing.T, l *Lease, d *alerting.Delta) {
	t.Helper()
	if err := l.Save(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func tags(pairs ...string) map[string][]byte {
	m := map[string][]byte{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = []byte(pairs[i+1])
	}
	return m
}

func wantCheckpoint(t *testing.T, got *alerting.Checkpoint, next int64, meta string, want map[string][]byte) {
	t.Helper()
	if got == nil {
		t.Fatal("no checkpoint")
	}
	if got.Next != next || string(got.Meta) != meta {
		t.Errorf("checkpoint is next %d, meta %q; want %d, %q", got.Next, got.Meta, next, meta)
	}
	same := func(a, b []byte) bool { return string(a) == string(b) }
	if !maps.EqualFunc(got.Tags, want, same) {
		t.Errorf("%d tags, want %d; or their states differ", len(got.Tags), len(want))
	}
}

// snapshot remembers a partition's key, and returns what puts it back as it was: a store restored from an older copy.
func snapshot(t *testing.T, client redis.UniversalClient, key string) (restore func()) {
	t.Helper()
	fields, err := client.HGetAll(t.Context(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := client.Del(t.Context(), key).Err(); err != nil {
			t.Fatal(err)
		}
		if err := client.HSet(t.Context(), key, fields).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func wipe(t *testing.T, client redis.UniversalClient) {
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

func epoch(l *Lease) int64 {
	n, _ := strconv.ParseInt(l.epoch, 10, 64) // 0 fails the comparisons
	return n
}
