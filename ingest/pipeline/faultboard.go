package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"cordon/alerting"
)

// FaultStore keeps the open faults of the system as a whole, for all processors.
type FaultStore interface {
	// List returns them.
	List(ctx context.Context) ([]alerting.Fault, error)
	// Open records a fault unless one of its part is open. It returns the recorded one.
	Open(ctx context.Context, f alerting.Fault) (alerting.Fault, error)
	// Keep records the faults anew, each in place of the one of its part.
	Keep(ctx context.Context, faults []alerting.Fault) error
	// End removes a fault.
	End(ctx context.Context, f alerting.Fault) error
}

// SeenFault is a fault as one processor sees it.
type SeenFault struct {
	alerting.Fault
	// Exact says that every processor that sees the fault gives it the same Opened and Seq. A recorded fault of its part
	// with an earlier Opened is then an earlier fault whose end was missed.
	Exact bool
}

// Faults are the faults that a processor sees at one moment.
type Faults struct {
	Seen []SeenFault
	// Lasting reports whether an open fault goes on although it is not in Seen.
	Lasting func(open alerting.Fault) bool
}

// FaultBoardOptions configure a FaultBoard.
type FaultBoardOptions struct {
	// See returns the faults. It returns false while the processor does not know them; then none is raised or ended.
	See func(ctx context.Context) (Faults, bool)
	// Changed returns a channel that is closed when See may return something else.
	Changed func() <-chan struct{}
	Store   FaultStore
	Alerts  Topic
	Source  string // CloudEvents source of the alerts
	Rules   *alerting.Rules
	Metrics *Metrics
	Log     *slog.Logger
	Now     func() time.Time
	// Every is how often it looks; MostBackoff bounds the pause after a failure.
	Every, MostBackoff time.Duration
}

// FaultBoard raises and ends the faults of the system as a whole. It works whether the processor owns partitions or not.
//
// Every processor has one. The first to see a fault records it, and all that see it raise it as it is recorded, under the
// same ids. They do not all see a fault at the same time, and some faults not all of them see. So those that see one keep
// its record up to date (Kept), and a processor that does not see it ends it only once no processor does that any more. A
// processor that crashes between recording and raising leaves that to the next one.
type FaultBoard struct {
	o      FaultBoardOptions
	raised map[string]alerting.Fault // by part, by this processor
	kept   map[string]uint64         // by part: Kept as this processor last recorded it
	unseen map[string]sighting       // by part: of open faults that this processor does not see
}

// sighting is since when the record of a fault has been as it is.
type sighting struct {
	kept  uint64
	since time.Time
}

// NewFaultBoard returns one that has raised nothing yet.
func NewFaultBoard(o FaultBoardOptions) *FaultBoard {
	return &FaultBoard{o: o, raised: map[string]alerting.Fault{}, kept: map[string]uint64{}, unseen: map[string]sighting{}}
}

// keptWithin is after how many rounds a record that no processor has renewed counts as abandoned.
const keptWithin = 4

// publishWithin bounds one round of raising and ending.
const publishWithin = 20 * time.Second

// Run looks for faults until ctx ends. It holds only the open faults and blocks no other goroutine.
func (b *FaultBoard) Run(ctx context.Context) {
	failures := 0
	for {
		changed := b.o.Changed()
		wait := b.o.Every
		if err := b.round(ctx); err != nil {
			wait = min(leastBackoff<<min(failures, 16), b.o.MostBackoff)
			if failures++; failures == 1 && ctx.Err() == nil {
				b.o.Log.Warn("faults of the system could not be raised or ended, trying again", "err", err)
			}
			changed = nil // a change does not shorten the pause
		} else {
			failures = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-time.After(wait):
		}
	}
}

// round raises the faults that are seen and ends those that are over. An error about one fault does not keep the others from
// being raised.
func (b *FaultBoard) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, publishWithin)
	defer cancel()
	faults, known := b.o.See(ctx)
	if !known {
		return nil
	}
	open, err := b.o.Store.List(ctx)
	failed := []error{err}
	recorded := make(map[string]alerting.Fault, len(open))
	for _, f := range open {
		recorded[f.Part] = f
	}
	seen := make(map[string]bool, len(faults.Seen))
	for _, f := range faults.Seen {
		seen[f.Part] = true
		failed = append(failed, b.raise(ctx, f, recorded))
	}
	failed = append(failed, b.keep(ctx, seen, recorded))
	for _, f := range open {
		if seen[f.Part] || faults.Lasting(f) {
			delete(b.unseen, f.Part)
		} else if b.abandoned(f) {
			failed = append(failed, b.end(ctx, f))
		}
	}
	if err == nil {
		failed = append(failed, b.forget(ctx, seen, recorded, faults.Lasting))
	}
	return errors.Join(failed...)
}

