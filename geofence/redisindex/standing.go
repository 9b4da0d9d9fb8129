package redisindex

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"
)

// standing is the state of the store when a write begins. If the write succeeds, no other client has changed it since.
type standing struct {
	state state
	held  map[kind]stock
	lists int64 // how many lists of a tag's activations there are
	now   int64 // by the store's clock, ms
}

// lengths queues the commands that count the objects of the store, and returns a function that reads the answers.
func lengths(ctx context.Context, p redis.Pipeliner) func() map[kind]stock {
	newest, history := map[kind]*redis.IntCmd{}, map[kind]*redis.IntCmd{}
	for _, k := range kinds {
		newest[k], history[k] = p.HLen(ctx, k.current()), p.HLen(ctx, k.history())
	}
	return func() map[kind]stock {
		held := map[kind]stock{}
		for _, k := range kinds {
			held[k] = stock{newest[k].Val(), history[k].Val()}
		}
		return held
	}
}

// stand reads it on a connection that watches the store. The record is read twice, because the commands are not one
// transaction: that would end the watch.
func stand(ctx context.Context, tx *redis.Tx) (standing, error) {
	var fields, again *redis.MapStringStringCmd
	var clock *redis.TimeCmd
	var lists *redis.IntCmd
	var held func() map[kind]stock
	_, err := tx.Pipelined(ctx, func(p redis.Pipeliner) error {
		fields, clock, lists = p.HGetAll(ctx, storeKey), p.Time(ctx), p.HLen(ctx, tagsKey)
		held = lengths(ctx, p)
		again = p.HGetAll(ctx, storeKey)
		return nil
	})
	if err != nil {
		return standing{}, fmt.Errorf("redisindex: read %s: %w", storeKey, err)
	}
	if !maps.Equal(fields.Val(), again.Val()) {
		return standing{}, redis.TxFailedErr // another client has changed the store
	}
	st, err := parseState(fields.Val())
	return standing{st, held(), lists.Val(), clock.Val().UnixMilli()}, err
}

// footing is the basis of a write to one kind.
type footing struct {
	sums  sums
	fresh bool // counted again: to be recorded even if nothing else changes
	short bool // newest revisions are lost: an id that is not in the store may be that of a lost document
	holed bool // superseded revisions are lost
	lost  []Loss
}

// footing determines it. It counts objects if an older program wrote last, or if a loss is to be accepted.
func (s *Store) footing(ctx context.Context, st *standing, k kind, accept bool) (footing, error) {
	held := st.held[k]
	is, counted := st.state.counted(k)
	f := footing{sums: is, lost: st.state.losses(k, held)}
	if !accept {
		for _, l := range f.lost {
			f.short, f.holed = f.short || !l.Past(), f.holed || l.Past()
		}
		if counted || f.short || !st.state.published(k) {
			return f, nil
		}
	}
	newest, first, err := s.count(ctx, k.current(), held.newest)
	if err != nil {
		return f, err
	}
	history, second, err := s.count(ctx, k.history(), held.history)
	if err != nil {
		return f, err
	}
	if accept && counted {
		f.lost = altered(k, is, newest, history)
	}
	f.fresh = counted || newest.Count+history.Count > 0 || len(f.lost) > 0
	f.sums.Newest, f.sums.History = newest, history
	if accept && f.fresh {
		greatest := max(first, second)
		st.state.revision = max(st.state.revision, greatest)
		if greatest > st.state.kinds[k] {
			st.state.kinds[k] = greatest
		}
		f.sums.Accepted, f.sums.Floor = max(st.now, is.Accepted+1), st.state.revision
	}
	return f, nil
}

// count reads a whole hash with the given number of objects, and returns its tally and the greatest sequence of its
// revisions.
func (s *Store) count(ctx context.Context, key string, objects int64) (tally, uint64, error) {
	var greatest uint64
	of := current
	if key == zones.history() || key == register.history() {
		of = superseded
	}
	h, err := s.hash(ctx, key, func(field, text string) error {
		id, _ := of(field)
		if r, err := decodeRecord(id, []byte(text)); err == nil {
			greatest = max(greatest, r.Sequence)
		}
		return nil
	})
	return h.tally(objects), greatest, err
}

// hash reads a whole hash, passes each object to do and returns the hashes.
func (s *Store) hash(ctx context.Context, key string, do func(field, text string) error) (hashes, error) {
	var h hashes
	var object []byte
	for cursor := uint64(0); ; {
		pairs, next, err := s.client.HScan(ctx, key, cursor, "", scanCount).Result()
		if err != nil {
			return nil, fmt.Errorf("redisindex: count %s: %w", key, err)
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			object = appendObject(object[:0], pairs[i], pairs[i+1])
			h = append(h, hashOf(object))
			if err := do(pairs[i], pairs[i+1]); err != nil {
				return nil, err
			}
		}
		if cursor = next; cursor == 0 {
			return h, nil
		}
	}
}

// allows refuses a write that could make a lost document again: it would have a number that was used before, and no history.
func (f footing) allows(w write, st standing, stored map[string]string) error {
	if !f.short {
		return nil
	}
	l := f.lost[slices.IndexFunc(f.lost, func(l Loss) bool { return !l.Past() })]
	for _, d := range w.drafts {
		if _, ok := stored[d.id]; !ok {
			return fmt.Errorf("%w: %s %q is not in the store and may be one of those lost: %s", ErrDamaged, w.kind.one(), d.id, l)
		}
	}
	if !st.state.published(w.kind) {
		return fmt.Errorf("%w: %s", ErrDamaged, l)
	}
	return nil
}

// after returns the sums that hold after the changes are written and the superseded revisions in removed are deleted.
func (f footing) after(changes []change, removed map[string]string, revision uint64, now int64) sums {
	s := f.sums
	for _, c := range changes {
		if c.before != "" {
			s.Newest.remove(c.ID, c.before)
			s.History.add(c.beforeVersion, c.before)
		}
		if c.replaced != "" {
			s.Newest.remove(c.ID, c.replaced)
		}
		s.Newest.add(c.ID, c.text)
	}
	for field, text := range removed {
		s.History.remove(field, text)
	}
	s.Revision = revision
	if !f.short && !f.holed {
		s.WholeAt, s.WholeRevision = now, revision
	}
	return s
}
