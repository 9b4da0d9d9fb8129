package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisClusterOptions configure a RedisCluster.
type RedisClusterOptions struct {
	Dir       string
	Primaries int // 0: 3, the least there can be
	Replicas  int // of each primary
	Log       *slog.Logger
}

// RedisCluster is a Redis Cluster on this machine. The first nodes are its primaries at the start; later a replica may have
// replaced one.
type RedisCluster struct{ Nodes []*Redis }

// StartRedisCluster starts the nodes, distributes the slots and waits until the cluster answers. The error wraps
// [ErrUnavailable] if there is no redis-server here.
func StartRedisCluster(ctx context.Context, o RedisClusterOptions) (*RedisCluster, error) {
	if o.Primaries == 0 {
		o.Primaries = 3
	}
	c := &RedisCluster{}
	buses, err := freePorts(o.Primaries * (1 + o.Replicas))
	if err != nil {
		return nil, err
	}
	for i, bus := range buses {
		node, err := StartRedis(ctx, RedisOptions{
			Dir: filepath.Join(o.Dir, strconv.Itoa(i)), AppendOnly: true, Log: o.Log,
			Args: []string{"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus), "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay", "0"},
		})
		if err != nil {
			return nil, errors.Join(err, c.Kill())
		}
		c.Nodes = append(c.Nodes, node)
	}
	if err := c.join(ctx, buses, o.Primaries); err != nil {
		return nil, errors.Join(fmt.Errorf("local: redis cluster: %w", err), c.Kill())
	}
	return c, nil
}

// URL returns the value for --redis-url.
func (c *RedisCluster) URL() string {
	addrs := make([]string, len(c.Nodes))
	for i, node := range c.Nodes {
		addrs[i] = node.Addr()
	}
	return "redis+cluster://" + strings.Join(addrs, ",")
}

// join makes the nodes a cluster.
func (c *RedisCluster) join(ctx context.Context, buses []int, primaries int) error {
	const slots = 16384
	ids := make([]string, len(c.Nodes))
	for i, node := range c.Nodes {
		err := node.ask(func(client *redis.Client) (err error) {
			if i < primaries {
				first, last := i*slots/primaries, (i+1)*slots/primaries-1
				err = client.ClusterAddSlotsRange(ctx, first, last).Err()
			}
			if err == nil {
				err = client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err()
			}
			if err == nil && i > 0 {
				err = client.Do(ctx, "CLUSTER", "MEET", loopback, c.Nodes[0].port, buses[0]).Err()
			}
			if err == nil {
				ids[i], err = client.ClusterMyID(ctx).Result()
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := c.await(ctx, "cluster_known_nodes:"+strconv.Itoa(len(c.Nodes))); err != nil {
		return err
	}
	for i, node := range c.Nodes[primaries:] {
		if err := node.ask(func(client *redis.Client) error { return client.ClusterReplicate(ctx, ids[i%primaries]).Err() }); err != nil {
			return err
		}
	}
	if err := c.Await(ctx); err != nil {
		return err
	}
	for _, node := range c.Nodes[primaries:] {
		if err := node.awaitInfo(ctx, "master_link_status:up"); err != nil {
			return err
		}
	}
	return nil
}

// Await waits until every running node reports that the cluster is ok.
func (c *RedisCluster) Await(ctx context.Context) error { return c.await(ctx, "cluster_state:ok") }

func (c *RedisCluster) await(ctx context.Context, state string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for _, node := range c.Nodes {
		if node.PID() == 0 {
			continue
		}
		err := until(ctx, func() error {
			return node.ask(func(client *redis.Client) error {
				info, err := client.ClusterInfo(ctx).Result()
				if err == nil && !hasLine(info, state) {
					err = fmt.Errorf("%s: no %s", node.Addr(), state)
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

// Stop ends all nodes in order.
func (c *RedisCluster) Stop(ctx context.Context) error {
	var all []error
	for _, node := range c.Nodes {
		all = append(all, node.Stop(ctx))
	}
	return errors.Join(all...)
}

// Kill ends all nodes as kill -9 does.
func (c *RedisCluster) Kill() error {
	var all []error
	for _, node := range c.Nodes {
		all = append(all, node.Kill())
	}
	return errors.Join(all...)
}

// Restart starts the nodes that do not run, with their data.
func (c *RedisCluster) Restart(ctx context.Context) error {
	for _, node := range c.Nodes {
		if node.PID() == 0 {
			if err := node.Restart(ctx); err != nil {
				return err
			}
		}
	}
	return c.Await(ctx)
}

// ask runs do with a client that is connected to this server only.
func (r *Redis) ask(do func(*redis.Client) error) error {
	client := r.client()
	defer client.Close()
	return do(client)
}

// awaitInfo waits until INFO holds a line.
func (r *Redis) awaitInfo(ctx context.Context, line string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return until(ctx, func() error {
		return r.ask(func(client *redis.Client) error {
			info, err := client.Info(ctx).Result()
			if err == nil && !hasLine(info, line) {
				err = fmt.Errorf("%s: no %s", r.Addr(), line)
			}
			return err
		})
	})
}

func hasLine(text, line string) bool {
	for l := range strings.Lines(text) {
		if strings.TrimSpace(l) == line {
			return true
		}
	}
	return false
}

// until repeats do until it returns nil or ctx ends.
func until(ctx context.Context, do func() error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := do()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("local: %w (last answer: %w)", ctx.Err(), err)
		case <-tick.C:
		}
	}
}
