package kafkasource

import (
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// BenchmarkFetch reads records of the size of a ping, from the Kafka at CORDON_TEST_KAFKA when there is one.
func BenchmarkFetch(b *testing.B) {
	for name, codec := range map[string]kgo.CompressionCodec{"plain": kgo.NoCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()} {
		b.Run(name, func(b *testing.B) { benchmarkFetch(b, codec) })
	}
}

func benchmarkFetch(b *testing.B, codec kgo.CompressionCodec) {
	const records = 200_000
	c := &cluster{addr: os.Getenv("CORDON_TEST_KAFKA")}
	if c.addr == "" {
		c.addr = startFake(b).ListenAddrs()[0]
	}
	c.open(b, 1)
	batch := make([]*kgo.Record, records)
	for i := range batch {
		batch[i] = &kgo.Record{Key: []byte("device-000001"), Value: fmt.Appendf(nil, "%06d%s%0218d", i, "ping", i*7919)}
	}
	c.produce(b, 0, batch, kgo.ProducerBatchCompression(codec))
	log, next := c.log(0), int64(0)
	b.ReportAllocs()
	for b.Loop() {
		for next = 0; next < records; {
			f, err := log.Fetch(b.Context(), next)
			if err != nil {
				b.Fatal(err)
			}
			next = f.Next
		}
	}
	b.ReportMetric(float64(b.N)*records/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkTake reads the records of a fetch of 4 MiB that has come already.
func BenchmarkTake(b *testing.B) {
	const batches, each = 40, 400
	var set []byte
	for n := range batches {
		var records []byte
		for i := range each {
			r := binary.AppendVarint([]byte{0}, int64(i))
			r = binary.AppendVarint(r, int64(i))
			r = append(binary.AppendVarint(r, 10), "tag-000001"...)
			r = append(binary.AppendVarint(r, 230), make([]byte, 230)...)
			records = append(binary.AppendVarint(records, int64(len(r)+1)), append(r, 0)...)
		}
		set = append(set, batchOf(0, int64(n*each), each, records)...)
	}
	var t batch
	b.ReportAllocs()
	for b.Loop() {
		if next, bad := t.take(set, 0, 0, noEnd, aborted{}); next != batches*each || bad != nil {
			b.Fatal(next, bad)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batches*each), "ns/record")
}
