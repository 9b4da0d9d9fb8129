package redisstate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

// Lease is the right to write a partition's checkpoints, until somebody takes a newer one.
type Lease struct {
	store     *Store
	partition int
	key       key
	owner     string // random: which owner took the epoch
	epoch     string // decimal
	seq       uint64 // of the last write begun under this epoch
	known     uint64 // of the last write known to be stored
	unsettled bool   // retaken, and nothing written since
}

// Save writes a checkpoint. alerting.ErrFenced says that the partition has a newer owner, alerting.ErrLost that the
// store does not know this one. After any other error the checkpoint may be there or not.
func (l *Lease) Save(ctx context.Context, d *alerting.Delta) error {
	if l.unsettled && !d.Whole {
		return fmt.Errorf("redisstate: checkpoint of %s/%d: changes to a state that the store may not have: %w", l.store.topic, l.partition, alerting.ErrLost)
	}
	l.seq++
	answer, err := saveScript.Run(ctx, l.store.client, []string{l.key.name}, l.arguments(d)...).Text()
	if err != nil {
		return fmt.Errorf("redisstate: checkpoint of %s/%d: %w", l.store.topic, l.partition, err)
	}
	switch answer {
	case saved:
		l.known, l.unsettled = l.seq, false
		return nil
	case fenced:
		err = alerting.ErrFenced
	case lost:
		err = alerting.ErrLost
	default:
		err = fmt.Errorf("unexpected answer %q", answer)
	}
	return fmt.Errorf("redisstate: checkpoint of %s/%d: %w", l.store.topic, l.partition, err)
}

func (l *Lease) arguments(d *alerting.Delta) []any {
	how := "changes"
	if d.Whole {
		how = "whole"
	}
	meta := d.Meta
	if meta == nil {
		meta = []byte{}
	}
	args := make([]any, 0, 8+2*len(d.Changed)+len(d.Dropped))
	args = append(args, l.owner, l.epoch, l.seq, l.known, how, d.Next, meta, len(d.Changed))
	for device, state := range d.Changed {
		args = append(args, tagField+device, state)
	}
	for _, device := range d.Dropped {
		if _, again := d.Changed[device]; !again {
			args = append(args, tagField+device)
		}
	}
	return args
}

// SetAside renames the stored checkpoint, which the caller cannot read, to a key that is kept for a week. The partition then
// has no checkpoint, and the lease stays valid. It returns alerting.ErrFenced or alerting.ErrLost if the store no longer
// holds the state that the lease was taken for.
func (l *Lease) SetAside(ctx context.Context) (alerting.SetAside, error) {
	answer, err := asideScript.Run(ctx, l.store.client, []string{l.key.name, l.key.asidesKey()}, l.owner, l.key.asidePrefix(), l.epoch).Text()
	switch {
	case err != nil:
	case answer == fenced:
		err = alerting.ErrFenced
	case answer == lost:
		err = alerting.ErrLost
	default:
		l.seq, l.known = 0, 0
		return l.key.setAsideAt(answer, l.partition), nil
	}
	return alerting.SetAside{}, fmt.Errorf("redisstate: setting %s aside: %w", l.key.name, err)
}

// Retake takes a new epoch after ErrLost; the next Save must be of the whole state. The caller has made sure that the
// partition is still its own. alerting.ErrFenced says that somebody took it over meanwhile.
func (l *Lease) Retake(ctx context.Context) error {
	answer, err := retakeScript.Run(ctx, l.store.client, []string{l.key.name, l.key.asidesKey()}, l.owner, l.key.asidePrefix(), l.epoch).Slice()
	if errors.Is(err, redis.Nil) {
		err = alerting.ErrFenced
	}
	if err != nil {
		return fmt.Errorf("redisstate: new epoch for %s/%d: %w", l.store.topic, l.partition, err)
	}
	l.store.note(l.key.setAsideAt(answer[1], l.partition))
	epoch, _ := answer[0].(string)
	l.epoch, l.seq, l.known, l.unsettled = epoch, 0, 0, true
	return l.store.keepLayout(ctx) // lost with the epoch
}

func (s *Store) newLease(partition int) *Lease {
	return &Lease{store: s, partition: partition, key: s.state(partition), owner: rand.Text()}
}