// raise raises the recorded fault, once. If the fault cannot be recorded, raise raises it all the same.
func (b *FaultBoard) raise(ctx context.Context, f SeenFault, recorded map[string]alerting.Fault) error {
	is, ok := recorded[f.Part]
	if ok && f.Exact && f.Opened > is.Opened {
		if err := b.end(ctx, is); err != nil {
			return err
		}
		ok = false
	}
	var unrecorded error
	if !ok {
		if is, unrecorded = b.o.Store.Open(ctx, f.Fault); unrecorded != nil {
			is = f.Fault
		} else {
			recorded[f.Part] = is
		}
	}
	was, raised := b.raised[f.Part]
	if raised && sameFault(was, is) {
		return unrecorded
	}
	if err := b.publish(ctx, is.Alert(b.now(), b.o.Rules)); err != nil {
		return errors.Join(unrecorded, err)
	}
	b.o.Log.Error("fault of the system: "+is.Detail, "part", is.Part, "reason", is.Reason)
	b.raised[f.Part] = is
	if raised { // it was raised before another processor's record could be read
		return errors.Join(unrecorded, b.publish(ctx, was.Restored(b.now(), b.o.Rules)))
	}
	return unrecorded
}

// keep tells the other processors that this one sees the faults that are recorded.
func (b *FaultBoard) keep(ctx context.Context, seen map[string]bool, recorded map[string]alerting.Fault) error {
	var faults []alerting.Fault
	for part := range seen {
		if f, ok := recorded[part]; ok {
			f.Kept = max(1, rand.Uint64())
			faults = append(faults, f)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	if err := b.o.Store.Keep(ctx, faults); err != nil {
		return err
	}
	for _, f := range faults {
		b.kept[f.Part] = f.Kept
	}
	return nil
}

// abandoned reports whether no other processor sees an open fault that this one does not see: this one was the last to
// renew its record, or no processor has done so for some rounds.
func (b *FaultBoard) abandoned(f alerting.Fault) bool {
	if f.Kept != 0 && f.Kept == b.kept[f.Part] {
		return true
	}
	now := b.o.Now()
	was, known := b.unseen[f.Part]
	if !known || was.kept != f.Kept {
		b.unseen[f.Part] = sighting{f.Kept, now}
		return false
	}
	return now.Sub(was.since) >= keptWithin*b.o.Every
}

// end ends a recorded fault.
func (b *FaultBoard) end(ctx context.Context, f alerting.Fault) error {
	if err := b.publish(ctx, f.Restored(b.now(), b.o.Rules)); err != nil {
		return err
	}
	b.o.Log.Info("fault of the system is over", "part", f.Part, "reason", f.Reason)
	if err := b.o.Store.End(ctx, f); err != nil {
		return err
	}
	delete(b.raised, f.Part)
	delete(b.unseen, f.Part)
	delete(b.kept, f.Part)
	return nil
}

// forget ends the faults that were raised and never recorded, and forgets those that another processor has ended.
func (b *FaultBoard) forget(ctx context.Context, seen map[string]bool, recorded map[string]alerting.Fault, lasting func(alerting.Fault) bool) error {
	for part, f := range b.raised {
		if _, ok := recorded[part]; ok || seen[part] || lasting(f) {
			continue
		}
		if err := b.publish(ctx, f.Restored(b.now(), b.o.Rules)); err != nil {
			return err
		}
		delete(b.raised, part)
	}
	return nil
}

func (b *FaultBoard) publish(ctx context.Context, a *alerting.Alert) error {
	a.RaisedTime = alerting.Time(b.now())
	m, err := envelope(a, b.o.Source)
	if err != nil {
		return err
	}
	if _, err := b.o.Alerts.Publish(ctx, []alerting.Message{m}); err != nil {
		return fmt.Errorf("pipeline: %s of %s: %w", a.Kind, a.Part, err)
	}
	b.o.Metrics.alerts[a.Kind].Inc()
	return nil
}

func (b *FaultBoard) now() int64 { return b.o.Now().UnixMilli() }

// sameFault reports whether two faults have the same ids.
func sameFault(a, b alerting.Fault) bool {
	return a.Part == b.Part && a.Opened == b.Opened && a.Seq == b.Seq
}
