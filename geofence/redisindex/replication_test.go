package redisindex

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/deploy/local"
	"cordon/geofence"
)

// startSentinel starts a primary with a replica under Sentinels, and a client that follows the primary.
func startSentinel(t *testing.T) (*local.RedisSentinel, *Store) {
	t.Helper()
	s, err := local.StartRedisSentinel(t.Context(), local.RedisSentinelOptions{Dir: t.TempDir()})
	if errors.Is(err, local.ErrUnavailable) && !local.RequireReal() {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Kill() })
	o := options("")
	o.Addrs, o.MasterName = nil, local.SentinelPrimary
	for _, sentinel := range s.Sentinels {
		o.Addrs = append(o.Addrs, sentinel.Addr())
	}
	client := redis.NewUniversalClient(o)
	t.Cleanup(func() { _ = client.Close() })
	store := New(client)
	store.ReplicaWait = 200 * time.Millisecond
	return s, store
}

// cutOff disconnects a replica from its primary.
func cutOff(t *testing.T, replica *local.Redis) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: replica.Addr()})
	defer client.Close()
	for _, command := range [][]any{{"CONFIG", "SET", "masteruser", "nobody"}, {"CONFIG", "SET", "masterauth", "wrong"}, {"CLIENT", "KILL", "TYPE", "master"}} {
		if err := client.Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestImport_saysHowManyReplicasHaveIt(t *testing.T) {
	servers, s := startSentinel(t)
	sum := importZones(t, s, square(t, "z1", ""))
	if r := sum.Replication; !r.Safe() || r.Replicas != 1 || r.Confirmed != 1 || !r.Waited {
		t.Errorf("%+v", r)
	}
	if err := syscall.Kill(servers.Servers[1].PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	sum = importZones(t, s, square(t, "z2", ""))
	if err := syscall.Kill(servers.Servers[1].PID(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if r := sum.Replication; r.Safe() || r.Replicas != 1 || r.Confirmed != 0 || r.Err != nil {
		t.Errorf("%+v", r)
	}
	s.ReplicaWait = 0
	if sum := importZones(t, s, square(t, "z3", "")); sum.Replication != (Replication{}) {
		t.Errorf("%+v", sum.Replication)
	}
	alone := New(connect(t, startReal(t, path(t))))
	alone.ReplicaWait = time.Second
	if sum := importZones(t, alone, square(t, "z1", "")); !sum.Replication.Safe() || sum.Replication.Replicas != 0 || !sum.Replication.Waited {
		t.Errorf("%+v", sum.Replication)
	}
}

func path(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"/usr/bin/", "/usr/local/bin/"} {
		if _, err := os.Stat(dir + "redis-server"); err == nil {
			return dir + "redis-server"
		}
	}
	t.Skip("no redis-server")
	return ""
}

func TestFollower_noticesAnImportThatAFailOverLost(t *testing.T) {
	servers, s := startSentinel(t)
	seed(t, s)
	f := start(t, s, quick())
	awaitReady(t, f, 3)
	cutOff(t, servers.Servers[1])
	sum := importZones(t, s, square(t, "z3", "three"))
	awaitReady(t, f, sum.Revision)
	defer neverLess(t, f, 3)()
	if err := servers.Servers[0].Kill(); err != nil {
		t.Fatal(err)
	}
	await(t, f, "the lost import is noticed", func() bool {
		losses := f.Status().Losses
		return len(losses) == 1 && losses[0].Older && losses[0].Of == "zones" && losses[0].Revision == sum.Revision
	})
	if f.Status().Problem == "" {
		t.Error("it is ready")
	}
	again := importSoon(t, s, square(t, "z3", "three")) // as the warning of the import says
	if again.Added != 1 {
		t.Errorf("%+v", again)
	}
	importZones(t, s, square(t, "z4", "four"))
	await(t, f, "the import is there again", func() bool { return zoneRevision(f, "z4") == 1 && len(f.Status().Problems()) == 0 })
	agree(t, s)
}

func TestStore_goesOnAfterAFailOver(t *testing.T) {
	servers, s := startSentinel(t)
	seed(t, s)
	f := start(t, s, quick())
	awaitReady(t, f, 3)
	if sum := importZones(t, s, square(t, "z3", "")); !sum.Replication.Safe() {
		t.Fatalf("%+v", sum.Replication)
	}
	if err := servers.Servers[0].Kill(); err != nil {
		t.Fatal(err)
	}
	sum := importSoon(t, s, square(t, "z4", ""))
	awaitReady(t, f, sum.Revision)
	if f.View().Zones() != 4 {
		t.Errorf("%d zones", f.View().Zones())
	}
	agree(t, s)
}

// importSoon imports as soon as the client has found the new primary.
func importSoon(t *testing.T, s *Store, list ...*geofence.Zone) Summary {
	t.Helper()
	limit := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		sum, err := s.ImportZones(t.Context(), list, ImportOptions{})
		if err == nil {
			return sum
		}
		select {
		case <-limit:
			t.Fatal(err)
		case <-tick.C:
		}
	}
}
