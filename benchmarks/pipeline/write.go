package main

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"cordon/benchmarks/harness"
	"cordon/ingest"
)

const (
	interval  = 30 * time.Second // between two pings of a tag, in the backlog
	batchSize = 500              // records of one batch at most: 256 KiB is what the topic takes
)

// format is how pings are written.
type format struct {
	name    string
	append  func([]byte, *ingest.Ping) []byte
	headers []kafka.Header
	target  float64 // share of the rival's rate
}

var formats = []format{
	{"json", ingest.AppendCordonJSON, nil, jsonTarget},
	{"protobuf", ingest.AppendProto, []kafka.Header{{Key: ingest.ContentTypeHeader, Value: []byte("application/x-protobuf")}}, protobufTarget},
}

// stream writes one partition's pings.
type stream struct {
	format    format
	topic     string
	partition int
	walkers   []walker
	rng       *rand.Rand
	turn      int // of the walkers
}

func (b *bench) streams(f format, topic string) []*stream {
	all := make([]*stream, len(b.world.partitions))
	for p := range all {
		all[p] = &stream{format: f, topic: topic, partition: p, walkers: b.world.walkers(p), rng: rand.New(rand.NewPCG(b.world.seed, 2+uint64(p)))}
	}
	return all
}

// written is a ping as it goes onto the topic.
type written struct {
	at         int64 // appended, ms
	key, value []byte
}

// batch writes the next n pings; appended tells the time (ms) of each.
func (s *stream) batch(n int, appended func(i int) int64) []written {
	batch := make([]written, n)
	buffer := make([]byte, 0, n*300)
	for i := range batch {
		w := &s.walkers[s.turn%len(s.walkers)]
		s.turn++
		at := appended(i)
		ping := s.ping(w, at)
		start := len(buffer)
		buffer = s.format.append(buffer, &ping)
		batch[i] = written{at, w.device, buffer[start:len(buffer):len(buffer)]}
	}
	return batch
}

// send produces a batch. A topic just made can be unknown to the client for a moment after it was known: it tries a few
// times. Should a try that failed have been there after all, the processor counts repeats, and the run fails.
func (s *stream) send(ctx context.Context, broker *harness.Broker, batch []written) error {
	for tries := 1; ; tries++ {
		records := make([]kafka.Record, len(batch)) // a try uses them up
		for i, w := range batch {
			records[i] = kafka.Record{Time: time.UnixMilli(w.at), Key: kafka.NewBytes(w.key), Value: kafka.NewBytes(w.value), Headers: s.format.headers}
		}
		err := broker.Produce(ctx, s.topic, s.partition, records)
		if err == nil || tries == 5 {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
}

// ping says what tags that are looked after say, in about 230 bytes of JSON.
func (s *stream) ping(w *walker, appended int64) ingest.Ping {
	p := w.step(s.rng)
	return ingest.Ping{
		Device: w.device, FixTime: appended - 200, Seq: w.seq,
		Lat: p.lat(), Lon: p.lon(), AccuracyM: float64(3 + s.rng.IntN(20)), SpeedMPS: float64(s.rng.IntN(60)) / 10,
		HeadingDeg: float64(s.rng.IntN(360)), Satellites: uint16(6 + s.rng.IntN(10)), BatteryPct: float32(30 + w.number%70),
		Has: ingest.HasPosition | ingest.HasSeq | ingest.HasAccuracy | ingest.HasSpeed | ingest.HasHeading |
			ingest.HasSatellites | ingest.HasBattery,
		Motion: ingest.Yes, Strap: ingest.StrapClosed,
	}
}

// backlog writes pings whose appended times end now, and returns how many each partition got.
func backlog(ctx context.Context, broker *harness.Broker, streams []*stream, pings, tags int) (int, error) {
	var total atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	span := time.Duration(float64(interval) * float64(pings) / float64(tags))
	start := time.Now().Add(-span).UnixMilli()
	for _, s := range streams {
		quota := int(int64(pings) * int64(len(s.walkers)) / int64(tags))
		total.Add(int64(quota))
		g.Go(func() error {
			for sent := 0; sent < quota; {
				n := min(batchSize, quota-sent)
				batch := s.batch(n, func(i int) int64 { return start + span.Milliseconds()*int64(sent+i)/int64(quota) })
				if err := s.send(ctx, broker, batch); err != nil {
					return err
				}
				sent += n
			}
			return nil
		})
	}
	return int(total.Load()), g.Wait()
}
