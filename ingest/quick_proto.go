package ingest

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unicode/utf8"
)

// quickProto reads a message of ping.proto.
func quickProto(b []byte, p *Ping) bool {
	var q quick
	for i := 0; i < len(b); {
		tag := b[i]
		if i++; tag >= 0x80 { // a number above 15 takes another byte, which adds 16 as the high bit of the first does
			if i >= len(b) || b[i] != 1 {
				return false
			}
			i++
		}
		f := field(tag>>3) - 1 // of the number 0 it is none of ours
		if f > fStrap || wireType(tag&7) != protoFields[f].wire() {
			return false
		}
		q.seen |= 1 << f
		if i = q.wireField(b, i, f, p); i == 0 {
			return false
		}
	}
	return q.fill(p)
}

// wireField reads what follows the tag of a field, and returns the index behind it, 0 when it gives up.
func (q *quick) wireField(b []byte, i int, f field, p *Ping) int {
	switch rest := b[i:]; protoFields[f].wire() {
	case wire64:
		if len(rest) < 8 {
			return 0
		}
		return q.decimal(f, math.Float64frombits(binary.LittleEndian.Uint64(rest)), i+8)
	case wire32:
		if len(rest) < 4 {
			return 0
		}
		return q.decimal(f, float64(math.Float32frombits(binary.LittleEndian.Uint32(rest))), i+4)
	}
	x, i := quickVarint(b, i)
	if i > len(b) {
		return 0
	}
	switch f {
	case fDevice:
		end := i + int(min(x, maxName+1))
		if end == i || end > len(b) || end-i > maxName || !utf8.Valid(b[i:end]) {
			return 0
		}
		p.Device = b[i:end:end]
		return end
	case fFixTime:
		p.FixTime = int64(x)
		return unless(x > lastMs, i)
	case fReceived:
		p.ReceivedTime = int64(x)
		return unless(x > lastMs, i)
	case fSeq, fSatellites:
		return p.whole(f, x, i)
	case fSource:
		p.Source = Source(x - 1)
		return unless(x-1 > uint64(Beacon), i)
	case fStrap:
		p.Strap = Strap(x)
		return unless(x-1 >= uint64(StrapTampered), i)
	}
	p.flag(f, x != 0)
	return i
}

// unless returns next, 0 when it is wrong.
func unless(wrong bool, next int) int {
	if wrong {
		return 0
	}
	return next
}

// quickVarint reads a number of up to 56 bits; next lies behind the end of b when it is longer or cut short.
func quickVarint(b []byte, i int) (x uint64, next int) {
	x = eight(b, i)
	if x&0x80 == 0 {
		return x & 0x7f, i + 1
	}
	n := bits.TrailingZeros64(^x&highs) >> 3 // bytes before the last
	if n == 8 {
		return 0, len(b) + 1
	}
	x &= (1<<(8*uint(n)+8) - 1) &^ highs
	x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
	x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
	return x&0x0fffffff | x>>32<<28, i + n + 1
}
