package geofence

import (
	"slices"
	"strings"
)

// misspelt returns the known name that an unknown one is a misspelling of, or "". Case, hyphens and underscores make no
// difference; beyond that one slip is allowed for in a short name and two in a longer one.
func misspelt(name string, known []string) string {
	if slices.Contains(known, name) || len(name) > 64 {
		return ""
	}
	got := plain(name)
	for _, k := range known {
		want := plain(k)
		slips := 2
		if len(want) <= 4 {
			slips = 1
		}
		if editDistance(got, want) <= slips {
			return k
		}
	}
	return ""
}

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// editDistance counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
func editDistance(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row := rows[0], rows[1], rows[2]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		rows[0], rows[1], rows[2] = last, row, before
	}
	return rows[1][len(b)]
}
