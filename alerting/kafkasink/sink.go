package kafkasink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"cordon/alerting"
	"cordon/ingest/kafkarights"
)

// ErrNoTopic is returned for a topic that the cluster does not have.
var ErrNoTopic = errors.New("kafkasink: no such topic: make it with `cordon topics create`, or correct its name")

// Options tune a Sink.
type Options struct {
	MaxBatchBytes   int // of one request to a partition, about; 0 stands for 512 KiB. A larger message goes alone
	MaxMessageBytes int // of one message, about; 0 stands for 16 MiB. A larger one is refused here
}

const (
	defaultBatchBytes   = 512 << 10
	defaultMessageBytes = 16 << 20 // below a broker's socket.request.max.bytes, at which it cuts the connection
)

// Sink writes to one topic.
type Sink struct {
	client *kafka.Client
	topic  string
	most   int           // bytes of a request
	single int           // bytes of a message
	count  atomic.Int64  // partitions of the topic; 0: ask
	turn   atomic.Uint32 // of messages without a key
}

// New returns a Sink. It does not connect.
func New(client *kafka.Client, topic string, o Options) *Sink {
	if o.MaxBatchBytes <= 0 {
		o.MaxBatchBytes = defaultBatchBytes
	}
	if o.MaxMessageBytes <= 0 {
		o.MaxMessageBytes = defaultMessageBytes
	}
	return &Sink{client: client, topic: topic, most: o.MaxBatchBytes, single: o.MaxMessageBytes}
}

// Publish returns when every message is on the broker, or an error and the messages that are not known to be there, in
// order. An alerting.ErrTooLarge among the errors says that the first unsent message of some partition is refused for
// its size; its text says which of the list it is.
func (s *Sink) Publish(ctx context.Context, messages []alerting.Message) (unsent []alerting.Message, err error) {
	if len(messages) == 0 {
		return nil, nil
	}
	places, err := s.place(ctx, messages)
	if err != nil {
		return slices.Clone(messages), err
	}
	var (
		wait   sync.WaitGroup
		mu     sync.Mutex
		left   []int // indices of what is unsent
		failed failures
	)
	for partition, indices := range places {
		if len(indices) == 0 {
			continue
		}
		wait.Go(func() {
			d := delivery{sink: s, partition: partition, messages: messages}
			sent, err := d.send(ctx, indices)
			if err == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			left = append(left, indices[sent:]...)
			failed = append(failed, err)
		})
	}
	wait.Wait()
	if len(failed) == 0 {
		return nil, nil
	}
	s.count.Store(0)
	slices.Sort(left)
	for _, i := range left {
		unsent = append(unsent, messages[i])
	}
	return unsent, failed
}

// failures are the errors of several partitions, in one line.
type failures []error

func (f failures) Error() string {
	texts := make([]string, len(f))
	for i, err := range f {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (f failures) Unwrap() []error { return f }

// place sorts the messages by partition, keeping their order: for each partition the indices of its messages.
func (s *Sink) place(ctx context.Context, messages []alerting.Message) ([][]int, error) {
	count := int(s.count.Load())
	if count == 0 {
		var err error
		if count, err = s.partitions(ctx); err != nil {
			return nil, err
		}
		s.count.Store(int64(count))
	}
	all := make([]int, count)
	for i := range all {
		all[i] = i
	}
	places := make([][]int, count)
	for i := range messages {
		var p int
		if key := messages[i].Key; key == nil {
			p = int(s.turn.Add(1) % uint32(count))
		} else {
			p = kafka.Murmur2Balancer{}.Balance(kafka.Message{Key: key}, all...)
		}
		places[p] = append(places[p], i)
	}
	return places, nil
}

// partitions asks how many partitions the topic has.
func (s *Sink) partitions(ctx context.Context) (int, error) {
	resp, err := s.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{s.topic}})
	if err != nil {
		return 0, fmt.Errorf("kafkasink: partitions of %s: %w", s.topic, s.explain(ctx, err))
	}
	for _, t := range resp.Topics {
		switch {
		case t.Name != s.topic, errors.Is(t.Error, kafka.UnknownTopicOrPartition):
		case t.Error != nil:
			return 0, fmt.Errorf("kafkasink: partitions of %s: %w", s.topic, s.explain(ctx, t.Error))
		case len(t.Partitions) > 0:
			return len(t.Partitions), nil
		}
	}
	return 0, s.explain(ctx, fmt.Errorf("%w: %s", ErrNoTopic, s.topic))
}

// explain names the missing right if that is why the broker refused.
func (s *Sink) explain(ctx context.Context, err error) error {
	if errors.Is(err, ErrNoTopic) || errors.Is(err, protocol.ErrNoTopic) || errors.Is(err, kafka.UnknownTopicOrPartition) {
		err = cmp.Or(kafkarights.Hidden(ctx, s.client, kafkarights.Write, s.topic), err)
	}
	return kafkarights.Explain(err, kafkarights.Write, s.topic, "")
}
