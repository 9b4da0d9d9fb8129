package local

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/segmentio/kafka-go"
)

// orFallback skips a test of the real servers where there are none, unless they are required.
func orFallback(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, ErrUnavailable) && !RequireReal() {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func stopAtEnd(t *testing.T, b interface{ Stop(context.Context) error }) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := b.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestKafka_keepsAcknowledgedRecordsOverStopAndKill(t *testing.T) {
	k, err := StartKafka(t.Context(), KafkaOptions{Dir: t.TempDir()})
	orFallback(t, err)
	stopAtEnd(t, k)
	brokerKeepsAcknowledged(t, k)
}

func TestEmbeddedKafka_keepsAcknowledgedRecordsOverStopAndKill(t *testing.T) {
	k, err := startEmbeddedKafka(t.Context(), t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, k)
	brokerKeepsAcknowledged(t, k)
}

// brokerKeepsAcknowledged is what a test may expect of any Broker.
func brokerKeepsAcknowledged(t *testing.T, b Broker) {
	addr := b.Addr()
	createTopic(t, addr, "t")
	produce(t, addr, "t", "one")
	if got := consume(t, addr, "t", 1); got != "one" {
		t.Fatalf("read back %q", got)
	}
	for _, step := range []struct {
		name string
		end  func() error
		add  string
		want string
	}{
		{"Stop", func() error { return b.Stop(t.Context()) }, "two", "one two"},
		{"Kill", b.Kill, "three", "one two three"},
		{"Restart alone", func() error { return nil }, "four", "one two three four"},
	} {
		if err := step.end(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if step.name != "Restart alone" {
			refuses(t, addr)
		}
		if err := b.Restart(t.Context()); err != nil {
			t.Fatalf("Restart after %s: %v", step.name, err)
		}
		if b.Addr() != addr {
			t.Fatalf("after %s it is on %s, was on %s", step.name, b.Addr(), addr)
		}
		produce(t, addr, "t", step.add)
		if got := consume(t, addr, "t", len(strings.Fields(step.want))); got != step.want {
			t.Errorf("after %s: read %q, want %q", step.name, got, step.want)
		}
	}
}

func TestRedis_keepsAcknowledgedWritesOverStopAndKill(t *testing.T) {
	r, err := StartRedis(t.Context(), RedisOptions{Dir: t.TempDir(), AppendOnly: true})
	orFallback(t, err)
	stopAtEnd(t, r)
	storeKeepsAcknowledged(t, r)
}

func TestEmbeddedRedis_keepsAcknowledgedWritesOverStopAndKill(t *testing.T) {
	r, err := startEmbeddedRedis(0)
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, r)
	storeKeepsAcknowledged(t, r)
}

// storeKeepsAcknowledged is what a test may expect of any Store.
func storeKeepsAcknowledged(t *testing.T, s Store) {
	client := connect(t, s)
	if err := client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		end  func() error
		want string
	}{
		{"Stop", func() error { return s.Stop(t.Context()) }, "v"},
		{"Kill", s.Kill, "v"},
		{"Wipe", s.Wipe, ""},
	} {
		if err := step.end(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		refuses(t, s.Addr())
		if err := s.Restart(t.Context()); err != nil {
			t.Fatalf("Restart after %s: %v", step.name, err)
		}
		got, err := client.Get(t.Context(), "k").Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			t.Fatal(err)
		}
		if got != step.want {
			t.Errorf("after %s: %q, want %q", step.name, got, step.want)
		}
	}
	blocking := &redis.XReadArgs{Streams: []string{"s", "0"}, Block: 10 * time.Millisecond}
	if err := client.XRead(t.Context(), blocking).Err(); !errors.Is(err, redis.Nil) {
		t.Errorf("a blocking read after a restart: %v, want its empty answer", err)
	}
}

