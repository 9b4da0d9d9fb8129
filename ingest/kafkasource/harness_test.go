package kafkasource

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests; it is never reached by a passing one.
const patience = 60 * time.Second

// cluster is a Kafka with a topic made for one test.
type cluster struct {
	addr   string
	client *kafka.Client
	topic  string
}

// eachKafka runs a promise against the double, and against the Kafka at CORDON_TEST_KAFKA (host:port) when there is one.
func eachKafka(t *testing.T, partitions int, promise func(t *testing.T, c *cluster)) {
	t.Helper()
	t.Run("kfake", func(t *testing.T) {
		fake := startFake(t)
		c := &cluster{addr: fake.ListenAddrs()[0]}
		c.open(t, partitions)
		promise(t, c)
	})
	addr := os.Getenv("CORDON_TEST_KAFKA")
	if addr == "" {
		t.Log("CORDON_TEST_KAFKA is not set: tested against kfake only")
		return
	}
	t.Run("kafka", func(t *testing.T) {
		c := &cluster{addr: addr}
		c.open(t, partitions)
		promise(t, c)
	})
}

func startFake(t testing.TB, options ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	fake, err := kfake.NewCluster(append(options, kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(time.Second))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	return fake
}

// open connects, and makes the test's topic.
func (c *cluster) open(t testing.TB, partitions int) {
	t.Helper()
	c.client = connect(t, c.addr)
	c.topic = strings.NewReplacer("/", "-", "#", "-").Replace(t.Name()) + "-" + rand.Text()
	resp, err := c.client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
		{Topic: c.topic, NumPartitions: partitions, ReplicationFactor: 1},
	}})
	if err == nil {
		err = resp.Errors[c.topic]
	}
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new topic has leaders", func() bool {
		for p := range partitions {
			if _, _, err := c.log(p).Bounds(t.Context()); err != nil {
				return false
			}
		}
		return true
	})
}

func connect(t testing.TB, addr string) *kafka.Client {
	transport := &kafka.Transport{MetadataTTL: 100 * time.Millisecond}
	t.Cleanup(transport.CloseIdleConnections)
	return &kafka.Client{Addr: kafka.TCP(addr), Transport: transport, Timeout: patience}
}

func (c *cluster) log(partition int) *Log {
	return &Log{Client: c.client, Topic: c.topic, Partition: partition, MaxWait: 50 * time.Millisecond}
}

// produce writes the records to one partition as one batch, with another client than the one under test.
func (c *cluster) produce(t testing.TB, partition int32, records []*kgo.Record, options ...kgo.Opt) {
	t.Helper()
	client := c.producer(t, options...)
	defer client.Close()
	for _, r := range records {
		r.Topic, r.Partition = c.topic, partition
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) producer(t testing.TB, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(c.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(10 * time.Millisecond),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// eventually waits until it is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatal("never: " + what)
		case <-tick.C:
		}
	}
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// freePort is a port where nobody listens.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
