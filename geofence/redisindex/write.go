package redisindex

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	attempts    = 30
	pruneAtOnce = 10_000 // superseded revisions removed by one import, at most
	chunk       = 500    // fields in one command
)

// apply runs w until nobody else has changed the store meanwhile.
func (s *Store) apply(ctx context.Context, w write) (Summary, error) {
	for n := range attempts {
		var sum Summary
		err := s.client.Watch(ctx, func(tx *redis.Tx) error {
			var err error
			sum, err = s.attempt(ctx, tx, w)
			return err
		}, storeKey)
		if !errors.Is(err, redis.TxFailedErr) {
			return sum, err
		}
		if err := pause(ctx, backoff(n)); err != nil {
			return Summary{}, err
		}
	}
	return Summary{}, ErrBusy
}

func (s *Store) attempt(ctx context.Context, tx *redis.Tx, w write) (Summary, error) {
	st, err := stand(ctx, tx)
	if err != nil {
		return Summary{}, err
	}
	foot, err := s.footing(ctx, &st, w.kind, w.acceptLoss)
	if err != nil {
		return Summary{}, err
	}
	known, err := s.look(ctx, tx, st, w)
	if err != nil {
		return Summary{}, err
	}
	if err := foot.allows(w, st, known.stored); err != nil {
		return Summary{}, err
	}
	w.floor = foot.sums.Floor
	sum, changes, err := w.changes(st.state, st.now, known.stored)
	if err != nil {
		return Summary{}, err
	}
	if w.acceptLoss && foot.fresh {
		sum.Accepted = foot.lost
	}
	if w.dryRun || (len(changes) == 0 && st.state.published(w.kind) && !foot.fresh) {
		return sum, nil
	}
	if st.state.identity == "" {
		st.state.identity = randomHex(16)
		sum.Identity = st.state.identity
	}
	var versions []string
	var expired map[string]string
	if !foot.holed { // the sums cannot be kept without the lost objects
		if versions, expired, err = s.expired(ctx, tx, w.kind, st.now); err != nil {
			return Summary{}, err
		}
	}
	_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
		remove(ctx, p, w.kind, versions)
		transaction{w, st, changes, known, foot, expired}.queue(ctx, p)
		return nil
	})
	switch {
	case err == nil:
		sum.Replication = s.confirm(ctx, tx)
	case !errors.Is(err, redis.TxFailedErr) && !redis.IsPermissionError(err):
		err = fmt.Errorf("redisindex: store: %w: whether it took is unknown, so repeat it (what is stored already counts as unchanged)", err)
	}
	return sum, err
}

// expired returns the superseded revisions that no rebuild can ask for any more, and what is stored of those that are not
// lost.
func (s *Store) expired(ctx context.Context, tx *redis.Tx, k kind, now int64) (versions []string, stored map[string]string, err error) {
	versions, err = tx.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: k.superseded(), ByScore: true, Start: "-inf", Stop: strconv.FormatInt(now-s.History.Milliseconds(), 10), Count: pruneAtOnce,
	}).Result()
	if err != nil {
		return nil, nil, fmt.Errorf("redisindex: read the history: %w", err)
	}
	stored, err = fields(ctx, tx, k.history(), versions)
	return versions, stored, err
}

// look reads what w has to know of what is stored.
func (s *Store) look(ctx context.Context, tx *redis.Tx, st standing, w write) (found, error) {
	if w.kind == register && w.check != nil {
		return lookByTag(ctx, tx, st, w)
	}
	stored, err := fields(ctx, tx, w.kind.current(), w.ids())
	return found{stored: stored}, err
}

func (w write) ids() []string {
	ids := make([]string, len(w.drafts))
	for i, d := range w.drafts {
		ids[i] = d.id
	}
	return ids
}

// fields reads some fields of a hash; those that are not there are left out.
func fields(ctx context.Context, tx *redis.Tx, key string, names []string) (map[string]string, error) {
	values := make(map[string]string, len(names))
	if len(names) == 0 {
		return values, nil
	}
	var parts []*redis.SliceCmd
	_, err := tx.Pipelined(ctx, func(p redis.Pipeliner) error {
		for part := range slices.Chunk(names, chunk) {
			parts = append(parts, p.HMGet(ctx, key, part...))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("redisindex: read %s: %w", key, err)
	}
	for _, part := range parts {
		for _, v := range part.Val() {
			if text, ok := v.(string); ok {
				values[names[0]] = text
			}
			names = names[1:]
		}
	}
	return values, nil
}

// pause waits for d, or for the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
