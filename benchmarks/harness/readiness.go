package harness

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// MostReady is how long a processor may go on saying that it is ready after somebody has come to be unprotected.
const MostReady = 30 * time.Second

const (
	lookEvery  = 100 * time.Millisecond
	lookWithin = time.Second
	commitLag  = time.Second // from a decision to the commit of its offset
)

// Readiness compares, ten times a second and for as long as it runs, what the processors say on /readyz with who is
// protected.
//
// A partition is behind since the instant at which a record that can be read (by those who read committed records only)
// was first seen beyond the group's committed offset. Times are our own: those of the records, which anybody can write,
// are not looked at. The store is incomplete from when something was taken out of it until it has been restored.
//
// Somebody is unprotected at an instant while a processor says that it is ready, and
//
//   - works on a partition that is behind (it has the metric of its lag), or
//   - every processor that answers is ready and none works on that partition, or
//   - the store is incomplete.
//
// That may last for [MostReady]; an instant at which it has lasted longer is a violation. Where no processor answers
// none is ready. An instant is judged by the first committed offsets that are read a second later, since the commit
// follows the decision: a partition that is behind them was behind at the instant, so what is called a violation is one.
// Those that pass between two looks at a broker that does not answer are missed; Blind is how long that was at most.
type Readiness struct {
	site   *Site
	broker *Broker

	mu         sync.Mutex
	processors []*Processor
	backlogs   map[int]*backlog // by partition
	taken      time.Time        // when something was taken out of the store; zero: it is complete
	waiting    []instant        // to be judged by the next look
	looked     time.Time        // when the last look began that succeeded
	report     ReadinessReport
}

// ReadinessReport is what came of it.
type ReadinessReport struct {
	Instants   int           // at which the processors were asked
	Unready    int           // of them, those at which at least one that answered was not ready
	Violations int           // of them
	Longest    time.Duration // that somebody was unprotected while a processor said ready
	Blind      time.Duration // the longest time between two looks at the committed offsets
	First      string        // what the first violation was
}

// backlog is how far a partition is behind: the ends that it had, since when, beyond the committed offset.
type backlog struct{ ends []end }

type end struct {
	offset int64
	seen   time.Time
}

// instant is what the processors said.
type instant struct {
	at      time.Time
	taken   time.Time
	answers []answer
}

type answer struct {
	ready bool
	works map[int]bool // on which partitions; asked of those that are ready while one is behind
}

// WatchReadiness returns a watch that does nothing until it is run.
func WatchReadiness(site *Site, broker *Broker) *Readiness {
	return &Readiness{site: site, broker: broker, backlogs: map[int]*backlog{}}
}

// Ask says which processors are to be asked from now on.
func (r *Readiness) Ask(processors []*Processor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.processors = append([]*Processor(nil), processors...)
}

// Taken says that something has been taken out of the store, Restored that it is there again.
func (r *Readiness) Taken() { r.setTaken(time.Now()) }

// Restored says that the store is complete.
func (r *Readiness) Restored() { r.setTaken(time.Time{}) }

func (r *Readiness) setTaken(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken = at
}

// Run watches until ctx ends, and returns what came of it.
func (r *Readiness) Run(ctx context.Context) ReadinessReport {
	var both sync.WaitGroup
	both.Go(func() { every(ctx, lookEvery, r.look) })
	both.Go(func() { every(ctx, lookEvery, r.ask) })
	both.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*lookWithin)
	defer cancel()
	_ = Until(last, "the last instants can be judged", func() error { r.look(last); return r.unjudged() }) // those that cannot be are not violations
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.report
}

func (r *Readiness) unjudged() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.waiting); n > 0 {
		return fmt.Errorf("%d instants wait for a look at the committed offsets", n)
	}
	return nil
}

func every(ctx context.Context, d time.Duration, do func(context.Context)) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do(ctx)
		}
	}
}

// look reads the ends and the committed offsets of all partitions, and judges by them.
func (r *Readiness) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	began := time.Now()
	n, err := r.broker.Partitions(ctx, r.site.Pings())
	if err != nil {
		return
	}
	all := make([]int, n)
	latest := make([]kafka.OffsetRequest, n)
	for p := range n {
		all[p], latest[p] = p, kafka.LastOffsetOf(p)
	}
	topic := r.site.Pings()
	ends, err := r.broker.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{topic: latest}, IsolationLevel: kafka.ReadCommitted,
	})
	if err == nil {
		r.noteEnds(ends.Topics[topic], time.Now())
	}
	committed, err := r.broker.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: r.site.Prefix, Topics: map[string][]int{topic: all}})
	if err == nil {
		err = committed.Error
	}
	offsets := map[int]int64{}
	if err == nil {
		for _, p := range committed.Topics[topic] {
			if p.Error != nil {
				return
			}
			offsets[p.Partition] = p.CommittedOffset
		}
	}
	if len(offsets) == n {
		r.judge(offsets, began)
	}
}

