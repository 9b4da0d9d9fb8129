package kafkasource

import (
	"bytes"
	"os"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// BenchmarkFetch reads records of the size of a ping, from the Kafka at CORDON_TEST_KAFKA when there is one.
func BenchmarkFetch(b *testing.B) {
	const records = 200_000
	c := &cluster{addr: os.Getenv("CORDON_TEST_KAFKA")}
	if c.addr == "" {
		c.addr = startFake(b).ListenAddrs()[0]
	}
	c.open(b, 1)
	batch := make([]*kgo.Record, records)
	for i := range batch {
		batch[i] = &kgo.Record{Key: []byte("device-000001"), Value: bytes.Repeat([]byte("p"), 230)}
	}
	c.produce(b, 0, batch)
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
