package kafkasource

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"unsafe"

	"github.com/segmentio/kafka-go/compress"

	"cordon/ingest"
)

// Positions of the fields of a record batch, version 2 (https://kafka.apache.org/documentation/#recordbatch).
const (
	atLength    = 8  // of what follows, int32
	atMagic     = 16 // 2
	atCRC       = 17 // CRC-32C of all from the attributes on
	atAttribute = 21
	atLastDelta = 23 // last offset − first, int32
	atTime      = 27 // of the first record, int64
	atMaxTime   = 35 // the greatest of the records' times, or the broker's when it appended the batch, int64
	atProducer  = 43 // id, int64
	atCount     = 57 // int32
	atRecords   = 61

	compression   = 7      // of the attributes
	logAppendTime = 1 << 3 // of the attributes: the greatest time counts for all records
	transactional = 1 << 4 // of the attributes
	controls      = 1 << 5 // of the attributes: the records are the broker's own

	leastRecord = 7 // bytes
)

const (
	mostPlain   = 64 << 20  // bytes of an unpacked batch
	mostFetched = 128 << 20 // bytes of all unpacked batches of one fetch, with their records

	recordBytes = int(unsafe.Sizeof(ingest.Record{}))
	headerBytes = int(unsafe.Sizeof(ingest.Header{}))

	mostHeaders  = 1000    // of a record; further ones are left out
	mostExpected = 1 << 16 // records and headers that are allocated because a batch claims them
	mostRetained = 1 << 18 // records and headers whose memory is kept for the next fetch
)

var (
	errDamaged = errors.New("the record batch is damaged")
	errFormat  = errors.New("the record batch is of a format older than Kafka 0.11")
	errCodec   = errors.New("the record batch is packed in a way that is not known")
)

// batch holds the records of one fetch. Keys, values and headers are not copied: they point into the response, or into
// what was unpacked from it.
type batch struct {
	limits   limits // zero stands for the constants above
	records  []ingest.Record
	headers  []ingest.Header
	expected int    // records of the response at hand, about
	key      string // of the last header: most records have the same
	unpacker unpacker
	held     int  // bytes of this fetch in memory
	full     bool // no more records are kept
}

// limits bound the memory of a fetch.
type limits struct{ plain, fetched int }

// unreadable is the first batch of a set that cannot be read.
type unreadable struct {
	err         error
	first, last int64 // offsets, as the batch claims
	appended    int64 // its greatest timestamp, as it claims
	proven      bool  // the checksum is right: reading the batch again would give the same bytes
}

// take reads the records at and after the offset from, and returns the offset to go on from. It leaves a batch for the next
// fetch if the broker cut it off or if it exceeds the fetch's limit. It skips control batches, gaps left by compaction, and
// records of aborted transactions; they still take up offsets. It reads nothing at or after the offset before.
//
// If the first batch of the set cannot be read, take returns it and no records.
func (b *batch) take(set []byte, partition int, from int64, before int64, aborted aborted) (next int64, bad *unreadable) {
	b.begin(set)
	for next = from; len(set) > 0 && !b.full; {
		size, err := check(set)
		if err == nil && base(set) >= before {
			break
		}
		proven, first := err == nil, next == from
		if err == nil {
			next, err = b.read(set[:size], partition, from, next, first, &aborted)
		}
		if err != nil && first {
			return from, describe(set, err, proven)
		}
		if err != nil {
			break // cut off, too large for the rest of this fetch, or unreadable: the next fetch will show
		}
		set = set[size:]
	}
	return next, nil
}

// begin releases the last fetch.
func (b *batch) begin(set []byte) {
	if b.limits == (limits{}) {
		b.limits = limits{mostPlain, mostFetched}
	}
	if b.held > mostGuessed { // entries that are not overwritten would keep it in memory
		clear(b.records)
		clear(b.headers)
	}
	if cap(b.records) > mostRetained {
		b.records = nil
	}
	if cap(b.headers) > mostRetained {
		b.headers = nil
	}
	b.unpacker.reset()
	b.held, b.full = 0, false
	b.expected = expected(set)
	b.records, b.headers = slices.Grow(b.records[:0], b.expected), b.headers[:0]
}

// expected returns how many records the batches of a set say they have, at most as many as it can hold unpacked.
func expected(set []byte) int {
	n, most := 0, min(len(set)/leastRecord, mostExpected)
	for len(set) >= atRecords && n < most {
		n += int(binary.BigEndian.Uint32(set[atCount:]))
		set = set[min(sizeOf(set), int64(len(set))):]
	}
	return min(n, most)
}

// sizeOf returns the size of the first batch of a set, as it says.
func sizeOf(set []byte) int64 { return int64(binary.BigEndian.Uint32(set[atLength:])) + atLength + 4 }

