package ingest

import "bytes"

// shape remembers how the members of the last object of a level were named, one after the other. A producer writes its
// records alike, so that the next object mostly has the same name, byte for byte, in the same place, and the field is
// known without reading it. What is remembered is no more than a guess: where the bytes differ, they are read.
type shape [32]member

// member is a name as it is written, from its first quote to the colon, and the field it stands for.
type member struct {
	text   [30]byte
	length uint8
	field  field
}

// guess returns the field and the index after the colon if the n-th member, at b[i], is named as the last time.
func (s *shape) guess(b []byte, i, n int) (f field, next int, ok bool) {
	if n >= len(s) {
		return noField, i, false
	}
	m := &s[n]
	next = i + int(m.length)
	if m.length == 0 || next >= len(b) || !bytes.Equal(b[i:next], m.text[:m.length]) {
		return noField, i, false
	}
	return m.field, next, true
}

// learn remembers that the n-th member, whose name is written as text, is f. Names with white space before their colon
// or too long to keep are read each time.
func (s *shape) learn(n int, text []byte, f field) {
	if n >= len(s) || len(text) > len(s[n].text) || text[len(text)-1] != ':' {
		return
	}
	m := &s[n]
	m.length = uint8(copy(m.text[:], text))
	m.field = f
}