func TestRedis_withoutAppendOnlyEveryStartIsEmpty(t *testing.T) {
	r, err := StartRedis(t.Context(), RedisOptions{Dir: t.TempDir()})
	orFallback(t, err)
	stopAtEnd(t, r)
	client := connect(t, r)
	if err := client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := r.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := client.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys after a restart", n)
	}
}

func TestStart_failureCarriesTheServersOwnWords(t *testing.T) {
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	_, err = Start(t.Context(), Options{Dir: t.TempDir(), KafkaPort: taken, RedisPort: taken})
	if err == nil {
		t.Fatal("two servers started on a port that is taken")
	}
	if n := strings.Count(strings.ToLower(err.Error()), "address already in use"); n != 2 {
		t.Errorf("the reason is told %d times, want once a server: %v", n, err)
	}
}

func TestStart_withoutJavaOrRedisFallsBackAndReportsIt(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report")
	hideServers(t)
	t.Setenv(reportVariable, report)
	s, err := Start(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, s)
	if s.KafkaReal() || s.RedisReal() {
		t.Error("real servers from an empty PATH")
	}
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	if want := "kafka embedded\nredis embedded\n"; string(text) != want {
		t.Errorf("report %q, want %q", text, want)
	}
}

func TestStart_withRequireRealNamesWhatIsMissing(t *testing.T) {
	hideServers(t)
	_, err := Start(t.Context(), Options{Dir: t.TempDir(), RequireReal: true})
	if !errors.Is(err, ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"no java", "install redis-server"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestResolve_withoutMavenAndCacheIsUnavailable(t *testing.T) {
	java, err := findJava(t.Context())
	orFallback(t, err)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("JAVA_HOME", filepath.Dir(filepath.Dir(java)))
	t.Setenv("PATH", t.TempDir())
	if _, err := resolve(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "install maven") {
		t.Errorf("got %v", err)
	}
}

func TestFindJava_refusesOneThatIsTooOld(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n"
	if err := os.WriteFile(filepath.Join(home, "bin", "java"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("JAVA_HOME", home)
	if _, err := findJava(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "is Java 11") {
		t.Errorf("got %v", err)
	}
}

func TestKafkaVersion_isThePoms(t *testing.T) {
	if v := KafkaVersion(); !strings.HasPrefix(v, "4.") {
		t.Errorf("version %q", v)
	}
}

func createTopic(t *testing.T, addr, topic string) {
	t.Helper()
	client, done := kafkaClient(addr)
	defer done()
	resp, err := client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}},
	})
	if err = errors.Join(err, resp.Errors[topic]); err != nil {
		t.Fatal(err)
	}
}

func produce(t *testing.T, addr, topic, value string) {
	t.Helper()
	client, done := kafkaClient(addr)
	defer done()
	for t.Context().Err() == nil {
		answer, err := client.Produce(t.Context(), &kafka.ProduceRequest{
			Topic: topic, RequiredAcks: kafka.RequireAll,
			Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte(value))}),
		})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case answer.Error == nil:
			return
		case !errors.Is(answer.Error, kafka.NotLeaderForPartition): // a broker takes a moment to lead a new partition
			t.Fatal(answer.Error)
		}
	}
	t.Fatal(t.Context().Err())
}

// consume reads the first n values of partition 0, joined by spaces.
func consume(t *testing.T, addr, topic string, n int) string {
	t.Helper()
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{addr}, Topic: topic, MaxWait: 100 * time.Millisecond})
	defer r.Close()
	var values []string
	for range n {
		m, err := r.ReadMessage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, string(m.Value))
	}
	return strings.Join(values, " ")
}

func kafkaClient(addr string) (*kafka.Client, func()) {
	transport := &kafka.Transport{}
	return &kafka.Client{Addr: kafka.TCP(addr), Transport: transport}, transport.CloseIdleConnections
}

func connect(t *testing.T, s Store) *redis.Client {
	o, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(o)
	t.Cleanup(func() { client.Close() })
	return client
}

func refuses(t *testing.T, addr string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		conn.Close()
		t.Fatalf("%s still listens", addr)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("%s: %v", addr, err)
	}
}
