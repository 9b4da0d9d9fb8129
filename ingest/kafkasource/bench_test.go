package kafkasource

import (
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
