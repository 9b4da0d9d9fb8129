package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// RedisSentinelOptions configure a RedisSentinel.
type RedisSentinelOptions struct {
	Dir       string
	Replicas  int // 0: 1
	Sentinels int // 0: 3
	Log       *slog.Logger
}

// RedisSentinel is a primary with replicas, watched by Sentinels. When the primary fails, a replica takes its place.
type RedisSentinel struct {
	Servers   []*Redis // the first is the primary at the start
	Sentinels []*Redis
}

// SentinelPrimary is the name that the Sentinels know the primary by.
const SentinelPrimary = "main"

// StartRedisSentinel starts all servers and waits until the Sentinels could replace a failed primary. The error wraps
// [ErrUnavailable] if there is no redis-server here.
func StartRedisSentinel(ctx context.Context, o RedisSentinelOptions) (*RedisSentinel, error) {
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.Sentinels == 0 {
		o.Sentinels = 3
	}
	s := &RedisSentinel{}
	for i := range 1 + o.Replicas {
		args := []string{"--repl-diskless-sync-delay", "0"}
		if i > 0 {
			args = append(args, "--replicaof", loopback+" "+strconv.Itoa(s.Servers[0].port))
		}
		server, err := StartRedis(ctx, RedisOptions{Dir: filepath.Join(o.Dir, strconv.Itoa(i)), AppendOnly: true, Args: args, Log: o.Log})
		if err != nil {
			return nil, errors.Join(err, s.Kill())
		}
		s.Servers = append(s.Servers, server)
	}
	for _, replica := range s.Servers[1:] {
		if err := replica.awaitInfo(ctx, "master_link_status:up"); err != nil {
			return nil, errors.Join(err, s.Kill())
		}
	}
	for i := range o.Sentinels {
		sentinel, err := s.startSentinel(ctx, filepath.Join(o.Dir, "sentinel-"+strconv.Itoa(i)), o)
		if err != nil {
			return nil, errors.Join(err, s.Kill())
		}
		s.Sentinels = append(s.Sentinels, sentinel)
	}
	if err := s.Await(ctx); err != nil {
		return nil, errors.Join(err, s.Kill())
	}
	return s, nil
}

func (s *RedisSentinel) startSentinel(ctx context.Context, dir string, o RedisSentinelOptions) (*Redis, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("local: redis %w: install redis-server", ErrUnavailable)
	}
	if dir, err = serverDir(dir); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	r := &Redis{program: program, dir: dir, port: port, config: filepath.Join(dir, "sentinel.conf"), log: orDiscard(o.Log)}
	config := fmt.Sprintf("port %d\nbind %s\ndir %s\nsentinel monitor %[4]s %[2]s %[5]d %[6]d\nsentinel down-after-milliseconds %[4]s 1000\nsentinel failover-timeout %[4]s 5000\n",
		port, loopback, dir, SentinelPrimary, s.Servers[0].port, o.Sentinels/2+1)
	if err := os.WriteFile(r.config, []byte(config), 0o644); err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	return r, r.begin(ctx)
}

// URL returns the value for --redis-url.
func (s *RedisSentinel) URL() string {
	addrs := make([]string, len(s.Sentinels))
	for i, sentinel := range s.Sentinels {
		addrs[i] = sentinel.Addr()
	}
	return "redis+sentinel://" + SentinelPrimary + "@" + strings.Join(addrs, ",")
}

// Primary returns the server that the first Sentinel names as the primary.
func (s *RedisSentinel) Primary(ctx context.Context) (*Redis, error) {
	sentinel := redis.NewSentinelClient(&redis.Options{Addr: s.Sentinels[0].Addr(), ContextTimeoutEnabled: true})
	defer sentinel.Close()
	addr, err := sentinel.GetMasterAddrByName(ctx, SentinelPrimary).Result()
	if err != nil {
		return nil, fmt.Errorf("local: the primary: %w", err)
	}
	for _, server := range s.Servers {
		if len(addr) == 2 && addr[1] == strconv.Itoa(server.port) {
			return server, nil
		}
	}
	return nil, fmt.Errorf("local: the Sentinel names an unknown primary: %v", addr)
}

// Await waits until every Sentinel knows all other Sentinels, a primary that answers, and its replicas.
func (s *RedisSentinel) Await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	want := fmt.Sprintf("master0:name=%s,status=ok,address=", SentinelPrimary)
	rest := fmt.Sprintf(",slaves=%d,sentinels=%d", len(s.Servers)-1, len(s.Sentinels))
	for _, sentinel := range s.Sentinels {
		err := until(ctx, func() error {
			return sentinel.ask(func(client *redis.Client) error {
				info, err := client.Info(ctx, "sentinel").Result()
				if err == nil && (!strings.Contains(info, want) || !strings.Contains(info, rest)) {
					err = fmt.Errorf("%s says: %s", sentinel.Addr(), oneLine([]byte(info)))
				}
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Stop ends everything in order.
func (s *RedisSentinel) Stop(ctx context.Context) error {
	var all []error
	for _, r := range append(s.Sentinels[:len(s.Sentinels):len(s.Sentinels)], s.Servers...) {
		all = append(all, r.Stop(ctx))
	}
	return errors.Join(all...)
}

// Kill ends everything as kill -9 does.
func (s *RedisSentinel) Kill() error {
	var all []error
	for _, r := range append(s.Sentinels[:len(s.Sentinels):len(s.Sentinels)], s.Servers...) {
		all = append(all, r.Kill())
	}
	return errors.Join(all...)
}
