package local

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestRedisCluster_keepsDataOverAKillOfAllNodes(t *testing.T) {
	c, err := StartRedisCluster(t.Context(), RedisClusterOptions{Dir: t.TempDir()})
	orFallback(t, err)
	t.Cleanup(func() { _ = c.Kill() })
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{c.Nodes[1].Addr()}})
	t.Cleanup(func() { _ = client.Close() })
	for _, key := range []string{"a", "b", "c", "d", "{x}1"} {
		if err := client.Set(t.Context(), key, "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(c.Kill(), c.Restart(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a", "b", "c", "d", "{x}1"} {
		if err := until(t.Context(), func() error { return client.Get(t.Context(), key).Err() }); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestRedisSentinel_putsAReplicaInPlaceOfAPrimaryThatDies(t *testing.T) {
	s, err := StartRedisSentinel(t.Context(), RedisSentinelOptions{Dir: t.TempDir()})
	orFallback(t, err)
	t.Cleanup(func() { _ = s.Kill() })
	before, err := s.Primary(t.Context())
	if err != nil || before != s.Servers[0] {
		t.Fatalf("%v, %v", before, err)
	}
	client := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: SentinelPrimary, SentinelAddrs: []string{s.Sentinels[0].Addr()}, DialTimeout: time.Second})
	t.Cleanup(func() { _ = client.Close() })
	if err := client.Set(t.Context(), "a", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := before.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := until(t.Context(), func() error { return client.Set(t.Context(), "a", "2", 0).Err() }); err != nil {
		t.Fatal(err)
	}
	if after, err := s.Primary(t.Context()); err != nil || after != s.Servers[1] {
		t.Errorf("%v, %v", after, err)
	}
}
