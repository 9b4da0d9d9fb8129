package harness

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"cordon/ingest"
)

// largestBatch is what a batch may unpack to; one that comes to more is no input of the decision.
const largestBatch = 64 << 20

// ReadCommitted hands every record of a partition to do, up to the end as it is at the start: none of an aborted
// transaction, and none of a batch that unpacks to more than 64 MiB, whose first offset is handed to setAside instead. It
// reads with franz-go, which has nothing in common with how the processor reads.
func (b *Broker) ReadCommitted(ctx context.Context, topic string, partition int, do func(*ingest.Record) error, setAside func(first int64) error) error {
	start, end, err := b.Bounds(ctx, topic, partition)
	if err != nil || start >= end {
		return err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(b.addrs...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.MaxDecompressBatchBytes(largestBatch),
		kgo.KeepControlRecords(), // the last offset may be one's
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {int32(partition): kgo.NewOffset().At(start)}}),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for next := start; next < end; {
		fetches := client.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		var failed error
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			for _, r := range p.Records {
				if next = r.Offset + 1; failed == nil && r.Offset < end && !r.Attrs.IsControl() {
					failed = do(recordOf(r))
				}
			}
			var large *kgo.ErrDecompressTooLarge
			switch {
			case errors.As(p.Err, &large):
				next = large.NextOffset
				client.SetOffsets(map[string]map[int32]kgo.EpochOffset{topic: {int32(partition): {Epoch: large.Epoch, Offset: next}}})
				failed = errors.Join(failed, setAside(large.Offset))
			case p.Err != nil:
				failed = errors.Join(failed, fmt.Errorf("reading %s/%d: %w", topic, partition, p.Err))
			}
		})
		if failed != nil {
			return failed
		}
	}
	return nil
}

func recordOf(r *kgo.Record) *ingest.Record {
	rec := &ingest.Record{Partition: int(r.Partition), Offset: r.Offset, Appended: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, ingest.Header{Key: h.Key, Value: h.Value})
	}
	return rec
}
