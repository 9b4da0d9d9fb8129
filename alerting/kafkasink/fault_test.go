package kafkasink

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/produce"

	"cordon/alerting"
)

func TestPublish_stopsAtTheFirstRefusalOfAPartition_andReturnsWhatFollows(t *testing.T) {
	eachKafka(t, 2, func(t *testing.T, c *cluster) {
		refused := 0
		s := New(c.through(func(partition int32) fate {
			if partition == 0 {
				refused++
				return notSent
			}
			return answered
		}), c.topic, Options{MaxBatchBytes: 450}) // ten messages
		messages := numbered(100, 10)
		unsent, err := s.Publish(t.Context(), messages)
		if !errors.Is(err, errBroken) {
			t.Fatalf("publish: %v", err)
		}
		if refused != 1 {
			t.Errorf("%d requests to the partition that refused the first", refused)
		}
		if !slices.IsSortedFunc(unsent, func(a, b alerting.Message) int { return number(a) - number(b) }) {
			t.Error("what is unsent is out of order")
		}
		got := c.consume(t, len(messages)-len(unsent))
		if len(got[0]) != 0 || len(got[1]) == 0 || len(got[1])+len(unsent) != len(messages) {
			t.Errorf("%d and %d messages are there, want none and all of partition 1", len(got[0]), len(got[1]))
		}
	})
}

func number(m alerting.Message) int {
	n, _ := strconv.Atoi(string(m.Value))
	return n
}

// Whatever fails, publishing what is unsent until nothing is brings every message, and each key's first appearances in
// order.
func TestPublish_again_neverChangesTheOrder(t *testing.T) {
	eachKafka(t, 3, func(t *testing.T, c *cluster) {
		for seed := range uint64(10) {
			c.topic = name(t)
			c.create(t, 3)
			random := rand.New(rand.NewPCG(seed, 0))
			s := New(c.through(func(int32) fate { return fate(random.IntN(4)) }), c.topic, Options{MaxBatchBytes: 300})
			messages := numbered(60, 7)
			left, tries := messages, 0
			for err := error(nil); len(left) > 0; tries++ {
				if left, err = s.Publish(t.Context(), left); (err == nil) != (len(left) == 0) {
					t.Fatalf("%d unsent, %v", len(left), err)
				}
				if tries > 1000 {
					t.Fatal("it never ends")
				}
			}
			wantOrder(t, c.consume(t, c.offsets(t.Context(), 3)), len(messages), 7)
		}
	})
}

// A fate is what becomes of a produce request.
type fate int

const (
	answered   fate = iota
	notSent         // the connection broke before
	unanswered      // the connection broke after: the messages are there, and the producer does not know
	alsoAnswered
)

var errBroken = errors.New("the connection broke")

// through returns a client that loses requests or answers, as decide says.
func (c *cluster) through(decide func(partition int32) fate) *kafka.Client {
	client := *c.client
	client.Transport = &lossy{to: c.client.Transport, decide: decide}
	return &client
}

type lossy struct {
	to     kafka.RoundTripper
	mu     sync.Mutex
	decide func(partition int32) fate
}

func (l *lossy) RoundTrip(ctx context.Context, addr net.Addr, req kafka.Request) (kafka.Response, error) {
	p, ok := req.(*produce.Request)
	if !ok {
		return l.to.RoundTrip(ctx, addr, req)
	}
	l.mu.Lock()
	f := l.decide(p.Topics[0].Partitions[0].Partition)
	l.mu.Unlock()
	if f == notSent {
		return nil, errBroken
	}
	resp, err := l.to.RoundTrip(ctx, addr, req)
	if f == unanswered {
		return nil, errBroken
	}
	return resp, err
}
