package redisindex

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestMerge_isWhatSortingEverythingGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runs := rapid.SliceOf(rapid.SliceOfN(rapid.IntRange(0, 50), 1, 20)).Draw(t, "runs")
		var want []int
		for _, run := range runs {
			slices.Sort(run)
			want = append(want, run...)
		}
		slices.Sort(want)
		want = slices.Compact(want)
		if got := merge(runs, cmp.Compare); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
