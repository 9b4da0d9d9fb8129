package redisindex

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// The identity record holds, for each kind, a count and a digest of the newest revisions and of the superseded ones. They
// show when the store has lost something.
//
// A digest is the sum, modulo 2^64, of one 64-bit hash for each object: XXH64 of its field and its stored bytes. A sum can
// be kept without reading the rest: a write adds the hash of what it stores and subtracts that of what it removes. 64 bits
// are enough against accidents. A loss goes unnoticed only if the number of objects is the same and the hashes of the lost
// objects and of those in their place have the same sum, which happens once in 2^64 losses. The digest does not protect
// against deliberate writes into the store: such a writer can change the identity record too.

// digest is a sum of hashes.
type digest uint64

func (d digest) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(d)), nil }

func (d *digest) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 64)
	*d = digest(n)
	return err
}

// tally is the number of objects of a hash and the sum of their hashes.
type tally struct {
	Count  int64  `json:"count"`
	Digest digest `json:"digest"`
}

func (t *tally) add(field, text string) {
	t.Count++
	t.Digest += hashOf(appendObject(nil, field, text))
}

func (t *tally) remove(field, text string) {
	t.Count--
	t.Digest -= hashOf(appendObject(nil, field, text))
}

// appendObject appends a field and its stored bytes. No two objects give the same result. The stored bytes come last.
func appendObject(b []byte, field, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(field)))
	return append(append(b, field...), text...)
}

func hashOf(object []byte) digest { return digest(xxhash.Sum64(object)) }

// sums is the part of the identity record about one kind.
type sums struct {
	// Revision is the kind's revision at which the other fields were complete. A program that does not know the sums raises
	// the kind's revision and leaves this one behind.
	Revision uint64 `json:"revision"`
	Newest   tally  `json:"newest"`
	History  tally  `json:"history"`
	// WholeAt is when the kind was last written while none of it was missing, ms, and WholeRevision its revision then. They
	// identify a loss: all processors that notice it give it the same id, and the next loss another one.
	WholeAt       int64  `json:"whole_at"`
	WholeRevision uint64 `json:"whole_revision"`
	// Accepted is when a loss was last accepted, ms; 0: never.
	Accepted int64 `json:"accepted,omitempty"`
	// Floor is the store's revision at that time. Revisions up to it, of any id, may be lost, and no number may be used
	// twice. So new numbers are greater than Floor, which is at least as great as every number used.
	Floor uint64 `json:"floor,omitempty"`
}

func (s sums) encode() string {
	text, _ := json.Marshal(s) // never fails: numbers and text
	return string(text)
}

func parseSums(text string) (s sums, err error) {
	err = json.Unmarshal([]byte(text), &s)
	return s, err
}

// sums returns the name of the field of the store hash.
func (k kind) sums() string { return string(k) + "_sums" }

// counted returns the sums of the kind. It returns false if there are none, or only those of an earlier revision: an older
// program wrote to the store.
func (s state) counted(k kind) (sums, bool) {
	is, ok := s.sums[k]
	return is, ok && s.published(k) && is.Revision == s.kinds[k]
}

// stock is the number of objects of one kind.
type stock struct{ newest, history int64 }

// hashes are the hashes of the objects that a scan returned. A scan can return an object twice, so they can only be summed
// when the number of objects is known.
type hashes []digest

// tally returns the tally of the given number of objects.
func (h hashes) tally(objects int64) tally {
	if int64(len(h)) != objects {
		slices.Sort(h)
		h = slices.Compact(h)
	}
	t := tally{Count: int64(len(h))}
	for _, d := range h {
		t.Digest += d
	}
	return t
}
