package kafkasource

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// aborted are the aborted transactions in the range of a fetch, sorted by their first offset. A reader leaves out the
// records of a producer from there to its abort marker (https://kafka.apache.org/documentation/#recordbatch).
type aborted struct {
	coming []abortedRange // not reached yet, by first offset
	now    []int64        // producers whose records are left out
}

// abortedRange is a producer and the first offset of its aborted transaction.
type abortedRange struct{ producer, first int64 }

const abortedBytes = 16 // of a range in a response

// readAborted reads the list from the front of a response. A count of -1 stands for null.
func readAborted(c *cursor) aborted {
	n := int(c.int32())
	if n <= 0 {
		return aborted{}
	}
	if n > len(c.b)/abortedBytes {
		c.b, c.bad = nil, true
		return aborted{}
	}
	a := aborted{coming: make([]abortedRange, n)}
	for i := range a.coming {
		a.coming[i] = abortedRange{producer: c.int64(), first: c.int64()}
	}
	slices.SortStableFunc(a.coming, func(x, y abortedRange) int { return cmp.Compare(x.first, y.first) })
	return a
}

// covers reports whether a batch belongs to an aborted transaction. It must be called for the batches in order.
func (a *aborted) covers(set []byte, attributes uint16) bool {
	if attributes&transactional == 0 || len(a.coming)+len(a.now) == 0 {
		return false
	}
	last := endOf(set) - 1
	for len(a.coming) > 0 && a.coming[0].first <= last {
		a.now = append(a.now, a.coming[0].producer)
		a.coming = a.coming[1:]
	}
	producer := int64(binary.BigEndian.Uint64(set[atProducer:]))
	if attributes&controls == 0 {
		return slices.Contains(a.now, producer)
	}
	if abortMarker(set, attributes) {
		a.now = slices.DeleteFunc(a.now, func(p int64) bool { return p == producer })
	}
	return false
}

// abortMarker reports whether a control batch aborts a transaction: the key of its record is a version and a type, both
// int16, and type 0 stands for abort.
func abortMarker(set []byte, attributes uint16) bool {
	if attributes&compression != 0 {
		return false // the broker does not compress them
	}
	v := varints{b: set[atRecords:]}
	size := v.next()
	if size < 1 || size > int64(len(v.b)) {
		return false
	}
	r := varints{b: v.b[1:size]}
	r.next()
	r.next()
	key := r.bytes()
	return !r.bad && len(key) >= 4 && binary.BigEndian.Uint16(key[2:]) == 0
}
