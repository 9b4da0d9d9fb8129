//go:build system

package system

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
	"cordon/benchmarks/harness"
	"cordon/deploy/local"
)

// onSentinel is a site whose Redis is under Sentinels.
func onSentinel(t *testing.T) (*site, *local.RedisSentinel) {
	t.Helper()
	servers, err := local.Shared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := local.StartRedisSentinel(t.Context(), local.RedisSentinelOptions{Dir: t.TempDir()})
	if errors.Is(err, local.ErrUnavailable) && !local.RequireReal() {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Kill() })
	return siteAt(t, servers.Kafka, r.URL(), 2), r
}

// onCluster is a site whose Redis is a cluster in which every primary has a replica.
func onCluster(t *testing.T) (*site, *local.RedisCluster) {
	t.Helper()
	servers, err := local.Shared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := local.StartRedisCluster(t.Context(), local.RedisClusterOptions{Dir: t.TempDir(), Replicas: 1})
	if errors.Is(err, local.ErrUnavailable) && !local.RequireReal() {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Kill() })
	return siteAt(t, servers.Kafka, r.URL(), 2), r
}

// stay moves two wearers in and out of the school while something happens to Redis, and expects every alert.
func (s *site) stay(p *harness.Processor, happens func()) {
	s.t.Helper()
	now := time.Now()
	s.ping("tag-1", now, inSchool)
	s.ping("tag-2", now, street)
	s.alerts(1)
	s.drained()
	ctx, cancel := context.WithCancel(s.ctx())
	changed := make(chan int, 1)
	go func() { // imports go on all the time
		n := 0
		for ctx.Err() == nil {
			if _, err := s.Cordon(ctx, []byte(zone(fmt.Sprintf("more-%d", n), 1+float64(n)*0.02, "")), "zones", "import", "-"); err == nil {
				n++
			}
		}
		changed <- n
	}()
	for i := range 20 {
		if i == 5 {
			happens()
		}
		s.ping("tag-1", now.Add(time.Duration(i+1)*100*time.Millisecond), inSchool)
		s.ping("tag-2", now.Add(time.Duration(i+1)*100*time.Millisecond), street)
	}
	s.ping("tag-2", now.Add(3*time.Second), inSchool)
	s.alerts(2)
	s.drained() // the checkpoint is written again
	cancel()
	imported := <-changed
	s.must(p.Ready(s.ctx()))
	p.Kill()
	next := s.ready() // from the checkpoint that the new primary has
	s.ping("tag-1", now.Add(4*time.Second), street)
	s.ping("tag-2", now.Add(4*time.Second), street)
	open := map[string]bool{}
	for _, a := range s.alerts(4) {
		open[a.EpisodeID] = a.Kind == alerting.Breach
	}
	if len(open) != 2 {
		s.t.Errorf("%d stays, want 2", len(open))
	}
	if n, err := next.Metric(s.ctx(), "cordon_zones"); err != nil || int(n) < 1+imported {
		s.t.Errorf("%g zones after %d imports were acknowledged (%v)", n, imported, err)
	}
}

func TestRedis_theProcessorGoesOnAfterAFailOverOfSentinel(t *testing.T) {
	s, r := onSentinel(t)
	s.publish()
	s.stay(s.ready(), func() { s.must(r.Servers[0].Kill()) })
}

func TestRedis_theProcessorGoesOnAfterAFailOverInACluster(t *testing.T) {
	s, r := onCluster(t)
	s.publish()
	s.stay(s.ready(), func() {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{r.Nodes[0].Addr()}})
		defer func() { _ = client.Close() }()
		owner, err := client.MasterForKey(s.ctx(), zonesKey)
		s.must(err)
		for _, node := range r.Nodes {
			if node.Addr() == owner.Options().Addr {
				s.must(node.Kill())
			}
		}
	})
}

func TestRedis_anImportThatNoReplicaHasIsSaid(t *testing.T) {
	s, r := onSentinel(t)
	s.publish()
	s.must(r.Servers[1].Kill())
	ctx := s.ctx()
	s.must(harness.Until(ctx, "the primary knows that its replica is gone", func() error {
		cmd := exec.CommandContext(ctx, s.Binary, "zones", "import", "-")
		cmd.Env, cmd.Stdin = s.Environment(), strings.NewReader(zone(fmt.Sprintf("z%d", time.Now().UnixMicro()), 5, ""))
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		if !strings.Contains(string(out), "if the primary fails now, this change may be lost") {
			return fmt.Errorf("it says: %s", out)
		}
		return nil
	}))
}

