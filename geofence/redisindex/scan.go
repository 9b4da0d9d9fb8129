package redisindex

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"cordon/geofence"
)

// scanCount is how many fields one HSCAN asks for: enough that the way to Redis and back does not count, few enough that
// nobody else waits for long.
const scanCount = 2000

// collection is what is stored of one kind, read as R.
type collection[R any] struct {
	kind  kind
	one   func(record) (R, error) // keeps nothing of the record's document
	stamp func(R) stamp
	text  func(R) []byte // the document; empty for a tombstone
}

// stamp names a revision: number and time by which it can be told from every other of its id.
type stamp struct {
	id      string
	number  uint64
	updated int64 // ms
}

func (s stamp) compare(t stamp) int {
	if by := strings.Compare(s.id, t.id); by != 0 {
		return by
	}
	return cmp.Compare(s.number, t.number)
}

func zoneRevisions() collection[geofence.ZoneRevision] {
	return collection[geofence.ZoneRevision]{zones, record.zone, func(r geofence.ZoneRevision) stamp {
		return stamp{r.ID, r.Number, r.Updated}
	}, func(r geofence.ZoneRevision) []byte {
		if z := r.Open(); z != nil {
			return z.AppendCompact(nil)
		}
		return nil
	}}
}

// packedZones are zoneRevisions for a View.
func packedZones() collection[geofence.ZoneRevision] {
	c := zoneRevisions()
	c.one = record.packedZone
	return c
}

func activationRevisions() collection[geofence.ActivationRevision] {
	return collection[geofence.ActivationRevision]{register, record.activation, func(r geofence.ActivationRevision) stamp {
		return stamp{r.ID, r.Number, r.Updated}
	}, func(r geofence.ActivationRevision) []byte {
		if r.Withdrawn() {
			return nil
		}
		return r.Activation.AppendCompact(nil)
	}}
}

func records(k kind) collection[record] {
	return collection[record]{k, record.clone, record.stamp, func(r record) []byte { return r.Document }}
}

func (c collection[R]) compare(a, b R) int { return c.stamp(a).compare(c.stamp(b)) }

// holdings are revisions by id and number, and what is stored but is not sound.
type holdings[R any] struct {
	sound   []R
	refused []refusal
	// of everything that was read; empty if single revisions were fetched
	newestHashes, historyHashes hashes
}

func (h holdings[R]) and(more holdings[R]) holdings[R] {
	return holdings[R]{sound: append(h.sound, more.sound...), refused: append(h.refused, more.refused...)}
}

// refusal is a stored revision that is not sound. Its number is unreadable when not even that can be known.
type refusal struct {
	stamp
	err error
}

const unreadable = math.MaxUint64

// known is the number, 0 when it is not known.
func (r refusal) known() uint64 {
	if r.number == unreadable {
		return 0
	}
	return r.number
}

// asOf reads the revisions that made the store's revision what it was at upto, superseded ones included. Newer ones are
// left out, so that the result is a snapshot however long the reading takes. The newest revisions are read before the
// history: an import that moves one into the history meanwhile cannot hide it.
func asOf[R any](ctx context.Context, s *Store, upto uint64, c collection[R]) (holdings[R], error) {
	g := &gathering[R]{compare: c.compare}
	if err := c.scan(ctx, s, upto, c.kind.current(), current, g); err != nil {
		return holdings[R]{}, err
	}
	newest := g.takeHashes()
	if err := c.scan(ctx, s, upto, c.kind.history(), superseded, g); err != nil {
		return holdings[R]{}, err
	}
	h := g.result()
	h.newestHashes, h.historyHashes = newest, g.takeHashes()
	return h, nil
}

// newest reads the newest revision of every id, tombstones included.
func newest[R any](ctx context.Context, s *Store, c collection[R]) (holdings[R], error) {
	g := &gathering[R]{compare: c.compare}
	if err := c.scan(ctx, s, math.MaxUint64, c.kind.current(), current, g); err != nil {
		return holdings[R]{}, err
	}
	h := g.result()
	kept := h.sound[:0]
	for i, r := range h.sound { // one that is changed meanwhile can come twice
		if i+1 == len(h.sound) || c.stamp(r).id != c.stamp(h.sound[i+1]).id {
			kept = append(kept, r)
		}
	}
	h.sound = kept
	return h, nil
}

// name tells which revision a field of a hash holds, as far as the field tells.
type name func(field string) (id string, number uint64)

func current(field string) (id string, number uint64) { return field, unreadable }

func superseded(field string) (id string, number uint64) {
	id, text := cutVersion(field)
	number, _ = strconv.ParseUint(text, 10, 64)
	return id, number
}

// scan reads a whole hash into g. While Redis answers one step, what came before is decoded.
func (c collection[R]) scan(ctx context.Context, s *Store, upto uint64, key string, of name, g *gathering[R]) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0) + 1)
	group.Go(func() error {
		for cursor := uint64(0); ; {
			pairs, next, err := s.client.HScan(ctx, key, cursor, "", scanCount).Result()
			if err != nil {
				return fmt.Errorf("redisindex: scan: %w", err)
			}
			group.Go(func() error {
				h, objects := c.read(pairs, upto, of)
				g.add(h, objects)
				return nil
			})
			if cursor = next; cursor == 0 {
				return nil
			}
		}
	})
	return group.Wait()
}

// read decodes pairs of fields and values into revisions, and hashes them.
func (c collection[R]) read(pairs []string, upto uint64, of name) (holdings[R], hashes) {
	h := holdings[R]{sound: make([]R, 0, len(pairs)/2)}
	objects := make(hashes, 0, len(pairs)/2)
	var object []byte
	for pair := range slices.Chunk(pairs, 2) {
		object = appendObject(object[:0], pair[0], pair[1])
		objects = append(objects, hashOf(object))
		id, number := of(pair[0])
		r, err := decodeRecord(id, object[len(object)-len(pair[1]):])
		if err != nil {
			h.refused = append(h.refused, refusal{stamp{id, number, 0}, err})
			continue
		}
		if r.Sequence <= upto {
			h.add(r, c.one)
		}
	}
	slices.SortFunc(h.sound, c.compare)
	return h, objects
}

func (h *holdings[R]) add(r record, one func(record) (R, error)) {
	revision, err := one(r)
	if err != nil {
		h.refused = append(h.refused, refusal{r.stamp(), err})
		return
	}
	h.sound = append(h.sound, revision)
}
