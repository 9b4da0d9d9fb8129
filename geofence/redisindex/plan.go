package redisindex

import (
	"bytes"
	"fmt"
)

// draft is a document that is to become the newest of its id, in compact form. No document: a tombstone.
type draft struct {
	id       string
	document []byte
	tag      string        // of an activation
	text     func() []byte // the same as JSON, to compare with what an older program stored
}

// is reports whether the document is that of the record.
func (d draft) is(r record) bool {
	switch {
	case d.document == nil || r.deleted():
		return false
	case r.compact():
		return bytes.Equal(r.Document, d.document)
	}
	return bytes.Equal(r.Document, d.text())
}

// change is a revision to be stored, and the stored form of the one it supersedes ("" for none).
type change struct {
	record
	text          string // as it is stored
	before        string
	beforeVersion string
	replaced      string // stored text that cannot be read and is not kept in the history
}

// write is one transaction on one kind.
type write struct {
	kind        kind
	drafts      []draft
	check       func(result map[string]record) error // of the drafts, and of what they could be at odds with
	inForceFrom int64
	dryRun      bool
	acceptLoss  bool
	floor       uint64 // see sums: a revision up to this one may be missing from the store
}

// changes works out what w does to the stored documents, and refuses what must not be.
func (w write) changes(st state, now int64, stored map[string]string) (Summary, []change, error) {
	sum := Summary{Identity: st.identity, Revision: st.revision}
	if w.inForceFrom > now {
		return sum, nil, fmt.Errorf("in force from %v lies ahead of the store's clock (%v): only the past can be named",
			millis(w.inForceFrom), millis(now))
	}
	result, err := w.decode(stored)
	if err != nil {
		return sum, nil, err
	}
	var changes []change
	seen := make(map[string]bool, len(w.drafts))
	for _, d := range w.drafts {
		before, known := result[d.id]
		if seen[d.id] {
			return sum, nil, fmt.Errorf("%s %q occurs twice: leave one", w.kind.one(), d.id)
		}
		seen[d.id] = true
		if known && d.is(before) {
			sum.Unchanged++
			continue
		}
		next, err := w.next(d, before, now)
		if err != nil {
			return sum, nil, err
		}
		sum.count(d, known && !before.deleted())
		sum.Revision++
		next.Sequence = sum.Revision
		next.text = next.encode()
		if known {
			next.before, next.beforeVersion = stored[d.id], before.version()
		} else {
			next.replaced = stored[d.id]
		}
		changes = append(changes, next)
		result[d.id] = next.record
	}
	if w.check != nil {
		err = w.check(result)
	}
	return sum, changes, err
}

func (w write) decode(stored map[string]string) (map[string]record, error) {
	result := make(map[string]record, len(stored))
	for id, text := range stored {
		r, err := decodeRecord(id, []byte(text))
		if err != nil && w.acceptLoss {
			continue // treat it as lost
		}
		if err != nil {
			return nil, fmt.Errorf("%s %q in the store: %w: restore it from an export, or add --accept-loss", w.kind.one(), id, err)
		}
		result[id] = r
	}
	return result, nil
}

// next is the revision that d makes after before, which is the zero record when there is none.
func (w write) next(d draft, before record, now int64) (change, error) {
	if d.document == nil && before.deleted() {
		return change{}, fmt.Errorf("%w: %s %q: `cordon %s list` shows what is", ErrUnknown, w.kind.one(), d.id, w.kind.command())
	}
	updated, err := w.updated(d.id, before, now)
	number := before.Number
	if before.Sequence <= w.floor {
		number = max(number, w.floor)
	}
	return change{record: record{ID: d.id, Number: number + 1, Updated: millis(updated), Document: d.document}}, err
}

// updated is the time from which the next revision is in force: later than the one before it, so that every appended
// time has exactly one.
func (w write) updated(id string, before record, now int64) (int64, error) {
	if w.inForceFrom == 0 {
		return max(now, int64(before.Updated)+1), nil
	}
	if w.inForceFrom <= int64(before.Updated) {
		return 0, fmt.Errorf("%s %q: in force from %v is not after its revision %d, in force from %v: name a later time",
			w.kind.one(), id, millis(w.inForceFrom), before.Number, before.Updated)
	}
	return w.inForceFrom, nil
}
