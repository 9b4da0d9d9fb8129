package harness

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"cordon/benchmarks/scenario"
)

// strangerPrefix begins the keys of records whose timestamps lie ahead.
const strangerPrefix = "stranger-"

const (
	transactionPings = 250
	strangerRecords  = 5 // at a time

	// How far ahead a stranger's timestamp is. A processor rejects the record while that is more than 2 min; at least ten
	// minutes are left to read it, which is more than any outage takes.
	leastAhead, mostAhead = 12 * time.Minute, 59 * time.Minute
)

// intruders write to the ping topic what a gateway does not: what they do must not count, unless it is committed.
type intruders struct {
	*chaos
	rng        *rand.Rand
	partitions int
	transactor *Transactor
}

// bomb drops a batch that unpacks to far more than anybody sends.
func (i *intruders) bomb(ctx context.Context) error {
	rec, ok := i.Scenario.Intrusion(i.rng, time.Now().UnixMilli())
	if !ok {
		return errNoZone
	}
	bomb, err := NewBomb(rec.Key, rec.Value)
	if err != nil {
		return err
	}
	i.tally.Lock()
	i.report.Bombs++
	i.tally.Unlock()
	i.say("a batch of %d bytes that unpacks to %d MiB", bomb.Size(), bombRecords*bombValue>>20)
	_, err = bomb.Drop(ctx, i.Broker, i.Site.Pings(), i.rng.IntN(i.partitions))
	return err
}

func (i *intruders) abort(ctx context.Context) error {
	return i.transact(ctx, kgo.TryAbort, &i.report.Aborted)
}

func (i *intruders) commit(ctx context.Context) error {
	return i.transact(ctx, kgo.TryCommit, &i.report.Committed)
}

// transact writes a transaction of pings that would be believed. Most are over in a second; some stay open so long that
// what was appended behind them has to wait.
func (i *intruders) transact(ctx context.Context, how kgo.TransactionEndTry, done *int) error {
	open := time.Duration(50+i.rng.IntN(950)) * time.Millisecond
	if i.rng.IntN(6) == 0 {
		open = time.Duration(6000+i.rng.IntN(2000)) * time.Millisecond
	}
	records, err := i.put(ctx)
	if err == nil && pause(ctx, open) {
		err = i.transactor.End(ctx, how)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	i.tally.Lock()
	defer i.tally.Unlock()
	if err != nil {
		i.say("a transaction ends as the brokers decide: %v", err)
		i.report.Undecided++
		return nil
	}
	*done += len(records)
	return nil
}

// put begins a transaction. Nothing is stamped while zones or register change: a processor may not know of it yet.
func (i *intruders) put(ctx context.Context) ([]scenario.Record, error) {
	i.stream.RLock()
	defer i.stream.RUnlock()
	records := make([]scenario.Record, transactionPings)
	for n := range records {
		rec, ok := i.Scenario.Intrusion(i.rng, time.Now().UnixMilli())
		if !ok {
			return nil, errNoZone
		}
		records[n] = rec
	}
	return records, i.transactor.Put(ctx, records)
}

// pretend writes records of strangers whose timestamps lie ahead.
func (i *intruders) pretend(ctx context.Context) error {
	partition := i.rng.IntN(i.partitions)
	return Until(ctx, "the broker takes the records of strangers", func() error {
		var records []kafka.Record
		for range strangerRecords {
			at := time.Now().Add(leastAhead + time.Duration(i.rng.Int64N(int64(mostAhead-leastAhead))))
			device := fmt.Appendf(nil, "%s%d", strangerPrefix, i.rng.IntN(1000))
			value := fmt.Appendf(nil, `{"device_id":"%s","fix_time":"%s","lat":51.5,"lon":-0.12}`, device, at.UTC().Format("2006-01-02T15:04:05.000Z"))
			records = append(records, kafka.Record{Time: at, Key: kafka.NewBytes(device), Value: kafka.NewBytes(value)})
		}
		return i.Broker.Produce(ctx, i.Site.Pings(), partition, records)
	})
}
