package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"cordon/ingest"
	"cordon/ingest/kafkarights"
)

// outgoing is one record to be sent. Its slices are copied.
type outgoing struct {
	key, value []byte
	headers    []ingest.Header
	at         int64 // the record's timestamp, ms; 0: now
}

// sender puts records onto a topic: one goroutine and at most one request at a time for each partition, so that the
// order of a tag's pings outlives retries. What is not acknowledged is sent again, so that a ping can come twice; the
// processor counts such a one as a duplicate.
type sender struct {
	client *kafka.Client
	topic  string
	most   int // bytes of a batch
	counts *replayCounts
	open   []*batch
	queues []chan *batch
	group  *errgroup.Group
	ctx    context.Context // ends with the first error of a partition, and with the command
	turn   int             // for records without a key
}

// batchesAhead is how many full batches of a partition wait for the one that is on its way. More cannot be: add waits.
const batchesAhead = 2

// grace is how long a request that is on its way may take after the command was interrupted.
const grace = 5 * time.Second

func newSender(ctx context.Context, client *kafka.Client, topic string, partitions, most int, counts *replayCounts) *sender {
	s := &sender{client: client, topic: topic, most: most, counts: counts, open: make([]*batch, partitions), queues: make([]chan *batch, partitions)}
	s.group, s.ctx = errgroup.WithContext(ctx)
	for i := range partitions {
		s.queues[i] = make(chan *batch, batchesAhead)
		s.group.Go(func() error { return s.run(i) })
	}
	return s
}

// batch is records of one partition, their bytes one after the other in data.
type batch struct {
	data    []byte
	records []bounds
	size    int // about what it takes on the wire
}

type bounds struct {
	start, value, end int // of the key, of the value, and behind it
	keyed             bool
	headers           []ingest.Header
	at                time.Time
}

// add puts a record into its partition's batch, and waits while the partition is behind.
func (s *sender) add(o outgoing) error {
	partition := s.turn % len(s.open)
	if o.key == nil {
		s.turn++
	} else {
		partition = murmur2Partition(o.key, len(s.open))
	}
	size := recordSize(o)
	b := s.open[partition]
	if b != nil && b.size+size > s.most {
		if err := s.hand(partition); err != nil {
			return err
		}
		b = nil
	}
	if b == nil {
		b = &batch{size: batchOverhead}
		s.open[partition] = b
	}
	b.add(o, size)
	return nil
}

// Bytes of a record batch around its records, and of a record around key, value and headers (at most).
const (
	batchOverhead  = 61
	recordOverhead = 32
)

func recordSize(o outgoing) int {
	n := recordOverhead + len(o.key) + len(o.value)
	for _, h := range o.headers {
		n += 10 + len(h.Key) + len(h.Value)
	}
	return n
}

func (b *batch) add(o outgoing, size int) {
	r := bounds{start: len(b.data), keyed: o.key != nil, headers: o.headers, at: time.UnixMilli(o.at)}
	if o.at == 0 {
		r.at = time.Now()
	}
	b.data = append(b.data, o.key...)
	r.value = len(b.data)
	b.data = append(b.data, o.value...)
	r.end = len(b.data)
	b.records = append(b.records, r)
	b.size += size
}

// hand gives a partition's batch to its goroutine.
func (s *sender) hand(partition int) error {
	b := s.open[partition]
	if b == nil {
		return nil
	}
	s.open[partition] = nil
	select {
	case s.queues[partition] <- b:
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// flush hands over all batches, full or not.
func (s *sender) flush() error {
	for i := range s.open {
		if err := s.hand(i); err != nil {
			return err
		}
	}
	return nil
}

// wait lets time pass until due. Pings that are due within the next few milliseconds are sent with those before.
func (s *sender) wait(due time.Time) error {
	const together = 5 * time.Millisecond
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	left := time.Until(due)
	if left <= together {
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	return pause(s.ctx, left)
}

// close sends what is left and returns when everything has been acknowledged, or the first error.
func (s *sender) close() error {
	flushed := s.flush()
	for _, q := range s.queues {
		close(q)
	}
	if err := s.group.Wait(); err != nil {
		return err
	}
	return flushed
}

// run sends the batches of one partition. After an interruption it drops those that are not on their way yet.
func (s *sender) run(partition int) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.ctx))
	defer cancel()
	stop := context.AfterFunc(s.ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	for b := range s.queues[partition] {
		if s.ctx.Err() != nil {
			continue
		}
		if err := s.send(ctx, partition, b.data, b.records); err != nil {
			return err
		}
	}
	return nil
}

// send produces records until they are acknowledged. Those too large for the topic together go in halves.
func (s *sender) send(ctx context.Context, partition int, data []byte, records []bounds) error {
	const least, most, tries = 50 * time.Millisecond, 2 * time.Second, 20
	wait := least
	for try := 1; ; try++ {
		err := s.produce(ctx, partition, data, records)
		switch {
		case err == nil:
			s.counts.sent.Add(int64(len(records)))
			return nil
		case errors.Is(err, kafka.MessageSizeTooLarge) || errors.Is(err, kafka.RecordListTooLarge):
			if len(records) == 1 {
				s.counts.long.Add(1)
				return nil
			}
			half := len(records) / 2
			if err := s.send(ctx, partition, data, records[:half]); err != nil {
				return err
			}
			return s.send(ctx, partition, data, records[half:])
		case try == tries || s.ctx.Err() != nil || permanent(err):
			return fmt.Errorf("%s partition %d: %w", s.topic, partition, kafkarights.Explain(err, kafkarights.Write, s.topic, ""))
		}
		if err := pause(s.ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, most)
	}
}

// permanent reports an answer of the broker that will be the same again.
func permanent(err error) bool {
	var answer kafka.Error
	return errors.As(err, &answer) && !answer.Temporary()
}

func (s *sender) produce(ctx context.Context, partition int, data []byte, records []bounds) error {
	sending := make([]kafka.Record, len(records))
	for i, r := range records {
		rec := kafka.Record{Time: r.at, Value: kafka.NewBytes(data[r.value:r.end])}
		if r.keyed {
			rec.Key = kafka.NewBytes(data[r.start:r.value])
		}
		for _, h := range r.headers {
			rec.Headers = append(rec.Headers, kafka.Header{Key: h.Key, Value: h.Value})
		}
		sending[i] = rec
	}
	answer, err := s.client.Produce(ctx, &kafka.ProduceRequest{
		Topic: s.topic, Partition: partition, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(sending...),
	})
	if err != nil {
		return err
	}
	return answer.Error
}
