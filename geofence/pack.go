package geofence

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// packer gathers a compact document:
//
//	version   1 byte
//	texts     how many bytes, and all texts in the order of the body
//	body      numbers (varints, signed ones zig-zag), and the length of each text where it belongs
//	checksum  CRC-32C of all before it, 4 bytes, little-endian
//
// The texts lie together so that a reader makes one string of all of them.
type packer struct{ texts, body []byte }

const checksumSize = 4

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func (p *packer) appendTo(b []byte) []byte {
	start := len(b)
	b = binary.AppendUvarint(append(b, compactVersion), uint64(len(p.texts)))
	b = append(append(b, p.texts...), p.body...)
	return binary.LittleEndian.AppendUint32(b, checksum(b[start:]))
}

func (p *packer) count(n int)    { p.body = binary.AppendUvarint(p.body, uint64(n)) }
func (p *packer) varint(v int64) { p.body = binary.AppendVarint(p.body, v) }
func (p *packer) float(v float64) {
	p.body = binary.LittleEndian.AppendUint64(p.body, math.Float64bits(v))
}

func (p *packer) text(s string) {
	p.count(len(s))
	p.texts = append(p.texts, s...)
}

func (p *packer) list(texts []string) {
	p.count(len(texts))
	for _, s := range texts {
		p.text(s)
	}
}

func (p *packer) schedule(windows []Window) {
	p.count(len(windows))
	for i := range windows {
		w := &windows[i]
		var days byte
		for d, on := range w.Days {
			if on {
				days |= 1 << d
			}
		}
		p.body = append(p.body, days)
		p.count(w.From)
		p.count(w.To)
	}
}

func (p *packer) exceptions(list []Exception) {
	p.count(len(list))
	for i := range list {
		e := &list[i]
		p.varint(e.From.UnixMilli())
		p.varint(e.To.UnixMilli())
		p.text(e.Reason)
	}
}

// unpacker reads what a packer wrote. Once something is wrong it reads zeros, and done says so; no count is believed
// that the bytes left could not fill.
type unpacker struct {
	texts  string
	body   []byte
	broken bool
}

// unpack checks the version and the checksum. The texts are parts of a document that is a string, and copied otherwise.
func unpack[D []byte | string](document D) (*unpacker, error) {
	b := []byte(document)
	if len(b) > 0 && b[0] != compactVersion {
		return nil, fmt.Errorf("%w: version %d, and this program knows %d: import it anew, or run the program that wrote it",
			ErrCompact, b[0], compactVersion)
	}
	end := len(b) - checksumSize
	if end < 1 || checksum(b[:end]) != binary.LittleEndian.Uint32(b[end:]) {
		return nil, fmt.Errorf("%w: its checksum is wrong, so it was damaged or cut off: import it anew", ErrCompact)
	}
	u := &unpacker{body: b[1:end]}
	n := u.count(1)
	first := end - len(u.body)
	u.texts, u.body = string(document[first:first+n]), u.body[n:]
	return u, nil
}

// done reports whether all was read and nothing was wrong.
func (u *unpacker) done() bool { return !u.broken && len(u.body) == 0 && u.texts == "" }

func (u *unpacker) fail() {
	u.broken, u.body, u.texts = true, nil, ""
}

// took moves past n bytes of the body; n of 0 or less is a number that could not be read.
func (u *unpacker) took(n int) {
	if n <= 0 {
		u.fail()
		return
	}
	u.body = u.body[n:]
}

func (u *unpacker) uvarint() uint64 {
	v, n := binary.Uvarint(u.body)
	u.took(n)
	return v
}

func (u *unpacker) varint() int64 {
	v, n := binary.Varint(u.body)
	u.took(n)
	return v
}

func (u *unpacker) byte() (v byte) {
	if len(u.body) > 0 {
		v = u.body[0]
	}
	u.took(min(1, len(u.body)))
	return v
}

func (u *unpacker) float() float64 {
	if len(u.body) < 8 {
		u.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(u.body))
	u.body = u.body[8:]
	return v
}

// count reads how many things of at least so many bytes follow.
func (u *unpacker) count(size int) int {
	n := u.uvarint()
	if n > uint64(len(u.body)/size) {
		u.fail()
		return 0
	}
	return int(n)
}

func (u *unpacker) text() string {
	n := u.uvarint()
	if n > uint64(len(u.texts)) {
		u.fail()
		return ""
	}
	s := u.texts[:n]
	u.texts = u.texts[n:]
	return s
}

// list reads texts, into room if they fit; nil when there are none.
func (u *unpacker) list(room []string) []string {
	n := u.count(1)
	if n == 0 {
		return nil
	}
	if n > len(room) {
		room = make([]string, n)
	}
	for i := range room[:n] {
		room[i] = u.text()
	}
	return room[:n:n]
}

func (u *unpacker) schedule() []Window {
	n := u.count(3)
	if n == 0 {
		return nil
	}
	windows := make([]Window, n)
	for i := range windows {
		w, days := &windows[i], u.byte()
		for d := range w.Days {
			w.Days[d] = days>>d&1 != 0
		}
		w.From, w.To = u.minute(), u.minute()
	}
	return windows
}

func (u *unpacker) minute() int {
	m := u.uvarint()
	if m >= 24*60 {
		u.fail()
		return 0
	}
	return int(m)
}

func (u *unpacker) exceptions() []Exception {
	n := u.count(3)
	if n == 0 {
		return nil
	}
	list := make([]Exception, n)
	for i := range list {
		list[i] = Exception{From: u.instant(), To: u.instant(), Reason: u.text()}
	}
	return list
}

func (u *unpacker) instant() time.Time { return time.UnixMilli(u.varint()).UTC() }
