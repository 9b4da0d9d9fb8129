package kafkasink

import (
	"context"
	"crypto/rand"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"cordon/alerting"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests; it is never reached by a passing one.
const patience = 30 * time.Second

// cluster is a Kafka with a topic made for one test.
type cluster struct {
	addr   string
	client *kafka.Client
	topic  string
}

// eachKafka runs a promise against the double, and against the Kafka at CORDON_TEST_KAFKA (host:port) when there is one.
func eachKafka(t *testing.T, partitions int, promise func(t *testing.T, c *cluster)) {
	t.Helper()
	t.Run("kfake", func(t *testing.T) { promise(t, startFake(t, partitions)) })
	addr := os.Getenv("CORDON_TEST_KAFKA")
	if addr == "" {
		t.Log("CORDON_TEST_KAFKA is not set: tested against kfake only")
		return
	}
	t.Run("kafka", func(t *testing.T) {
		c := &cluster{addr: addr, client: connect(t, addr), topic: name(t)}
		c.create(t, partitions)
		promise(t, c)
	})
}

func startFake(t *testing.T, partitions int) *cluster {
	t.Helper()
	topic := name(t)
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(int32(partitions), topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	addr := fake.ListenAddrs()[0]
	return &cluster{addr: addr, client: connect(t, addr), topic: topic}
}

// name is a topic's, which nobody has used before.
func name(t *testing.T) string {
	return strings.NewReplacer("/", "-", "#", "-").Replace(t.Name()) + "-" + rand.Text()
}

func connect(t *testing.T, addr string) *kafka.Client {
	transport := &kafka.Transport{MetadataTTL: 100 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	return &kafka.Client{Addr: kafka.TCP(addr), Transport: transport, Timeout: patience}
}

func (c *cluster) create(t *testing.T, partitions int, configs ...kafka.ConfigEntry) {
	t.Helper()
	resp, err := c.client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
		{Topic: c.topic, NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: configs},
	}})
	if err == nil {
		err = resp.Errors[c.topic]
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for c.offsets(ctx, partitions) < 0 { // a real broker takes a moment to lead a new partition
		select {
		case <-ctx.Done():
			t.Fatal("the new topic has no leaders")
		case <-tick.C:
		}
	}
}

// offsets returns how many records the topic has, -1 when a partition does not answer.
func (c *cluster) offsets(ctx context.Context, partitions int) int {
	var ask []kafka.OffsetRequest
	for p := range partitions {
		ask = append(ask, kafka.LastOffsetOf(p))
	}
	resp, err := c.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{c.topic: ask}})
	if err != nil {
		return -1
	}
	n := 0
	for _, p := range resp.Topics[c.topic] {
		if p.Error != nil {
			return -1
		}
		n += int(p.LastOffset)
	}
	return n
}

// consume reads as many records as are expected, with another client than ours, by partition.
func (c *cluster) consume(t *testing.T, n int) map[int32][]*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.addr), kgo.ConsumeTopics(c.topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	found := map[int32][]*kgo.Record{}
	for n > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatalf("%d records missing: %v", n, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			found[r.Partition] = append(found[r.Partition], r)
			n--
		})
	}
	return found
}

// numbered makes messages of so many keys in turn; each value says its place in the list.
func numbered(n, keys int) []alerting.Message {
	messages := make([]alerting.Message, n)
	for i := range messages {
		messages[i] = alerting.Message{Key: []byte("key-" + strconv.Itoa(i%keys)), Value: []byte(strconv.Itoa(i))}
	}
	return messages
}

// wantOrder checks that each key is in one partition only, and that its messages appear there, repeats left out, in
// the order in which they were published, all of them.
func wantOrder(t *testing.T, got map[int32][]*kgo.Record, n, keys int) {
	t.Helper()
	place, last, seen := map[string]int32{}, map[string]int{}, 0
	for partition, records := range got {
		for _, r := range records {
			key := string(r.Key)
			if at, ok := place[key]; ok && at != partition {
				t.Fatalf("%s is in partitions %d and %d", key, at, partition)
			}
			place[key] = partition
			i, err := strconv.Atoi(string(r.Value))
			if err != nil {
				t.Fatal(err)
			}
			before, ok := last[key]
			switch {
			case !ok && i >= keys, ok && i > before+keys:
				t.Fatalf("%s: message %d comes before one that was published earlier", key, i)
			case !ok || i > before:
				last[key] = i
				seen++
			}
		}
	}
	if seen != n {
		t.Errorf("%d messages are there, want %d", seen, n)
	}
}

// freeAddr is an address where nobody listens.
func freeAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
