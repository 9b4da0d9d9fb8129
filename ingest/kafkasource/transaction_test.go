package kafkasource

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// transactions is a producer whose records are seen only when it commits.
type transactions struct {
	t      *testing.T
	topic  string
	client *kgo.Client
}

func (c *cluster) transactions(t *testing.T, id string) *transactions {
	t.Helper()
	return &transactions{t, c.topic, c.producer(t, kgo.TransactionalID(c.topic+id))}
}

func (x *transactions) begin() {
	x.t.Helper()
	if err := x.client.BeginTransaction(); err != nil {
		x.t.Fatal(err)
	}
}

func (x *transactions) send(text string) {
	x.t.Helper()
	if err := x.client.ProduceSync(x.t.Context(), &kgo.Record{Topic: x.topic, Value: []byte(text)}).FirstErr(); err != nil {
		x.t.Fatal(err)
	}
}

func (x *transactions) end(how kgo.TransactionEndTry) {
	x.t.Helper()
	if err := x.client.EndTransaction(x.t.Context(), how); err != nil {
		x.t.Fatal(err)
	}
}

// sizes returns sizes of fetches: the small ones for a real Kafka only, for the double names no aborted transactions in a
// response that is cut short.
func (c *cluster) sizes(small ...int64) []int64 {
	if c.addr != os.Getenv("CORDON_TEST_KAFKA") {
		small = nil
	}
	return append(small, 1<<20)
}

// readAll returns the values from an offset on, up to where the log can be read.
func readAll(t *testing.T, log *Log, from int64) (got []string) {
	t.Helper()
	for next := from; ; {
		f := fetch(t, log, next)
		for _, r := range f.Records {
			got = append(got, string(r.Value))
		}
		if f.Next >= f.HighWatermark {
			return got
		}
		if f.Next == next {
			t.Fatalf("at %d of %d for ever", next, f.HighWatermark)
		}
		next = f.Next
	}
}

func TestFetch_leavesOutWhatWasAborted(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		one, two := c.transactions(t, "one"), c.transactions(t, "two")
		defer one.client.Close()
		defer two.client.Close()
		one.begin()
		one.send("committed")
		one.end(kgo.TryCommit)
		one.begin()
		one.send("aborted")
		two.begin()
		two.send("interleaved, committed")
		c.produce(t, 0, values("without a transaction"))
		one.send("aborted too")
		two.send("committed as well")
		one.end(kgo.TryAbort)
		two.end(kgo.TryCommit)
		one.begin()
		one.send("committed after")
		one.end(kgo.TryCommit)
		want := []string{"committed", "interleaved, committed", "without a transaction", "committed as well", "committed after"}
		log := c.log(0)
		eventually(t, "all is stable", func() bool { _, end, err := log.Bounds(t.Context()); return err == nil && end == 11 })
		for _, most := range c.sizes(1, 200) { // also with the marker of an abort in another fetch than its records
			log.MaxBytes = most
			for from, left := range map[int64]int{0: 5, 2: 4, 3: 4, 6: 2, 8: 1} {
				if got := readAll(t, log, from); !slices.Equal(got, want[5-left:]) {
					t.Errorf("at most %d bytes, from %d: %q", most, from, got)
				}
			}
		}
	})
}

func TestFetch_neverReadsPastAnOpenTransaction(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		c.produce(t, 0, values("before"))
		open := c.transactions(t, "open")
		defer open.client.Close()
		open.begin()
		open.send("in doubt")
		c.produce(t, 0, values("behind"))
		log := c.log(0)
		if got := readAll(t, log, 0); !slices.Equal(got, []string{"before"}) {
			t.Errorf("read %q", got)
		}
		f := fetch(t, log, 1)
		if len(f.Records) != 0 || f.Next != 1 || f.HighWatermark != 1 || f.End != 3 {
			t.Errorf("at the open transaction: %+v", f)
		}
		if _, end, err := log.Bounds(t.Context()); end != 1 || err != nil {
			t.Errorf("the log ends at %d, %v", end, err)
		}
		open.end(kgo.TryAbort)
		eventually(t, "it is over", func() bool { _, end, err := log.Bounds(t.Context()); return err == nil && end == 4 })
		if got := readAll(t, log, 0); !slices.Equal(got, []string{"before", "behind"}) {
			t.Errorf("afterwards %q", got)
		}
	})
}

