package redisindex

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
)

// RestoreZones puts back what ExportZones wrote with history: identity, revisions, times and tombstones unchanged. It
// is refused (ErrRefused) when the store has another identity or newer zones than the file; of the same identity it
// replaces all zones. Returned is the number of revisions put back.
func (s *Store) RestoreZones(ctx context.Context, data []byte) (int, error) {
	return s.restore(ctx, data, zones)
}

// RestoreActivations puts back the register as RestoreZones does zones.
func (s *Store) RestoreActivations(ctx context.Context, data []byte) (int, error) {
	return s.restore(ctx, data, register)
}

func (s *Store) restore(ctx context.Context, data []byte, k kind) (int, error) {
	from, err := readHistory(data, k)
	if err != nil {
		return 0, err
	}
	for i, r := range from.records {
		from.records[i] = r.packed(k)
	}
	for n := range attempts {
		err := s.client.Watch(ctx, func(tx *redis.Tx) error {
			st, now, err := stateAndTime(ctx, tx)
			if err != nil {
				return err
			}
			if err := from.fits(st); err != nil {
				return err
			}
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				from.putBack(ctx, p, st, now)
				return nil
			})
			return err
		}, storeKey)
		if err == nil {
			return len(from.records), nil
		}
		if !errors.Is(err, redis.TxFailedErr) {
			return 0, err
		}
		if err := pause(ctx, backoff(n)); err != nil {
			return 0, err
		}
	}
	return 0, ErrBusy
}

func (h heading) fits(st state) error {
	if st.identity != "" && st.identity != h.Identity {
		return fmt.Errorf("%w: the store is %s, the history of %s: to replace the store delete its keys ({cordon}:*) first",
			ErrRefused, st.identity, h.Identity)
	}
	if st.kinds[h.Cordon] > h.Newest {
		return fmt.Errorf("%w: the store's %s are at revision %d, the history ends at %d: take a newer one",
			ErrRefused, h.Cordon.command(), st.kinds[h.Cordon], h.Newest)
	}
	return nil
}

// putBack queues the replacement of one kind. The store's revision becomes the history's unless it is greater already,
// as after the other kind came from a later export. Followers are told by an entry without a document of its own: what
// they then see of the store differs from what they hold, so they load it anew.
func (s saved) putBack(ctx context.Context, p redis.Pipeliner, st state, now int64) {
	k := s.Cordon
	p.Del(ctx, k.current(), k.history(), k.superseded())
	if k == register {
		p.Del(ctx, tagsKey)
		p.HDel(ctx, storeKey, tagsField) // the next import of the register lists them anew
	}
	newest, old := hash{key: k.current()}, hash{key: k.history()}
	for i, r := range s.records {
		text := r.encode()
		if i+1 < len(s.records) && s.records[i+1].ID == r.ID { // sorted by id and number
			old.add(ctx, p, r.version(), text)
			p.ZAdd(ctx, k.superseded(), redis.Z{Score: float64(now), Member: r.version()})
			continue
		}
		newest.add(ctx, p, r.ID, text)
	}
	newest.flush(ctx, p)
	old.flush(ctx, p)
	revision, word := st.revision, st.head
	if s.Revision >= revision {
		revision, word = s.Revision, s.Head
	}
	p.HSet(ctx, storeKey, "identity", s.Identity, "revision", revision, "head", word, k.field(), s.Newest)
	p.XAdd(ctx, &redis.XAddArgs{Stream: changesKey, MaxLen: changesKept, Approx: true, Values: []any{"restored", string(k)}})
}

// backoff is how long to wait after the nth lost race, with jitter so that rivals part.
func backoff(n int) time.Duration {
	limit := min(5*time.Millisecond<<min(n, 7), 500*time.Millisecond)
	return time.Millisecond + mathrand.N(limit)
}
