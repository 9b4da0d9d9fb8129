package kafkasource

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// begin starts a goroutine for each partition of the generation. On an error it ends the generation.
func (g *Group) begin(ctx context.Context, generation *kafka.Generation, own Own) error {
	count, err := g.partitions(ctx)
	if err != nil {
		generation.Start(func(context.Context) {}) // what returns ends the generation
		return err
	}
	var assigned []int
	for _, a := range generation.Assignments[g.o.Topic] {
		assigned = append(assigned, a.ID)
	}
	slices.Sort(assigned)
	g.board.join(generation.ID, assigned)
	g.o.Log.Info("consumer group joined", "group", g.o.GroupID, "generation", generation.ID, "partitions", assigned, "of", count)
	var (
		owners     sync.WaitGroup
		partitions []*Partition
	)
	owners.Add(len(assigned))
	for _, id := range assigned {
		p := &Partition{
			Log: Log{Client: g.o.Client, Topic: g.o.Topic, Partition: id}, Count: count,
			group: g, generation: generation,
		}
		partitions = append(partitions, p)
		generation.Start(func(ended context.Context) {
			defer owners.Done()
			g.run(ctx, ended, p, own)
		})
	}
	generation.Start(func(ended context.Context) {
		<-ended.Done()
		g.board.end(generation.ID)
		g.linger(partitions, &owners)
	})
	return nil
}

// run calls own for a partition. It returns when the generation is over, or to end it because own failed.
func (g *Group) run(ctx, ended context.Context, p *Partition, own Own) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ended, cancel)()
	if ended.Err() != nil {
		return // over before it began: Start did not count this goroutine, and the group may be rejoining
	}
	began := time.Now()
	err := own(inner, p)
	log := g.o.Log.With("group", g.o.GroupID, "partition", p.Partition)
	if inner.Err() != nil {
		if err != nil {
			log.Warn("partition let go with work undone", "err", err)
		}
		<-ended.Done() // not sooner, or the group would be joined once more before it is left
		return
	}
	if err == nil {
		err = errReturned
	}
	wait := g.board.fail(err.Error(), time.Since(began))
	log.Error("partition given up, the group will be joined again", "err", err, "in", wait)
	pause(ended, wait)
}

var errReturned = errors.New("kafkasource: the partition's function returned while its assignment held")

// linger keeps the membership alive until the owners have let go: kafka-go's heartbeat stops as soon as the generation
// ends, and a slow owner would be given up at the session timeout instead of the rebalance timeout.
func (g *Group) linger(partitions []*Partition, owners *sync.WaitGroup) {
	if len(partitions) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		owners.Wait()
		cancel()
	}()
	for pause(ctx, g.config.SessionTimeout/4) {
		if err := partitions[0].renew(ctx); err != nil && ctx.Err() == nil {
			g.o.Log.Debug("membership not prolonged while letting go", "group", g.o.GroupID, "err", err)
		}
	}
}