// Whatever transactions do, the same records are read as by another client library.
func TestFetch_readsOfTransactionsWhatAnotherClientReads(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		random := rand.New(rand.NewPCG(3, 4))
		producers := []*transactions{c.transactions(t, "a"), c.transactions(t, "b"), c.transactions(t, "c")}
		open := make([]bool, len(producers))
		for n := range 150 {
			i := random.IntN(len(producers))
			switch x := producers[i]; {
			case !open[i]:
				x.begin()
				open[i] = true
				x.send(string(rune('a'+i)) + string(rune('0'+n%10)))
			case random.IntN(3) == 0:
				x.end(kgo.TransactionEndTry(random.IntN(2) == 0))
				open[i] = false
			default:
				x.send(string(rune('a'+i)) + string(rune('0'+n%10)))
			}
		}
		for i, x := range producers {
			if open[i] {
				x.end(kgo.TryAbort)
			}
			x.client.Close()
		}
		log := c.log(0)
		var end int64
		eventually(t, "all is stable", func() bool {
			f, err := log.Fetch(t.Context(), 0)
			end = f.End
			return err == nil && f.HighWatermark == f.End
		})
		other, err := kgo.NewClient(kgo.SeedBrokers(c.addr), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.topic: {0: kgo.NewOffset().At(0)}}), kgo.KeepControlRecords())
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		var want []string
		for next := int64(0); next < end; {
			fetches := other.PollFetches(t.Context())
			if err := fetches.Err(); err != nil {
				t.Fatal(err)
			}
			fetches.EachRecord(func(r *kgo.Record) {
				if next = r.Offset + 1; !r.Attrs.IsControl() {
					want = append(want, string(r.Value))
				}
			})
		}
		for _, most := range c.sizes(1, 300) {
			log.MaxBytes = most
			if got := readAll(t, log, 0); len(got) == 0 || !slices.Equal(got, want) {
				t.Errorf("at most %d bytes: %d records, want %d", most, len(got), len(want))
			}
		}
	})
}

func TestAborted_leavesOutFromTheFirstOffsetToTheMarker(t *testing.T) {
	by := func(producer int64, w written) []byte {
		b := w.encode(t)
		for i := range 8 {
			b[atProducer+i] = byte(producer >> (56 - 8*i))
		}
		b[atAttribute+1] |= transactional
		return seal(b)
	}
	marker := func(producer, offset int64, kind byte) []byte {
		r := []byte{0, 0, 0, 8, 0, 0, 0, kind, 1, 0} // the key of 4 bytes: version, type
		b := batchOf(controls|transactional, offset, 1, append([]byte{byte(2 * len(r))}, r...))
		for i := range 8 {
			b[atProducer+i] = byte(producer >> (56 - 8*i))
		}
		return seal(b)
	}
	const abort, commit = 0, 1
	set := slices.Concat(by(1, at(10)), by(2, at(11)), by(1, at(12)), marker(2, 13, commit), by(2, at(14)), marker(1, 15, abort),
		by(1, at(16)), by(2, at(17)), marker(2, 18, abort), marker(1, 19, commit), set(t, at(20)))
	var b batch
	next, bad := b.take(set, 0, 10, noEnd, aborted{coming: []abortedRange{{producer: 1, first: 10}, {producer: 2, first: 14}}})
	var got []int64
	for _, r := range b.records {
		got = append(got, r.Offset)
	}
	if bad != nil || next != 21 || !slices.Equal(got, []int64{11, 16, 20}) {
		t.Errorf("read %v, next %d, %v", got, next, bad)
	}
}
