package kafkasource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	fetchapi "github.com/segmentio/kafka-go/protocol/fetch"

	"cordon/ingest"
	"cordon/ingest/kafkarights"
)

// ErrOutOfRange is returned for an offset that the log does not reach. It is an ingest.ErrLogMoved.
var ErrOutOfRange = fmt.Errorf("kafkasource: offset out of range: %w", ingest.ErrLogMoved)

// ErrNoTopic is returned for a topic that the cluster does not have.
var ErrNoTopic = errors.New("kafkasource: no such topic: make it with `cordon topics create`, or correct its name")

const (
	defaultMaxBytes = 4 << 20
	defaultMaxWait  = 500 * time.Millisecond
)

// Log is one partition of a topic, to be read from any offset. It reads committed records only: records of open and of
// aborted transactions are never returned, and the end of the log is the last stable offset. It is for one goroutine.
type Log struct {
	Client    *kafka.Client
	Topic     string
	Partition int
	MaxBytes  int64         // of one fetch; 0 stands for 4 MiB. A larger batch still comes whole
	MaxWait   time.Duration // for the first record; 0 stands for 500 ms

	batch  batch
	buffer []byte // of the last response
}

// Fetch returns the records from an offset on. They are valid until the next Fetch of the same Log. At the end of the log it
// waits, and returns no records if none arrive.
//
// A batch that cannot be read does not make Fetch fail for ever: if it is the first, it is returned as
// ingest.Fetched.SetAside.
func (l *Log) Fetch(ctx context.Context, from int64) (ingest.Fetched, error) {
	if from < 0 {
		return ingest.Fetched{}, l.failed(ctx, "fetch", fmt.Errorf("offset %d: %w", from, ErrOutOfRange))
	}
	f, bad, err := l.read(ctx, l.transport(), from)
	if bad != nil {
		f, err = l.doubt(ctx, from, f, bad)
	}
	if errors.Is(err, kafka.OffsetOutOfRange) {
		err = fmt.Errorf("offset %d: %w", from, ErrOutOfRange)
	}
	if err != nil {
		return ingest.Fetched{}, l.failed(ctx, "fetch", err)
	}
	return f, nil
}

// read makes one fetch and takes its records. If the first batch cannot be read it returns that batch and no records.
func (l *Log) read(ctx context.Context, by kafka.RoundTripper, from int64) (ingest.Fetched, *unreadable, error) {
	got, err := l.exchange(ctx, by, from, min(or(l.MaxBytes, defaultMaxBytes), mostPlain))
	var large *errAnswerLarge
	if errors.As(err, &large) {
		if got, err = large.answer.read(); err == nil {
			bad := describe(got.records, errLarge, false)
			if bad.first < 0 || sizeOf(got.records) <= mostPlain {
				return ingest.Fetched{}, nil, large
			}
			return ingest.Fetched{HighWatermark: got.stable, LogStart: got.logStart, End: got.highWatermark}, bad, nil
		}
	}
	if err != nil {
		return ingest.Fetched{}, nil, err
	}
	next, bad := l.batch.take(got.records, l.Partition, from, got.stable, got.aborted)
	return ingest.Fetched{Records: l.batch.records, Next: next, HighWatermark: got.stable, LogStart: got.logStart, End: got.highWatermark}, bad, nil
}

// exchange asks the partition's leader for records from an offset on.
func (l *Log) exchange(ctx context.Context, by kafka.RoundTripper, from, most int64) (fetched, error) {
	if l.Client.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.Client.Timeout)
		defer cancel()
	}
	x := &exchange{buffer: l.buffer, Request: &fetchapi.Request{
		ReplicaID: -1, MaxWaitTime: int32(or(l.MaxWait, defaultMaxWait).Milliseconds()), MinBytes: 1, MaxBytes: int32(most),
		IsolationLevel: readCommitted, SessionID: -1, SessionEpoch: -1,
		Topics: []fetchapi.RequestTopic{{Topic: l.Topic, Partitions: []fetchapi.RequestPartition{{
			Partition: int32(l.Partition), CurrentLeaderEpoch: -1, FetchOffset: from, LogStartOffset: -1, PartitionMaxBytes: int32(most),
		}}}},
	}}
	l.buffer = nil // when ctx ends first, the connection may still be reading into it
	m, err := by.RoundTrip(ctx, l.Client.Addr, x)
	if err != nil {
		return fetched{}, err
	}
	a, ok := m.(*answer)
	if !ok {
		return fetched{}, fmt.Errorf("%T in answer to a fetch", m)
	}
	if cap(a.bytes) <= answerStep { // larger ones are not kept: most fetches do not need them
		l.buffer = a.bytes[:cap(a.bytes)]
	}
	return a.read()
}

func (l *Log) transport() kafka.RoundTripper {
	if l.Client.Transport != nil {
		return l.Client.Transport
	}
	return kafka.DefaultTransport
}

// Bounds returns the offset of the oldest record and the last stable offset, up to which the log can be read.
func (l *Log) Bounds(ctx context.Context) (start, end int64, err error) {
	at, err := l.offsets(ctx, kafka.FirstOffsetOf(l.Partition), kafka.LastOffsetOf(l.Partition))
	return at.FirstOffset, at.LastOffset, err
}

// OffsetAt returns the offset of the first record whose timestamp is ms or later, the log's end when there is none.
func (l *Log) OffsetAt(ctx context.Context, ms int64) (int64, error) {
	at, err := l.offsets(ctx, kafka.OffsetRequest{Partition: l.Partition, Timestamp: max(0, ms)})
	if err != nil {
		return 0, err
	}
	for offset := range at.Offsets {
		if offset >= 0 {
			return offset, nil
		}
	}
	_, end, err := l.Bounds(ctx)
	return end, err
}

func (l *Log) offsets(ctx context.Context, requests ...kafka.OffsetRequest) (kafka.PartitionOffsets, error) {
	resp, err := l.Client.ListOffsets(ctx, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{l.Topic: requests}, IsolationLevel: kafka.ReadCommitted,
	})
	if err != nil {
		return kafka.PartitionOffsets{}, l.failed(ctx, "list offsets", err)
	}
	for _, at := range resp.Topics[l.Topic] {
		if at.Partition == l.Partition {
			if at.Error != nil {
				return at, l.failed(ctx, "list offsets", at.Error)
			}
			return at, nil
		}
	}
	return kafka.PartitionOffsets{}, l.failed(ctx, "list offsets", protocol.ErrNoPartition)
}

// failed adds the operation and the partition to an error. It reports a topic that the user may not see as a missing right.
func (l *Log) failed(ctx context.Context, doing string, err error) error {
	if errors.Is(err, kafka.UnknownTopicOrPartition) || errors.Is(err, protocol.ErrNoTopic) {
		err = cmp.Or(kafkarights.Hidden(ctx, l.Client, kafkarights.Read, l.Topic), fmt.Errorf("%w (%w)", ErrNoTopic, err))
	}
	err = kafkarights.Explain(err, kafkarights.Read, l.Topic, "")
	return fmt.Errorf("kafkasource: %s: %s/%d: %w", doing, l.Topic, l.Partition, err)
}

func or[T int64 | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}
