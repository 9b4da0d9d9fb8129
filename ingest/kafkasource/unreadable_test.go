package kafkasource

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"cordon/ingest"
)

// mark is in the values of records that a mangled connection damages.
var mark = bytes.Repeat([]byte("damaged-on-the-way "), 4)

// mangled is a connection that changes a byte of every mark that comes over it.
type mangled struct{ net.Conn }

func (m mangled) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	for rest := b[:n]; ; {
		i := bytes.Index(rest, mark[:19])
		if i < 0 {
			return n, err
		}
		rest[i] ^= 1
		rest = rest[i+1:]
	}
}

// through makes the cluster's client use connections made by dial, and returns how many were made.
func (c *cluster) through(t *testing.T, wrap func(n int64, conn net.Conn) net.Conn) *atomic.Int64 {
	t.Helper()
	var dialled atomic.Int64
	transport := &kafka.Transport{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return wrap(dialled.Add(1), conn), nil
	}}
	t.Cleanup(transport.CloseIdleConnections)
	c.client = &kafka.Client{Addr: kafka.TCP(c.addr), Transport: transport, Timeout: patience}
	return &dialled
}

func values(texts ...string) []*kgo.Record {
	var records []*kgo.Record
	for _, text := range texts {
		records = append(records, &kgo.Record{Value: []byte(text)})
	}
	return records
}

func TestFetch_setsABatchAsideThatIsDamagedOverFreshConnectionsToo(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		c.produce(t, 0, values("a", "b"))
		c.produce(t, 0, values("c", string(mark), "e"))
		c.produce(t, 0, values("f"))
		dialled := c.through(t, func(_ int64, conn net.Conn) net.Conn { return mangled{conn} })
		log := c.log(0)
		if f := fetch(t, log, 0); len(f.Records) != 2 || f.Next != 2 || f.SetAside != nil {
			t.Fatalf("before it: %+v", f)
		}
		before := dialled.Load()
		f := fetch(t, log, 2)
		if f.SetAside == nil || len(f.Records) != 0 || f.Next != 5 || f.HighWatermark != 6 {
			t.Fatalf("got %+v", f)
		}
		if s := f.SetAside; s.First != 2 || s.Last != 4 || s.Count() != 3 || s.Reason != ingest.Malformed || s.Detail == "" {
			t.Errorf("set aside %+v", s)
		}
		if n := dialled.Load() - before; n < rereads {
			t.Errorf("%d connections were made to read it again", n)
		}
		if f := fetch(t, log, 5); len(f.Records) != 1 || string(f.Records[0].Value) != "f" {
			t.Errorf("after it: %+v", f)
		}
	})
}

func TestFetch_readsABatchAgainThatWasDamagedOnTheWay(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		c.produce(t, 0, values("a", string(mark)))
		dialled := c.through(t, func(n int64, conn net.Conn) net.Conn {
			if n <= 4 {
				return mangled{conn}
			}
			return conn
		})
		f := fetch(t, c.log(0), 0)
		if f.SetAside != nil || len(f.Records) != 2 || string(f.Records[1].Value) != string(mark) {
			t.Fatalf("after %d connections: %+v", dialled.Load(), f)
		}
	})
}

// wounded answers fetches as if the broker's disk had damaged the batch that holds an offset.
type wounded struct {
	kafka.RoundTripper
	wound func(set []byte)
	holds int64
}

func (w *wounded) RoundTrip(ctx context.Context, addr net.Addr, req kafka.Request) (kafka.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(ctx, addr, req)
	a, ok := resp.(*answer)
	if !ok || err != nil {
		return resp, err
	}
	got, err := a.read()
	for set := got.records; err == nil && len(set) >= atRecords; set = set[min(sizeOf(set), int64(len(set))):] {
		if base(set) <= w.holds && w.holds < endOf(set) {
			w.wound(set)
			break
		}
	}
	return resp, err
}

func TestFetch_findsTheEndOfABatchWhoseHeaderIsDamaged(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		for range 20 {
			c.produce(t, 0, values("a", "b", "c", "d", "e"))
		}
		for name, wound := range map[string]func([]byte){
			"its length":               func(b []byte) { b[atLength+3] ^= 0x40 },
			"its length, beyond all":   func(b []byte) { b[atLength] = 0x7f },
			"its magic":                func(b []byte) { b[atMagic] = 1 },
			"its last offset, less":    func(b []byte) { b[atLastDelta+3] = 1 },
			"its last offset, more":    func(b []byte) { b[atLastDelta+3] = 13 },
			"its last offset, far off": func(b []byte) { b[atLastDelta+1] = 1 },
			"its first offset":         func(b []byte) { b[7] = 200; b[atCRC]++ },
			"what it holds":            func(b []byte) { b[len(b)-1] ^= 1; b[atRecords+3] ^= 1 },
		} {
			log := c.log(0)
			client := *c.client
			client.Transport = &wounded{RoundTripper: c.client.Transport, wound: wound, holds: 30}
			log.Client = &client
			var read, aside []int64
			for next := int64(0); next < 100; {
				f := fetch(t, log, next)
				if f.Next <= next {
					t.Fatalf("%s: at %d for ever", name, next)
				}
				for _, r := range f.Records {
					read = append(read, r.Offset)
				}
				if s := f.SetAside; s != nil {
					for o := s.First; o <= s.Last; o++ {
						aside = append(aside, o)
					}
				}
				next = f.Next
			}
			if len(read) != 95 || len(aside) != 5 || aside[0] != 30 {
				t.Errorf("%s: %d records read, set aside %v; want all but 30 to 34", name, len(read), aside)
			}
		}
	})
}

