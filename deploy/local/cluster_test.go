package local

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

func TestCluster_keepsAcknowledgedRecordsOverAKillOfTheLeader(t *testing.T) {
	c, err := StartCluster(t.Context(), ClusterOptions{Dir: t.TempDir(), Brokers: 3})
	orFallback(t, err)
	stopAtEnd(t, c)
	client, done := clusterClient(c)
	defer done()
	made, err := client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: "t", NumPartitions: 1, ReplicationFactor: 3}},
	})
	if err = errors.Join(err, made.Errors["t"]); err != nil {
		t.Fatal(err)
	}
	var want []string
	produceNext := func() {
		want = append(want, fmt.Sprintf("value-%d", len(want)))
		produceAnyhow(t, client, "t", want[len(want)-1])
	}
	k := c.Nodes()[inSync(t, c, "t", 3)-1]
	produceNext()
	if err := k.Kill(); err != nil {
		t.Fatal(err)
	}
	refuses(t, k.Addr())
	produceNext()
	if err := k.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	produceNext()
	inSync(t, c, "t", 3)
	if got := distinct(t, c.Nodes()[0].Addr(), "t", len(want)); !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

// distinct reads until there are n different values, and returns them. A value may occur twice: the broker that should have
// acknowledged it was killed.
func distinct(t *testing.T, addr, topic string, n int) []string {
	t.Helper()
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{addr}, Topic: topic, MaxWait: 100 * time.Millisecond})
	defer r.Close()
	var values []string
	for len(values) < n {
		m, err := r.ReadMessage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if v := string(m.Value); len(values) == 0 || values[len(values)-1] != v {
			values = append(values, v)
		}
	}
	return values
}

func clusterClient(c *Cluster) (*kafka.Client, func()) {
	transport := &kafka.Transport{MetadataTTL: time.Second}
	return &kafka.Client{Addr: kafka.TCP(strings.Split(c.Addr(), ",")...), Transport: transport, Timeout: 5 * time.Second}, transport.CloseIdleConnections
}

// inSync waits until so many replicas of the only partition are in sync, and returns the node that leads.
func inSync(t *testing.T, c *Cluster, topic string, replicas int) int {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		client, done := clusterClient(c) // a client would answer from its memory
		meta, err := client.Metadata(t.Context(), &kafka.MetadataRequest{Topics: []string{topic}})
		done()
		if err == nil && len(meta.Topics) == 1 && len(meta.Topics[0].Partitions) == 1 && len(meta.Topics[0].Partitions[0].Isr) == replicas {
			return meta.Topics[0].Partitions[0].Leader.ID
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err(), err)
		case <-tick.C:
		}
	}
}

// produceAnyhow repeats until the value is acknowledged: the leading broker may be away.
func produceAnyhow(t *testing.T, client *kafka.Client, topic, value string) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := client.Produce(t.Context(), &kafka.ProduceRequest{
			Topic: topic, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte(value))}),
		})
		if err == nil && answer.Error == nil {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err(), err)
		case <-tick.C:
		}
	}
}
