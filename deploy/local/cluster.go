package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// ClusterOptions configure a Cluster.
type ClusterOptions struct {
	Dir     string // a folder for each node is made in it
	Brokers int
	Log     *slog.Logger // nil: none
}

// Cluster is several nodes of Apache Kafka on this machine, each a broker and a controller. With three or more, acknowledged
// records survive the kill of any one of them.
type Cluster struct{ nodes []*Kafka }

// clusterHeap is small: the nodes share a machine with the programs that use them.
var clusterHeap = heap{"128m", "384m"}

// StartCluster starts the nodes and waits until each of them answers, as [StartKafka] does.
func StartCluster(ctx context.Context, o ClusterOptions) (*Cluster, error) {
	dist, err := resolve(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(2 * o.Brokers)
	if err != nil {
		return nil, err
	}
	c := &Cluster{}
	for i := range o.Brokers {
		dir, err := serverDir(filepath.Join(o.Dir, fmt.Sprintf("kafka-%d", i+1)))
		if err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, &Kafka{dist: dist, dir: dir, log: orDiscard(o.Log), node: node{
			id: i + 1, port: ports[i], voters: ports[o.Brokers:], heap: clusterHeap,
		}})
	}
	if err := c.Restart(ctx); err != nil {
		return nil, err
	}
	for range c.nodes {
		if err := report("kafka", KafkaVersion()); err != nil {
			return nil, errors.Join(err, c.Kill())
		}
	}
	return c, nil
}

// Nodes returns the brokers.
func (c *Cluster) Nodes() []*Kafka { return c.nodes }

// Addr returns host:port of every broker, separated by commas.
func (c *Cluster) Addr() string {
	all := make([]string, len(c.nodes))
	for i, k := range c.nodes {
		all[i] = k.Addr()
	}
	return strings.Join(all, ",")
}

// Stop ends all nodes by killing them: a node that is stopped in order waits for the others to take over, and the last ones
// would wait in vain. Acknowledged records are on disk all the same.
func (c *Cluster) Stop(context.Context) error { return c.Kill() }

// Kill ends all nodes as kill -9 does.
func (c *Cluster) Kill() error {
	var errs []error
	for _, k := range c.nodes {
		errs = append(errs, k.Kill())
	}
	return errors.Join(errs...)
}

// Restart starts all nodes on their ports with their data. They need each other, so they start in parallel.
func (c *Cluster) Restart(ctx context.Context) error {
	if err := c.Kill(); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, k := range c.nodes {
		g.Go(func() error { return k.Restart(ctx) })
	}
	if err := g.Wait(); err != nil {
		return errors.Join(err, c.Kill())
	}
	return nil
}
