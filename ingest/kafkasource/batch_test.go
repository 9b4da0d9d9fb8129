package kafkasource

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/segmentio/kafka-go/compress"
)

// written is a record batch to be encoded.
type written struct {
	attributes uint16
	base, end  int64 // offsets: of the first record there was, and after the last
	offsets    []int64
}

func at(offsets ...int64) written {
	return written{base: offsets[0], end: offsets[len(offsets)-1] + 1, offsets: offsets}
}

func control(offset int64) written {
	w := at(offset)
	w.attributes = controls
	return w
}

func hollow(base, end int64) written { return written{base: base, end: end} }

// encode writes a batch as a broker would, whose records say their offset.
func (w written) encode(t testing.TB) []byte {
	t.Helper()
	var records []byte
	for _, o := range w.offsets {
		r := binary.AppendVarint([]byte{0}, 5) // attributes, ms after the batch's time
		r = binary.AppendVarint(r, o-w.base)
		r = binary.AppendVarint(r, -1) // no key
		r = append(binary.AppendVarint(r, 3), 'v', '0'+byte(o/10), '0'+byte(o%10))
		r = binary.AppendVarint(r, 1) // header
		r = append(binary.AppendVarint(r, 1), 'h')
		r = append(binary.AppendVarint(r, 1), 'x')
		records = append(binary.AppendVarint(records, int64(len(r))), r...)
	}
	if codec := compress.Compression(w.attributes & compression).Codec(); codec != nil {
		var packed bytes.Buffer
		z := codec.NewWriter(&packed)
		if _, err := z.Write(records); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		records = packed.Bytes()
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(w.base))
	b = binary.BigEndian.AppendUint32(b, uint32(atRecords-atMagic+4+len(records)))
	b = append(b, 0, 0, 0, 0, 2, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, w.attributes)
	b = binary.BigEndian.AppendUint32(b, uint32(w.end-w.base-1))
	b = binary.BigEndian.AppendUint64(b, 1000)
	b = append(b, make([]byte, atCount-atTime-8)...)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(w.offsets))), records...)
	binary.BigEndian.PutUint32(b[atCRC:], crc32.Checksum(b[atAttribute:], castagnoli))
	return b
}

const noEnd = int64(1) << 60 // as a last stable offset: all is stable

func set(t testing.TB, batches ...written) (b []byte) {
	t.Helper()
	for _, w := range batches {
		b = append(b, w.encode(t)...)
	}
	return b
}

func TestTake_goesOnWhateverTheBatchesHold(t *testing.T) {
	for name, c := range map[string]struct {
		batches []written
		records []int64
		next    int64
	}{
		"nothing":                          {nil, nil, 10},
		"records":                          {[]written{at(10, 11), at(12)}, []int64{10, 11, 12}, 13},
		"a batch that begins before":       {[]written{at(8, 9, 10, 11)}, []int64{10, 11}, 12},
		"holes from compaction":            {[]written{at(9, 14), at(19)}, []int64{14, 19}, 20},
		"only records before":              {[]written{at(8, 9)}, nil, 10},
		"only a control batch":             {[]written{control(10)}, nil, 11},
		"a control batch between":          {[]written{at(10), control(11), at(12)}, []int64{10, 12}, 13},
		"a control batch at the end":       {[]written{at(10), control(11)}, []int64{10}, 12},
		"a batch without records":          {[]written{hollow(10, 15)}, nil, 15},
		"a batch without records, and one": {[]written{hollow(8, 15), at(17)}, []int64{17}, 18},
	} {
		for packing := range uint16(5) {
			for i := range c.batches {
				c.batches[i].attributes = c.batches[i].attributes&controls | packing
			}
			var b batch
			next, bad := b.take(set(t, c.batches...), 3, 10, noEnd, aborted{})
			if bad != nil || next != c.next || len(b.records) != len(c.records) {
				t.Errorf("%s, packing %d: %d records, next %d, %v; want %d and %d", name, packing, len(b.records), next, bad, len(c.records), c.next)
				continue
			}
			for i, r := range b.records {
				if r.Offset != c.records[i] || string(r.Value) != "v"+string([]byte{'0' + byte(r.Offset/10), '0' + byte(r.Offset%10)}) ||
					r.Key != nil || r.Appended != 1005 || r.Partition != 3 || len(r.Headers) != 1 || r.Headers[0].Key != "h" || string(r.Headers[0].Value) != "x" {
					t.Errorf("%s, packing %d: record %d is %+v, want offset %d", name, packing, i, r, c.records[i])
				}
			}
		}
	}
}

