package redisindex

import (
	"math"
	"testing"
)

// stored is one answer of a load: fields and their values, in turn.
func stored(t testing.TB) []string {
	var pairs []string
	london := square(t, "", "").Location
	for i := range scanCount {
		z := wardZone(london, i, 0)
		r := record{ID: z.ID, Number: 1, Updated: 1, Sequence: uint64(i + 1), Document: z.AppendCompact(nil)}
		pairs = append(pairs, z.ID, r.encode())
	}
	return pairs
}

// BenchmarkRead is what a load does with one answer of Redis, BenchmarkHash the part of it that the digest takes.
func BenchmarkRead(b *testing.B) {
	pairs, c := stored(b), packedZones()
	for b.Loop() {
		if h, _ := c.read(pairs, math.MaxUint64, current); len(h.sound) != scanCount {
			b.Fatal(len(h.sound), h.refused)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	pairs := stored(b)
	var object []byte
	for b.Loop() {
		var sum digest
		for i := 0; i < len(pairs); i += 2 {
			object = appendObject(object[:0], pairs[i], pairs[i+1])
			sum += hashOf(object)
		}
		if sum == 0 {
			b.Fatal("no hash")
		}
	}
}
