package redisindex

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"
)

// scanCount is how many fields one HSCAN asks for.
const scanCount = 1000

// scan walks several hashes at once, one round trip for a step of all of them.
func (s *Store) scan(ctx context.Context, each func(key, field, value string), keys ...string) error {
	cursors := make(map[string]uint64, len(keys))
	for _, key := range keys {
		cursors[key] = 0
	}
	for len(cursors) > 0 {
		steps := make(map[string]*redis.ScanCmd, len(cursors))
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for key, cursor := range cursors {
				steps[key] = p.HScan(ctx, key, cursor, "", scanCount)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("redisindex: scan: %w", err)
		}
		for key, step := range steps {
			pairs, next := step.Val()
			for pair := range slices.Chunk(pairs, 2) {
				each(key, pair[0], pair[1])
			}
			cursors[key] = next
			if next == 0 {
				delete(cursors, key)
			}
		}
	}
	return nil
}

// damaged is a stored revision that cannot even be read as one.
type damaged struct {
	field string
	err   error
}

// holdings are revisions of one kind, sorted by id and number.
type holdings struct {
	records []record
	damaged []damaged
}

// asOf reads the revisions that made the store's revision what it was at upto, superseded ones included. Newer ones are
// left out, so that the result is a snapshot however long the reading takes. The newest revisions are read before the
// history: an import that moves one into the history meanwhile cannot hide it.
func (s *Store) asOf(ctx context.Context, upto uint64, kinds ...kind) (map[kind]holdings, error) {
	found := make(map[kind]map[string]record, len(kinds)) // HSCAN may give a field twice
	result := make(map[kind]holdings, len(kinds))
	of := make(map[string]kind, 2*len(kinds))
	var newest, history []string
	for _, k := range kinds {
		found[k] = map[string]record{}
		result[k] = holdings{}
		of[k.current()], of[k.history()] = k, k
		newest, history = append(newest, k.current()), append(history, k.history())
	}
	each := func(key, field, value string) {
		k := of[key]
		r, err := decodeRecord([]byte(value))
		if err != nil {
			h := result[k]
			h.damaged = append(h.damaged, damaged{field, err})
			result[k] = h
			return
		}
		if r.Sequence <= upto {
			found[k][r.version()] = r
		}
	}
	if err := s.scan(ctx, each, newest...); err != nil {
		return nil, err
	}
	if err := s.scan(ctx, each, history...); err != nil {
		return nil, err
	}
	for _, k := range kinds {
		h := result[k]
		h.records = sorted(found[k])
		result[k] = h
	}
	return result, nil
}

// newest reads the newest revision of every id, tombstones included, sorted by id.
func (s *Store) newest(ctx context.Context, k kind) ([]record, error) {
	found := map[string]record{}
	var bad error
	err := s.scan(ctx, func(_, field, value string) {
		r, err := decodeRecord([]byte(value))
		if err != nil {
			bad = fmt.Errorf("%s %q in the store: %w", k.one(), field, err)
			return
		}
		found[field] = r
	}, k.current())
	if err != nil {
		return nil, err
	}
	return sorted(found), bad
}

func sorted(found map[string]record) []record {
	records := make([]record, 0, len(found))
	for _, r := range found {
		records = append(records, r)
	}
	slices.SortFunc(records, inOrder)
	return records
}

func inOrder(a, b record) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Number, b.Number))
}
