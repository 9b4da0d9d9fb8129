package kafkasource

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go/compress"
)

// packs lists every way to pack bytes that a producer may choose.
var packs = map[string]struct {
	by   compress.Compression
	pack func(testing.TB, []byte) []byte
}{
	"gzip":                    {compress.Gzip, by(compress.Gzip)},
	"lz4":                     {compress.Lz4, by(compress.Lz4)},
	"zstd":                    {compress.Zstd, by(compress.Zstd)},
	"snappy":                  {compress.Snappy, by(compress.Snappy)},
	"snappy, one block":       {compress.Snappy, func(_ testing.TB, b []byte) []byte { return snappy.Encode(nil, b) }},
	"zstd that says its size": {compress.Zstd, func(t testing.TB, b []byte) []byte { return zstdEncoder(t).EncodeAll(b, nil) }},
	"zstd with a large window": {compress.Zstd, func(t testing.TB, b []byte) []byte {
		return zstdStreamed(t, b, zstd.WithWindowSize(128<<20))
	}},
	"zstd in two frames, the second with a large window": {compress.Zstd, func(t testing.TB, b []byte) []byte {
		half := len(b) / 2
		return append(zstdStreamed(t, b[:half], zstd.WithWindowSize(1<<20)), zstdStreamed(t, b[half:], zstd.WithWindowSize(64<<20))...)
	}},
}

func by(c compress.Compression) func(testing.TB, []byte) []byte {
	return func(t testing.TB, plain []byte) []byte {
		t.Helper()
		var packed bytes.Buffer
		w := c.Codec().NewWriter(&packed)
		_, err := w.Write(plain)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return packed.Bytes()
	}
}

