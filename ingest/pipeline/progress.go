package pipeline

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cordon/ingest"
)

const (
	stuckAfter = 30 * time.Second // without progress
	takeWithin = 20 * time.Second // a takeover; its predecessor may have stopped deciding some seconds before
	freshFor   = 5 * time.Second  // how long a fetch shows the end of the log
)

// Progress says how far the work on one partition is, from its assignment until it is released. It may be read from any
// goroutine. A nil Progress records nothing.
type Progress struct {
	number    int
	now       func() time.Time
	partition atomic.Pointer[Partition]

	mu      sync.Mutex
	doing   string // the current step of the takeover; empty: the takeover is done
	at, of  int64  // how far that step is, in records; of is 0 if it cannot be counted
	began   time.Time
	moved   time.Time // when there last was progress
	failure string    // what has failed since then

	next    int64     // offset of the first record that is not decided and published
	stable  int64     // the last stable offset
	end     int64     // offset of the next record to be appended; -1: not known yet
	decided int64     // greatest appended time (ms) of the records before next; 0: none
	fetched time.Time // when a fetch last reported stable and end
	level   time.Time // when no record was known to be left
	held    time.Time // since when only an open transaction prevents progress; zero: nothing does
	busy    bool      // records are being decided and published
}

// newProgress returns the Progress of a partition that has just been assigned.
func newProgress(o *Options, number int) *Progress {
	p := &Progress{number: number, now: o.now, end: -1}
	p.begin()
	return p
}

// begin records that a takeover begins, the first one or another.
func (p *Progress) begin() {
	if p == nil {
		return
	}
	p.partition.Store(nil)
	p.take("beginning")
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.began = p.now(); !p.level.IsZero() {
		p.began = p.level
	}
	p.held = time.Time{}
}

// take records the next step of the takeover.
func (p *Progress) take(what string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing, p.at, p.of, p.moved, p.failure = what, 0, 0, p.now(), ""
}

// reach records how far the takeover is in its current step.
func (p *Progress) reach(at, of int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if at != p.at {
		p.moved, p.failure = p.now(), ""
	}
	p.at, p.of = at, of
}

// bounds records the bounds of the log before anything has been fetched from it.
func (p *Progress) bounds(next, end, decided int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next, p.stable, p.end, p.decided = next, end, max(next, end), decided
}

// work records that the takeover is done.
func (p *Progress) work(of *Partition) {
	if p == nil {
		return
	}
	p.partition.Store(of)
	p.take("")
}

// decide records the appended time (ms) up to which records are decided.
func (p *Progress) decide(appended int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decided = max(p.decided, appended)
}

// Fetched implements ingest.Progress.
func (p *Progress) Fetched(f *ingest.Fetched) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.HighWatermark != p.stable && !p.held.IsZero() {
		p.held = p.now()
	}
	p.stable, p.end = f.HighWatermark, max(f.HighWatermark, f.End)
	p.fetched, p.busy = p.now(), true
}

// Failed implements ingest.Progress.
func (p *Progress) Failed(err error) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure = strings.Join(strings.Fields(err.Error()), " ")
}

// Stepped implements ingest.Progress.
func (p *Progress) Stepped(next int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if next > p.next || next >= p.stable {
		p.moved, p.failure = now, ""
	}
	p.next, p.busy = next, false
	switch {
	case next < p.stable || p.stable >= p.end:
		p.held = time.Time{}
	case p.held.IsZero():
		p.held = now
	}
	if next >= p.end {
		p.level = now
	}
}

// heldBack reports whether records wait for a transaction to end.
func (p *Progress) heldBack() bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end > p.stable
}

// Status returns the state of the partition.
func (p *Progress) Status() Status {
	var s Status
	if of := p.partition.Load(); of != nil {
		s = of.Status()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.TakingOver = p.doing != ""
	now := p.now()
	still := now.Sub(p.moved)
	switch {
	case s.TakingOver && now.Sub(p.began) >= takeWithin:
		problem := fmt.Sprintf("partition %d: taking over for %s: %s", p.number, seconds(now.Sub(p.began)), p.doing)
		if p.of > 0 {
			problem += fmt.Sprintf(", at %d of %d", p.at, p.of)
		}
		if still >= stuckAfter {
			problem += fmt.Sprintf(", without progress for %s", seconds(still))
		}
		if p.failure != "" {
			problem += ": " + p.failure
		}
		s.Problems = append(s.Problems, problem)
	case !s.TakingOver && still >= stuckAfter:
		what := "waiting for the answer to a fetch"
		if p.busy {
			what = "deciding and publishing what was fetched"
		}
		s.Problems = append(s.Problems, fmt.Sprintf("partition %d: no progress for %s, at offset %d: %s", p.number, seconds(still), p.next, cmp.Or(p.failure, what)))
	case !p.held.IsZero() && now.Sub(p.held) >= stuckAfter:
		s.Problems = append(s.Problems, fmt.Sprintf("partition %d: %d records from offset %d on wait for %s for a transaction to end: find its producer with kafka-transactions.sh find-hanging",
			p.number, p.end-p.next, p.next, seconds(now.Sub(p.held))))
	case !s.TakingOver && p.held.IsZero() && p.next < p.end && p.late(now) >= stuckAfter:
		s.Problems = append(s.Problems, fmt.Sprintf("partition %d: %d records from offset %d on are not decided yet, %s behind: wait until it catches up, or start more processors",
			p.number, p.end-p.next, p.next, seconds(p.late(now))))
	}
	return s
}

func seconds(d time.Duration) time.Duration { return d.Round(time.Second) }

// lag returns how many records are left, NaN if that is not known, and for how many seconds they may have waited.
func (p *Progress) lag() (records, seconds float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	late := p.late(now).Seconds()
	switch {
	case p.end < 0:
		return math.NaN(), late
	case p.next < p.end:
		return float64(p.end - p.next), late
	case now.Sub(p.fetched) <= freshFor:
		return 0, 0
	}
	return math.NaN(), late
}

// late returns how long records may have waited: the time since the newest decided record was appended, or since no record
// was left if that is more recent. The caller holds the mutex.
func (p *Progress) late(now time.Time) time.Duration {
	since := p.began
	if p.decided > 0 {
		since = time.UnixMilli(p.decided)
	}
	if p.level.After(since) {
		since = p.level
	}
	return max(0, now.Sub(since))
}

var _ ingest.Progress = (*Progress)(nil)
