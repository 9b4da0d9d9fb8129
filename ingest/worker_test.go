package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// fakePartition hands out one record a fetch until there are no more, and then is empty.
type fakePartition struct {
	end     int64
	fetch   func(from int64) error // an error to return, if any
	journal *[]string
}

func (f *fakePartition) Fetch(ctx context.Context, from int64) (Fetched, error) {
	if f.fetch != nil {
		if err := f.fetch(from); err != nil {
			return Fetched{}, err
		}
	}
	if from < f.end {
		return Fetched{Records: []Record{{Offset: from}}, Next: from + 1, HighWatermark: f.end}, nil
	}
	select {
	case <-ctx.Done():
		return Fetched{}, ctx.Err()
	case <-time.After(500 * time.Millisecond):
		return Fetched{Next: from, HighWatermark: f.end}, nil
	}
}

func (f *fakePartition) Commit(_ context.Context, next int64) error {
	*f.journal = append(*f.journal, fmt.Sprint("commit ", next))
	return nil
}

// fakeHandler notes what it is asked.
type fakeHandler struct {
	journal *[]string
	handle  func(ctx context.Context) error
	save    func() error
	fenced  bool
	changed bool
	due     []time.Time // of each Idle
}

func (h *fakeHandler) Handle(ctx context.Context, f *Fetched) error {
	h.changed = true
	*h.journal = append(*h.journal, fmt.Sprint("publish ", f.Records[0].Offset))
	if h.handle != nil {
		return h.handle(ctx)
	}
	return nil
}

func (h *fakeHandler) Idle(_ context.Context, due time.Time) error {
	h.due = append(h.due, due)
	return nil
}

func (h *fakeHandler) Checkpoint(next int64) func(context.Context) error {
	if !h.changed {
		return nil
	}
	h.changed = false
	*h.journal = append(*h.journal, fmt.Sprint("checkpoint ", next))
	return func(context.Context) error {
		if h.save != nil {
			return h.save()
		}
		return nil
	}
}

func (h *fakeHandler) Checkpointed(_ time.Duration, err error) error {
	if err != nil {
		h.changed = true
		if h.fenced {
			return err
		}
	}
	return nil
}

func newFakes(end int64) (*Worker, *fakePartition, *fakeHandler, *[]string) {
	journal := &[]string{}
	p, h := &fakePartition{end: end, journal: journal}, &fakeHandler{journal: journal}
	return &Worker{Partition: p, Handler: h, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Grace: time.Second}, p, h, journal
}

// runFor runs the worker and ends its context after so long.
func runFor(t *testing.T, w *Worker, d time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return w.Run(ctx, 0, -1)
}

func index(t *testing.T, journal []string, what string) int {
	t.Helper()
	i := slices.Index(journal, what)
	if i < 0 {
		t.Fatalf("%q is not in %q", what, journal)
	}
	return i
}

func TestWorker_publishesThenCheckpointsThenCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, _, journal := newFakes(3)
		if err := runFor(t, w, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		p, c, k := index(t, *journal, "publish 2"), index(t, *journal, "checkpoint 3"), index(t, *journal, "commit 3")
		if p > c || c > k {
			t.Errorf("order: %q", *journal)
		}
	})
}

func TestWorker_commitsNothingWhenCheckpointFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, h, journal := newFakes(3)
		h.save = func() error { return errors.New("the store is away") }
		if err := runFor(t, w, time.Minute); err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(*journal, func(s string) bool { return s[:6] == "commit" }) {
			t.Errorf("committed: %q", *journal)
		}
		index(t, *journal, "publish 2") // it goes on deciding and alerting
	})
}

func TestWorker_checkpointsFirstWhenTheStoreReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, h, journal := newFakes(3)
		away := time.Now().Add(10 * time.Second)
		h.save = func() error {
			if time.Now().Before(away) {
				return errors.New("the store is away")
			}
			return nil
		}
		if err := runFor(t, w, 20*time.Second); err != nil {
			t.Fatal(err)
		}
		if index(t, *journal, fmt.Sprint("commit ", p.end)) < index(t, *journal, "publish 2") {
			t.Errorf("order: %q", *journal)
		}
	})
}

func TestWorker_givesUpWhenDeposed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, h, journal := newFakes(1)
		fenced := errors.New("fenced")
		h.fenced, h.save = true, func() error { return fenced }
		if err := runFor(t, w, time.Minute); !errors.Is(err, fenced) {
			t.Errorf("got %v", err)
		}
		if len(*journal) > 2 {
			t.Errorf("went on: %q", *journal)
		}
	})
}

func TestWorker_checkpointsNothingOfABatchThatWasNotDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, h, journal := newFakes(2)
		h.handle = func(ctx context.Context) error { // the broker refuses until the owner has to let go
			<-ctx.Done()
			return errors.New("not acknowledged")
		}
		if err := runFor(t, w, 5*time.Second); err == nil {
			t.Error("no error")
		}
		if want := []string{"publish 0"}; !slices.Equal(*journal, want) {
			t.Errorf("got %q, want %q", *journal, want)
		}
	})
}

