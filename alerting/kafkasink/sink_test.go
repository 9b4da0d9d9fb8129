package kafkasink

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"cordon/alerting"
)

func TestPublish_keepsTheOrderOfEachKey(t *testing.T) {
	eachKafka(t, 4, func(t *testing.T, c *cluster) {
		s := New(c.client, c.topic, Options{MaxBatchBytes: 1000}) // many requests
		messages := numbered(2000, 7)
		publish(t, s, messages[:900])
		publish(t, s, messages[900:])
		wantOrder(t, c.consume(t, len(messages)), len(messages), 7)
	})
}

func TestPublish_placesKeysAsJavaProducersDo(t *testing.T) {
	eachKafka(t, 7, func(t *testing.T, c *cluster) {
		messages := []alerting.Message{{Key: []byte{}, Value: []byte("0")}}
		for i := 1; i < 200; i++ {
			messages = append(messages, alerting.Message{Key: bytes.Repeat([]byte{byte(i), 'é'}, i%9+1), Value: []byte(strconv.Itoa(i))})
		}
		publish(t, New(c.client, c.topic, Options{}), messages)
		// franz-go's default partitioner promises to be the Java client's, too.
		java := kgo.StickyKeyPartitioner(nil).ForTopic(c.topic)
		for partition, records := range c.consume(t, len(messages)) {
			for _, r := range records {
				if want := java.Partition(&kgo.Record{Key: r.Key}, 7); len(r.Key) > 0 && want != int(partition) {
					t.Errorf("key %x is in partition %d, Java would put it in %d", r.Key, partition, want)
				}
			}
		}
	})
}

func TestPublish_sendsKeyValueAndHeadersUnchanged(t *testing.T) {
	eachKafka(t, 3, func(t *testing.T, c *cluster) {
		began := time.Now().Truncate(time.Millisecond)
		messages := []alerting.Message{
			{Key: []byte("k"), Value: []byte("v"), Headers: []alerting.Header{{Key: "a", Value: []byte("1")}, {Key: "a", Value: nil}, {Key: "", Value: []byte{0xff}}}},
			{Key: []byte{}, Value: []byte{}},
			{Key: []byte("null value"), Value: nil},
			{Key: nil, Value: []byte("null key")},
		}
		publish(t, New(c.client, c.topic, Options{}), messages)
		var got []string
		for _, records := range c.consume(t, len(messages)) {
			for _, r := range records {
				got = append(got, show(r.Key, r.Value, len(r.Headers)))
				if r.Timestamp.Before(began) || r.Timestamp.After(time.Now()) {
					t.Errorf("timestamp %s, published at %s", r.Timestamp, began)
				}
				if len(r.Headers) == 3 && (r.Headers[1].Key != "a" || string(r.Headers[0].Value) != "1" || !bytes.Equal(r.Headers[2].Value, []byte{0xff})) {
					t.Errorf("headers %v", r.Headers)
				}
			}
		}
		for _, m := range messages {
			if want := show(m.Key, m.Value, len(m.Headers)); !slices.Contains(got, want) {
				t.Errorf("missing %s among %q", want, got)
			}
		}
	})
}

func show(key, value []byte, headers int) string {
	text := func(b []byte) string {
		if b == nil {
			return "null"
		}
		return strconv.Quote(string(b))
	}
	return text(key) + " " + text(value) + " " + strconv.Itoa(headers)
}

func TestPublish_spreadsMessagesWithoutAKey(t *testing.T) {
	eachKafka(t, 3, func(t *testing.T, c *cluster) {
		publish(t, New(c.client, c.topic, Options{}), make([]alerting.Message, 30))
		for partition, records := range c.consume(t, 30) {
			if len(records) != 10 {
				t.Errorf("%d of 30 in partition %d of 3", len(records), partition)
			}
		}
	})
}

func TestPublish_namesAMessageThatIsTooLarge_andSplitsABatchThatIs(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		c.topic += "-small"
		c.create(t, 1, kafka.ConfigEntry{ConfigName: "max.message.bytes", ConfigValue: "20000"})
		s := New(c.client, c.topic, Options{})
		messages := numbered(100, 1)
		for i := range messages {
			messages[i].Headers = []alerting.Header{{Key: "pad", Value: make([]byte, 1000)}} // five batches' worth
		}
		messages[60].Headers[0].Value = make([]byte, 30000)
		unsent, err := s.Publish(t.Context(), messages)
		if !errors.Is(err, alerting.ErrTooLarge) || !strings.Contains(err.Error(), "message 61 of 100") {
			t.Fatalf("publish: %v", err)
		}
		if len(unsent) != 40 || string(unsent[0].Value) != "60" {
			t.Fatalf("%d unsent, from %s on", len(unsent), unsent[0].Value)
		}
		unsent[0].Headers = nil
		publish(t, s, unsent)
		wantOrder(t, c.consume(t, 100), 100, 1)
	})
}

