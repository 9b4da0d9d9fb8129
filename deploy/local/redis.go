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
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisOptions say where a Redis lives.
type RedisOptions struct {
	Dir        string   // its folder: redis.log, data/; made if missing, data in it is kept
	Port       int      // 0: a free one
	AppendOnly bool     // keep data over Stop and Kill; otherwise every start is an empty one
	Args       []string // further settings: --name, value
	Log        *slog.Logger
}

// Redis is a redis-server of one node.
type Redis struct {
	program string
	version string
	dir     string
	port    int
	keep    bool
	args    []string
	config  string // a Sentinel's configuration file, which it reads and writes
	log     *slog.Logger

	mu    sync.Mutex
	child *child
}

// StartRedis starts a redis-server and waits until it answers. It wraps [ErrUnavailable] when there is none here.
func StartRedis(ctx context.Context, o RedisOptions) (*Redis, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("local: redis %w: install redis-server", ErrUnavailable)
	}
	dir, err := serverDir(o.Dir)
	if err != nil {
		return nil, err
	}
	r := &Redis{program: program, dir: dir, port: o.Port, keep: o.AppendOnly, args: o.Args, log: orDiscard(o.Log)}
	if r.port == 0 {
		if r.port, err = freePort(); err != nil {
			return nil, err
		}
	}
	return r, r.begin(ctx)
}

// begin starts the server for the first time and reports it.
func (r *Redis) begin(ctx context.Context) error {
	if err := r.Restart(ctx); err != nil {
		return err
	}
	var err error
	r.version, err = r.askVersion(ctx)
	if err := errors.Join(err, report("redis", r.version)); err != nil {
		return errors.Join(err, r.Kill())
	}
	return nil
}

// Addr is host:port.
func (r *Redis) Addr() string { return address(r.port) }

// URL is what --redis-url takes.
func (r *Redis) URL() string { return redisURL(r.Addr()) }

// Version is what the server says it is.
func (r *Redis) Version() string { return r.version }

// LogFile is where the server's own words go.
func (r *Redis) LogFile() string { return filepath.Join(r.dir, "redis.log") }

// PID is the process id of the run that goes on, 0 when there is none.
func (r *Redis) PID() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return pid(r.child)
}

// Stop ends the server in order. One that does not end while ctx lasts is killed, which is an error.
func (r *Redis) Stop(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.child.stop(ctx)
}

// Kill ends the server as kill -9 does.
func (r *Redis) Kill() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.child.kill()
}

// Wipe kills the server if it runs and removes what it kept, so that Restart comes up empty.
func (r *Redis) Wipe() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.child.kill(); err != nil {
		return err
	}
	if err := os.RemoveAll(r.data()); err != nil {
		return fmt.Errorf("local: wipe redis: %w", err)
	}
	return nil
}

// Restart brings the server up on its port with what it kept, after stopping it if it runs.
func (r *Redis) Restart(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.child.stop(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(r.data(), 0o755); err != nil {
		return fmt.Errorf("local: %w", err)
	}
	began := time.Now()
	c, err := startChild(r.command(), r.LogFile())
	if err != nil {
		return err
	}
	r.child = c
	if err := c.await(ctx, r.answers); err != nil {
		return errors.Join(fmt.Errorf("local: redis on %s: %w", r.Addr(), err), c.kill())
	}
	r.log.Info("redis answers", "addr", r.Addr(), "pid", pid(c), "after", time.Since(began))
	return nil
}

func (r *Redis) askVersion(ctx context.Context) (string, error) {
	client := r.client()
	defer client.Close()
	text, err := client.Info(ctx, "server").Result()
	if err != nil {
		return "", fmt.Errorf("local: redis version: %w", err)
	}
	for line := range strings.Lines(text) {
		if version, ok := strings.CutPrefix(strings.TrimSpace(line), "redis_version:"); ok {
			return version, nil
		}
	}
	return "", errors.New("local: redis does not say its version")
}

func (r *Redis) data() string { return filepath.Join(r.dir, "data") }

// command: no snapshots. With the append-only file an acknowledged write has been handed to the kernel, so that it
// survives the process, if not the machine.
func (r *Redis) command() *exec.Cmd {
	if r.config != "" {
		return exec.Command(r.program, r.config, "--sentinel")
	}
	keep := "no"
	if r.keep {
		keep = "yes"
	}
	return exec.Command(r.program, append([]string{"--port", strconv.Itoa(r.port), "--bind", loopback, "--dir", r.data(),
		"--save", "", "--appendonly", keep, "--appendfsync", "everysec", "--daemonize", "no"}, r.args...)...)
}

// answers: PING is refused while the append-only file is being read.
func (r *Redis) answers(ctx context.Context) error {
	client := r.client()
	defer client.Close()
	return client.Ping(ctx).Err()
}

func (r *Redis) client() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: r.Addr(), MaxRetries: -1, DialTimeout: time.Second, ContextTimeoutEnabled: true})
}

func redisURL(addr string) string { return "redis://" + addr + "/0" }
