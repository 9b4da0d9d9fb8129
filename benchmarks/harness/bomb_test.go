package harness

import (
	"bytes"
	"hash/crc32"
	"io"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestBomb_isASmallBatchOfManyLargePings(t *testing.T) {
	ping := []byte(`{"device_id":"tag-1"}`)
	bomb, err := NewBomb([]byte("tag-1"), ping)
	if err != nil {
		t.Fatal(err)
	}
	if bomb.Size() > 256<<10 {
		t.Errorf("%d bytes: the topic takes 256 KiB", bomb.Size())
	}
	now := time.UnixMilli(1_800_000_000_123)
	raw := bomb.at(now)
	var batch kmsg.RecordBatch
	if err := batch.ReadFrom(raw); err != nil {
		t.Fatal(err)
	}
	if sum := crc32.Checksum(raw[afterCRC:], crc32.MakeTable(crc32.Castagnoli)); uint32(batch.CRC) != sum {
		t.Errorf("checksum %x, want %x", uint32(batch.CRC), sum)
	}
	if batch.FirstTimestamp != now.UnixMilli() || batch.MaxTimestamp != now.UnixMilli() || int(batch.Length) != len(raw)-12 {
		t.Errorf("times %d and %d, length %d of %d", batch.FirstTimestamp, batch.MaxTimestamp, batch.Length, len(raw))
	}
	r, err := zstd.NewReader(bytes.NewReader(batch.Records))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	start := make([]byte, 64)
	if _, err := io.ReadFull(r, start); err != nil || !bytes.Contains(start, ping) {
		t.Errorf("the first record begins %q, %v", start, err)
	}
	rest, err := io.Copy(io.Discard, r)
	if err != nil || rest < 300<<20 {
		t.Errorf("it unpacks to %d MiB, %v", rest>>20, err)
	}
}
