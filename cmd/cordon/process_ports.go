package main

import (
	"context"
	"fmt"

	"github.com/segmentio/kafka-go"

	"cordon/alerting"
	"cordon/alerting/kafkasink"
	"cordon/alerting/redisstate"
	"cordon/ingest/kafkasource"
	"cordon/ingest/pipeline"
)

// The adapters, as the pipeline asks for them.

type topic struct{ sink *kafkasink.Sink }

func (t topic) Publish(ctx context.Context, messages []alerting.Message) ([]alerting.Message, error) {
	return t.sink.Publish(ctx, messages)
}

type checkpoints struct{ *redisstate.Store }

func (c checkpoints) Take(ctx context.Context, partition int, committed int64) (pipeline.Lease, alerting.Takeover, error) {
	return c.Store.Take(ctx, partition, committed)
}

func (c checkpoints) Previous(ctx context.Context) (int, error) {
	_, previous, err := c.Layout(ctx)
	return previous, err
}

// cluster reads what is not a processor's own partition.
type cluster struct {
	client     *kafka.Client
	group      string
	topics     topicFlags
	partitions int
}

func (c cluster) PartitionOf(device string) int {
	return murmur2Partition([]byte(device), c.partitions)
}

func (c cluster) Pings(partition int) pipeline.Log {
	return &kafkasource.Log{Client: c.client, Topic: c.topics.PingsTopic, Partition: partition}
}

func (c cluster) Committed(ctx context.Context, partition int) (int64, error) {
	return kafkasource.Committed(ctx, c.client, c.group, c.topics.PingsTopic, partition)
}

func (c cluster) Alerts(ctx context.Context) ([]pipeline.Log, error) {
	return c.logs(ctx, c.topics.AlertsTopic)
}

func (c cluster) Rejects(ctx context.Context) ([]pipeline.Log, error) {
	return c.logs(ctx, c.topics.RejectsTopic)
}

func (c cluster) logs(ctx context.Context, topic string) ([]pipeline.Log, error) {
	n, err := kafkasource.Partitions(ctx, c.client, topic)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", topic, err)
	}
	logs := make([]pipeline.Log, n)
	for i := range logs {
		logs[i] = &kafkasource.Log{Client: c.client, Topic: topic, Partition: i}
	}
	return logs, nil
}

// murmur2Partition is where our own producers, and Java's, put a key.
func murmur2Partition(key []byte, partitions int) int {
	all := make([]int, partitions)
	for i := range all {
		all[i] = i
	}
	return kafka.Murmur2Balancer{Consistent: true}.Balance(kafka.Message{Key: key}, all...)
}
