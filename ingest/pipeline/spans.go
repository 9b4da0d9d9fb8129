package pipeline

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"cordon/ingest"
)

// span is a range of offsets of rejected records of a partition, with the range of times (ms) at which they were appended.
// The times distinguish them from records of an earlier topic of the same name.
type span struct {
	first, last int64
	from, to    int64
	reach       int64 // the greatest last of all spans up to this one
	reason      ingest.Reason
	ahead       bool // for being stamped ahead of the processor's clock
	lasting     bool // the records themselves do not show why they were rejected
}

// spans are sorted by first offset.
type spans []span

// find returns the span that contains a record, nil if there is none.
func (s spans) find(rec *ingest.Record) *span {
	for i := sort.Search(len(s), func(i int) bool { return s[i].first > rec.Offset }) - 1; i >= 0 && s[i].reach >= rec.Offset; i-- {
		if at := &s[i]; at.last >= rec.Offset && at.from <= rec.Appended && rec.Appended <= at.to {
			return at
		}
	}
	return nil
}

// sorted sorts spans and merges adjacent ones.
func (s spans) sorted() spans {
	slices.SortFunc(s, func(a, b span) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last)) })
	kept := s[:0]
	reach := int64(math.MinInt64)
	for _, next := range s {
		if n := len(kept) - 1; n >= 0 && kept[n].meets(&next) {
			at := &kept[n]
			at.last, at.from, at.to = max(at.last, next.last), min(at.from, next.from), max(at.to, next.to)
			reach = max(reach, at.last)
			at.reach = reach
			continue
		}
		reach = max(reach, next.last)
		next.reach = reach
		kept = append(kept, next)
	}
	return kept
}

// meets reports whether next, which begins at or after s, can be merged with s.
func (s *span) meets(next *span) bool {
	return next.first <= s.last+1 && s.reason == next.reason && s.ahead == next.ahead && s.lasting == next.lasting
}

// mostSpans bounds the memory for the rejects of one partition, to about 15 MiB.
const mostSpans = 200_000

// add adds a span. If there are too many it keeps only the lasting ones, and reports that it did.
func (s spans) add(next span, most int) (spans, bool) {
	if s = append(s, next); len(s) < most {
		return s, false
	}
	if s = s.sorted(); len(s) < most/2 {
		return s, false
	}
	return slices.DeleteFunc(s, func(at span) bool { return !at.lasting }), true
}
