package kafkasource

import (
	"errors"
	"io"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"cordon/ingest"
)

// batch holds the records of one fetch. Keys and values are not copied: they point into the pages that kafka-go read
// the response into, and those go back to its pool when the batch is released.
type batch struct {
	records []ingest.Record
	headers []ingest.Header
	held    []kafka.Bytes
	window  window
}

// release gives the memory of the last fetch back.
func (b *batch) release() {
	for i, h := range b.held {
		_ = h.Close() // a reference to memory: it cannot fail
		b.held[i] = nil
	}
	b.held, b.records, b.headers = b.held[:0], b.records[:0], b.headers[:0]
}

// take reads the records at and after an offset, and returns the offset to go on from. Control batches hold no records
// of ours, but they take up offsets.
func (b *batch) take(r kafka.RecordReader, partition int, from int64) (next int64, err error) {
	stream, ok := r.(*protocol.RecordStream)
	if !ok {
		return b.read(r, partition, from, from, false)
	}
	next = from
	for _, part := range stream.Records {
		_, control := part.(*protocol.ControlBatch)
		if next, err = b.read(part, partition, from, next, control); err != nil {
			return from, err
		}
	}
	if next == from && len(stream.Records) > 0 {
		// Compaction leaves batches without records, whose length kafka-go does not tell. One step, so that they end.
		next++
	}
	return next, nil
}

func (b *batch) read(r kafka.RecordReader, partition int, from, next int64, control bool) (int64, error) {
	for {
		rec, err := r.ReadRecord()
		if errors.Is(err, io.EOF) {
			return next, nil
		}
		if err != nil {
			return next, err
		}
		b.hold(rec.Key)
		b.hold(rec.Value)
		next = max(next, rec.Offset+1)
		if control || rec.Offset < from {
			continue
		}
		b.records = append(b.records, ingest.Record{
			Partition: partition, Offset: rec.Offset, Appended: rec.Time.UnixMilli(),
			Key: b.window.bytes(rec.Key), Value: b.window.bytes(rec.Value), Headers: b.copy(rec.Headers),
		})
	}
}

func (b *batch) hold(v kafka.Bytes) {
	if v != nil {
		b.held = append(b.held, v)
	}
}

// copy keeps the headers of all records in one array. When it grows, those given out before keep the old one.
func (b *batch) copy(from []kafka.Header) []ingest.Header {
	if len(from) == 0 {
		return nil
	}
	start := len(b.headers)
	for _, h := range from {
		b.headers = append(b.headers, ingest.Header{Key: h.Key, Value: h.Value})
	}
	return b.headers[start:len(b.headers):len(b.headers)]
}

// window catches what kafka-go writes out of its pages.
type window struct{ seen []byte }

// bytes returns the memory behind v, nil when v is null; a copy when it lies across two pages.
func (w *window) bytes(v kafka.Bytes) []byte {
	if v == nil {
		return nil
	}
	w.seen = []byte{}
	if to, ok := v.(io.WriterTo); ok {
		_, _ = to.WriteTo(w) // our Write does not fail
		return w.seen
	}
	b, _ := kafka.ReadAll(v) // in memory
	return b
}

func (w *window) Write(p []byte) (int, error) {
	switch {
	case len(p) == 0:
	case len(w.seen) == 0:
		w.seen = p[:len(p):len(p)]
	default:
		w.seen = append(w.seen, p...) // it has no room behind it, so that this copies out of the page
	}
	return len(p), nil
}
