package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
)

// Broker is a Kafka that can be taken away and brought back.
type Broker interface {
	Addr() string
	Stop(ctx context.Context) error
	Kill() error
	Restart(ctx context.Context) error
}

// Store is a Redis that can be taken away, emptied and brought back.
type Store interface {
	Broker
	URL() string
	Wipe() error
}

// Servers are one Kafka, of one broker or several, and one Redis.
type Servers struct {
	Kafka   Broker
	Brokers []Broker // all brokers of Kafka
	Redis   Store

	KafkaVersion string // empty when embedded
	RedisVersion string // empty when embedded
}

// KafkaReal says that it is Apache Kafka, not kfake.
func (s *Servers) KafkaReal() bool { return s.KafkaVersion != "" }

// RedisReal says that it is redis-server, not miniredis.
func (s *Servers) RedisReal() bool { return s.RedisVersion != "" }

// Options say where a set of servers lives, and whether embedded ones will do.
type Options struct {
	Dir         string
	KafkaPort   int // 0: a free one
	KafkaNodes  int // brokers; 0 stands for one. Several use free ports; an embedded Kafka is always one
	RedisPort   int // 0: a free one
	Log         *slog.Logger
	RequireReal bool
}

// Start starts both servers, embedded ones where real ones cannot be had. Redis keeps its data over Stop and Kill.
func Start(ctx context.Context, o Options) (*Servers, error) {
	s := &Servers{}
	if err := errors.Join(s.startKafka(ctx, o), s.startRedis(ctx, o)); err != nil {
		return nil, errors.Join(err, s.Stop(ctx))
	}
	return s, nil
}

// Stop ends both in order.
func (s *Servers) Stop(ctx context.Context) error {
	var errs []error
	if s.Kafka != nil {
		errs = append(errs, s.Kafka.Stop(ctx))
	}
	if s.Redis != nil {
		errs = append(errs, s.Redis.Stop(ctx))
	}
	return errors.Join(errs...)
}

func (s *Servers) startKafka(ctx context.Context, o Options) error {
	dir := filepath.Join(o.Dir, "kafka")
	err := s.startReal(ctx, o, dir)
	if err == nil {
		s.KafkaVersion = KafkaVersion()
		return nil
	}
	if err := o.mayEmbed("kafka", err); err != nil {
		return err
	}
	embedded, err := startEmbeddedKafka(ctx, filepath.Join(dir, "embedded"), o.KafkaPort)
	if err != nil {
		return err
	}
	s.Kafka, s.Brokers = embedded, []Broker{embedded}
	return report("kafka", "")
}

func (s *Servers) startReal(ctx context.Context, o Options, dir string) error {
	if o.KafkaNodes > 1 {
		cluster, err := StartCluster(ctx, ClusterOptions{Dir: dir, Brokers: o.KafkaNodes, Log: o.Log})
		if err != nil {
			return err
		}
		s.Kafka = cluster
		for _, k := range cluster.Nodes() {
			s.Brokers = append(s.Brokers, k)
		}
		return nil
	}
	alone, err := StartKafka(ctx, KafkaOptions{Dir: dir, Port: o.KafkaPort, Log: o.Log})
	if err != nil {
		return err
	}
	s.Kafka, s.Brokers = alone, []Broker{alone}
	return nil
}

func (s *Servers) startRedis(ctx context.Context, o Options) error {
	real, err := StartRedis(ctx, RedisOptions{Dir: filepath.Join(o.Dir, "redis"), Port: o.RedisPort, AppendOnly: true, Log: o.Log})
	if err == nil {
		s.Redis, s.RedisVersion = real, real.Version()
		return nil
	}
	if err := o.mayEmbed("redis", err); err != nil {
		return err
	}
	embedded, err := startEmbeddedRedis(o.RedisPort)
	if err != nil {
		return err
	}
	s.Redis = embedded
	return report("redis", "")
}

// mayEmbed lets a missing server pass with a notice, unless a real one is required; a failing one never passes.
func (o Options) mayEmbed(server string, err error) error {
	if !errors.Is(err, ErrUnavailable) {
		return err
	}
	if o.RequireReal {
		return fmt.Errorf("a real %s is required (REQUIRE_REAL=1): %w", server, err)
	}
	orDiscard(o.Log).Warn("using an embedded "+server, "because", err)
	return nil
}
