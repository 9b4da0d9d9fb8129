package alerting

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestEpisode_seesTheOpeningAndTheLastThatSayMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var e Episode
		var want []Seen
		for n := range rapid.IntRange(1, 100).Draw(t, "fixes") {
			s := Seen{Fix{Time: int64(n)}, float64(n), rapid.SampledFrom([]Class{ClassIn, ClassIn, ClassOut, ClassUnusable}).Draw(t, "class")}
			e.see(&s.Fix, s.Distance, s.Class)
			if want = append(want, s); len(want) > mostSeen {
				i := 1 + max(0, slices.IndexFunc(want[1:], func(s Seen) bool { return s.Class == ClassUnusable }))
				want = slices.Delete(want, i, i+1)
			}
			if !slices.Equal(e.Seen, want) {
				t.Fatalf("seen %v, want %v", e.Seen, want)
			}
		}
	})
}
