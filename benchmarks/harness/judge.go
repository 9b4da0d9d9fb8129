package harness

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cordon/alerting"
	"cordon/benchmarks/scenario"
	"cordon/ingest"
)

// Verdict is what became of a scenario against what the oracle says must.
type Verdict struct {
	Pings      int // that the oracle decided about
	Alerts     int // that had to be raised
	Rejects    int // that had to be made
	Counts     scenario.Counts
	Comparison scenario.Comparison
	Others     []string // what else differs: rejects and system faults
	Open       int      // episodes that the processors said were open at the end
	WantOpen   int
	Unsure     int // of them and of those wanted, at most so many were opened or ended by a timer about the time of asking
	Foreign    int // records of strangers with timestamps that nobody may believe
	SetAside   int // batches too large when unpacked
}

// Differences are all there is to tell; none says that everything is as it must be.
func (v *Verdict) Differences() []string {
	all := slices.Clone(v.Others)
	for _, d := range v.Comparison.Differences {
		all = append(all, d.String())
	}
	if off := v.Open - v.WantOpen; off > v.Unsure || -off > v.Unsure {
		all = append(all, fmt.Sprintf("%d episodes are open at the end, want %d, give or take %d", v.Open, v.WantOpen, v.Unsure))
	}
	return all
}

// trial is one judging: what it reads of a partition it forgets before the next.
type trial struct {
	site   *Site
	broker *Broker
	sure   int64 // ms: what the wall clock was to run by then has been run

	mu        sync.Mutex
	verdict   Verdict
	rejects   map[scenario.At]ingest.Reason // that the oracle wants
	strangers map[scenario.At]bool          // records whose timestamp lies ahead
	aside     map[scenario.At]bool          // first offsets of batches too large when unpacked
}

// Done is what was done to the system that explains what it said.
type Done struct {
	Faults []Fault // there must be those and no others
	Losses []Span  // while the store was incomplete
}

// Span is a time from its beginning up to its end.
type Span struct{ From, To time.Time }

// afterLoss is how long after a restore something may be said late, of what was decided without all zones.
const afterLoss = time.Minute

func (d Done) explainsLate(raised time.Time) bool {
	return slices.ContainsFunc(d.Losses, func(s Span) bool { return raised.After(s.From) && raised.Before(s.To.Add(afterLoss)) })
}

// Judge waits until everything is decided, stops the processors, reads everything back and asks the oracle.
func (s *Site) Judge(ctx context.Context, b *Broker, done Done, processors ...*Processor) (*Verdict, error) {
	if err := s.Drained(ctx, b); err != nil {
		return nil, err
	}
	if err := BetweenTimers(ctx); err != nil {
		return nil, err
	}
	t := &trial{site: s, broker: b, rejects: map[scenario.At]ingest.Reason{}, strangers: map[scenario.At]bool{}, aside: map[scenario.At]bool{}}
	t.sure = time.Now().Add(-Slack - 2*time.Second).UnixMilli()
	if err := t.adjourn(ctx, processors); err != nil {
		return nil, err
	}
	in := scenario.Input{
		Params: scenario.Params{
			Rules: scenario.Rules{Name: s.Rules, Tags: scenario.DefaultTagRules()}, MaxUnassigned: s.MaxUnassigned, UnassignedAlerts: s.UnassignedAlerts,
		}, Until: time.Now().UnixMilli(),
	}
	var err error
	if in.Zones, err = s.Revisions(ctx, "zones"); err != nil {
		return nil, err
	}
	if in.Register, err = s.Revisions(ctx, "wearers"); err != nil {
		return nil, err
	}
	if err := t.compare(ctx, in, done); err != nil {
		return nil, err
	}
	return &t.verdict, t.compareRejects(ctx)
}

// adjourn asks the processors how many episodes are open, and stops them.
func (t *trial) adjourn(ctx context.Context, processors []*Processor) error {
	for _, p := range processors {
		if err := p.Ready(ctx); err != nil {
			return err
		}
		for _, state := range alerting.Standings {
			open, err := p.Metric(ctx, fmt.Sprintf("cordon_episodes{state=%q}", state))
			if err != nil {
				return err
			}
			t.verdict.Open += int(open)
		}
	}
	for _, p := range processors {
		if err := p.Stop(ctx); err != nil {
			return err
		}
	}
	return nil
}