func TestFetch_setsEachOfTwoDamagedBatchesAsideAlone(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		c.produce(t, 0, values("a", string(mark)))
		c.produce(t, 0, values("c", string(mark), "e"))
		c.produce(t, 0, values("f"))
		c.through(t, func(_ int64, conn net.Conn) net.Conn { return mangled{conn} })
		log := c.log(0)
		for from, last := range map[int64]int64{0: 1, 2: 4} {
			if f := fetch(t, log, from); f.SetAside == nil || f.SetAside.First != from || f.SetAside.Last != last {
				t.Errorf("from %d: %+v", from, f.SetAside)
			}
		}
	})
}

func TestFetch_setsTheLastBatchAsideToo(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		c.produce(t, 0, values("a", "b", string(mark)))
		c.through(t, func(_ int64, conn net.Conn) net.Conn { return mangled{conn} })
		f := fetch(t, c.log(0), 1)
		if f.SetAside == nil || f.Next != 3 || f.SetAside.Last != 2 {
			t.Fatalf("got %+v", f)
		}
	})
}

func TestFetch_setsABombAsideAndGoesOn(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, c *cluster) {
		bomb := &kgo.Record{Value: bytes.Repeat([]byte("0"), mostPlain+1)}
		c.produce(t, 0, values("a"))
		c.produce(t, 0, []*kgo.Record{bomb}, kgo.ProducerBatchCompression(kgo.ZstdCompression()),
			kgo.ProducerBatchMaxBytes(2*mostPlain), kgo.MaxBufferedBytes(4*mostPlain), kgo.BrokerMaxWriteBytes(4*mostPlain))
		c.produce(t, 0, values("c"))
		log := c.log(0)
		for from, want := range map[int64]string{0: "a", 2: "c"} {
			if f := fetch(t, log, from); len(f.Records) != 1 || string(f.Records[0].Value) != want {
				t.Errorf("from %d: %+v", from, f)
			}
		}
		f := fetch(t, log, 1)
		if s := f.SetAside; s == nil || s.First != 1 || s.Last != 1 || s.Reason != ingest.TooLarge || s.Appended == 0 || !strings.Contains(s.Detail, "64 MiB") || f.Next != 2 {
			t.Errorf("got %+v, %+v", f, s)
		}
		if log.buffer != nil && cap(log.buffer) > answerStep || cap(log.batch.unpacker.block) > mostGuessed {
			t.Error("the memory for it is kept")
		}
	})
}

func TestFetch_setsABatchAsideThatIsTooLargeAsItIsSent(t *testing.T) {
	fake := startFake(t)
	c := &cluster{addr: fake.ListenAddrs()[0]}
	c.client = connect(t, c.addr)
	c.topic = "large"
	resp, err := c.client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{
		Topic: c.topic, NumPartitions: 1, ReplicationFactor: 1,
		ConfigEntries: []kafka.ConfigEntry{{ConfigName: "max.message.bytes", ConfigValue: "200000000"}},
	}}})
	if err != nil || resp.Errors[c.topic] != nil {
		t.Fatal(err, resp.Errors)
	}
	options := []kgo.Opt{kgo.ProducerBatchMaxBytes(150 << 20), kgo.MaxBufferedBytes(300 << 20), kgo.BrokerMaxWriteBytes(400 << 20)}
	c.produce(t, 0, values("a"))
	c.produce(t, 0, []*kgo.Record{{Value: make([]byte, mostAnswer+1000)}}, options...)
	c.produce(t, 0, values("c"))
	log := c.log(0)
	n := allocated(func() {
		f := fetch(t, log, 1)
		if s := f.SetAside; s == nil || s.First != 1 || s.Last != 1 || s.Reason != ingest.TooLarge || f.Next != 2 {
			t.Errorf("got %+v, %+v", f, s)
		}
	})
	t.Logf("%d MiB allocated, those of the double's among them", n>>20)
	if f := fetch(t, log, 2); len(f.Records) != 1 {
		t.Errorf("after it: %+v", f)
	}
}
