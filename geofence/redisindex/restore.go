package redisindex

import (
	"context"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// RestoreOptions configure a restore.
type RestoreOptions struct {
	// AcceptLoss declares that the history, and what is left of a store that has lost objects, are its whole content. The
	// history may then be older than the store; lost imports made after it stay lost.
	AcceptLoss bool
}

// Restored is the result of a restore.
type Restored struct {
	Revisions   int // how many were restored
	Replication Replication
}

// RestoreZones restores what ExportZones wrote with history: identity, revisions, times and tombstones unchanged. It is
// refused (ErrRefused) if the store has another identity or newer zones than the file. It replaces all zones of a store with
// the same identity.
func (s *Store) RestoreZones(ctx context.Context, data []byte, options RestoreOptions) (Restored, error) {
	return s.restore(ctx, data, zones, options)
}

// RestoreActivations puts back the register as RestoreZones does zones.
func (s *Store) RestoreActivations(ctx context.Context, data []byte, options RestoreOptions) (Restored, error) {
	return s.restore(ctx, data, register, options)
}

func (s *Store) restore(ctx context.Context, data []byte, k kind, options RestoreOptions) (Restored, error) {
	from, err := readHistory(data, k)
	if err != nil {
		return Restored{}, err
	}
	for i, r := range from.records {
		from.records[i] = r.packed(k)
	}
	done := Restored{Revisions: len(from.records)}
	for n := range attempts {
		err := s.client.Watch(ctx, func(tx *redis.Tx) error {
			st, err := stand(ctx, tx)
			if err != nil {
				return err
			}
			whole, err := s.joined(ctx, from, st, options)
			if err != nil {
				return err
			}
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				whole.putBack(ctx, p, st)
				return nil
			})
			if err == nil {
				done.Replication = s.confirm(ctx, tx)
			}
			return err
		}, storeKey)
		if err == nil {
			return done, nil
		}
		if !errors.Is(err, redis.TxFailedErr) {
			return Restored{}, err
		}
		if err := pause(ctx, backoff(n)); err != nil {
			return Restored{}, err
		}
	}
	return Restored{}, ErrBusy
}

// whole is the new content of a kind after a restore.
type whole struct {
	saved
	head     string // of the store, afterwards
	revision uint64 // of the store, afterwards
	accepted int64  // see sums
	floor    uint64
}

// joined returns the new content of the kind: the history or, if a loss is accepted, the history and what is left. The
// store's revision becomes the history's unless it is already greater, as after a restore of the other kind from a later
// export.
func (s *Store) joined(ctx context.Context, from saved, st standing, options RestoreOptions) (whole, error) {
	k := from.Cordon
	if err := from.fits(st.state, options); err != nil {
		return whole{}, err
	}
	is := st.state.sums[k]
	w := whole{saved: from, revision: st.state.revision, head: st.state.head, accepted: is.Accepted, floor: is.Floor}
	if from.Revision >= w.revision {
		w.revision, w.head = from.Revision, from.Head
	}
	// An empty store does not tell whether the history is all that it held.
	if !options.AcceptLoss || st.state.published(k) && from.Newest >= st.state.kinds[k] && st.held[k] == (stock{}) {
		return w, nil
	}
	left, err := asOf(ctx, s, math.MaxUint64, records(k))
	if err != nil {
		return w, err
	}
	w.records = union(from.records, left.sound)
	w.Newest = max(from.Newest, st.state.kinds[k])
	for _, r := range left.sound {
		w.Newest = max(w.Newest, r.Sequence)
	}
	w.revision = max(w.revision, w.Newest)
	w.head, w.accepted, w.floor = randomHex(8), max(st.now, is.Accepted+1), w.revision
	return w, nil
}

// union merges two sorted lists of records. Of records in both it keeps the first list's.
func union(first, second []record) []record {
	all := slices.Concat(first, second)
	slices.SortStableFunc(all, func(a, b record) int { return a.stamp().compare(b.stamp()) })
	return slices.CompactFunc(all, func(a, b record) bool { return a.ID == b.ID && a.Number == b.Number })
}

func (h heading) fits(st state, options RestoreOptions) error {
	if st.identity != "" && st.identity != h.Identity {
		return fmt.Errorf("%w: the store is %s, the history of %s: to replace the store delete its keys ({cordon}:*) first",
			ErrRefused, st.identity, h.Identity)
	}
	if st.kinds[h.Cordon] > h.Newest && !options.AcceptLoss {
		return fmt.Errorf("%w: the store's %s are at revision %d, the history ends at %d: take a newer one, or add --accept-loss if "+
			"there is none and the store has lost what came after", ErrRefused, h.Cordon.command(), st.kinds[h.Cordon], h.Newest)
	}
	return nil
}

// putBack queues the replacement of one kind. It notifies followers with an entry that has no document: the store then
// differs from what they hold, so they load it again.
func (w whole) putBack(ctx context.Context, p redis.Pipeliner, st standing) {
	k := w.Cordon
	p.Del(ctx, k.current(), k.history(), k.superseded())
	if k == register {
		p.Del(ctx, tagsKey)
		p.HDel(ctx, storeKey, tagsField, tagCountField) // the next import of the register lists them again
	}
	is := sums{Revision: w.Newest, WholeAt: st.now, WholeRevision: w.Newest, Accepted: w.accepted, Floor: w.floor}
	newest, old := hash{key: k.current()}, hash{key: k.history()}
	for i, r := range w.records {
		text := r.encode()
		if i+1 < len(w.records) && w.records[i+1].ID == r.ID { // sorted by id and number
			old.add(ctx, p, r.version(), text)
			is.History.add(r.version(), text)
			p.ZAdd(ctx, k.superseded(), redis.Z{Score: float64(st.now), Member: r.version()})
			continue
		}
		newest.add(ctx, p, r.ID, text)
		is.Newest.add(r.ID, text)
	}
	newest.flush(ctx, p)
	old.flush(ctx, p)
	p.HSet(ctx, storeKey, "identity", w.Identity, "revision", w.revision, "head", w.head, k.field(), w.Newest, k.sums(), is.encode())
	p.XAdd(ctx, &redis.XAddArgs{Stream: changesKey, MaxLen: changesKept, Approx: true, Values: []any{"restored", string(k)}})
}

// backoff is how long to wait after the nth lost race, with jitter so that rivals part.
func backoff(n int) time.Duration {
	limit := min(5*time.Millisecond<<min(n, 7), 500*time.Millisecond)
	return time.Millisecond + mathrand.N(limit)
}
