package local

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/twmb/franz-go/pkg/kfake"
)

// embeddedKafka is kfake under the same settings as the real one. Its Kill is its Stop: it has no process to kill.
type embeddedKafka struct {
	dir  string
	port int

	mu      sync.Mutex
	cluster *kfake.Cluster
}

func startEmbeddedKafka(ctx context.Context, dir string, port int) (*embeddedKafka, error) {
	if port == 0 {
		var err error
		if port, err = freePort(); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	k := &embeddedKafka{dir: dir, port: port}
	if err := k.Restart(ctx); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *embeddedKafka) Addr() string { return address(k.port) }

func (k *embeddedKafka) Stop(context.Context) error { return k.Kill() }

func (k *embeddedKafka) Kill() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.close()
	return nil
}

func (k *embeddedKafka) Restart(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.close()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(k.port), kfake.DataDir(k.dir),
		kfake.GroupMinSessionTimeout(2*time.Second))
	if err != nil {
		return fmt.Errorf("local: embedded kafka on %s: %w", k.Addr(), err)
	}
	k.cluster = cluster
	return nil
}

func (k *embeddedKafka) close() {
	if k.cluster != nil {
		k.cluster.Close()
		k.cluster = nil
	}
}

// embeddedRedis is miniredis; it keeps its data in this process.
type embeddedRedis struct {
	addr string

	mu     sync.Mutex
	server *miniredis.Miniredis
}

func startEmbeddedRedis(port int) (*embeddedRedis, error) {
	if port == 0 {
		var err error
		if port, err = freePort(); err != nil {
			return nil, err
		}
	}
	server := miniredis.NewMiniRedis()
	addr := address(port)
	if err := server.StartAddr(addr); err != nil {
		return nil, fmt.Errorf("local: embedded redis on %s: %w", addr, err)
	}
	return &embeddedRedis{addr: addr, server: server}, nil
}

func (r *embeddedRedis) Addr() string { return r.addr }
func (r *embeddedRedis) URL() string  { return redisURL(r.addr) }

func (r *embeddedRedis) Stop(context.Context) error { return r.Kill() }

func (r *embeddedRedis) Kill() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server.Close()
	return nil
}

func (r *embeddedRedis) Restart(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server.Close()
	// Close cancels this for good, after which a blocking read is never answered.
	r.server.Ctx, r.server.CtxCancel = context.WithCancel(context.Background())
	if err := r.server.StartAddr(r.addr); err != nil {
		return fmt.Errorf("local: embedded redis on %s: %w", r.addr, err)
	}
	return nil
}

func (r *embeddedRedis) Wipe() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server.Close()
	r.server.FlushAll()
	return nil
}
