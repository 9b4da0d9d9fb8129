package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/ingest"
)

const (
	rereads     = 3                      // further readings, each over a new connection, before a batch is set aside
	rereadPause = 100 * time.Millisecond // before the first of them; doubled each time
)

// doubt decides whether a batch that cannot be read is set aside. A batch with a right checksum is what its producer sent:
// if it is too large, it is set aside at once. Any other may have been damaged by a connection, a proxy or a network card:
// it is read three more times, each over a new connection, before it is set aside.
func (l *Log) doubt(ctx context.Context, from int64, f ingest.Fetched, bad *unreadable) (ingest.Fetched, error) {
	for try := range rereads {
		if bad.proven && errors.Is(bad.err, errLarge) {
			break
		}
		if !pause(ctx, rereadPause<<try) {
			return f, ctx.Err()
		}
		var again *unreadable
		var err error
		f, again, err = l.readFresh(ctx, from)
		if err != nil {
			return f, err
		}
		if again == nil {
			if t, ok := l.transport().(*kafka.Transport); ok {
				t.CloseIdleConnections() // they damaged the batch
			}
			return f, nil
		}
		bad = again
	}
	return l.setAside(ctx, from, f, bad)
}

// readFresh reads over a new connection.
func (l *Log) readFresh(ctx context.Context, from int64) (ingest.Fetched, *unreadable, error) {
	by, done := l.fresh()
	defer done()
	return l.read(ctx, by, from)
}

// fresh returns a transport without connections, and a function that closes the connections it makes.
func (l *Log) fresh() (kafka.RoundTripper, func()) {
	t, ok := l.transport().(*kafka.Transport)
	if !ok {
		return l.transport(), func() {}
	}
	own := &kafka.Transport{
		Dial: t.Dial, DialTimeout: t.DialTimeout, IdleTimeout: t.IdleTimeout, MetadataTTL: t.MetadataTTL, MetadataTopics: []string{l.Topic},
		ClientID: t.ClientID, TLS: t.TLS, SASL: t.SASL, Resolver: t.Resolver, Context: t.Context,
	}
	return own, own.CloseIdleConnections
}

// setAside returns the batch as set aside. f says how far the log reaches.
func (l *Log) setAside(ctx context.Context, from int64, f ingest.Fetched, bad *unreadable) (ingest.Fetched, error) {
	s := &ingest.SetAside{First: from, Reason: ingest.Malformed, Detail: bad.err.Error()}
	large := errors.Is(bad.err, errLarge)
	if large {
		s.Reason, s.Detail = ingest.TooLarge, fmt.Sprintf("the record batch unpacks to more than %d MiB", mostPlain>>20)
	}
	if bad.last >= from && (bad.proven || large && bad.first <= from) {
		s.First, s.Last, s.Appended = bad.first, bad.last, bad.appended
	} else {
		end, err := l.extent(ctx, from, bad.last+1, f.HighWatermark)
		if err != nil {
			return ingest.Fetched{}, err
		}
		s.Last = end - 1
	}
	s.Last = max(from, min(s.Last, f.HighWatermark-1))
	f.Records, f.SetAside, f.Next = nil, s, s.Last+1
	return f, nil
}

// extent returns the offset after a batch whose header cannot be trusted: the offset at which the next batch begins. claimed
// is what the header says; it is used if a batch begins there. Nothing is read at or after the last stable offset.
func (l *Log) extent(ctx context.Context, from, claimed, stable int64) (int64, error) {
	if claimed == stable {
		return stable, nil // there is no next batch to compare with
	}
	by, done := l.fresh()
	defer done()
	low, high := from, int64(-1) // the last offset known to be bad; the first offset of a readable batch
	if claimed > from && claimed < stable {
		begins, sound, err := l.begins(ctx, by, claimed)
		if err != nil || begins == claimed {
			return claimed, err
		}
		if sound && begins > from {
			high = begins
		}
	}
	for step := int64(1); high < 0; step *= 2 {
		at := from + step
		if at >= stable {
			return stable, nil
		}
		begins, sound, err := l.begins(ctx, by, at)
		if err != nil {
			return 0, err
		}
		if sound && begins > from {
			high = begins
		} else {
			low = at
		}
	}
	for low+1 < high {
		at := low + (high-low)/2
		begins, sound, err := l.begins(ctx, by, at)
		if err != nil {
			return 0, err
		}
		if sound && begins > from {
			high = min(at, begins)
		} else {
			low = at
		}
	}
	return high, nil
}

// begins returns the first offset of the batch that holds the offset at, according to its header, and whether the batch can
// be read. It returns -1 if even the header cannot be read.
func (l *Log) begins(ctx context.Context, by kafka.RoundTripper, at int64) (first int64, sound bool, err error) {
	got, err := l.exchange(ctx, by, at, 1)
	var large *errAnswerLarge
	if errors.As(err, &large) {
		got, err = large.answer.read()
	}
	if errors.Is(err, errAnswer) {
		return -1, false, nil
	}
	if err != nil || len(got.records) < atRecords || got.records[atMagic] != 2 {
		return -1, false, err
	}
	_, damage := check(got.records)
	return base(got.records), damage == nil, nil
}
