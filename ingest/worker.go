package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Partition is what a Worker reads and whose group offset it moves.
type Partition interface {
	// Fetch returns the records from an offset on. Nothing to read is an empty Fetched, not an error.
	Fetch(ctx context.Context, from int64) (Fetched, error)
	// Commit moves the group's offset to next.
	Commit(ctx context.Context, next int64) error
}

// Handler decides about the records of one partition. All its methods are called by the goroutine of the Worker.
type Handler interface {
	// Handle decides the records, at most MaxStep of them, or reports what was set aside. It returns when all alerts and
	// rejects are on the broker. After an error none of it may be checkpointed.
	Handle(ctx context.Context, f *Fetched) error
	// Idle is called when a fetch found the end of the log. What was due by the clock at the time may run; the zero
	// time says that nothing may yet.
	Idle(ctx context.Context, due time.Time) error
	// Checkpoint returns the write that makes everything decided so far durable, with next as the offset to go on
	// from; nil when nothing has changed. The write runs on another goroutine, never two at a time.
	Checkpoint(next int64) func(context.Context) error
	// Checkpointed is told how the write ended, and how long it took with its preparation. An error from it gives the
	// partition up.
	Checkpointed(took time.Duration, err error) error
}

// Worker owns one partition: it fetches, has the records decided and published, checkpoints, and commits the group
// offset, in that order. A checkpoint is written while the next records are decided; they are so far apart that their
// preparation and their writing take at most a tenth of the time.
type Worker struct {
	Partition Partition
	Handler   Handler
	Log       *slog.Logger
	// Grace is how long the current step may take to be delivered and checkpointed after the context has ended.
	Grace time.Duration
	// Progress records how far the work is. It may be nil.
	Progress Progress
	// Now is the wall clock; nil: time.Now.
	Now func() time.Time

	next      int64
	committed int64
	dirty     bool
	saving    chan saved // one write under way, nil when none is
	notBefore time.Time  // of the next checkpoint
	failures  int
	answering time.Time // since when every fetch has been answered; zero when the last one was not
}

// saved is how a checkpoint ended.
type saved struct {
	next int64
	took time.Duration
	err  error
}

// MaxStep is how many records are decided before their alerts and rejects are published. It bounds how many of these wait in
// memory, and how long a partition takes to be released.
const MaxStep = 50_000

const (
	shareOfCheckpoints = 10 // a checkpoint that took t is not followed by another for 10 t
	leastBackoff       = 50 * time.Millisecond
	mostBackoff        = 2 * time.Second

	slack = 5 * time.Second // how long after a deadline the wall clock may run it
	// recovery is how long the broker must have answered before the wall clock runs anything: those who write to it
	// come back from an outage later than we do, with pings from before the deadline.
	recovery = 10 * time.Second
)

// Run works from offset next on until ctx ends, and then delivers and checkpoints what it has. The group's offset, now
// at committed (-1: none), is only moved forwards.
func (w *Worker) Run(ctx context.Context, next, committed int64) error {
	w.next, w.committed = next, committed
	if w.Progress == nil {
		w.Progress = noProgress{}
	}
	if w.Now == nil {
		w.Now = time.Now
	}
	w.dirty = true // so that a restored or rebuilt state is written at once
	for ctx.Err() == nil {
		err := w.step(ctx)
		if errors.Is(err, ErrLogMoved) { // what has been decided is the next owner's to go on from
			return errors.Join(err, w.letGo(ctx))
		}
		if err != nil {
			w.settleNow()
			return err
		}
	}
	return w.letGo(ctx)
}