func TestWorker_deliversAndCheckpointsWhenItLetsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, h, journal := newFakes(1)
		h.handle = func(ctx context.Context) error { // slower than the context, quicker than the grace
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(5500 * time.Millisecond):
				return nil
			}
		}
		if err := runFor(t, w, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if want := []string{"publish 0", "checkpoint 1", "commit 1"}; !slices.Equal(*journal, want) {
			t.Errorf("got %q, want %q", *journal, want)
		}
	})
}

func TestWorker_repeatsAFetchUntilTheBrokerAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, _, journal := newFakes(2)
		back := time.Now().Add(30 * time.Second)
		p.fetch = func(int64) error {
			if time.Now().Before(back) {
				return errors.New("connection refused")
			}
			return nil
		}
		if err := runFor(t, w, time.Minute); err != nil {
			t.Fatal(err)
		}
		index(t, *journal, "commit 2")
	})
}

func TestWorker_givesThePartitionUpWhenTheLogHasMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, _, journal := newFakes(2)
		p.fetch = func(from int64) error {
			if from == 0 {
				return nil
			}
			return fmt.Errorf("offset %d: %w", from, ErrLogMoved)
		}
		if err := runFor(t, w, time.Minute); !errors.Is(err, ErrLogMoved) {
			t.Errorf("got %v", err)
		}
		index(t, *journal, "commit 1") // what has been decided is kept
	})
}

func TestWorker_letsTheClockRunNothingBeforeTheBrokerHasAnsweredForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, h, _ := newFakes(0)
		began := time.Now()
		away := func(from, to time.Duration) bool {
			since := time.Since(began)
			return from <= since && since < to
		}
		p.fetch = func(int64) error {
			if away(0, 3*time.Second) || away(30*time.Second, 45*time.Second) {
				return errors.New("the broker is away")
			}
			return nil
		}
		if err := runFor(t, w, time.Minute); err != nil {
			t.Fatal(err)
		}
		var ran []time.Duration // how long after the beginning something that was due could run
		for _, due := range h.due {
			if !due.IsZero() {
				ran = append(ran, due.Add(slack).Sub(began))
			}
		}
		within := func(from, to time.Duration) (n int) {
			for _, at := range ran {
				if from <= at && at < to {
					n++
				}
			}
			return n
		}
		if n := within(0, 3*time.Second+recovery) + within(30*time.Second, 45*time.Second+recovery); n > 0 {
			t.Errorf("ran what was due %d times too soon: %v", n, ran)
		}
		if within(16*time.Second, 30*time.Second) < 20 || within(58*time.Second, time.Minute) < 2 {
			t.Errorf("ran what was due only at %v", ran)
		}
	})
}

// inOne is a partition that hands out everything in one fetch, and notes how far fetches reach.
type inOne struct {
	*fakePartition
	end, appended int64
	from          []int64
}

func (p *inOne) Fetch(ctx context.Context, from int64) (Fetched, error) {
	p.from = append(p.from, from)
	if from >= p.end {
		f, err := p.fakePartition.Fetch(ctx, p.fakePartition.end)
		f.Next, f.HighWatermark, f.End = from, p.end, p.appended
		return f, err
	}
	f := Fetched{Next: p.end, HighWatermark: p.end, End: p.appended}
	for o := from; o < p.end; o++ {
		f.Records = append(f.Records, Record{Offset: o})
	}
	return f, nil
}

// steps records what it is given to decide.
type steps struct {
	*fakeHandler
	sizes []int
	nexts []int64
	reads []time.Time
	aside []*SetAside
}

func (s *steps) Handle(ctx context.Context, f *Fetched) error {
	s.changed = true
	s.sizes, s.nexts, s.reads, s.aside = append(s.sizes, len(f.Records)), append(s.nexts, f.Next), append(s.reads, f.Read), append(s.aside, f.SetAside)
	if s.handle != nil {
		return s.handle(ctx)
	}
	return nil
}

func TestWorker_decidesNoMoreThanAStepBeforeItIsPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, h, journal := newFakes(0)
		s := &steps{fakeHandler: h}
		w.Partition, w.Handler = &inOne{fakePartition: p, end: 2*MaxStep + 10, appended: 2*MaxStep + 10}, s
		if err := runFor(t, w, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if want := []int{MaxStep, MaxStep, 10}; !slices.Equal(s.sizes, want) {
			t.Errorf("steps of %v, want %v", s.sizes, want)
		}
		if want := []int64{MaxStep, 2 * MaxStep, 2*MaxStep + 10}; !slices.Equal(s.nexts, want) {
			t.Errorf("nexts %v, want %v", s.nexts, want)
		}
		index(t, *journal, fmt.Sprint("commit ", 2*MaxStep+10))
	})
}

