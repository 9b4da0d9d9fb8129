package ingest

import (
	"bytes"
	"encoding/binary"
)

// shape remembers how the members of the last object of a level were named, one after the other. A producer writes its
// records alike, so that the next object mostly has the same name, byte for byte, in the same place, and the field is
// known without reading it. What is remembered is no more than a guess: where the bytes differ, they are read.
type shape [32]member

// member is a name as it is written, from its first quote to the colon, and the field it stands for.
type member struct {
	words, masks [3]uint64 // the first 24 bytes of text, and where they are part of it
	text         [30]byte
	length       uint8
	field        field
}

// guess returns the field and the index after the colon if the n-th member, at b[i], is named as the last time.
func (s *shape) guess(b []byte, i, n int) (f field, next int, ok bool) {
	if n >= len(s) {
		return noField, i, false
	}
	m, t := &s[n], b[i:]
	if len(t) < 24 || m.length > 24 {
		return m.compare(t, i)
	}
	x := (binary.LittleEndian.Uint64(t) ^ m.words[0]) & m.masks[0]
	y := (binary.LittleEndian.Uint64(t[8:]) ^ m.words[1]) & m.masks[1]
	z := (binary.LittleEndian.Uint64(t[16:]) ^ m.words[2]) & m.masks[2]
	return m.field, i + int(m.length), x|y|z == 0 && m.length > 0
}

// compare is guess for a name at the start of t, near the end of a record, or longer than most.
func (m *member) compare(t []byte, i int) (f field, next int, ok bool) {
	return m.field, i + int(m.length), m.length > 0 && bytes.HasPrefix(t, m.text[:m.length])
}

// learn remembers that the n-th member, whose name is written as text, is f. Names with white space before their colon
// or too long to keep are read each time.
func (s *shape) learn(n int, text []byte, f field) {
	if n >= len(s) || len(text) > len(s[n].text) || text[len(text)-1] != ':' {
		return
	}
	m := &s[n]
	*m = member{length: uint8(len(text)), field: f}
	copy(m.text[:], text)
	for i := range m.words {
		m.words[i] = binary.LittleEndian.Uint64(m.text[8*i:])
		m.masks[i] = 1<<(8*max(0, len(text)-8*i)) - 1 // beyond 64 bits: of all of them
	}
}
