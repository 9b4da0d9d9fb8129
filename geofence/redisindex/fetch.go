package redisindex

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/geofence"
)

// batch is what one transaction fetched: revisions, and the store they belong to.
type batch struct {
	state    state
	zones    holdings[geofence.ZoneRevision]
	register holdings[geofence.ActivationRevision]
	whole    bool      // every revision asked for was there
	now      time.Time // by the store's clock
	received time.Time // by ours
}

// fetch reads the revisions that entries announce. An entry's revision is the newest of its id, or has been superseded
// since; both places are read together with the state of the store, so that nothing is taken from another one.
func (s *Store) fetch(ctx context.Context, entries []entry) (batch, error) {
	var fields *redis.MapStringStringCmd
	var clock *redis.TimeCmd
	newest, history := make([]*redis.StringCmd, len(entries)), make([]*redis.StringCmd, len(entries))
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		fields, clock = p.HGetAll(ctx, storeKey), p.Time(ctx)
		for i, e := range entries {
			newest[i] = p.HGet(ctx, e.kind.current(), e.id)
			history[i] = p.HGet(ctx, e.kind.history(), version(e.id, e.number))
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return batch{}, err
	}
	b := batch{whole: true, now: clock.Val(), received: time.Now()}
	if b.state, err = parseState(fields.Val()); err != nil {
		return batch{}, err
	}
	for i, e := range entries {
		candidates := []string{newest[i].Val(), history[i].Val()}
		if e.kind == register {
			b.whole = take(&b.register, e, record.activation, candidates) && b.whole
		} else {
			b.whole = take(&b.zones, e, record.packedZone, candidates) && b.whole
		}
	}
	return b, nil
}

// take keeps the one of some stored texts that is e's revision; false when none is.
func take[R any](h *holdings[R], e entry, one func(record) (R, error), texts []string) bool {
	var damage error
	for _, text := range texts {
		if text == "" {
			continue
		}
		r, err := decodeRecord(e.id, []byte(text))
		switch {
		case err != nil:
			damage = err
		case r.Number == e.number && r.ID == e.id:
			h.add(r, one)
			return true
		}
	}
	if damage != nil {
		h.refused = append(h.refused, refusal{stamp{id: e.id, number: e.number}, damage})
	}
	return damage != nil
}

// after is the state that s becomes by the revisions of entries, which are in order.
func (s state) after(entries []entry) state {
	next := state{identity: s.identity, revision: s.revision, head: s.head, kinds: map[kind]uint64{}, sums: s.sums}
	for k, sequence := range s.kinds {
		next.kinds[k] = sequence
	}
	for _, e := range entries {
		next.revision, next.head, next.kinds[e.kind] = e.sequence, e.head, e.sequence
	}
	return next
}