func zstdEncoder(t testing.TB, options ...zstd.EOption) *zstd.Encoder {
	t.Helper()
	w, err := zstd.NewWriter(nil, append(options, zstd.WithEncoderConcurrency(1))...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func zstdStreamed(t testing.TB, plain []byte, options ...zstd.EOption) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zstdEncoder(t, options...)
	w.Reset(&packed)
	// In two writes: of what comes in one the encoder knows the size, and asks for no window.
	_, first := w.Write(plain[:len(plain)/2])
	_, second := w.Write(plain[len(plain)/2:])
	if err := errors.Join(first, second, w.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestUnpack_returnsWhatWasPackedUpToTheLimit(t *testing.T) {
	sizes := []int{0, 1, 1000, 300_000, mostGuessed + 1}
	if !testing.Short() {
		sizes = append(sizes, mostGuessed-1, mostGuessed, 3*mostGuessed+7)
	}
	for name, c := range packs {
		var u unpacker
		for _, size := range sizes {
			plain := bytes.Repeat([]byte("0123456789abcdef-"), size/17+1)[:size]
			for i := 0; i < size; i += 5000 {
				plain[i] = byte(i / 5000 * 31)
			}
			packed := c.pack(t, plain)
			if size == 0 && len(packed) == 0 {
				continue
			}
			got, err := u.unpack(packed, c.by, max(size, 1))
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s, %d bytes: %d bytes, %v", name, size, len(got), err)
			}
			if size == 0 {
				continue
			}
			if got, err := u.unpack(packed, c.by, size-1); !errors.Is(err, errLarge) {
				t.Errorf("%s, %d bytes, one less allowed: %d bytes, %v", name, size, len(got), err)
			}
			u.reset()
		}
	}
}

func TestUnpack_keepsWhatItUnpackedBefore(t *testing.T) {
	for name, c := range packs {
		var u unpacker
		var all [][]byte
		for n := range 40 {
			got, err := u.unpack(c.pack(t, bytes.Repeat([]byte{byte(n)}, 60_000)), c.by, mostPlain)
			if err != nil {
				t.Fatal(name, err)
			}
			all = append(all, got)
		}
		for n, got := range all {
			if !bytes.Equal(got, bytes.Repeat([]byte{byte(n)}, 60_000)) {
				t.Errorf("%s: what was unpacked as number %d has changed", name, n)
			}
		}
	}
}

func TestUnpack_refusesWhatIsCutOff(t *testing.T) {
	for name, c := range packs {
		packed := c.pack(t, bytes.Repeat([]byte("0123456789abcdef-"), 1000))
		var u unpacker
		for _, n := range []int{1, 5, len(packed) / 2, len(packed) - 1} {
			if got, err := u.unpack(packed[:n], c.by, mostPlain); !errors.Is(err, errDamaged) && len(got) == 17_000 {
				t.Errorf("%s, %d of %d bytes: %d bytes, %v", name, n, len(packed), len(got), err)
			}
		}
	}
}

// allocated returns how many bytes do allocates in all.
func allocated(do func()) int {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

func TestUnpack_aBombCostsNoMoreMemoryThanTheLimit(t *testing.T) {
	bomb := 300 << 20
	if testing.Short() {
		bomb = mostPlain + 1<<20
	}
	plain := make([]byte, bomb)
	for name, c := range packs {
		if name == "zstd that says its size" { // it is refused for what it says
			continue
		}
		packed := c.pack(t, plain)
		var u unpacker
		n := allocated(func() {
			if _, err := u.unpack(packed, c.by, mostPlain); !errors.Is(err, errLarge) {
				t.Errorf("%s: %v", name, err)
			}
		})
		most := 4 * mostGuessed
		if strings.Contains(name, "large window") { // in one piece: twice the limit, because it is doubled up to there
			most = 2*mostPlain + 4*mostGuessed
		}
		t.Logf("%s: %d bytes packed, %d KiB allocated", name, len(packed), n>>10)
		if n > most {
			t.Errorf("%s: a batch of %d bytes that comes to %d MiB costs %d MiB", name, len(packed), bomb>>20, n>>20)
		}
		if cap(u.block) > mostPlain {
			t.Errorf("%s: %d MiB are kept", name, cap(u.block)>>20)
		}
	}
}

// A size that a header claims costs no memory before bytes of it have arrived.
func TestUnpack_allocatesNothingForAClaim(t *testing.T) {
	frame := func(n uint32, block []byte) []byte {
		b := append(slices.Clone(xerialMagic), 0, 0, 0, 1, 0, 0, 0, 1)
		return append(binary.BigEndian.AppendUint32(b, n), block...)
	}
	huge := binary.AppendUvarint(nil, 60<<20) // a block of snappy that claims 60 MiB
	for name, c := range map[string]struct {
		by     compress.Compression
		packed []byte
	}{
		"a snappy block":               {compress.Snappy, append(slices.Clone(huge), 0, 'x')},
		"a snappy frame":               {compress.Snappy, frame(1<<31-1, []byte("x"))},
		"a snappy frame, negative":     {compress.Snappy, frame(1<<32-1, []byte("x"))},
		"a snappy block in a frame":    {compress.Snappy, frame(uint32(len(huge)), huge)},
		"a zstd window of 1 GiB":       {compress.Zstd, []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00}},
		"a zstd size of 1 TiB":         {compress.Zstd, append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0}, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0)},
		"an lz4 size of 1 TiB":         {compress.Lz4, []byte{0x04, 0x22, 0x4d, 0x18, 0x6c, 0x70, 0, 0, 0, 0, 0, 1, 0, 0, 0xff, 0, 0, 0, 0}},
		"a gzip header without an end": {compress.Gzip, append([]byte{0x1f, 0x8b, 8, 0x1c, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff}, bytes.Repeat([]byte("n"), 1<<20)...)},
	} {
		var u unpacker
		n := allocated(func() {
			if got, err := u.unpack(c.packed, c.by, mostPlain); err == nil && len(got) > 0 {
				t.Errorf("%s: %d bytes", name, len(got))
			}
		})
		if n > 12<<20 { // lz4 keeps blocks of 8 MiB at most
			t.Errorf("%s: %d MiB allocated", name, n>>20)
		}
	}
}

// seal gives a batch a checksum that fits.
func seal(b []byte) []byte {
	binary.BigEndian.PutUint32(b[atCRC:], crc32.Checksum(b[atAttribute:], castagnoli))
	return b
}

