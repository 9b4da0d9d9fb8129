package redisindex

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// contents are the hashes of what is stored of one kind.
type contents struct{ newest, history hashes }

// examine reads the whole store from time to time, or when asked, and compares it with the identity record, until ctx ends.
// It runs beside the goroutine that follows the store and never blocks it. Reading takes at most a tenth of the time,
// however often it is asked for.
func (f *Follower) examine(ctx context.Context) {
	for {
		timer := time.NewTimer(f.options.Verify)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-f.verify:
		}
		timer.Stop()
		began := time.Now()
		if f.view.Load() != nil {
			f.verifyStore(ctx)
		}
		f.CheckEviction(ctx)
		if pause(ctx, max(10*time.Since(began), 100*time.Millisecond)) != nil {
			return
		}
	}
}

// askVerify asks for a reading of the whole store.
func (f *Follower) askVerify() {
	select {
	case f.verify <- struct{}{}:
	default: // already asked for
	}
}

// verifyStore reads the whole store. If the store changes meanwhile, the result is discarded.
func (f *Follower) verifyStore(ctx context.Context) {
	before, err := f.store.snapshot(ctx)
	if err != nil || before.state.identity == "" {
		return // the follower reports the error
	}
	all := map[kind]contents{}
	for _, k := range kinds {
		var c contents
		if c.newest, err = f.store.hashGently(ctx, k.current()); err == nil {
			c.history, err = f.store.hashGently(ctx, k.history())
		}
		if err != nil {
			f.log.Warn("the store could not be read to compare it with its identity record", "err", err)
			return
		}
		all[k] = c
	}
	after, err := f.store.snapshot(ctx)
	if err != nil {
		return
	}
	if !before.unchanged(after) {
		f.askVerify()
		return
	}
	f.examined(ctx, after, all)
}

// hashGently is hash with pauses as long as the reading between them, for the background.
func (s *Store) hashGently(ctx context.Context, key string) (hashes, error) {
	began, n := time.Now(), 0
	return s.hash(ctx, key, func(string, string) error {
		if n++; n%scanCount != 0 {
			return nil
		}
		err := pause(ctx, time.Since(began))
		began = time.Now()
		return err
	})
}

// examined compares the contents of the store with its identity record. It records counts that an older program has left
// out.
func (f *Follower) examined(ctx context.Context, snap snapshot, all map[kind]contents) {
	for k, c := range all {
		held := snap.held[k]
		newest, history := c.newest.tally(held.newest), c.history.tally(held.history)
		is, counted := snap.state.counted(k)
		if !counted && snap.state.published(k) && len(snap.state.losses(k, held)) == 0 {
			if err := f.store.record(ctx, k, snap.state, newest, history); err != nil {
				f.log.Warn("an older program has imported into the store, and its contents could not be recorded: a loss is not noticed until the next import",
					"kind", string(k), "err", err)
			} else {
				f.log.Info("an older program has imported into the store: its contents were counted again", "kind", string(k), "held", newest.Count)
			}
		}
		f.mu.Lock()
		f.altered[string(k)] = counted && newest.Count == is.Newest.Count && newest != is.Newest
		f.altered[k.past()] = counted && history.Count == is.History.Count && history != is.History
		f.readAt[k] = is.WholeAt
		f.mu.Unlock()
	}
}

// record writes the contents of a kind into the identity record, if the store has not changed since st.
func (s *Store) record(ctx context.Context, k kind, st state, newest, history tally) error {
	return s.note(ctx, k, func(now standing, is *sums) error {
		if !now.state.same(st) {
			return fmt.Errorf("redisindex: %w", redis.TxFailedErr)
		}
		is.Revision, is.Newest, is.History = st.kinds[k], newest, history
		return nil
	})
}

// renewWhole records that a kind is whole now, if the recorded instant is still the given one (ms).
func (s *Store) renewWhole(ctx context.Context, k kind, at int64) error {
	err := s.note(ctx, k, func(_ standing, is *sums) error {
		if is.WholeAt != at {
			return errNothing
		}
		return nil
	})
	if errors.Is(err, errNothing) || errors.Is(err, redis.TxFailedErr) { // somebody else has
		return nil
	}
	return err
}

var errNothing = errors.New("redisindex: nothing to record")

// note changes the identity record of a kind that is whole.
func (s *Store) note(ctx context.Context, k kind, change func(standing, *sums) error) error {
	return s.client.Watch(ctx, func(tx *redis.Tx) error {
		st, err := stand(ctx, tx)
		if err != nil {
			return err
		}
		is := st.state.sums[k]
		if err := change(st, &is); err != nil {
			return err
		}
		is.WholeAt, is.WholeRevision = max(st.now, is.WholeAt+1), is.Revision
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.HSet(ctx, storeKey, k.sums(), is.encode())
			return nil
		})
		return err
	}, storeKey)
}
