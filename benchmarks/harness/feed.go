package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"cordon/alerting"
	"cordon/benchmarks/scenario"
	"cordon/ingest"
)

// Feed puts a scenario onto the ping topic.
type Feed struct {
	Site     *Site
	Broker   *Broker
	Scenario *scenario.Scenario
	Clock    scenario.Clock
	Rate     float64 // records a second; 0 as fast as it goes
	// Barrier makes the changes from one barrier to the next, when everything before is acknowledged; nil: there are none.
	Barrier func(ctx context.Context, change int) error

	pending [][]scenario.Record
	size    []int // bytes pending, by partition
	Sent    int
}

const feedBatch = 150 << 10 // bytes of a partition put together: the topic takes 256 KiB

// Run produces all records. Where the broker is away it tries again with the same records, in order, so that they can
// be there twice, as from any producer without idempotence.
func (f *Feed) Run(ctx context.Context) error {
	began, barrier := time.Now(), 0
	for rec := range f.Scenario.Records(f.Clock) {
		for f.Barrier != nil && barrier < rec.Barrier {
			if err := f.flush(ctx); err != nil {
				return err
			}
			if err := f.Barrier(ctx, barrier); err != nil {
				return err
			}
			barrier++
		}
		for len(f.pending) <= rec.Partition {
			f.pending, f.size = append(f.pending, nil), append(f.size, 0)
		}
		f.pending[rec.Partition] = append(f.pending[rec.Partition], rec)
		f.Sent++
		f.size[rec.Partition] += len(rec.Key) + len(rec.Value) + 40
		full := f.size[rec.Partition] >= feedBatch
		if f.Rate > 0 && f.Sent%100 == 0 {
			due := began.Add(time.Duration(float64(f.Sent) / f.Rate * float64(time.Second)))
			if wait := time.Until(due); wait > 0 || full {
				full = true
				if err := f.flush(ctx); err != nil {
					return err
				}
				if !pause(ctx, wait) {
					return ctx.Err()
				}
			}
		}
		if full {
			if err := f.flush(ctx); err != nil {
				return err
			}
		}
	}
	return f.flush(ctx)
}

// kafkaRecords makes records to send; a try to send them uses them up.
func kafkaRecords(from []scenario.Record) []kafka.Record {
	to := make([]kafka.Record, len(from))
	for i, rec := range from {
		to[i] = kafka.Record{Time: time.UnixMilli(rec.Appended), Key: kafka.NewBytes(rec.Key), Value: kafka.NewBytes(rec.Value)}
		for _, h := range rec.Headers {
			to[i].Headers = append(to[i].Headers, kafka.Header{Key: h.Key, Value: h.Value})
		}
	}
	return to
}

// flush produces what is pending, the partitions side by side.
func (f *Feed) flush(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for partition, records := range f.pending {
		if len(records) == 0 {
			continue
		}
		f.pending[partition], f.size[partition] = nil, 0
		g.Go(func() error { return f.produce(ctx, partition, records) })
	}
	return g.Wait()
}

