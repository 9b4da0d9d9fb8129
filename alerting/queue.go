package alerting

import (
	"container/heap"
	"math"
)

// queue holds tags by when they have to be looked at, the soonest first. A tag can be in several, each of which goes by a
// turn of its own.
type queue struct{ tagHeap }

// turn is when a tag is looked at, and where it is in a queue.
type turn struct {
	due   int64
	place int // counted from 1; 0: not there
}

// due returns when the first is; a time that never comes when there is none.
func (q *queue) due() int64 {
	if len(q.tags) == 0 {
		return math.MaxInt64
	}
	return q.tags[0].due
}

func (q *queue) pop() *Tag { return heap.Pop(&q.tagHeap).(*Tag) }

// put moves a tag to an instant, or takes it off when that never comes.
func (q *queue) put(t *Tag, due int64) {
	is := q.of(t)
	is.due = due
	switch {
	case due == math.MaxInt64:
		q.remove(t)
	case is.place == 0:
		heap.Push(&q.tagHeap, t)
	default:
		q.tags[is.place-1].due = due
		heap.Fix(&q.tagHeap, is.place-1)
	}
}

func (q *queue) remove(t *Tag) {
	if place := q.of(t).place; place > 0 {
		heap.Remove(&q.tagHeap, place-1)
	}
}

func (q *queue) clear() {
	for _, is := range q.tags {
		q.of(is.tag).place = 0
	}
	q.tags = q.tags[:0]
}

// tagHeap is the heap of a queue. Each tag knows its place in it.
type tagHeap struct {
	tags []queued
	of   func(*Tag) *turn
}

// queued is a tag with when its turn is: to look for that at the tags themselves would be to wait for the memory of each.
type queued struct {
	due int64
	tag *Tag
}

func (h *tagHeap) Len() int           { return len(h.tags) }
func (h *tagHeap) Less(i, j int) bool { return h.tags[i].due < h.tags[j].due }
func (h *tagHeap) Swap(i, j int) {
	h.tags[i], h.tags[j] = h.tags[j], h.tags[i]
	h.of(h.tags[i].tag).place, h.of(h.tags[j].tag).place = i+1, j+1
}

func (h *tagHeap) Push(x any) {
	t := x.(*Tag)
	h.tags = append(h.tags, queued{h.of(t).due, t})
	h.of(t).place = len(h.tags)
}

func (h *tagHeap) Pop() any {
	last := len(h.tags) - 1
	t := h.tags[last].tag
	h.tags[last], h.tags = queued{}, h.tags[:last]
	h.of(t).place = 0
	return t
}
