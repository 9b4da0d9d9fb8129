package kafkasource

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/segmentio/kafka-go/compress"

	"cordon/ingest"
)

// A record batch, version 2 (https://kafka.apache.org/documentation/#recordbatch): where its fields lie.
const (
	atLength    = 8  // of what follows, int32
	atMagic     = 16 // 2
	atCRC       = 17 // CRC-32C of all from the attributes on
	atAttribute = 21
	atLastDelta = 23 // last offset − first, int32
	atTime      = 27 // of the first record, int64
	atCount     = 57 // int32
	atRecords   = 61

	compression = 7      // of the attributes
	controls    = 1 << 5 // of the attributes: the records are the broker's own

	leastRecord = 7 // bytes

	mostPlain = 256 << 20 // bytes that a batch may come to when it is unpacked
)

var (
	errDamaged = errors.New("the record batch is damaged")
	errFormat  = errors.New("the record batch is of a format older than Kafka 0.11")
	errCodec   = errors.New("the record batch is packed in a way that is not known")
)

// batch holds the records of one fetch. Keys, values and headers are not copied: they point into the response, or into
// what was unpacked from it.
type batch struct {
	records  []ingest.Record
	headers  []ingest.Header
	expected int    // records of the response at hand, about
	key      string // of the last header: most records have the same
}

// take reads the records at and after an offset, and returns the offset to go on from. A batch that the broker cut off
// at the end is left for the next fetch. Control batches, and what compaction leaves behind, hold no records of ours but
// take up offsets.
func (b *batch) take(set []byte, partition int, from int64) (next int64, err error) {
	b.expected = expected(set)
	b.records, b.headers = slices.Grow(b.records[:0], b.expected), b.headers[:0]
	next = from
	for first := true; len(set) > 0; first = false {
		size, err := check(set)
		if err == nil {
			next, err = b.read(set[:size], partition, from, next)
		}
		switch {
		case err == nil:
		case first:
			return from, fmt.Errorf("at offset %d: %w", from, err)
		default:
			return next, nil // either cut off, or the next fetch will say
		}
		set = set[size:]
	}
	return next, nil
}

// expected returns how many records the batches of a set say they have, at most as many as it can hold unpacked.
func expected(set []byte) int {
	n, most := 0, len(set)/leastRecord
	for len(set) >= atRecords {
		n += int(binary.BigEndian.Uint32(set[atCount:]))
		set = set[min(sizeOf(set), int64(len(set))):]
	}
	return min(n, most)
}

// sizeOf returns the size of the first batch of a set, as it says.
func sizeOf(set []byte) int64 { return int64(binary.BigEndian.Uint32(set[atLength:])) + atLength + 4 }

// check returns the size of the first batch of a set, if it is whole and unharmed.
func check(set []byte) (int, error) {
	if len(set) < atRecords {
		return 0, errDamaged
	}
	size := sizeOf(set)
	switch {
	case set[atMagic] != 2:
		return 0, errFormat
	case size < atRecords || size > int64(len(set)):
		return 0, errDamaged
	case crc32.Checksum(set[atAttribute:size], crc32.MakeTable(crc32.Castagnoli)) != binary.BigEndian.Uint32(set[atCRC:]):
		return 0, errDamaged
	}
	return int(size), nil
}

// read reads one whole batch.
func (b *batch) read(set []byte, partition int, from, next int64) (int64, error) {
	base := int64(binary.BigEndian.Uint64(set))
	end := base + int64(int32(binary.BigEndian.Uint32(set[atLastDelta:]))) + 1
	attributes := binary.BigEndian.Uint16(set[atAttribute:])
	if end <= from || attributes&controls != 0 {
		return max(next, end), nil
	}
	plain, err := unpack(set[atRecords:], compress.Compression(attributes&compression))
	if err != nil {
		return next, err
	}
	kept, headers := len(b.records), len(b.headers)
	v := varints{b: plain}
	first := ingest.Record{Partition: partition, Offset: base, Appended: int64(binary.BigEndian.Uint64(set[atTime:]))}
	for range binary.BigEndian.Uint32(set[atCount:]) {
		if b.record(&v, &first, from); v.bad {
			b.records, b.headers = b.records[:kept], b.headers[:headers]
			return next, errDamaged
		}
	}
	return max(next, end), nil
}

// record reads one record, whose offset and time count from those of first.
func (b *batch) record(v *varints, first *ingest.Record, from int64) {
	size := v.next()
	if size < 1 || size > int64(len(v.b)) {
		v.bad = true
		return
	}
	r := varints{b: v.b[1:size]} // after the attributes, of which there are none yet
	v.b = v.b[size:]
	appended, offset := first.Appended+r.next(), first.Offset+r.next()
	key, value := r.bytes(), r.bytes()
	headers := b.header(&r)
	if v.bad = r.bad; !v.bad && offset >= from {
		b.records = append(b.records, ingest.Record{
			Partition: first.Partition, Offset: offset, Appended: appended, Key: key, Value: value, Headers: headers,
		})
	}
}

// header reads the headers of a record.
func (b *batch) header(r *varints) []ingest.Header {
	n := r.next()
	if n <= 0 {
		return nil
	}
	if cap(b.headers) == 0 {
		b.headers = make([]ingest.Header, 0, b.expected) // what has headers mostly has one
	}
	start := len(b.headers)
	for ; n > 0 && !r.bad; n-- {
		if key := r.bytes(); string(key) != b.key {
			b.key = string(key)
		}
		b.headers = append(b.headers, ingest.Header{Key: b.key, Value: r.bytes()})
	}
	return b.headers[start:len(b.headers):len(b.headers)]
}

// unpack returns the records of a batch without their compression.
func unpack(packed []byte, by compress.Compression) ([]byte, error) {
	if by == compress.None {
		return packed, nil
	}
	codec := by.Codec()
	if codec == nil {
		return nil, errCodec
	}
	r := codec.NewReader(bytes.NewReader(packed))
	defer r.Close()
	plain, err := io.ReadAll(io.LimitReader(r, mostPlain+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	case len(plain) > mostPlain:
		return nil, fmt.Errorf("%w: it unpacks to more than %d MiB", errDamaged, mostPlain>>20)
	}
	return plain, nil
}

// varints takes zig-zag numbers, and bytes with their length before them, off the front of b. After the first that is
// not there bad stays set.
type varints struct {
	b   []byte
	bad bool
}

func (v *varints) next() int64 {
	if len(v.b) > 0 && v.b[0] < 0x80 { // most are one byte
		u := v.b[0]
		v.b = v.b[1:]
		return int64(u>>1) ^ -int64(u&1)
	}
	x, n := binary.Varint(v.b)
	if n <= 0 {
		v.b, v.bad = nil, true
		return 0
	}
	v.b = v.b[n:]
	return x
}

// bytes returns nil for null, whose length is -1.
func (v *varints) bytes() []byte {
	n := v.next()
	if n < 0 {
		return nil
	}
	if n > int64(len(v.b)) {
		v.b, v.bad = nil, true
		return nil
	}
	taken := v.b[:n:n]
	v.b = v.b[n:]
	return taken
}