// step is one round: fetch, decide and publish, checkpoint and commit when it is time.
func (w *Worker) step(ctx context.Context) error {
	began := w.Now()
	f, err := w.fetch(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	f.Read = w.Now()
	w.Progress.Fetched(&f)
	switch {
	case len(f.Records) > 0 || f.SetAside != nil:
		return w.handle(ctx, f)
	case f.Next >= f.HighWatermark:
		due := w.due(began)
		if f.End > f.HighWatermark {
			due = time.Time{} // pings from before a deadline may wait behind the open transaction
		}
		if err := w.deliver(ctx, func(ctx context.Context) error { return w.Handler.Idle(ctx, due) }); err != nil {
			return err
		}
		w.dirty = true
	}
	return w.stepped(ctx, f.Next)
}

// handle has the records decided, at most MaxStep at a time. When ctx ends it stops after the current step; the next owner
// fetches the rest.
func (w *Worker) handle(ctx context.Context, f Fetched) error {
	for records, next := f.Records, f.Next; ; {
		n := min(len(records), MaxStep)
		if f.Records, f.Next = records[:n], next; n < len(records) {
			f.Next = records[n].Offset
		}
		if err := w.deliver(ctx, func(ctx context.Context) error { return w.Handler.Handle(ctx, &f) }); err != nil {
			return fmt.Errorf("records %d to %d: %w", w.next, f.Next-1, err)
		}
		w.dirty = true
		if err := w.stepped(ctx, f.Next); err != nil {
			return err
		}
		if records = records[n:]; len(records) == 0 || ctx.Err() != nil {
			return nil
		}
	}
}

// stepped records that everything below next is decided and published, and checkpoints if it is time.
func (w *Worker) stepped(ctx context.Context, next int64) error {
	w.next = max(w.next, next)
	w.Progress.Stepped(w.next)
	if err := w.settle(ctx); err != nil {
		return err
	}
	w.checkpoint(ctx)
	return nil
}

// due returns the instant up to which the wall clock may run what is due, when a fetch that began at the time found the
// end of the log.
func (w *Worker) due(began time.Time) time.Time {
	if began.Sub(w.answering) < recovery {
		return time.Time{}
	}
	return began.Add(-slack)
}

// ErrDeposed is returned by a Partition whose assignment is over.
var ErrDeposed = errors.New("ingest: the partition is assigned to somebody else")

// ErrLogMoved is returned by a Partition when the offset asked for lies outside the log.
var ErrLogMoved = errors.New("ingest: the offset lies outside the log")

// fetch asks until the broker answers or ctx ends. A log that no longer reaches to the offset is given up: the next
// owner decides where to go on.
func (w *Worker) fetch(ctx context.Context) (Fetched, error) {
	for wait := leastBackoff; ; wait = min(2*wait, mostBackoff) {
		began := w.Now()
		f, err := w.Partition.Fetch(ctx, w.next)
		switch {
		case err != nil:
			w.answering = time.Time{}
		case w.answering.IsZero():
			w.answering = began
		}
		if err == nil || errors.Is(err, ErrLogMoved) || ctx.Err() != nil {
			return f, err
		}
		w.Progress.Failed(err)
		w.Log.Warn("fetch failed, trying again", "err", err, "in", wait)
		if err := w.settle(ctx); err != nil {
			return f, err
		}
		if !pause(ctx, wait) {
			return f, ctx.Err()
		}
	}
}

// deliver runs do; when ctx ends meanwhile, do has Grace left to finish.
func (w *Worker) deliver(ctx context.Context, do func(context.Context) error) error {
	inner, cancel := w.grace(ctx)
	defer cancel()
	return do(inner)
}

// grace returns a context that outlives ctx by Grace.
func (w *Worker) grace(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(w.Grace, cancel) })
	return inner, func() { stop(); cancel() }
}

// checkpoint starts a write when there is something to write, none is under way and it is time for one.
func (w *Worker) checkpoint(ctx context.Context) {
	if !w.dirty || w.saving != nil || w.Now().Before(w.notBefore) {
		return
	}
	began := w.Now()
	save := w.Handler.Checkpoint(w.next)
	w.dirty = false
	if save == nil {
		return
	}
	w.saving = make(chan saved, 1)
	next, done := w.next, w.saving
	inner, cancel := w.grace(ctx)
	go func() {
		defer cancel()
		err := save(inner)
		done <- saved{next, w.Now().Sub(began), err}
	}()
}

// settle takes note of a write that has ended, and commits the offset it reached.
func (w *Worker) settle(ctx context.Context) error {
	select {
	case s := <-w.saving:
		return w.settled(ctx, s)
	default:
		return nil
	}
}

func (w *Worker) settled(ctx context.Context, s saved) error {
	w.saving = nil
	if err := w.Handler.Checkpointed(s.took, s.err); err != nil {
		return err
	}
	if s.err != nil {
		w.dirty = true
		w.failures++
		w.notBefore = w.Now().Add(min(leastBackoff<<min(w.failures, 10), mostBackoff))
		return nil
	}
	w.failures = 0
	w.notBefore = w.Now().Add((shareOfCheckpoints - 1) * s.took)
	if s.next <= w.committed {
		return nil
	}
	if err := w.Partition.Commit(ctx, s.next); err != nil {
		// The checkpoint is what counts; the group's offset is for the world's lag tools and for a rebuild.
		w.Log.Warn("group offset not committed", "err", err)
		return nil
	}
	w.committed = s.next
	return nil
}

// letGo writes a last checkpoint, so that the next owner starts where this one stopped.
func (w *Worker) letGo(ctx context.Context) error {
	inner, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.Grace)
	defer cancel()
	if w.saving != nil {
		if err := w.settled(inner, <-w.saving); err != nil {
			return err
		}
	}
	if w.notBefore = (time.Time{}); w.failures > 0 {
		return nil // the store is away: the next owner decides again what was not written
	}
	w.checkpoint(inner)
	if w.saving == nil {
		return nil
	}
	return w.settled(inner, <-w.saving)
}

// settleNow waits for a write under way, without starting another.
func (w *Worker) settleNow() {
	if w.saving != nil {
		<-w.saving
		w.saving = nil
	}
}

// pause waits, and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
