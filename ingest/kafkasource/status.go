package kafkasource

import (
	"slices"
	"sync"
	"time"
)

// Status is what a Group says of itself.
type Status struct {
	Joined     bool   // in a generation; with no partitions the member stands by
	Partitions []int  // assigned to this member
	Problem    string // what keeps it from joining, or why a partition was given up lately
}

// board is the Status as it is kept.
type board struct {
	mu         sync.Mutex
	generation int32
	joined     bool
	partitions []int
	away       string // why the group cannot be joined
	failure    string // why a partition was given up, and until when that is worth telling
	tellUntil  time.Time
	failures   int
}

func (b *board) join(generation int32, partitions []int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.generation, b.joined, b.partitions, b.away = generation, true, partitions, ""
}

// end says that the generation is over, unless another has begun.
func (b *board) end(generation int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.generation == generation {
		b.joined, b.partitions = false, nil
	}
}

func (b *board) problem(away string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.joined, b.partitions, b.away = false, nil, away
}

// fail notes why a partition was given up after it was run for so long, and returns how long to wait: twice as long
// each time, unless it went well for a while.
func (b *board) fail(why string, ran time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ran > mostGivenUp {
		b.failures = 0
	}
	wait := min(leastBackoff<<min(b.failures, 10), mostGivenUp)
	b.failures++
	b.failure, b.tellUntil = why, time.Now().Add(2*wait+mostGivenUp)
	return wait
}

func (b *board) status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Status{Joined: b.joined, Partitions: slices.Clone(b.partitions), Problem: b.away}
	if s.Problem == "" && time.Now().Before(b.tellUntil) {
		s.Problem = b.failure
	}
	return s
}