func TestPublish_refusesAMessageTooLargeForAnyRequestWithoutSendingIt(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		requests := 0
		s := New(c.through(func(int32) fate { requests++; return answered }), c.topic, Options{MaxBatchBytes: 4000, MaxMessageBytes: 5000})
		messages := numbered(3, 1)
		messages[1].Headers = []alerting.Header{{Key: "pad", Value: make([]byte, 5000)}}
		unsent, err := s.Publish(t.Context(), messages)
		if !errors.Is(err, alerting.ErrTooLarge) || len(unsent) != 2 || string(unsent[0].Value) != "1" {
			t.Fatalf("%d unsent, %v", len(unsent), err)
		}
		if unsent, err := s.Publish(t.Context(), messages[1:2]); !errors.Is(err, alerting.ErrTooLarge) || len(unsent) != 1 {
			t.Fatalf("alone: %d unsent, %v", len(unsent), err)
		}
		if requests > 2 {
			t.Errorf("%d requests", requests)
		}
	})
}

func TestPublish_toNoTopicSaysSo_andWorksOnceItIsThere(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		c.topic += "-late"
		s := New(c.client, c.topic, Options{})
		messages := numbered(3, 1)
		unsent, err := s.Publish(t.Context(), messages)
		if !errors.Is(err, ErrNoTopic) || len(unsent) != 3 {
			t.Fatalf("%d unsent, %v", len(unsent), err)
		}
		c.create(t, 2)
		publish(t, s, unsent)
		wantOrder(t, c.consume(t, 3), 3, 1)
	})
}

func TestPublish_returnsEverythingWhenTheBrokerIsAway(t *testing.T) {
	s := New(connect(t, freeAddr(t)), "alerts", Options{})
	messages := numbered(10, 3)
	unsent, err := s.Publish(t.Context(), messages)
	if err == nil || len(unsent) != 10 || strings.Contains(err.Error(), "\n") {
		t.Errorf("%d unsent, %v", len(unsent), err)
	}
	if unsent, err := s.Publish(t.Context(), nil); err != nil || unsent != nil {
		t.Errorf("nothing to publish: %v", err)
	}
}

func TestPublish_returnsEverythingWhenItsContextHasEnded(t *testing.T) {
	eachKafka(t, 2, func(t *testing.T, c *cluster) {
		s := New(c.client, c.topic, Options{})
		publish(t, s, numbered(1, 1))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		unsent, err := s.Publish(ctx, numbered(5, 2))
		if !errors.Is(err, context.Canceled) || len(unsent) != 5 {
			t.Errorf("%d unsent, %v", len(unsent), err)
		}
	})
}

func TestPublish_mayBeCalledByManyAtOnce(t *testing.T) {
	eachKafka(t, 3, func(t *testing.T, c *cluster) {
		s := New(c.client, c.topic, Options{MaxBatchBytes: 500})
		var wait sync.WaitGroup
		for caller := range 5 {
			wait.Go(func() {
				for i := range 20 {
					m := alerting.Message{Key: []byte("caller-" + strconv.Itoa(caller)), Value: []byte(strconv.Itoa(i))}
					if unsent, err := s.Publish(t.Context(), []alerting.Message{m}); err != nil || unsent != nil {
						t.Errorf("caller %d: %v", caller, err)
					}
				}
			})
		}
		wait.Wait()
		next := map[string]int{}
		for _, records := range c.consume(t, 100) {
			for _, r := range records {
				if i, _ := strconv.Atoi(string(r.Value)); i != next[string(r.Key)] {
					t.Fatalf("%s: %d where %d was due", r.Key, i, next[string(r.Key)])
				}
				next[string(r.Key)]++
			}
		}
	})
}

func publish(t *testing.T, s *Sink, messages []alerting.Message) {
	t.Helper()
	unsent, err := s.Publish(t.Context(), messages)
	if err != nil || unsent != nil {
		t.Fatalf("%d unsent: %v", len(unsent), err)
	}
}
