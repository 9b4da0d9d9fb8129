package redisindex

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// heading is the first line of an exported history: NDJSON, followed by one line for each of its revisions, written as
// the store holds them. Cordon says which kind it is of.
type heading struct {
	Cordon   kind   `json:"cordon"` // zones or register
	Version  int    `json:"version"`
	Identity string `json:"identity"`
	Revision uint64 `json:"revision"`      // of the whole store
	Head     string `json:"head"`          // of the whole store
	Newest   uint64 `json:"kind_revision"` // greatest sequence of this kind
	Count    int    `json:"count"`         // lines that follow: tells a truncated file
}

const historyVersion = 1

// ExportZones writes the zones: a GeoJSON FeatureCollection of those that are not withdrawn or, with history, everything
// that RestoreZones needs to put them back unchanged: the store's identity and revision, all revisions with their times,
// and tombstones.
func (s *Store) ExportZones(ctx context.Context, history bool) ([]byte, error) {
	if history {
		return s.exportHistory(ctx, zones)
	}
	records, err := s.published(ctx, zones)
	if err != nil {
		return nil, err
	}
	out := []byte(`{"type":"FeatureCollection","features":[`)
	first := true
	for _, r := range records {
		if r.deleted() {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(append(out, '\n'), r.Document...)
	}
	return append(out, "\n]}\n"...), nil
}

// ExportActivations writes the register as NDJSON or, with history, as ExportZones does.
func (s *Store) ExportActivations(ctx context.Context, history bool) ([]byte, error) {
	if history {
		return s.exportHistory(ctx, register)
	}
	records, err := s.published(ctx, register)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, r := range records {
		if !r.deleted() {
			out = append(append(out, r.Document...), '\n')
		}
	}
	return out, nil
}

// published reads the newest revisions. A store that was never imported into is an error: an empty file written over
// the last good one would look like "no zones".
func (s *Store) published(ctx context.Context, k kind) ([]record, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	if !st.published(k) {
		return nil, neverImported(k)
	}
	return s.newest(ctx, k)
}

func neverImported(k kind) error {
	return fmt.Errorf("no %s were ever imported here, so there is nothing to export: is --redis-url right?", k.command())
}

func (s *Store) exportHistory(ctx context.Context, k kind) ([]byte, error) {
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	if !st.published(k) {
		return nil, neverImported(k)
	}
	all, err := s.asOf(ctx, st.revision, k)
	if err != nil {
		return nil, err
	}
	held := all[k]
	if len(held.damaged) > 0 {
		d := held.damaged[0]
		return nil, fmt.Errorf("%s %q in the store: %w: import it anew before exporting", k.one(), d.field, d.err)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	head := heading{k, historyVersion, st.identity, st.revision, st.head, st.kinds[k], len(held.records)}
	if err := e.Encode(head); err != nil {
		return nil, fmt.Errorf("redisindex: export: %w", err)
	}
	for _, r := range held.records {
		if err := e.Encode(r); err != nil {
			return nil, fmt.Errorf("redisindex: export revision %d of %q: %w", r.Number, r.ID, err)
		}
	}
	return out.Bytes(), nil
}

// saved is an exported history taken apart; the records are in order.
type saved struct {
	heading
	records []record
}

// readHistory takes an exported history apart and refuses one that is of another kind, damaged or cut off.
func readHistory(data []byte, k kind) (saved, error) {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	var head heading
	if err := json.Unmarshal(line, &head); err != nil || head.Identity == "" {
		return saved{}, fmt.Errorf("%w: not an exported history: make one with `cordon %s export --history`", ErrRefused, k.command())
	}
	if head.Cordon != k {
		return saved{}, fmt.Errorf("%w: a history of %s, not of %s: use `cordon %s import --restore`", ErrRefused,
			head.Cordon.command(), k.command(), head.Cordon.command())
	}
	if head.Version != historyVersion {
		return saved{}, fmt.Errorf("%w: history version %d, this program knows %d", ErrRefused, head.Version, historyVersion)
	}
	records := make([]record, 0, head.Count)
	for n := 2; len(rest) > 0; n++ {
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		r, err := decodeRecord(line)
		if err == nil && r.Sequence > head.Newest {
			err = errors.New("its sequence is above kind_revision of line 1")
		}
		if err != nil {
			return saved{}, fmt.Errorf("%w: line %d: %w", ErrRefused, n, err)
		}
		records = append(records, r)
	}
	if len(records) != head.Count {
		return saved{}, fmt.Errorf("%w: %d revisions where line 1 promises %d: the file is cut off", ErrRefused, len(records), head.Count)
	}
	slices.SortFunc(records, inOrder)
	for i, r := range records[min(1, len(records)):] {
		if r.version() == records[i].version() {
			return saved{}, fmt.Errorf("%w: revision %d of %q is there twice", ErrRefused, r.Number, r.ID)
		}
	}
	return saved{head, records}, nil
}
