//go:build system

package system

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/scenario"
	"cordon/ingest"
)

// TestReadCommitted_leavesOutWhatMustNotCount tests the harness: brokers accept what it writes beside the feed, and it
// leaves out the records that must not count when it reads for the oracle.
func TestReadCommitted_leavesOutWhatMustNotCount(t *testing.T) {
	s := newSite(t, 1)
	ctx, now := s.ctx(), time.Now()
	writer := harness.NewTransactor(s.broker, s.Pings())
	defer writer.Close()
	transaction := func(how kgo.TransactionEndTry, values ...string) {
		var records []scenario.Record
		for _, v := range values {
			records = append(records, scenario.Record{Key: []byte("tag-1"), Value: []byte(v), Appended: now.UnixMilli()})
		}
		s.must(writer.Put(ctx, records))
		s.must(writer.End(ctx, how))
	}
	bomb, err := harness.NewBomb([]byte("tag-1"), []byte("{}"))
	s.must(err)
	var dropped []int64
	drop := func() {
		first, err := bomb.Drop(ctx, s.broker, s.Pings(), 0)
		s.must(err)
		dropped = append(dropped, first)
	}
	s.append(0, now, "tag-1", "first")
	transaction(kgo.TryAbort, "no", "nor this")
	transaction(kgo.TryCommit, "second", "third")
	drop()
	s.append(0, now, "tag-1", "fourth")
	transaction(kgo.TryAbort, "not at the end either")
	drop()

	var read []string
	var aside []int64
	s.must(s.broker.ReadCommitted(ctx, s.Pings(), 0, func(rec *ingest.Record) error {
		read = append(read, string(rec.Value))
		return nil
	}, func(first int64) error {
		aside = append(aside, first)
		return nil
	}))
	if got, want := strings.Join(read, " "), "first second third fourth"; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	if !slices.Equal(aside, dropped) {
		t.Errorf("batches set aside at %d, want %d", aside, dropped)
	}
}