// batchOf makes a batch of records given as they are encoded.
func batchOf(attributes uint16, base, count int64, records []byte) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(base))
	b = binary.BigEndian.AppendUint32(b, uint32(atRecords-atMagic+4+len(records)))
	b = append(b, 0, 0, 0, 0, 2, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, attributes)
	b = binary.BigEndian.AppendUint32(b, uint32(count-1))
	b = binary.BigEndian.AppendUint64(b, 1000)
	b = binary.BigEndian.AppendUint64(b, 7000)
	b = append(b, make([]byte, atCount-atProducer)...)
	return seal(append(binary.BigEndian.AppendUint32(b, uint32(count)), records...))
}

// tiny returns n of the smallest possible records.
func tiny(n int) []byte {
	var b []byte
	for i := range n {
		r := binary.AppendVarint([]byte{0, 0}, int64(i)) // attributes, time, offset
		r = append(r, 1, 1, 0)                           // no key, no value, no headers
		b = append(binary.AppendVarint(b, int64(len(r))), r...)
	}
	return b
}

func TestTake_handsOverABatchOfManyRecordsBitByBit(t *testing.T) {
	const count = 10_000
	for name, packing := range map[string]uint16{"plain": 0, "zstd": 4} {
		records := tiny(count)
		if packing != 0 {
			records = by(compress.Zstd)(t, records)
		}
		b := batch{limits: limits{plain: 1 << 20, fetched: 2000 * recordBytes}}
		full := batchOf(packing, 50, count, records)
		for next, want, rounds := int64(50), int64(50), 0; next < 50+count; rounds++ {
			after, bad := b.take(full, 0, next, noEnd, aborted{})
			if bad != nil || after <= next || rounds > 20 {
				t.Fatalf("%s: from %d to %d, %v", name, next, after, bad)
			}
			if n := len(b.records) * recordBytes; n > b.limits.fetched {
				t.Errorf("%s: records take %d bytes, %d are the limit", name, n, b.limits.fetched)
			}
			for _, r := range b.records {
				if r.Offset != want {
					t.Fatalf("%s: offset %d where %d is due", name, r.Offset, want)
				}
				want++
			}
			next = after
		}
	}
}

func TestTake_leavesTheBatchThatDoesNotFitForTheNextFetch(t *testing.T) {
	records := by(compress.Zstd)(t, tiny(1000))
	all := append(batchOf(4, 0, 1000, records), batchOf(4, 1000, 1000, records)...)
	b := batch{limits: limits{plain: 10_000, fetched: 1000*recordBytes + 12_000}}
	for _, next := range []int64{0, 1000} {
		after, bad := b.take(all, 0, next, noEnd, aborted{})
		if bad != nil || after != next+1000 || len(b.records) != 1000 {
			t.Errorf("from %d: %d records, next %d, %v", next, len(b.records), after, bad)
		}
		all = all[len(all)/2:]
	}
}

func TestTake_setsNothingAsideForALimitOfTheFetch(t *testing.T) {
	big := by(compress.Zstd)(t, append(tiny(1), make([]byte, 9000)...)) // what follows the records is not looked at
	all := append(batchOf(0, 0, 100, tiny(100)), batchOf(4, 100, 1, big)...)
	b := batch{limits: limits{plain: 10_000, fetched: 10_000 + 100*recordBytes}}
	if next, bad := b.take(all, 0, 0, noEnd, aborted{}); bad != nil || next != 100 && next != 101 {
		t.Errorf("next %d, %v", next, bad)
	}
	if next, bad := b.take(all[len(batchOf(0, 0, 100, tiny(100))):], 0, 100, noEnd, aborted{}); bad != nil || next != 101 || len(b.records) != 1 {
		t.Errorf("alone: next %d, %v", next, bad)
	}
}