// noteEnds notes up to where there are records that can be read. A partition whose leader does not answer keeps what it
// had.
func (r *Readiness) noteEnds(ends []kafka.PartitionOffsets, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range ends {
		if p.Error != nil {
			continue
		}
		b := r.backlogs[p.Partition]
		if b == nil {
			b = &backlog{}
			r.backlogs[p.Partition] = b
		}
		b.note(p.LastOffset, now)
	}
}

func (b *backlog) note(offset int64, now time.Time) {
	if n := len(b.ends); n > 0 && b.ends[n-1].offset >= offset {
		return
	}
	b.ends = append(b.ends, end{offset, now})
}

// since returns since when the partition is behind.
func (b *backlog) since() (time.Time, bool) {
	if len(b.ends) == 0 {
		return time.Time{}, false
	}
	return b.ends[0].seen, true
}

// judge takes committed offsets that were read at the instant began or after, and judges the instants long enough before.
func (r *Readiness) judge(committed map[int]int64, began time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, b := range r.backlogs {
		b.settle(committed[p])
	}
	for len(r.waiting) > 0 && began.Sub(r.waiting[0].at) >= commitLag {
		r.judgeInstant(&r.waiting[0])
		r.waiting = r.waiting[1:]
	}
	if !r.looked.IsZero() {
		r.report.Blind = max(r.report.Blind, began.Sub(r.looked))
	}
	r.looked = began
}

// settle forgets the ends that are not beyond a committed offset.
func (b *backlog) settle(committed int64) {
	for len(b.ends) > 0 && b.ends[0].offset <= committed {
		b.ends = b.ends[1:]
	}
}

func (r *Readiness) judgeInstant(i *instant) {
	r.report.Instants++
	longest, why := time.Duration(0), ""
	for p, b := range r.backlogs {
		since, behind := b.since()
		if behind && i.at.Sub(since) > longest && i.saysReady(p) {
			longest, why = i.at.Sub(since), fmt.Sprintf("partition %d is behind", p)
		}
	}
	ready, unready := i.count()
	if !i.taken.IsZero() && ready > 0 && i.at.Sub(i.taken) > longest {
		longest, why = i.at.Sub(i.taken), "the store is incomplete"
	}
	if unready > 0 {
		r.report.Unready++
	}
	r.report.Longest = max(r.report.Longest, longest)
	if longest > MostReady {
		if r.report.Violations == 0 {
			r.report.First = fmt.Sprintf("%s for %s at %s", why, longest.Round(time.Millisecond), i.at.UTC().Format(time.RFC3339Nano))
		}
		r.report.Violations++
	}
}

func (i *instant) count() (ready, unready int) {
	for _, a := range i.answers {
		if a.ready {
			ready++
		} else {
			unready++
		}
	}
	return ready, unready
}

// saysReady reports whether those who would know say that a partition is worked on as it should.
func (i *instant) saysReady(partition int) bool {
	for _, a := range i.answers {
		if a.ready && a.works[partition] {
			return true
		}
	}
	ready, unready := i.count()
	return ready > 0 && unready == 0
}

// ask asks every processor whether it is ready.
func (r *Readiness) ask(ctx context.Context) {
	now := time.Now()
	r.mu.Lock()
	processors, taken, behind := r.processors, r.taken, false
	for _, b := range r.backlogs {
		since, ok := b.since()
		behind = behind || ok && now.Sub(since) > lookWithin
	}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	all := make([]*answer, len(processors))
	var wait sync.WaitGroup
	for n, p := range processors {
		wait.Go(func() { all[n] = askOne(ctx, p, behind) })
	}
	wait.Wait()
	i := instant{at: now, taken: taken}
	for _, a := range all {
		if a != nil {
			i.answers = append(i.answers, *a)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, i)
}

// askOne returns nil when the processor does not answer.
func askOne(ctx context.Context, p *Processor, works bool) *answer {
	err := p.Readiness(ctx)
	switch {
	case err == nil && works:
		text, err := p.Metrics(ctx)
		if err != nil {
			return nil
		}
		return &answer{ready: true, works: partitionsIn(text)}
	case err == nil:
		return &answer{ready: true}
	case errors.As(err, new(*StatusError)):
		return &answer{}
	}
	return nil
}

// partitionsIn are the partitions of which an exposition has the lag.
func partitionsIn(text string) map[int]bool {
	found := map[int]bool{}
	for line := range strings.Lines(text) {
		var p int
		if _, err := fmt.Sscanf(line, `cordon_partition_lag{partition="%d"}`, &p); err == nil {
			found[p] = true
		}
	}
	return found
}
