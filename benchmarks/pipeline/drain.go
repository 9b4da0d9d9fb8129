package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"
)

const fetchBytes = 4 << 20 // of one fetch, the processor's and the rival's

// drain is the rival: it reads the values of the whole topic and does nothing with them, a goroutine and a connection
// for each partition. It returns values a second, the connections made beforehand.
func drain(ctx context.Context, addr, topic string, partitions, pings int) (float64, error) {
	readers := make([]*reader, partitions)
	defer func() {
		for _, r := range readers {
			if r != nil {
				r.close()
			}
		}
	}()
	for p := range readers {
		readers[p] = &reader{addr: addr, topic: topic, partition: p}
		if err := readers[p].open(ctx); err != nil {
			return 0, err
		}
	}
	var read atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	began := time.Now()
	for _, r := range readers {
		g.Go(func() error {
			n, err := r.drain(gctx)
			read.Add(n)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, fmt.Errorf("the rival: %w", err)
	}
	took := time.Since(began)
	if n := read.Load(); n != int64(pings) {
		return 0, fmt.Errorf("the rival read %d of %d pings", n, pings)
	}
	return float64(pings) / took.Seconds(), nil
}

// reader reads one partition from its first offset to the end that it had when it was opened.
type reader struct {
	addr, topic string
	partition   int
	conn        *kafka.Conn
	next, end   int64
}

func (r *reader) open(ctx context.Context) error {
	if err := r.dial(ctx); err != nil {
		return err
	}
	var err error
	r.next, r.end, err = r.conn.ReadOffsets()
	return err
}

func (r *reader) dial(ctx context.Context) error {
	r.close()
	var err error
	r.conn, err = kafka.DefaultDialer.DialLeader(ctx, "tcp", r.addr, r.topic, r.partition)
	return err
}

func (r *reader) close() {
	if r.conn != nil {
		_ = r.conn.Close() // nothing was written
		r.conn = nil
	}
}

// drain returns how many records it read.
func (r *reader) drain(ctx context.Context) (int64, error) {
	value, first := make([]byte, 64<<10), r.next
	for r.next < r.end {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if _, err := r.conn.Seek(r.next, kafka.SeekAbsolute|kafka.SeekDontCheck); err != nil {
			return 0, err
		}
		if err := r.conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			return 0, err
		}
		err := r.fetch(value)
		// A fetch that kafka-go takes for empty leaves its bytes unread, and the connection is of no use any more
		// (https://github.com/segmentio/kafka-go/issues/1188).
		if errors.Is(err, io.ErrNoProgress) || errors.Is(err, kafka.RequestTimedOut) {
			err = r.dial(ctx)
		}
		if err != nil {
			return 0, err
		}
	}
	return r.next - first, nil
}

// fetch reads the values of one fetch. The broker cuts it off in the middle of a batch of records, and answers the next
// with the whole batch: a few values are read twice, so that it is offsets that count.
func (r *reader) fetch(value []byte) (err error) {
	batch := r.conn.ReadBatch(1, fetchBytes)
	for err == nil {
		_, err = batch.Read(value)
	}
	r.next = max(r.next, batch.Offset())
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if closed := batch.Close(); err == nil {
		err = closed
	}
	return err
}
