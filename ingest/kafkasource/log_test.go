package kafkasource

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"cordon/ingest"
)

// varied makes records of all sorts: without key, value or headers, empty ones, and ones that take several of the
// pages that kafka-go reads into.
func varied(n int) []*kgo.Record {
	random, records := rand.New(rand.NewPCG(1, 2)), make([]*kgo.Record, n)
	some := func(most int) []byte {
		switch random.IntN(10) {
		case 0:
			return nil
		case 1:
			return []byte{}
		case 2:
			most *= 100
		}
		return bytes.Repeat([]byte{byte(random.Uint32())}, random.IntN(most)+1)
	}
	for i := range records {
		records[i] = &kgo.Record{Key: some(20), Value: some(2000), Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i)*10)}
		for range random.IntN(3) {
			records[i].Headers = append(records[i].Headers, kgo.RecordHeader{Key: string(some(10)), Value: some(10)})
		}
	}
	return records
}

func TestFetch_returnsEveryRecordInOrder(t *testing.T) {
	eachKafka(t, 2, func(t *testing.T, c *cluster) {
		want := varied(1000)
		for i := 0; i < len(want); i += 250 {
			c.produce(t, 1, want[i:i+250])
		}
		for _, from := range []int64{0, 1, 249, 250, 617, 999} {
			log := c.log(1)
			log.MaxBytes = 100_000
			next := from
			for next < int64(len(want)) {
				f := fetch(t, log, next)
				if f.HighWatermark != int64(len(want)) || f.LogStart != 0 {
					t.Fatalf("high watermark %d, log start %d", f.HighWatermark, f.LogStart)
				}
				for i := range f.Records {
					wantRecord(t, &f.Records[i], 1, next+int64(i), want[next+int64(i)])
				}
				if f.Next != next+int64(len(f.Records)) {
					t.Fatalf("next %d after %d records from %d", f.Next, len(f.Records), next)
				}
				next = f.Next
			}
		}
	})
}

func fetch(t *testing.T, log *Log, from int64) ingest.Fetched {
	t.Helper()
	f, err := log.Fetch(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wantRecord(t *testing.T, got *ingest.Record, partition int, offset int64, want *kgo.Record) {
	t.Helper()
	same := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
	if got.Partition != partition || got.Offset != offset || got.Appended != want.Timestamp.UnixMilli() {
		t.Fatalf("record %d/%d at %d, want %d/%d at %d", got.Partition, got.Offset, got.Appended, partition, offset, want.Timestamp.UnixMilli())
	}
	if !same(got.Key, want.Key) || !same(got.Value, want.Value) {
		t.Fatalf("record %d: key %q, value of %d bytes; want %q, %d", offset, got.Key, len(got.Value), want.Key, len(want.Value))
	}
	if len(got.Headers) != len(want.Headers) {
		t.Fatalf("record %d: %d headers, want %d", offset, len(got.Headers), len(want.Headers))
	}
	for i, h := range got.Headers {
		if h.Key != want.Headers[i].Key || !bytes.Equal(h.Value, want.Headers[i].Value) {
			t.Fatalf("record %d: header %d is %q", offset, i, h)
		}
	}
}

func TestFetch_recordsStayAsTheyAreUntilTheNextFetchOfTheLog(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		want := varied(500)
		c.produce(t, 0, want)
		held, other := c.log(0), c.log(0)
		f := fetch(t, held, 0)
		for range 20 {
			fetch(t, other, 0)
			c.produce(t, 0, varied(50))
		}
		for i := range f.Records {
			wantRecord(t, &f.Records[i], 0, int64(i), want[i])
		}
	})
}

func TestFetch_readsEveryCompression(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		from := int64(0)
		for _, codec := range []kgo.CompressionCodec{kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
			want := varied(100)
			c.produce(t, 0, want, kgo.ProducerBatchCompression(codec))
			f := fetch(t, c.log(0), from)
			if len(f.Records) != len(want) {
				t.Fatalf("%d records, want %d", len(f.Records), len(want))
			}
			for i := range f.Records {
				wantRecord(t, &f.Records[i], 0, from+int64(i), want[i])
			}
			from = f.Next
		}
	})
}

func TestFetch_atTheEndIsEmptyAndNoError(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		if f := fetch(t, c.log(0), 0); len(f.Records) != 0 || f.Next != 0 || f.HighWatermark != 0 {
			t.Errorf("an empty log: %+v", f)
		}
		c.produce(t, 0, varied(3))
		if f := fetch(t, c.log(0), 3); len(f.Records) != 0 || f.Next != 3 || f.HighWatermark != 3 {
			t.Errorf("at the end: %+v", f)
		}
	})
}