func TestTake_saysWhichBatchIsTooLarge(t *testing.T) {
	b := batch{limits: limits{plain: 5000, fetched: 10_000}}
	good, large := batchOf(0, 10, 2, tiny(2)), batchOf(4, 12, 3000, by(compress.Zstd)(t, tiny(3000)))
	set := slices.Concat(good, large, batchOf(0, 3012, 1, tiny(1)))
	if next, bad := b.take(set, 0, 10, noEnd, aborted{}); bad != nil || next != 12 || len(b.records) != 2 {
		t.Fatalf("what comes before: %d records, next %d, %v", len(b.records), next, bad)
	}
	_, bad := b.take(set[len(good):], 0, 12, noEnd, aborted{})
	if bad == nil || !errors.Is(bad.err, errLarge) || !bad.proven || bad.first != 12 || bad.last != 3011 || bad.appended != 7000 {
		t.Errorf("got %+v", bad)
	}
}

func TestTake_readsNothingFromTheLastStableOffsetOn(t *testing.T) {
	all := slices.Concat(set(t, at(10, 11)), set(t, at(12)), set(t, at(13)))
	for before, want := range map[int64]int64{10: 10, 12: 12, 13: 13, 14: 14} {
		var b batch
		next, bad := b.take(all, 0, 10, before, aborted{})
		if bad != nil || next != want || len(b.records) != int(want-10) {
			t.Errorf("before %d: %d records, next %d, %v", before, len(b.records), next, bad)
		}
	}
}

func TestTake_believesNoCount(t *testing.T) {
	for _, count := range []uint32{1000, 1 << 20, 1<<31 - 1, 1<<32 - 1} {
		set := batchOf(0, 0, 10, tiny(10))
		binary.BigEndian.PutUint32(set[atCount:], count)
		seal(set)
		var b batch
		n := allocated(func() {
			if _, bad := b.take(set, 0, 0, noEnd, aborted{}); bad == nil || !errors.Is(bad.err, errDamaged) || !bad.proven {
				t.Errorf("%d records: %v", count, bad)
			}
		})
		if n > 1<<20 {
			t.Errorf("%d records claimed: %d KiB allocated", count, n>>10)
		}
	}
	r := append([]byte{0, 0, 0, 1, 1}, binary.AppendVarint(nil, 1<<40)...) // so many headers
	set := batchOf(0, 0, 1, append(binary.AppendVarint(nil, int64(len(r))), r...))
	var b batch
	if n := allocated(func() { b.take(set, 0, 0, noEnd, aborted{}) }); n > 1<<20 {
		t.Errorf("%d KiB allocated for headers that are only claimed", n>>10)
	}
}

func TestTake_keepsOfARecordNoMoreHeadersThanAnybodyHas(t *testing.T) {
	const count = 50_000
	r := binary.AppendVarint([]byte{0, 0, 0, 1, 1}, count)
	for range count {
		r = append(r, 0, 1) // an empty name, no value
	}
	var b batch
	next, bad := b.take(batchOf(0, 0, 1, append(binary.AppendVarint(nil, int64(len(r))), r...)), 0, 0, noEnd, aborted{})
	if bad != nil || next != 1 || len(b.records) != 1 || len(b.records[0].Headers) != mostHeaders {
		t.Errorf("next %d, %v, %d headers", next, bad, len(b.records[0].Headers))
	}
}

func TestTake_goesByTheBrokersTimeWhereTheTopicSaysSo(t *testing.T) {
	for attributes, want := range map[uint16]int64{0: 1005, logAppendTime: 7000} {
		w := at(10, 11)
		set := w.encode(t)
		binary.BigEndian.PutUint16(set[atAttribute:], attributes)
		binary.BigEndian.PutUint64(set[atMaxTime:], 7000)
		var b batch
		if _, bad := b.take(seal(set), 0, 10, noEnd, aborted{}); bad != nil || len(b.records) != 2 || b.records[0].Appended != want || b.records[1].Appended != want {
			t.Errorf("attributes %d: %v, %+v", attributes, bad, b.records)
		}
	}
}

func TestFill_allocatesForAResponseAsItComes(t *testing.T) {
	x := &exchange{}
	n := allocated(func() {
		if _, err := x.fill(bytes.NewReader(make([]byte, 1000)), mostAnswer); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
	})
	if n > 2*answerStep {
		t.Errorf("%d MiB for 1,000 bytes", n>>20)
	}
	want := bytes.Repeat([]byte("0123456789"), 3<<20)
	if got, err := x.fill(bytes.NewReader(want), len(want)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
