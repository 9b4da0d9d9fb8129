package kafkasource

import (
	"context"
	"testing"
)

func TestPartition_aCommitIsVisible(t *testing.T) {
	eachKafka(t, 2, func(t *testing.T, k *cluster) {
		c, f := newCensus(t), first{}
		c.join(k, "a", soon(), f.work)
		for _, p := range f.await(t, 2) {
			wantCommitted(t, p, -1)
			for _, next := range []int64{5, 7} {
				if err := p.Commit(t.Context(), next); err != nil {
					t.Fatal(err)
				}
				wantCommitted(t, p, next)
			}
		}
		at, err := Committed(t.Context(), k.client, "another group", k.topic, 0)
		if at != -1 || err != nil {
			t.Errorf("another group: %d, %v", at, err)
		}
	})
}

func wantCommitted(t *testing.T, p *Partition, want int64) {
	t.Helper()
	if at, err := p.Committed(t.Context()); at != want || err != nil {
		t.Errorf("committed %d, %v; want %d", at, err, want)
	}
}

func TestPartition_ofAnEarlierGenerationIsNotLive(t *testing.T) {
	eachKafka(t, 2, func(t *testing.T, k *cluster) {
		c, f := newCensus(t), first{}
		c.join(k, "a", soon(), f.work)
		old := f.await(t, 2)[0]
		if err := old.Live(t.Context()); err != nil {
			t.Errorf("the current generation: %v", err)
		}
		b := c.join(k, "b", soon(), nil)
		c.eventuallyOwns("b", 1)
		current := f.await(t, 3)[2]
		if err := current.Live(t.Context()); err != nil {
			t.Errorf("the current generation: %v", err)
		}
		if err := old.Live(t.Context()); err == nil {
			t.Error("the one before is live")
		}
		if err := old.Commit(t.Context(), 3); err == nil {
			t.Error("an offset of an earlier generation was taken")
		}
		b.stop()
	})
}

func TestPartition_isLiveUntilItIsLetGo(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, k *cluster) {
		c, alive := newCensus(t), make(chan error, 10)
		c.join(k, "a", soon(), func(ctx context.Context, p *Partition) error {
			<-ctx.Done()
			alive <- p.Live(context.WithoutCancel(ctx))
			if err := p.Commit(context.WithoutCancel(ctx), 9); err != nil {
				t.Error(err)
			}
			return nil
		})
		c.eventuallyOwns("a", 1)
		c.join(k, "b", soon(), nil)
		if err := <-alive; err != nil {
			t.Errorf("a rebalance is asked for, and nobody else has the partition: %v", err)
		}
	})
}
