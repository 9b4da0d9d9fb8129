package alerting

import (
	"container/heap"
	"math"
)

// queue holds tags by when they have to be looked at, the soonest first.
type queue struct{ tags tagHeap }

// due returns when the first is; a time that never comes when there is none.
func (q *queue) due() int64 {
	if len(q.tags) == 0 {
		return math.MaxInt64
	}
	return q.tags[0].due
}

func (q *queue) pop() *Tag { return heap.Pop(&q.tags).(*Tag) }

// put moves a tag to an instant, or takes it off when that never comes.
func (q *queue) put(t *Tag, due int64) {
	t.due = due
	switch {
	case due == math.MaxInt64:
		q.remove(t)
	case t.place == 0:
		heap.Push(&q.tags, t)
	default:
		heap.Fix(&q.tags, t.place-1)
	}
}

func (q *queue) remove(t *Tag) {
	if t.place > 0 {
		heap.Remove(&q.tags, t.place-1)
	}
}

func (q *queue) clear() {
	for _, t := range q.tags {
		t.place = 0
	}
	q.tags = q.tags[:0]
}

// tagHeap is the heap of a queue. Each tag knows its place in it.
type tagHeap []*Tag

func (h tagHeap) Len() int           { return len(h) }
func (h tagHeap) Less(i, j int) bool { return h[i].due < h[j].due }
func (h tagHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

func (h *tagHeap) Push(x any) {
	t := x.(*Tag)
	*h = append(*h, t)
	t.place = len(*h)
}

func (h *tagHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last], *h = nil, (*h)[:last]
	t.place = 0
	return t
}
