package ingest

import "math/bits"

// remembered is how many pings of a tag a repeat is looked for among.
const remembered = 16

// Recent remembers the last 16 pings of one tag, so that a repeat is recognised. Of each it keeps a hash of 64 bits:
// the chance that a new ping is taken for a repeat is below one in 10^18. The zero value remembers nothing.
type Recent struct {
	marks [remembered]uint64 // a ring
	next  uint8              // mod 16: where the next mark goes
	n     uint8
}

// at returns the i-th mark, of which the newest is the 0th.
func (r *Recent) at(i uint8) *uint64 { return &r.marks[(r.next-1-i)%remembered] }

// Seen reports whether p repeats one of the last 16 pings: same fix time, seq or none, source, and position (in 1e-7
// degrees) or none. If it does not, p is remembered and the oldest forgotten.
func (r *Recent) Seen(p *Ping) bool {
	mark := markOf(p)
	for _, m := range r.marks[:r.n] {
		if m == mark {
			return true
		}
	}
	r.marks[r.next%remembered] = mark
	r.next++
	r.n = min(r.n+1, remembered)
	return false
}

// markOf hashes what makes two pings of a tag the same. It is part of what checkpoints hold: a change of it makes every
// repeat of a ping from before the change a new ping.
func markOf(p *Ping) uint64 {
	h := mix(0x9e3779b97f4a7c15, uint64(p.FixTime))
	h = mix(h, uint64(p.Source)|uint64(p.Has&(HasSeq|HasPosition))<<8)
	if p.With(HasSeq) {
		h = mix(h, p.Seq)
	}
	if p.With(HasPosition) {
		h = mix(h, uint64(E7(p.Lat)))
		h = mix(h, uint64(E7(p.Lon)))
	}
	return h
}

// mix folds x into h. The two halves of a product depend on every bit of both factors; the constants (digits of π) keep
// a factor from being zero in practice.
func mix(h, x uint64) uint64 {
	hi, lo := bits.Mul64(h^0x243f6a8885a308d3, x^0x13198a2e03707344)
	return bits.RotateLeft64(hi^lo, 29) ^ h*0xff51afd7ed558ccd
}

// Touch reads a little of r, so that it is in the processor's cache when the next ping is looked for. The sum means
// nothing.
func (r *Recent) Touch() int64 { return int64(r.marks[0] + r.marks[8] + uint64(r.n)) }

// AppendTo appends the hashes of the remembered pings, newest first.
func (r *Recent) AppendTo(hashes []uint64) []uint64 {
	for i := range r.n {
		hashes = append(hashes, *r.at(i))
	}
	return hashes
}

// RecentOf returns a Recent with the hashes that AppendTo gave. If there are more than 16, it keeps the newest.
func RecentOf(hashes []uint64) (r Recent) {
	r.n = uint8(min(len(hashes), remembered))
	r.next = r.n
	for i := range r.n {
		*r.at(i) = hashes[i]
	}
	return r
}