// storeRights returns the rights of a Redis user in deploy/README.md, with a password.
func storeRights(t *testing.T, user, password string) []string {
	t.Helper()
	rules := regexp.MustCompile(`(?m)^    ACL SETUSER ` + user + ` (.*)$`).FindStringSubmatch(readme(t))
	if rules == nil {
		t.Fatalf("deploy/README.md does not say which rights %s needs", user)
	}
	return strings.Fields(strings.ReplaceAll(rules[1], ">PASSWORD", ">"+password))
}

// setUser makes the user of Redis that rules describe.
func (s *site) setUser(name string, rules ...string) {
	s.t.Helper()
	args := []any{"ACL", "SETUSER", name, "reset"}
	for _, rule := range rules {
		args = append(args, rule)
	}
	s.must(s.store().Do(s.ctx(), args...).Err())
}

func TestRedis_aMissingRightIsNamed(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	url := strings.Replace(s.Redis, "redis://", "redis://cordon:hunter2@", 1)
	for name, c := range map[string]struct {
		without string
		command []string
		want    []string
	}{
		"of a command": {"-hset", []string{"zones", "import", "-"}, []string{"missing right", "HSET", "{cordon}:*", "+hset"}},
		"of a read":    {"-hgetall", []string{"zones", "import", "-"}, []string{"missing right", "HGETALL", "{cordon}:*"}},
		"of the keys":  {"resetkeys", []string{"zones", "list"}, []string{"missing right", "{cordon}:*"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.setUser("cordon", append(storeRights(t, "cordon-import", "hunter2"), c.without)...)
			cmd := exec.CommandContext(s.ctx(), s.Binary, append(c.command, "--redis-url", url)...)
			cmd.Stdin = strings.NewReader(zone("z", 0.5, ""))
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("it has the right: %s", out)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("it says %s, without %q", out, want)
				}
			}
			for _, not := range []string{"EXECABORT", "is it running", "hunter2"} {
				if strings.Contains(string(out), not) {
					t.Errorf("it says %q: %s", not, out)
				}
			}
		})
	}
	s.setUser("cordon", append(storeRights(t, "cordon-process", "hunter2"), "-xread")...)
	p := s.start("--redis-url", url)
	s.problem(p, "missing right")
	if err := p.Readiness(s.ctx()); err == nil || !strings.Contains(err.Error(), "XREAD") || strings.Contains(err.Error(), "is it running") {
		t.Errorf("readiness says: %v", err)
	}
}

func TestRedis_noPasswordIsEverWritten(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.must(s.store().ConfigSet(s.ctx(), "requirepass", "hunter2").Err())
	right := strings.Replace(s.Redis, "redis://", "redis://:hunter2@", 1)
	for name, url := range map[string]string{
		"the right one": right, "a wrong one": strings.Replace(right, "hunter2", "hunter3", 1), "none": s.Redis,
		"one that cannot be read": "redis://:hunter2@127.0.0.1:x", "another scheme": "http://:hunter2@127.0.0.1", "nobody there": "redis://:hunter2@127.0.0.1:1",
		"unencoded": "redis://:hunter2/@127.0.0.1",
	} {
		cmd := exec.CommandContext(s.ctx(), s.Binary, "zones", "list", "--help")
		if name != "the right one" {
			cmd = exec.CommandContext(s.ctx(), s.Binary, "zones", "list", "--log-level", "debug")
		}
		cmd.Env = append(s.Environment(), "CORDON_REDIS_URL="+url)
		out, err := cmd.CombinedOutput()
		if (err == nil) != (name == "the right one") || strings.Contains(string(out), "hunter") {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	s.Redis = right
	p := s.ready("--log-level", "debug")
	s.must(s.redis.Kill())
	s.problem(p, "cannot be read")
	if err := p.Readiness(s.ctx()); err == nil || strings.Contains(err.Error(), "hunter") || strings.Contains(p.Written(), "hunter") {
		t.Errorf("%v: %s", err, p.Written())
	}
}