// base returns the first offset of the first batch of a set.
func base(set []byte) int64 { return int64(binary.BigEndian.Uint64(set)) }

// endOf returns the offset after the first batch of a set.
func endOf(set []byte) int64 {
	return base(set) + int64(int32(binary.BigEndian.Uint32(set[atLastDelta:]))) + 1
}

// describe returns what the first batch of a set claims.
func describe(set []byte, err error, proven bool) *unreadable {
	bad := &unreadable{err: err, first: -1, last: -1, proven: proven}
	if len(set) >= atRecords && set[atMagic] == 2 {
		bad.first, bad.last, bad.appended = base(set), endOf(set)-1, int64(binary.BigEndian.Uint64(set[atMaxTime:]))
	}
	return bad
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
	case crc32.Checksum(set[atAttribute:size], castagnoli) != binary.BigEndian.Uint32(set[atCRC:]):
		return 0, errDamaged
	}
	return int(size), nil
}

// read reads one whole batch. The first one that is not skipped may have the size of the largest batch, the others only the
// rest of the fetch's limit.
func (b *batch) read(set []byte, partition int, from, next int64, first bool, aborted *aborted) (int64, error) {
	end := endOf(set)
	attributes := binary.BigEndian.Uint16(set[atAttribute:])
	count := binary.BigEndian.Uint32(set[atCount:])
	if aborted.covers(set, attributes) || end <= from || attributes&controls != 0 || count == 0 {
		return max(next, end), nil
	}
	limit := b.limits.plain
	if !first {
		limit = min(limit, b.limits.fetched-b.held)
	}
	plain, err := b.unpacker.unpack(set[atRecords:], compress.Compression(attributes&compression), limit)
	if err != nil {
		return next, err
	}
	kept, headers, held := len(b.records), len(b.headers), b.held
	b.held += len(plain)
	v := varints{b: plain}
	start := batchStart{Partition: partition, Offset: base(set), Appended: int64(binary.BigEndian.Uint64(set[atTime:]))}
	if attributes&logAppendTime != 0 {
		start.Appended, start.stamped = int64(binary.BigEndian.Uint64(set[atMaxTime:])), true
	}
	if n := min(int(count), len(plain)/leastRecord, (b.limits.fetched-b.held)/recordBytes+1); n > cap(b.records)-len(b.records) {
		b.records = slices.Grow(b.records, max(n, 0))
	}
	for range count {
		if b.record(&v, &start, from, &end); v.bad {
			b.records, b.headers, b.held, b.full = b.records[:kept], b.headers[:headers], held, false
			return next, errDamaged
		}
	}
	return max(next, end), nil
}

// batchStart holds the values that the records of a batch are relative to.
type batchStart struct {
	Partition        int
	Offset, Appended int64
	stamped          bool // Appended is the time of all records
}

// record reads one record. Once the fetch is full it only checks the record: end becomes the offset of the first record that
// is not kept.
func (b *batch) record(v *varints, first *batchStart, from int64, end *int64) {
	size := v.next()
	if size < 1 || size > int64(len(v.b)) {
		v.bad = true
		return
	}
	r := varints{b: v.b[1:size]} // after the attributes, of which there are none yet
	v.b = v.b[size:]
	appended, offset := first.Appended, first.Offset
	if delta := r.next(); !first.stamped {
		appended += delta
	}
	offset += r.next()
	key, value := r.bytes(), r.bytes()
	headers := b.header(&r, offset >= from && !b.full)
	if v.bad = r.bad; v.bad || offset < from || b.full {
		return
	}
	if b.held += recordBytes; b.held > b.limits.fetched && len(b.records) > 0 {
		b.full, *end = true, offset
		return
	}
	b.records = append(b.records, ingest.Record{
		Partition: first.Partition, Offset: offset, Appended: appended, Key: key, Value: value, Headers: headers,
	})
}

// header reads the headers of a record.
func (b *batch) header(r *varints, keep bool) []ingest.Header {
	n := r.next()
	if n <= 0 {
		return nil
	}
	if !keep {
		r.skipHeaders(n)
		return nil
	}
	if cap(b.headers) == 0 {
		b.headers = make([]ingest.Header, 0, max(b.expected, 1)) // records with headers usually have one
	}
	start := len(b.headers)
	for range min(n, mostHeaders) {
		if r.bad {
			break
		}
		if key := r.bytes(); string(key) != b.key {
			b.key = string(key)
			b.held += len(key)
		}
		b.headers = append(b.headers, ingest.Header{Key: b.key, Value: r.bytes()})
		b.held += headerBytes
	}
	r.skipHeaders(n - mostHeaders)
	return b.headers[start:len(b.headers):len(b.headers)]
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

// skipHeaders skips n headers.
func (v *varints) skipHeaders(n int64) {
	for ; n > 0 && !v.bad; n-- {
		v.bytes()
		v.bytes()
	}
}
