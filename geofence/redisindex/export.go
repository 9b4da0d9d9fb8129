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
	documents, err := s.published(ctx, zones)
	if err != nil {
		return nil, err
	}
	out := []byte(`{"type":"FeatureCollection","features":[`)
	for i, text := range documents {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '\n'), text...)
	}
	return append(out, "\n]}\n"...), nil
}

// ExportActivations writes the register as NDJSON or, with history, as ExportZones does.
func (s *Store) ExportActivations(ctx context.Context, history bool) ([]byte, error) {
	if history {
		return s.exportHistory(ctx, register)
	}
	documents, err := s.published(ctx, register)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, text := range documents {
		out = append(append(out, text...), '\n')
	}
	return out, nil
}

// published reads the newest documents as JSON. A store that was never imported into is an error: an empty file written
// over the last good one would look like "no zones".
func (s *Store) published(ctx context.Context, k kind) ([][]byte, error) {
	if _, err := s.exportable(ctx, k); err != nil {
		return nil, err
	}
	held, err := newest(ctx, s, records(k))
	if err != nil {
		return nil, err
	}
	if len(held.refused) > 0 {
		return nil, k.unsound(held.refused[0])
	}
	documents := make([][]byte, 0, len(held.sound))
	for _, r := range held.sound {
		if r.deleted() {
			continue
		}
		text, err := r.text(k)
		if err != nil {
			return nil, k.unsound(refusal{r.stamp(), err})
		}
		documents = append(documents, text)
	}
	return documents, nil
}

// exportable returns the state of the store, or an error if the documents of the kind may not be exported.
func (s *Store) exportable(ctx context.Context, k kind) (state, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return state{}, err
	}
	if losses := snap.state.losses(k, snap.held[k]); len(losses) > 0 && !s.ExportDamaged {
		return state{}, fmt.Errorf("%w: %s; export --damaged writes what is left", ErrDamaged, losses[0])
	}
	if !snap.state.published(k) {
		return state{}, neverImported(k)
	}
	return snap.state, nil
}

func neverImported(k kind) error {
	return fmt.Errorf("no %s were ever imported here, so there is nothing to export: is --redis-url right?", k.command())
}

func (s *Store) exportHistory(ctx context.Context, k kind) ([]byte, error) {
	st, err := s.exportable(ctx, k)
	if err != nil {
		return nil, err
	}
	held, err := asOf(ctx, s, st.revision, records(k))
	if err != nil {
		return nil, err
	}
	if len(held.refused) > 0 {
		return nil, fmt.Errorf("%w: import it anew before exporting", k.unsound(held.refused[0]))
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	head := heading{k, historyVersion, st.identity, st.revision, st.head, st.kinds[k], len(held.sound)}
	if err := e.Encode(head); err != nil {
		return nil, fmt.Errorf("redisindex: export: %w", err)
	}
	for _, r := range held.sound {
		l, err := r.line(k)
		if err != nil {
			return nil, fmt.Errorf("%w: import it anew before exporting", k.unsound(refusal{r.stamp(), err}))
		}
		if err := e.Encode(l); err != nil {
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
		r, err := decodeLine(line)
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
	slices.SortFunc(records, func(a, b record) int { return a.stamp().compare(b.stamp()) })
	for i, r := range records[min(1, len(records)):] {
		if r.version() == records[i].version() {
			return saved{}, fmt.Errorf("%w: revision %d of %q is there twice", ErrRefused, r.Number, r.ID)
		}
	}
	return saved{head, records}, nil
}