func TestWorker_stopsAfterTheStepAtHandAndCheckpointsThatFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, h, journal := newFakes(0)
		s := &steps{fakeHandler: h}
		ctx, cancel := context.WithCancel(t.Context())
		h.handle = func(context.Context) error { cancel(); return nil }
		w.Partition, w.Handler = &inOne{fakePartition: p, end: 3 * MaxStep, appended: 3 * MaxStep}, s
		if err := w.Run(ctx, 0, -1); err != nil {
			t.Fatal(err)
		}
		if len(s.sizes) != 1 {
			t.Errorf("steps of %v", s.sizes)
		}
		if want := []string{fmt.Sprint("checkpoint ", MaxStep), fmt.Sprint("commit ", MaxStep)}; !slices.Equal(*journal, want) {
			t.Errorf("got %q, want %q", *journal, want)
		}
	})
}

func TestWorker_checkpointsNothingWhenAStepGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, h, journal := newFakes(0)
		s := &steps{fakeHandler: h}
		h.handle = func(ctx context.Context) error { // it never comes to an end by itself
			<-ctx.Done()
			return ctx.Err()
		}
		w.Partition, w.Handler = &inOne{fakePartition: p, end: 3 * MaxStep, appended: 3 * MaxStep}, s
		began := time.Now()
		if err := runFor(t, w, 5*time.Second); err == nil {
			t.Error("no error")
		}
		if took := time.Since(began); took != 5*time.Second+w.Grace {
			t.Errorf("it took %s to let go, want the grace and no more", took)
		}
		if len(*journal) > 0 {
			t.Errorf("got %q", *journal)
		}
	})
}

func TestWorker_handsInWhenTheRecordsWereRead(t *testing.T) {
	w, p, h, _ := newFakes(0)
	s, at := &steps{fakeHandler: h}, time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	w.Now = func() time.Time { return at }
	ctx, cancel := context.WithCancel(t.Context())
	h.handle = func(context.Context) error { cancel(); return nil }
	w.Partition, w.Handler = &inOne{fakePartition: p, end: 3, appended: 3}, s
	if err := w.Run(ctx, 0, -1); err != nil || len(s.reads) != 1 || !s.reads[0].Equal(at) {
		t.Errorf("%v, read at %v", err, s.reads)
	}
}

func TestWorker_letsTheClockRunNothingWhileATransactionIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, h, _ := newFakes(0)
		log := &inOne{fakePartition: p, end: 1, appended: 4}
		w.Partition = log
		if err := runFor(t, w, time.Minute); err != nil {
			t.Fatal(err)
		}
		for _, due := range h.due {
			if !due.IsZero() {
				t.Fatalf("ran what was due at %s", due)
			}
		}
		if len(h.due) < 50 {
			t.Errorf("idle %d times", len(h.due))
		}
	})
}

func TestWorker_hasWhatIsSetAsideDealtWithAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, h, journal := newFakes(5)
		s := &steps{fakeHandler: h}
		w.Partition, w.Handler = broken{p}, s
		if err := runFor(t, w, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if want := []int64{1, 4, 5}; !slices.Equal(s.nexts, want) || s.aside[1] == nil || s.aside[1].Count() != 3 {
			t.Errorf("nexts %v, set aside %v", s.nexts, s.aside)
		}
		index(t, *journal, "commit 5")
	})
}

// broken cannot read the records from 1 to 3.
type broken struct{ *fakePartition }

func (b broken) Fetch(ctx context.Context, from int64) (Fetched, error) {
	if from == 1 {
		return Fetched{SetAside: &SetAside{First: 1, Last: 3}, Next: 4, HighWatermark: b.end}, nil
	}
	return b.fakePartition.Fetch(ctx, from)
}

// heard is a Progress that keeps what it records.
type heard struct {
	fetched, stepped []int64
	failed           int
}

func (h *heard) Fetched(f *Fetched) { h.fetched = append(h.fetched, f.Next) }
func (h *heard) Failed(error)       { h.failed++ }
func (h *heard) Stepped(next int64) { h.stepped = append(h.stepped, next) }

func TestWorker_recordsHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p, h, _ := newFakes(2)
		back := time.Now().Add(time.Second)
		p.fetch = func(int64) error {
			if time.Now().Before(back) {
				return errors.New("connection refused")
			}
			return nil
		}
		kept := &heard{}
		w.Progress = kept
		h.handle = func(context.Context) error {
			if len(kept.fetched) != len(kept.stepped)+1 {
				t.Errorf("recorded %d fetches and %d steps while one is decided", len(kept.fetched), len(kept.stepped))
			}
			return nil
		}
		if err := runFor(t, w, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if kept.failed == 0 || len(kept.stepped) < 3 || kept.stepped[0] != 1 || kept.stepped[1] != 2 {
			t.Errorf("recorded %+v", kept)
		}
	})
}
