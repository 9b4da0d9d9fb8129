//go:build !nodemo

package main

import (
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
)

// embedded are a broker and a store inside the process. They are for trying: they keep nothing, and check less than
// the real ones.
type embedded struct {
	cluster *kfake.Cluster
	store   *miniredis.Miniredis
	kafka   *kafkaConn
	redis   *redis.Client
}

func startEmbedded() (*embedded, error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	store := miniredis.NewMiniRedis()
	if err := store.Start(); err != nil {
		cluster.Close()
		return nil, fmt.Errorf("embedded store: %w", err)
	}
	brokers := cluster.ListenAddrs()
	transport := &kafka.Transport{ClientID: "cordon-demo"}
	return &embedded{
		cluster: cluster, store: store,
		kafka: &kafkaConn{
			brokers: brokers, transport: transport,
			client: &kafka.Client{Addr: kafka.TCP(brokers...), Transport: transport, Timeout: 30 * time.Second},
			dialer: &kafka.Dialer{Timeout: 3 * time.Second, ClientID: "cordon-demo"},
		},
		redis: redis.NewClient(&redis.Options{Addr: store.Addr(), ContextTimeoutEnabled: true}),
	}, nil
}

func (e *embedded) close() {
	e.kafka.close()
	e.redis.Close()
	e.store.Close()
	e.cluster.Close()
}
