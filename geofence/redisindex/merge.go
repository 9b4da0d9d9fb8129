package redisindex

import (
	"cmp"
	"slices"
	"sync"
)

// gathering is what many goroutines have read, each run of revisions sorted.
type gathering[R any] struct {
	compare func(a, b R) int

	mu      sync.Mutex // guards what follows
	runs    [][]R
	refused []refusal
	hashes  hashes
}

func (g *gathering[R]) add(h holdings[R], objects hashes) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hashes = append(g.hashes, objects...)
	g.refused = append(g.refused, h.refused...)
	if len(h.sound) > 0 {
		g.runs = append(g.runs, h.sound)
	}
}

// takeHashes returns the hashes added since the last call. No goroutine may add any meanwhile.
func (g *gathering[R]) takeHashes() hashes {
	h := g.hashes
	g.hashes = nil
	return h
}

// result is all that was added, in order; nobody adds any more.
func (g *gathering[R]) result() holdings[R] {
	slices.SortFunc(g.refused, func(a, b refusal) int { return cmp.Compare(a.number, b.number) })
	return holdings[R]{sound: merge(g.runs, g.compare), refused: g.refused}
}

// merge joins sorted runs; what is in several is kept once. It keeps the runs in a heap, by what each begins with, so
// that the names to be compared next are those compared before: a merge of pairs of runs, level by level, would fetch
// every name anew at each level.
func merge[R any](runs [][]R, compare func(a, b R) int) []R {
	total := 0
	for _, run := range runs {
		total += len(run)
	}
	all := make([]R, 0, total)
	h := heap[R]{slices.Clone(runs), compare}
	for i := len(runs)/2 - 1; i >= 0; i-- {
		h.sink(i)
	}
	for len(h.runs) > 0 {
		first := h.runs[0][0]
		if len(all) == 0 || compare(all[len(all)-1], first) != 0 {
			all = append(all, first)
		}
		h.pop()
	}
	return all
}

// heap holds runs that are not empty, none beginning before its parent.
type heap[R any] struct {
	runs    [][]R
	compare func(a, b R) int
}

// pop drops what the first run begins with.
func (h *heap[R]) pop() {
	if h.runs[0] = h.runs[0][1:]; len(h.runs[0]) == 0 {
		last := len(h.runs) - 1
		h.runs[0] = h.runs[last]
		h.runs = h.runs[:last]
	}
	h.sink(0)
}

func (h *heap[R]) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.runs); child++ {
			if h.compare(h.runs[child][0], h.runs[least][0]) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		h.runs[i], h.runs[least] = h.runs[least], h.runs[i]
		i = least
	}
}
