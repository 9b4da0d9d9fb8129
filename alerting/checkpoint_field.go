package alerting

import (
	"encoding/binary"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Wire types of the fields, to be joined with a field number into a field's key.
const (
	wireVarint  = uint64(protowire.VarintType)
	wireFixed64 = uint64(protowire.Fixed64Type)
	wireFixed32 = uint64(protowire.Fixed32Type)
	wireBytes   = uint64(protowire.BytesType) // text, messages and packed numbers
)

// appendKey appends what precedes a field's value. Numbers up to 15 take one byte.
func appendKey(b []byte, num, kind uint64) []byte {
	if num < 16 {
		return append(b, byte(num<<3|kind))
	}
	return protowire.AppendVarint(b, num<<3|kind)
}

// appendLength appends a number that is usually small.
func appendLength(b []byte, n int) []byte {
	if uint(n) < 0x80 {
		return append(b, byte(n))
	}
	return protowire.AppendVarint(b, uint64(n))
}

// appendTime appends a time. An absent field means never. Times are fixed64 because a varint takes six bytes for one and is
// slower to write.
func appendTime(b []byte, num uint64, v int64) []byte {
	if v == never {
		return b
	}
	return protowire.AppendFixed64(appendKey(b, num, wireFixed64), uint64(v))
}

// appendInstant appends a time. An absent field means 0, here and in the functions below.
func appendInstant(b []byte, num uint64, v int64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendFixed64(appendKey(b, num, wireFixed64), uint64(v))
}

func appendSint(b []byte, num uint64, v int64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(appendKey(b, num, wireVarint), protowire.EncodeZigZag(v))
}

func appendUint(b []byte, num, v uint64) []byte {
	if v == 0 {
		return b
	}
	b = appendKey(b, num, wireVarint)
	if v < 0x80 {
		return append(b, byte(v))
	}
	return protowire.AppendVarint(b, v)
}

// appendInt appends an int32. A negative one takes ten bytes.
func appendInt(b []byte, num uint64, v int32) []byte { return appendUint(b, num, uint64(int64(v))) }

func appendBool(b []byte, num uint64, v bool) []byte {
	if !v {
		return b
	}
	return append(appendKey(b, num, wireVarint), 1)
}

func appendDouble(b []byte, num uint64, v float64) []byte {
	return appendInstant(b, num, int64(math.Float64bits(v)))
}

func appendText(b []byte, num uint64, s string) []byte {
	if s == "" {
		return b
	}
	return append(appendLength(appendKey(b, num, wireBytes), len(s)), s...)
}

// beginMessage appends the head of a message of less than 128 bytes, and returns where its fields begin.
func beginMessage(b []byte, num uint64) ([]byte, int) {
	b = append(appendKey(b, num, wireBytes), 0)
	return b, len(b)
}

// beginLong is beginMessage for one of 128 bytes and more.
func beginLong(b []byte, num uint64) ([]byte, int) {
	b = append(appendKey(b, num, wireBytes), 0, 0)
	return b, len(b)
}

// endMessage writes the length of the message whose fields begin at an index.
func endMessage(b []byte, at int) []byte { return endWith(b, at, 1) }

func endLong(b []byte, at int) []byte { return endWith(b, at, 2) }

// endWith writes the length into the room reserved for it, and moves the message if the length needs more or fewer bytes.
// The length is not known before the message is written, and a second buffer would have to be allocated. Moving bytes is
// slow, so callers reserve the room that is usually needed.
func endWith(b []byte, at, room int) []byte {
	n := len(b) - at
	switch {
	case room == 1 && n < 1<<7:
		b[at-1] = byte(n)
		return b
	case room == 2 && n >= 1<<7 && n < 1<<14:
		b[at-2], b[at-1] = byte(n)|0x80, byte(n>>7)
		return b
	}
	size := protowire.SizeVarint(uint64(n))
	if more := size - room; more != 0 {
		b = append(b, make([]byte, max(0, more))...)[:len(b)+more]
		copy(b[at+more:], b[at:at+n])
		at += more
	}
	protowire.AppendVarint(b[:at-size], uint64(n))
	return b
}

// fields reads a message one field at a time.
type fields struct {
	rest   []byte
	key    uint64 // number and wire type of the current field
	number uint64 // its value, for numbers
	bytes  []byte // its value, for bytes
	err    error
}

// next reads the next field, and reports whether there is one. Groups are skipped: checkpoint.proto has none.
func (f *fields) next() bool {
	if len(f.rest) == 0 || f.err != nil {
		return false
	}
	num, kind, n := protowire.ConsumeTag(f.rest)
	if n >= 0 {
		f.rest = f.rest[n:]
		f.key = uint64(num)<<3 | uint64(kind)
		switch kind {
		case protowire.VarintType:
			f.number, n = protowire.ConsumeVarint(f.rest)
		case protowire.Fixed64Type:
			f.number, n = protowire.ConsumeFixed64(f.rest)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(f.rest)
			f.number = uint64(v)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(f.rest)
		default:
			n = protowire.ConsumeFieldValue(num, kind, f.rest)
		}
	}
	if n < 0 {
		f.err = protowire.ParseError(n)
		return false
	}
	f.rest = f.rest[n:]
	return true
}

// take notes the error of reading the message at hand.
func (f *fields) take(err error) {
	if err != nil && f.err == nil {
		f.err = err
	}
}

func (f *fields) time() int64     { return int64(f.number) }
func (f *fields) sint() int64     { return protowire.DecodeZigZag(f.number) }
func (f *fields) int() int32      { return int32(f.number) }
func (f *fields) bool() bool      { return f.number != 0 }
func (f *fields) double() float64 { return math.Float64frombits(f.number) }
func (f *fields) text() string    { return string(f.bytes) }

// appendPacked appends packed numbers of eight bytes.
func (f *fields) appendPacked(to []uint64) []uint64 {
	b := f.bytes
	for ; len(b) >= 8; b = b[8:] {
		to = append(to, binary.LittleEndian.Uint64(b))
	}
	if len(b) > 0 {
		f.take(io.ErrUnexpectedEOF)
	}
	return to
}

// word returns the text. It allocates nothing for a few frequent words.
func (f *fields) word() string {
	for _, w := range words {
		if string(f.bytes) == w {
			return w
		}
	}
	return f.text()
}

// words are the frequent values of the fields class, source, zone_kind, severity and profile.
var words = [...]string{
	"gnss", string(ClassDeep), string(ClassIn), string(ClassOut), string(ClassLine), string(ClassUnusable), "exclusion", "inclusion",
	"critical", "serious", "warning", "default",
}
