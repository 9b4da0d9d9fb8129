package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/segmentio/kafka-go"

	"cordon/alerting"
	"cordon/alerting/kafkasink"
	"cordon/alerting/redisstate"
	"cordon/geofence/redisindex"
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

// faultStore keeps faults in the store of zones and register, as JSON.
type faultStore struct{ store *redisindex.Store }

func (s faultStore) List(ctx context.Context) ([]alerting.Fault, error) {
	texts, err := s.store.OpenFaults(ctx)
	if err != nil {
		return nil, err
	}
	faults := make([]alerting.Fault, 0, len(texts))
	for _, part := range slices.Sorted(maps.Keys(texts)) {
		f, err := parseFault(texts[part])
		if err != nil {
			return nil, err
		}
		faults = append(faults, f)
	}
	return faults, nil
}

func (s faultStore) Open(ctx context.Context, f alerting.Fault) (alerting.Fault, error) {
	text, err := s.store.OpenFault(ctx, f.Part, faultText(f))
	if err != nil {
		return f, err
	}
	return parseFault(text)
}

func (s faultStore) Keep(ctx context.Context, faults []alerting.Fault) error {
	texts := make(map[string]string, len(faults))
	for _, f := range faults {
		texts[f.Part] = faultText(f)
	}
	return s.store.KeepFaults(ctx, texts)
}

func (s faultStore) End(ctx context.Context, f alerting.Fault) error {
	return s.store.EndFault(ctx, f.Part, func(text string) bool {
		is, err := parseFault(text)
		return err == nil && is.Opened == f.Opened && is.Seq == f.Seq
	})
}

func faultText(f alerting.Fault) string {
	text, _ := json.Marshal(f) // never fails: text and numbers
	return string(text)
}

func parseFault(text string) (f alerting.Fault, err error) {
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return f, fmt.Errorf("a fault in the store: %w: delete the key {cordon}:faults", err)
	}
	return f, nil
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
