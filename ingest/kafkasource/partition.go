package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/segmentio/kafka-go"

	"cordon/ingest"
	"cordon/ingest/kafkarights"
)

// Partition is one that the group has assigned to this member, for one generation.
type Partition struct {
	Log
	Count int // partitions of the topic in this generation

	group      *Group
	generation *kafka.Generation

	mu        sync.Mutex
	committed int64 // the group's offset, as far as known
	known     bool
}

// Committed returns the group's offset, -1 when it has none.
func (p *Partition) Committed(ctx context.Context) (int64, error) {
	return Committed(ctx, p.Client, p.group.o.GroupID, p.Topic, p.Log.Partition)
}

// Commit moves the group's offset to next, the first record not done with. The broker refuses it once another
// generation has begun.
func (p *Partition) Commit(ctx context.Context, next int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.committed, p.known = next, true // even if it fails: it may have arrived, and was meant to
	return p.commit(ctx)
}

func (p *Partition) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := p.generation.CommitOffsets(map[string]map[int]int64{p.Topic: {p.Log.Partition: p.committed}})
	if err = kafkarights.Explain(err, kafkarights.Read, p.Topic, p.group.o.GroupID); err != nil {
		return fmt.Errorf("kafkasource: commit offset %d: %s/%d: %w", p.committed, p.Topic, p.Log.Partition, err)
	}
	return nil
}

// Live asks the broker, and returns nil while the generation is the group's current one: nobody else can have been
// given the partition yet, even if a rebalance has been asked for. ingest.ErrDeposed says that it is over.
func (p *Partition) Live(ctx context.Context) error {
	err := p.renew(ctx)
	for _, over := range []error{kafka.IllegalGeneration, kafka.UnknownMemberId} {
		if errors.Is(err, over) {
			return fmt.Errorf("%w: %w", ingest.ErrDeposed, err)
		}
	}
	return err
}

// renew commits again what is committed: that the broker takes it shows that the generation is the current one, and it
// prolongs the session as a heartbeat does, in the middle of a rebalance, too. (kafka-go offers no heartbeat: that of
// its Client goes to any broker, in a form that hides the answer.) Where nothing has been committed it commits the
// log's start, which says the same.
func (p *Partition) renew(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.known {
		at, err := p.Committed(ctx)
		if err == nil && at < 0 {
			at, _, err = p.Bounds(ctx)
		}
		if err != nil {
			return err
		}
		p.committed, p.known = at, true
	}
	return p.commit(ctx)
}