func TestFetch_wakesForARecordThatComes(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		log := c.log(0)
		log.MaxWait = patience / 4
		got := make(chan int)
		go func() {
			f, err := log.Fetch(t.Context(), 0)
			if err != nil {
				t.Error(err)
			}
			got <- len(f.Records)
		}()
		c.produce(t, 0, varied(1))
		if n := <-got; n != 1 {
			t.Errorf("%d records", n)
		}
	})
}

func TestFetch_outsideTheLogSaysSo(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		c.produce(t, 0, varied(10))
		client := c.producer(t)
		defer client.Close()
		deleteBefore(t, client, c.topic, 4)
		log := c.log(0)
		for _, from := range []int64{-2, -1, 0, 3, 11} {
			_, err := log.Fetch(t.Context(), from)
			if !errors.Is(err, ErrOutOfRange) || !errors.Is(err, ingest.ErrLogMoved) || !strings.Contains(err.Error(), strconv.FormatInt(from, 10)) {
				t.Errorf("from %d: %v", from, err)
			}
		}
		if f := fetch(t, log, 4); len(f.Records) != 6 || f.LogStart != 4 {
			t.Errorf("from the start: %d records, log start %d", len(f.Records), f.LogStart)
		}
		if start, end, err := log.Bounds(t.Context()); start != 4 || end != 10 || err != nil {
			t.Errorf("bounds %d, %d, %v", start, end, err)
		}
	})
}

func TestFetch_passesOverControlBatches(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		client := c.producer(t, kgo.TransactionalID(c.topic))
		defer client.Close()
		for range 2 { // offsets 0 and 2; the ends of the transactions take 1 and 3
			if err := client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: c.topic, Value: []byte("v")}).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := client.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
				t.Fatal(err)
			}
		}
		log := c.log(0)
		eventually(t, "the end of the last transaction is there", func() bool {
			_, end, err := log.Bounds(t.Context())
			return err == nil && end == 4
		})
		for from, want := range map[int64]int{0: 2, 1: 1, 2: 1, 3: 0} {
			if f := fetch(t, log, from); len(f.Records) != want || f.Next != 4 {
				t.Errorf("from %d: %d records, next %d; want %d and 4", from, len(f.Records), f.Next, want)
			}
		}
	})
}

func TestFetch_endsWithItsContext(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.log(0).Fetch(ctx, 0); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestOffsetAt_isTheFirstRecordFromTheInstantOn(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		log := c.log(0)
		for _, ms := range []int64{0, 5000} {
			if at, err := log.OffsetAt(t.Context(), ms); at != 0 || err != nil {
				t.Errorf("an empty log at %d: %d, %v", ms, at, err)
			}
		}
		base := time.Now().Add(-time.Hour).UnixMilli()
		var records []*kgo.Record
		for i := range 10 {
			records = append(records, &kgo.Record{Value: []byte("v"), Timestamp: time.UnixMilli(base + int64(i)*1000)})
		}
		c.produce(t, 0, records[:5])
		c.produce(t, 0, records[5:])
		for ms, want := range map[int64]int64{-5: 0, 0: 0, base: 0, base + 1: 1, base + 4000: 4, base + 4001: 5, base + 9000: 9, base + 9001: 10} {
			if at, err := log.OffsetAt(t.Context(), ms); at != want || err != nil {
				t.Errorf("at base%+d: %d, %v; want %d", ms-base, at, err, want)
			}
		}
	})
}

func TestLog_ofNoTopicSaysWhatToDo(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		log := &Log{Client: c.client, Topic: c.topic + "-absent", MaxWait: time.Millisecond}
		_, fetchErr := log.Fetch(t.Context(), 0)
		_, countErr := Partitions(t.Context(), c.client, log.Topic)
		for doing, err := range map[string]error{"fetch": fetchErr, "count": countErr} {
			if !errors.Is(err, ErrNoTopic) || !strings.Contains(err.Error(), "cordon topics create") || !strings.Contains(err.Error(), log.Topic) {
				t.Errorf("%s: %v", doing, err)
			}
		}
		if _, _, err := log.Bounds(t.Context()); err == nil {
			t.Error("bounds of nothing")
		}
		if n, err := Partitions(t.Context(), c.client, c.topic); n != 1 || err != nil {
			t.Errorf("%d partitions, %v", n, err)
		}
	})
}

func deleteBefore(t *testing.T, client *kgo.Client, topic string, offset int64) {
	t.Helper()
	partition := kmsg.NewDeleteRecordsRequestTopicPartition()
	partition.Offset = offset
	of := kmsg.NewDeleteRecordsRequestTopic()
	of.Topic, of.Partitions = topic, append(of.Partitions, partition)
	req := kmsg.NewPtrDeleteRecordsRequest()
	req.Topics = append(req.Topics, of)
	resp, err := req.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if err := kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode); err != nil {
		t.Fatal(err)
	}
}
