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
	st, now, err := stateAndTime(ctx, tx)
	if err != nil {
		return Summary{}, err
	}
	stored, err := s.lookup(ctx, tx, w)
	if err != nil {
		return Summary{}, err
	}
	sum, changes, err := w.changes(st, now, stored)
	if err != nil {
		return Summary{}, err
	}
	if w.dryRun || (len(changes) == 0 && st.published(w.kind)) {
		return sum, nil
	}
	if st.identity == "" {
		st.identity = randomHex(16)
		sum.Identity = st.identity
	}
	expired, err := tx.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: w.kind.superseded(), ByScore: true, Start: "-inf", Stop: strconv.FormatInt(now-s.History.Milliseconds(), 10), Count: pruneAtOnce,
	}).Result()
	if err != nil {
		return Summary{}, fmt.Errorf("redisindex: read the history: %w", err)
	}
	_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
		remove(ctx, p, w.kind, expired)
		return transaction{w, st, now, changes}.queue(ctx, p)
	})
	if err != nil && !errors.Is(err, redis.TxFailedErr) {
		err = fmt.Errorf("redisindex: store: %w: whether it took is unknown, so repeat it (what is stored already counts as unchanged)", err)
	}
	return sum, err
}

func stateAndTime(ctx context.Context, tx *redis.Tx) (state, int64, error) {
	var fields *redis.MapStringStringCmd
	var clock *redis.TimeCmd
	_, err := tx.Pipelined(ctx, func(p redis.Pipeliner) error {
		fields, clock = p.HGetAll(ctx, storeKey), p.Time(ctx)
		return nil
	})
	if err != nil {
		return state{}, 0, fmt.Errorf("redisindex: read %s: %w", storeKey, err)
	}
	st, err := parseState(fields.Val())
	return st, clock.Val().UnixMilli(), err
}

// lookup reads the stored form of the documents w is about.
func (s *Store) lookup(ctx context.Context, tx *redis.Tx, w write) (map[string]string, error) {
	stored := make(map[string]string, len(w.drafts))
	if w.whole {
		all, err := tx.HGetAll(ctx, w.kind.current()).Result()
		if err != nil {
			return nil, fmt.Errorf("redisindex: read the %s: %w", w.kind, err)
		}
		return all, nil
	}
	for part := range slices.Chunk(w.drafts, chunk) {
		ids := make([]string, len(part))
		for i, d := range part {
			ids[i] = d.id
		}
		values, err := tx.HMGet(ctx, w.kind.current(), ids...).Result()
		if err != nil {
			return nil, fmt.Errorf("redisindex: read the %s: %w", w.kind, err)
		}
		for i, v := range values {
			if text, ok := v.(string); ok {
				stored[ids[i]] = text
			}
		}
	}
	return stored, nil
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