// compare has the oracle decide partition by partition and compares each with the alerts that came of it.
func (t *trial) compare(ctx context.Context, in scenario.Input, done Done) error {
	n, err := t.broker.Partitions(ctx, t.site.Pings())
	if err != nil {
		return err
	}
	got, err := t.site.spool(ctx, t.broker, n)
	if err != nil {
		return err
	}
	defer got.remove()
	failed := make([]error, n)
	for p := range n {
		in.Partitions = append(in.Partitions, scenario.Partition{Number: p, Records: t.records(ctx, p, &failed[p])})
	}
	err = scenario.DecideEach(in, func(number int, out scenario.Output) error {
		alerts, late, err := got.alerts(number, done)
		if err == nil {
			t.settle(out, alerts, late)
		}
		return err
	})
	if err := errors.Join(err, errors.Join(failed...)); err != nil {
		return err
	}
	homeless, _, err := got.alerts(nowhere, done)
	if err != nil {
		return err
	}
	faults := append(SetAside(t.aside), Future(t.strangers)...)
	t.verdict.Others = append(t.verdict.Others, judgeFaults(got.system, append(faults, done.Faults...))...)
	for i := range homeless {
		t.verdict.Others = append(t.verdict.Others, "an alert does not say of which partition's pings it comes: "+homeless[i].AlertID)
	}
	return nil
}

// records are those of a partition that the oracle decides about. A failure ends the sequence and is left in err.
func (t *trial) records(ctx context.Context, partition int, err *error) iter.Seq[ingest.Record] {
	return func(yield func(ingest.Record) bool) {
		pings, strangers, aside := 0, map[scenario.At]bool{}, map[scenario.At]bool{}
		*err = t.broker.ReadCommitted(ctx, t.site.Pings(), partition, func(rec *ingest.Record) error {
			if strings.HasPrefix(string(rec.Key), strangerPrefix) {
				strangers[scenario.At{Partition: partition, Offset: rec.Offset}] = true
				return nil
			}
			pings++
			if !yield(*rec) {
				return errors.New("harness: the oracle reads no further")
			}
			return nil
		}, func(first int64) error {
			aside[scenario.At{Partition: partition, Offset: first}] = true
			return nil
		})
		t.mu.Lock()
		defer t.mu.Unlock()
		t.verdict.Pings += pings
		t.verdict.Foreign += len(strangers)
		t.verdict.SetAside += len(aside)
		maps.Copy(t.strangers, strangers)
		maps.Copy(t.aside, aside)
	}
}

// settle compares what came of one partition with what had to.
func (t *trial) settle(out scenario.Output, got []alerting.Alert, late map[string]bool) {
	unsure := 0
	for i := range out.Alerts {
		if a := &out.Alerts[i]; a.ZoneID != "" && byTimerAfter(a, t.sure) {
			unsure++
		}
	}
	want := settled(out.Alerts, got, t.sure)
	c := scenario.Compare(want, got, out.Doubtful, late)
	t.mu.Lock()
	defer t.mu.Unlock()
	v := &t.verdict
	v.Alerts += len(want)
	v.Rejects += len(out.Rejects)
	v.Counts.Add(out.Counts)
	v.Comparison.Differences = append(v.Comparison.Differences, c.Differences...)
	v.Comparison.Repeats += c.Repeats
	v.WantOpen += len(out.Open)
	v.Unsure += unsure
	maps.Copy(t.rejects, out.Rejects)
}

// settled leaves out the alerts that a processor may or may not have come to decide by the wall clock before it was
// stopped: those that a timer decided after the instant (ms) and that it did not raise.
func settled(want, got []alerting.Alert, sure int64) []alerting.Alert {
	raised := map[string]bool{}
	for i := range got {
		raised[got[i].AlertID] = true
	}
	return slices.DeleteFunc(want, func(a alerting.Alert) bool {
		return byTimerAfter(&a, sure) && !raised[a.AlertID]
	})
}

func byTimerAfter(a *alerting.Alert, ms int64) bool {
	return a.DecidedTime != nil && int64(*a.DecidedTime) > ms
}

// compareRejects compares the rejects topic with what must be on it. A crash may have repeated a reject. Of a batch that
// is set aside there is a reject at its first offset.
func (t *trial) compareRejects(ctx context.Context) error {
	seen, want := map[scenario.At]bool{}, maps.Clone(t.rejects)
	for at := range t.strangers {
		want[at] = ingest.Future
	}
	differ := func(format string, args ...any) {
		t.verdict.Others = append(t.verdict.Others, fmt.Sprintf(format, args...))
	}
	err := t.broker.ReadTopic(ctx, t.site.Rejects(), func(rec *ingest.Record) error {
		var at scenario.At
		if _, err := fmt.Sscanf(headerOf(rec, "cordon-partition")+" "+headerOf(rec, "cordon-offset"), "%d %d", &at.Partition, &at.Offset); err != nil {
			return fmt.Errorf("reject at offset %d: %w", rec.Offset, err)
		}
		seen[at] = true
		if reason := headerOf(rec, "cordon-reason"); reason != string(want[at]) && !t.aside[at] {
			differ("%v: rejected as %q (%s), want %q", at, reason, headerOf(rec, "cordon-detail"), want[at])
		}
		return nil
	})
	for at, reason := range want {
		if !seen[at] {
			differ("%v: not rejected, want %q", at, reason)
		}
	}
	for at := range t.aside {
		if !seen[at] {
			differ("%v: a batch too large when unpacked, and no reject says so", at)
		}
	}
	return err
}

func headerOf(rec *ingest.Record, key string) string {
	for _, h := range rec.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
