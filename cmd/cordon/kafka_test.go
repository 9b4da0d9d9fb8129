package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"

	"cordon/ingest"
)

// kafkaShell runs command lines against a broker and a store of its own.
type kafkaShell struct {
	*shell
	brokers []string
	client  *kafka.Client
}

func newKafkaShell(t *testing.T) *kafkaShell {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	s := &kafkaShell{shell: newShell(t)}
	t.Setenv("CORDON_KAFKA_BROKERS", cluster.ListenAddrs()[0])
	s.brokers = cluster.ListenAddrs()
	s.connect()
	return s
}

// connect connects anew: a client remembers for some seconds which topics there are.
func (s *kafkaShell) connect() {
	s.t.Helper()
	conn, err := kafkaFlags{KafkaBrokers: s.brokers}.connect(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(conn.close)
	s.client = conn.client
}

// withTopics makes the topics with so many partitions.
func (s *kafkaShell) withTopics(partitions int) *kafkaShell {
	s.t.Helper()
	names := topicFlags{PingsTopic: "cordon.pings", AlertsTopic: "cordon.alerts", RejectsTopic: "cordon.rejects"}
	if err := createTopics(s.t.Context(), s.client, names, partitions, 1, s.t.Output()); err != nil {
		s.t.Fatal(err)
	}
	return s
}

// published is a record as a test looks at it.
type published struct {
	partition  int
	key, value string
	headers    map[string]string
	at         time.Time
}

// records returns what is on a topic, partition by partition.
func (s *kafkaShell) records(topic string) []published {
	s.t.Helper()
	spans, err := spansOf(s.t.Context(), s.client, topic)
	if err != nil {
		s.t.Fatal(err)
	}
	var all []published
	for _, span := range spans {
		err := span.each(s.t.Context(), 0, func(r *ingest.Record) error {
			p := published{r.Partition, string(r.Key), string(r.Value), map[string]string{}, time.UnixMilli(r.Appended)}
			if r.Key == nil {
				p.key = "(none)"
			}
			for _, h := range r.Headers {
				p.headers[h.Key] = string(h.Value)
			}
			all = append(all, p)
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return all
}

// publish puts records with a key, a value and a time (ms) on a topic.
func (s *kafkaShell) publish(topic string, records ...outgoing) {
	s.t.Helper()
	meta, err := s.client.Metadata(s.t.Context(), &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		s.t.Fatal(err)
	}
	sender := newSender(s.t.Context(), s.client, topic, len(meta.Topics[0].Partitions), 1<<16, new(replayCounts))
	for _, r := range records {
		if err := sender.add(r); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := sender.close(); err != nil {
		s.t.Fatal(err)
	}
}

// setting returns one setting of a topic as the broker has it.
func (s *kafkaShell) setting(topic, name string) string {
	s.t.Helper()
	found, err := described(s.t.Context(), s.client, kafka.TopicConfig{Topic: topic, ConfigEntries: []kafka.ConfigEntry{{ConfigName: name}}})
	if err != nil {
		s.t.Fatal(err)
	}
	return found[name]
}

func (s *kafkaShell) partitions(topic string) int {
	s.t.Helper()
	spans, err := spansOf(context.Background(), s.client, topic)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(spans)
}

func ping(device string, second int) string {
	return fmt.Sprintf(`{"device_id":%q,"fix_time":"2026-03-01T10:%02d:%02d.000Z","lat":51.5,"lon":-0.1,"seq":%d}`, device, second/60, second%60, second)
}
