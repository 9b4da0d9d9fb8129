package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"cordon/benchmarks/scenario"
)

// Transactor writes records in transactions. It is for one goroutine. After an error the log alone knows how the
// transaction ended, and the next one can be begun.
type Transactor struct {
	broker *Broker
	topic  string
	client *kgo.Client // nil: the last one failed
}

// NewTransactor returns a writer to a topic, under a transactional id of that topic.
func NewTransactor(b *Broker, topic string) *Transactor { return &Transactor{broker: b, topic: topic} }

// transactionTimeout is after how long the broker aborts what is open.
const transactionTimeout = 30 * time.Second

// Put begins a transaction and returns when its records are on the broker.
func (t *Transactor) Put(ctx context.Context, records []scenario.Record) error {
	batch := make([]*kgo.Record, len(records))
	for i, rec := range records {
		batch[i] = &kgo.Record{Partition: int32(rec.Partition), Key: rec.Key, Value: rec.Value, Timestamp: time.UnixMilli(rec.Appended)}
	}
	err := t.begin()
	if err == nil {
		err = t.client.ProduceSync(ctx, batch...).FirstErr()
	}
	if err != nil {
		t.Close()
		return fmt.Errorf("writing a transaction: %w", err)
	}
	return nil
}

func (t *Transactor) begin() error {
	if t.client == nil {
		client, err := kgo.NewClient(kgo.SeedBrokers(t.broker.addrs...), kgo.TransactionalID(t.topic+"-transactor"),
			kgo.TransactionTimeout(transactionTimeout), kgo.RecordPartitioner(kgo.ManualPartitioner()),
			kgo.DefaultProduceTopic(t.topic), kgo.ProducerBatchMaxBytes(feedBatch), kgo.MetadataMinAge(200*time.Millisecond),
			kgo.ProduceRequestTimeout(produceWithin), kgo.RecordDeliveryTimeout(2*produceWithin))
		if err != nil {
			return err
		}
		t.client = client
	}
	return t.client.BeginTransaction()
}

// End commits or aborts the transaction.
func (t *Transactor) End(ctx context.Context, how kgo.TransactionEndTry) error {
	if err := t.client.EndTransaction(ctx, how); err != nil {
		t.Close()
		return fmt.Errorf("ending a transaction: %w", err)
	}
	return nil
}

// Close leaves. The broker aborts what is open, at the latest when another takes the transactional id.
func (t *Transactor) Close() {
	if t.client != nil {
		t.client.Close()
		t.client = nil
	}
}

var errNoZone = errors.New("harness: no tag of the scenario has a zone to be in")