func (f *Feed) produce(ctx context.Context, partition int, records []scenario.Record) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := f.Broker.Produce(ctx, f.Site.Pings(), partition, kafkaRecords(records))
		if err == nil || errors.Is(err, kafka.MessageSizeTooLarge) || !pause(ctx, wait) {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Publish imports a scenario's zones and register, in force from the instant unless it is zero.
func (s *Site) Publish(ctx context.Context, sc *scenario.Scenario, from time.Time) error {
	return s.Import(ctx, scenario.Import{Zones: sc.Zones(), Register: sc.Register()}, from)
}

// Import makes one change of the store.
func (s *Site) Import(ctx context.Context, i scenario.Import, from time.Time) error {
	var backdate []string
	if !from.IsZero() {
		backdate = []string{"--in-force-from", from.UTC().Format(time.RFC3339Nano)}
	}
	steps := []struct {
		needed bool
		stdin  []byte
		args   []string
	}{
		{len(i.Register) > 0, i.Register, append([]string{"wearers", "import", "-"}, backdate...)},
		{len(i.Delete) > 0, nil, append(append([]string{"wearers", "delete"}, i.Delete...), backdate...)},
		{len(i.Zones) > 0, i.Zones, append([]string{"zones", "import", "-"}, backdate...)},
		{len(i.Withdraw) > 0, nil, append(append([]string{"zones", "delete"}, i.Withdraw...), backdate...)},
	}
	for _, step := range steps {
		if !step.needed {
			continue
		}
		if _, err := s.Cordon(ctx, step.stdin, step.args...); err != nil {
			return err
		}
	}
	return nil
}

// Revisions returns every revision that the store holds of zones or wearers.
func (s *Site) Revisions(ctx context.Context, what string) ([]scenario.Revision, error) {
	text, err := s.Cordon(ctx, nil, what, "export", "--history")
	if err != nil {
		return nil, err
	}
	return scenario.ReadHistory([]byte(text))
}

// Drained waits until the group's offset is at the end of every partition of the pings.
func (s *Site) Drained(ctx context.Context, b *Broker) error {
	n, err := b.Partitions(ctx, s.Pings())
	if err != nil {
		return err
	}
	return Until(ctx, "every ping has been decided", func() error {
		if err := s.lost(); err != nil {
			return err
		}
		for p := range n {
			_, end, err := b.Bounds(ctx, s.Pings(), p)
			if err != nil {
				return err
			}
			at, err := b.Committed(ctx, s.Prefix, s.Pings(), p)
			if err != nil {
				return err
			}
			if at < end && end > 0 {
				return fmt.Errorf("partition %d: at %d of %d", p, at, end)
			}
		}
		return nil
	})
}

// Slack is how far behind the wall clock a processor runs timers when no pings come.
const Slack = 5 * time.Second

// Recovery is how long the broker has to have answered before a processor runs timers by the wall clock.
const Recovery = 10 * time.Second

// BetweenTimers waits until processors that have read everything have run by the wall clock what was due, and what is
// due is not about to change: timetables turn at full minutes.
func BetweenTimers(ctx context.Context) error {
	for began := time.Now(); ; {
		if s := time.Now().Add(-Slack).Second(); s >= 3 && s < 50 && time.Since(began) > Recovery+2*time.Second {
			return nil
		}
		if !pause(ctx, time.Second) {
			return ctx.Err()
		}
	}
}

// Verdict is what became of a scenario against what the oracle says must.
type Verdict struct {
	Pings      int
	Want       scenario.Output
	Comparison scenario.Comparison
	Rejects    []string // differences between the rejects topic and the oracle's
	Open       int      // episodes that the processors said were open at the end
	Unsure     int      // of them and of those wanted, at most so many were opened or ended by a timer about the time of asking
}

// Judge waits until everything is decided, stops the processors, reads everything back and asks the oracle.
func (s *Site) Judge(ctx context.Context, b *Broker, processors ...*Processor) (*Verdict, error) {
	if err := s.Drained(ctx, b); err != nil {
		return nil, err
	}
	if err := BetweenTimers(ctx); err != nil {
		return nil, err
	}
	v, in := &Verdict{}, scenario.Input{Params: scenario.Params{
		Rules: scenario.Rules{Name: s.Rules, Tags: scenario.DefaultTagRules()}, MaxUnassigned: s.MaxUnassigned, UnassignedAlerts: s.UnassignedAlerts,
	}}
	sure := time.Now().Add(-Slack - 2*time.Second).UnixMilli() // what the wall clock was to run by then has been run
	for _, p := range processors {
		if err := p.Ready(ctx); err != nil {
			return nil, err
		}
		for _, state := range alerting.Standings {
			open, err := p.Metric(ctx, fmt.Sprintf("cordon_episodes{state=%q}", state))
			if err != nil {
				return nil, err
			}
			v.Open += int(open)
		}
	}
	for _, p := range processors {
		if err := p.Stop(ctx); err != nil {
			return nil, err
		}
	}
	in.Until = time.Now().UnixMilli()
	var err error
	if in.Zones, err = s.Revisions(ctx, "zones"); err != nil {
		return nil, err
	}
	if in.Register, err = s.Revisions(ctx, "wearers"); err != nil {
		return nil, err
	}
	n, err := b.Partitions(ctx, s.Pings())
	if err != nil {
		return nil, err
	}
	failed := make([]error, n)
	for p := range n {
		_, end, err := b.Bounds(ctx, s.Pings(), p)
		if err != nil {
			return nil, err
		}
		v.Pings += int(end)
		in.Partitions = append(in.Partitions, b.Partition(ctx, s.Pings(), p, &failed[p]))
	}
	if v.Want, err = scenario.Decide(in); err != nil {
		return nil, err
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	got, err := b.Alerts(ctx, s.Alerts())
	if err != nil {
		return nil, err
	}
	for i := range v.Want.Alerts {
		if a := &v.Want.Alerts[i]; a.ZoneID != "" && byTimerAfter(a, sure) {
			v.Unsure++
		}
	}
	v.Want.Alerts = settled(v.Want.Alerts, got, sure)
	v.Comparison = scenario.Compare(v.Want.Alerts, got, v.Want.Doubtful)
	v.Rejects, err = s.judgeRejects(ctx, b, v.Want.Rejects)
	return v, err
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

// Differences are all there is to tell; none says that everything is as it must be.
func (v *Verdict) Differences() []string {
	all := slices.Clone(v.Rejects)
	for _, d := range v.Comparison.Differences {
		all = append(all, d.String())
	}
	if off := v.Open - len(v.Want.Open); off > v.Unsure || -off > v.Unsure {
		all = append(all, fmt.Sprintf("%d episodes are open at the end, want %d, give or take %d", v.Open, len(v.Want.Open), v.Unsure))
	}
	return all
}

// judgeRejects compares the rejects topic with what must be on it. A crash may have repeated a reject.
func (s *Site) judgeRejects(ctx context.Context, b *Broker, want map[scenario.At]ingest.Reason) ([]string, error) {
	var differences []string
	seen := map[scenario.At]bool{}
	err := b.ReadTopic(ctx, s.Rejects(), func(rec *ingest.Record) error {
		var at scenario.At
		if _, err := fmt.Sscanf(headerOf(rec, "cordon-partition")+" "+headerOf(rec, "cordon-offset"), "%d %d", &at.Partition, &at.Offset); err != nil {
			return fmt.Errorf("reject at offset %d: %w", rec.Offset, err)
		}
		seen[at] = true
		if reason := headerOf(rec, "cordon-reason"); reason != string(want[at]) {
			differences = append(differences, fmt.Sprintf("%v: rejected as %q (%s), want %q", at, reason, headerOf(rec, "cordon-detail"), want[at]))
		}
		return nil
	})
	for at, reason := range want {
		if !seen[at] {
			differences = append(differences, fmt.Sprintf("%v: not rejected, want %q", at, reason))
		}
	}
	return differences, err
}

func headerOf(rec *ingest.Record, key string) string {
	for _, h := range rec.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// Revision returns the store's revision counter.
func (s *Site) Revision(ctx context.Context) (uint64, error) {
	text, err := s.Cordon(ctx, nil, "zones", "export", "--history")
	if err != nil {
		return 0, err
	}
	var heading struct {
		Revision uint64 `json:"revision"`
	}
	line, _, _ := bytes.Cut([]byte(text), []byte("\n"))
	if err := json.Unmarshal(line, &heading); err != nil {
		return 0, fmt.Errorf("heading of the export: %w", err)
	}
	return heading.Revision, nil
}
