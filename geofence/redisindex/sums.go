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
// A digest is the sum, modulo 2^64, of one 64-bit hash for each object: XXH64 over its field and its stored bytes. A sum
// can be kept without reading the rest: a write adds the hash of what it stores and subtracts that of what it removes.
// 64 bits are wide enough against accident. A loss goes unnoticed only if as many objects are there as before, and the hashes
// of those lost and of those in their place have the same sum, which happens once in 2^64 losses. It is no defence
// against somebody who writes into the store on purpose: who can do that can write another identity record, too.

// digest is a sum of hashes.
type digest uint64

func (d digest) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(d)), nil }

func (d *digest) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 64)
	*d = digest(n)
	return err
}

// tally counts the objects of a hash and sums up their hashes.
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

// appendObject appends a field and its stored bytes, so that no two objects are written alike. The stored bytes stand at
// the end.
func appendObject(b []byte, field, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(field)))
	return append(append(b, field...), text...)
}

func hashOf(object []byte) digest { return digest(xxhash.Sum64(object)) }

// sums are what the identity record says of one kind.
type sums struct {
	// Revision is the kind's revision as of which the rest is complete. A program that knows nothing of the sums moves
	// the kind's revision on without it.
	Revision uint64 `json:"revision"`
	Newest   tally  `json:"newest"`
	History  tally  `json:"history"`
	// WholeAt is when the kind was last written while none of it was missing, ms, and WholeRevision its revision then. A
	// loss is named by them, so that all who notice it name it alike, and the next one otherwise.
	WholeAt       int64  `json:"whole_at"`
	WholeRevision uint64 `json:"whole_revision"`
	// Accepted is when somebody last declared what was left after a loss to be all there is, ms; 0: never.
	Accepted int64 `json:"accepted,omitempty"`
	// Floor is the store's revision then. Revisions up to it may be lost, of any id, and no number is used twice: numbers
	// go on above it, which is above all that were used.
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

// sums field of the store hash.
func (k kind) sums() string { return string(k) + "_sums" }

// counted returns what the identity record says of the kind; false when it does not, or as of an earlier revision: the
// store was written by an older program.
func (s state) counted(k kind) (sums, bool) {
	is, ok := s.sums[k]
	return is, ok && s.published(k) && is.Revision == s.kinds[k]
}

// stock is how many objects there are of one kind.
type stock struct{ newest, history int64 }

// hashes are those of the objects that a scan met. A scan can meet an object twice, so that they are sums only once it
// is known how many there are.
type hashes []digest

// tally sums up the hashes of so many objects.
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