func TestTake_leavesWhatTheBrokerCutOffForTheNextFetch(t *testing.T) {
	whole, second := set(t, at(10, 11)), set(t, at(12, 13))
	for n := range second {
		var b batch
		next, bad := b.take(append(slices.Clone(whole), second[:n]...), 0, 10, noEnd, aborted{})
		if bad != nil || next != 12 || len(b.records) != 2 {
			t.Fatalf("%d bytes of the second batch: %d records, next %d, %v", n, len(b.records), next, bad)
		}
	}
}

func TestTake_refusesADamagedBatch(t *testing.T) {
	good := set(t, at(10, 11))
	for i := atMagic; i < len(good); i++ {
		bad := slices.Clone(good)
		bad[i] ^= 1
		var b batch
		if next, why := b.take(bad, 0, 10, noEnd, aborted{}); why == nil || why.proven || next != 10 || len(b.records) > 0 {
			t.Errorf("byte %d changed: %d records, next %d, %v", i, len(b.records), next, why)
		}
		next, why := b.take(append(slices.Clone(good), bad...), 0, 10, noEnd, aborted{})
		if why != nil || next != 12 || len(b.records) != 2 {
			t.Errorf("byte %d changed in the second: %d records, next %d, %v", i, len(b.records), next, why)
		}
	}
	old := slices.Clone(good)
	old[atMagic] = 1
	if _, why := new(batch).take(old, 0, 10, noEnd, aborted{}); why == nil || !errors.Is(why.err, errFormat) {
		t.Error(why)
	}
}

// FuzzTake gives a batch any content, with a checksum that fits, and limits so small that they are reached.
func FuzzTake(f *testing.F) {
	for packing := range uint16(5) {
		w := at(10, 12)
		w.attributes = packing
		f.Add(w.encode(f), uint16(1000))
		f.Add(w.encode(f), uint16(10))
	}
	f.Fuzz(func(t *testing.T, set []byte, limit uint16) {
		if size := int64(len(set)); size >= atRecords {
			binary.BigEndian.PutUint32(set[atCRC:], crc32.Checksum(set[atAttribute:], castagnoli))
			binary.BigEndian.PutUint32(set[atLength:], uint32(size-atLength-4))
		}
		most := limits{int(limit), 2 * int(limit)}
		b := batch{limits: most}
		next, bad := b.take(set, 0, 10, 1000, aborted{})
		if bad == nil && next < 10 || bad != nil && (next != 10 || len(b.records) > 0) {
			t.Errorf("next %d, %d records, %v", next, len(b.records), bad)
		}
		held := 0
		for _, r := range b.records {
			if r.Offset < 10 {
				t.Errorf("a record at %d", r.Offset)
			}
			held += recordBytes + len(r.Key) + len(r.Value)
		}
		if slack := recordBytes + mostHeaders*headerBytes; held > most.plain+most.fetched+slack {
			t.Errorf("%d bytes held, %d are the limit", held, most.fetched)
		}
	})
}

// FuzzAnswer gives a response any content.
func FuzzAnswer(f *testing.F) {
	f.Add(int16(11), bytes.Repeat([]byte{0, 0, 0, 1}, 30))
	f.Fuzz(func(t *testing.T, version int16, response []byte) {
		got, err := (&answer{version, len(response), response}).read()
		if n := len(got.aborted.coming); n > len(response)/abortedBytes {
			t.Errorf("%d aborted transactions in %d bytes (%v)", n, len(response), err)
		}
		if err == nil && got.stable > got.highWatermark {
			t.Errorf("the last stable offset is %d, above the high watermark %d", got.stable, got.highWatermark)
		}
	})
}
