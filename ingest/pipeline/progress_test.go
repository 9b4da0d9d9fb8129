package pipeline

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"cordon/ingest"
)

type ctx = context.Context

// endsAfter is a context that ends after it has been asked a given number of times.
type endsAfter struct {
	ctx
	left int
}

func (e *endsAfter) Err() error {
	if e.left--; e.left < 0 {
		return context.Canceled
	}
	return nil
}

// watched returns the Progress, with a clock that stands still, of a partition that is taken over and has been read up to
// offset 10.
func watched(t *testing.T) (*Progress, *clock) {
	t.Helper()
	c, w := clocked(t, 1)
	p := newProgress(&c.options, 3)
	p.work(nil)
	p.Fetched(&ingest.Fetched{HighWatermark: 10, End: 10})
	p.decide(w.at.UnixMilli())
	p.Stepped(10)
	return p, w
}

func problem(p *Progress) string { return strings.Join(p.Status().Problems, "\n") }

func TestProgress_saysWhyAPartitionStandsStill(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*Progress)
		says    []string
	}{
		"every fetch fails":    {func(p *Progress) { p.Failed(errors.New("connection\n refused")) }, []string{"partition 3", "at offset 10", "connection refused"}},
		"no fetch is answered": {func(*Progress) {}, []string{"partition 3", "at offset 10", "waiting for the answer to a fetch"}},
		"a step never ends":    {func(p *Progress) { p.Fetched(&ingest.Fetched{HighWatermark: 20, End: 20}) }, []string{"at offset 10", "deciding and publishing"}},
		"nothing comes of a fetch": {func(p *Progress) {
			p.Fetched(&ingest.Fetched{HighWatermark: 20, End: 20})
			p.Stepped(10)
		}, []string{"at offset 10"}},
		"nothing is acknowledged": {func(p *Progress) {
			p.Fetched(&ingest.Fetched{HighWatermark: 20, End: 20})
			p.Failed(errors.New("3 alerts are not acknowledged"))
		}, []string{"3 alerts are not acknowledged"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, w := watched(t)
			w.at = w.at.Add(stuckAfter - time.Second)
			c.happens(p)
			if got := problem(p); got != "" {
				t.Errorf("before its time: %s", got)
			}
			w.at = w.at.Add(time.Second)
			for _, want := range c.says {
				if got := problem(p); !strings.Contains(got, want) {
					t.Errorf("says %q, want %q", got, want)
				}
			}
			p.Fetched(&ingest.Fetched{HighWatermark: 20, End: 20})
			p.Stepped(11)
			if got := problem(p); !strings.Contains(got, "9 records from offset 11 on are not decided yet, 30s behind") {
				t.Errorf("while it catches up: %s", got)
			}
			p.Stepped(20)
			if got := problem(p); got != "" {
				t.Errorf("after it caught up: %s", got)
			}
		})
	}
}

func TestProgress_anIdlePartitionIsReady(t *testing.T) {
	p, w := watched(t)
	for range 100 {
		w.at = w.at.Add(time.Second)
		p.Fetched(&ingest.Fetched{HighWatermark: 10, End: 10})
		p.Stepped(10)
		if got := problem(p); got != "" {
			t.Fatal(got)
		}
	}
}

func TestProgress_saysWhatATakeOverDoesAndHowFarItIs(t *testing.T) {
	c, w := clocked(t, 1)
	p := newProgress(&c.options, 3)
	if !p.Status().TakingOver || problem(p) != "" {
		t.Errorf("at the beginning: %+v", p.Status())
	}
	for i := range 31 {
		w.at = w.at.Add(time.Second)
		p.take("reading the alerts, partition 2 of 8")
		p.reach(int64(1000*i), 90_000)
	}
	if got := problem(p); !strings.Contains(got, "partition 3: taking over for 31s: reading the alerts, partition 2 of 8, at 30000 of 90000") || strings.Contains(got, "without progress") {
		t.Errorf("says %q", got)
	}
	w.at = w.at.Add(stuckAfter)
	p.Failed(errors.New("waiting for the broker: connection refused"))
	p.reach(30_000, 90_000)
	if got := problem(p); !strings.Contains(got, "without progress for 30s: waiting for the broker: connection refused") {
		t.Errorf("says %q", got)
	}
	p.work(nil)
	if got := p.Status(); got.TakingOver || len(got.Problems) > 0 {
		t.Errorf("afterwards: %+v", got)
	}
}

func TestProgress_saysThatATransactionIsInTheWay(t *testing.T) {
	p, w := watched(t)
	wait := func(d time.Duration, stable int64) {
		for range int(d / time.Second) {
			w.at = w.at.Add(time.Second)
			p.Fetched(&ingest.Fetched{HighWatermark: stable, End: stable + 7})
			p.Stepped(stable)
		}
	}
	wait(29*time.Second, 10)
	wait(29*time.Second, 12) // one has ended, the next has not
	if got := problem(p); got != "" {
		t.Errorf("too soon: %s", got)
	}
	if records, seconds := p.lag(); records != 7 || seconds < 50 {
		t.Errorf("the lag is %g records, %g s", records, seconds)
	}
	wait(3*time.Second, 12)
	if got := problem(p); !strings.Contains(got, "7 records from offset 12 on wait") || !strings.Contains(got, "find-hanging") {
		t.Errorf("says %q", got)
	}
	p.Fetched(&ingest.Fetched{HighWatermark: 19, End: 19})
	p.Stepped(19)
	if got := problem(p); got != "" {
		t.Errorf("after its end: %s", got)
	}
}

func TestLag_growsWhileAPartitionStandsStillAndIsNotZeroWhenUnknown(t *testing.T) {
	p, w := watched(t)
	if records, seconds := p.lag(); records != 0 || seconds != 0 {
		t.Fatalf("read to its end: %g records, %g s", records, seconds)
	}
	p.Failed(errors.New("connection refused"))
	last := 0.0
	for range 5 {
		w.at = w.at.Add(10 * time.Second)
		records, seconds := p.lag()
		if !math.IsNaN(records) || seconds <= last {
			t.Errorf("after %gs: %g records, %g s", last, records, seconds)
		}
		last = seconds
	}
	p.Fetched(&ingest.Fetched{HighWatermark: 25, End: 25})
	if records, seconds := p.lag(); records != 15 || seconds != last {
		t.Errorf("while what was fetched is decided: %g records, %g s", records, seconds)
	}
	p.decide(w.at.Add(-5 * time.Second).UnixMilli())
	p.Stepped(20)
	if records, seconds := p.lag(); records != 5 || seconds != 5 {
		t.Errorf("when some of it is: %g records, %g s", records, seconds)
	}
	p.Stepped(25)
	if records, seconds := p.lag(); records != 0 || seconds != 0 {
		t.Errorf("when all of it is: %g records, %g s", records, seconds)
	}
}

func TestLag_isThereFromTheAssignmentOnAndGoneWithIt(t *testing.T) {
	c, w := clocked(t, 1)
	p := newProgress(&c.options, 3)
	done := c.options.Metrics.lag.add(p)
	w.at = w.at.Add(time.Minute)
	if n := testutil.CollectAndCount(c.options.Metrics.lag, "cordon_partition_lag", "cordon_partition_lag_seconds"); n != 2 {
		t.Errorf("%d samples", n)
	}
	if records, seconds := p.lag(); !math.IsNaN(records) || seconds != 60 {
		t.Errorf("while it is taken over: %g records, %g s", records, seconds)
	}
	p.bounds(100, 500, w.at.Add(-time.Hour).UnixMilli())
	if records, seconds := p.lag(); records != 400 || seconds != 3600 {
		t.Errorf("once it is known: %g records, %g s", records, seconds)
	}
	if done(); testutil.CollectAndCount(c.options.Metrics.lag) != 0 {
		t.Error("there are samples of a partition that is not owned")
	}
	var _ prometheus.Collector = c.options.Metrics.lag
}

func TestOwn_isSeenFromTheAssignmentToTheLettingGo(t *testing.T) {
	c, w := clocked(t, 1)
	c.ping(0, "tag-1", w.at, inside)
	running, cancel := context.WithCancel(t.Context())
	var seen []bool
	var p *Progress
	c.logs[0].fetched = func(int64) {
		seen = append(seen, p.Status().TakingOver)
		if len(c.alerts.messages) > 0 {
			cancel()
		}
	}
	over := false
	err := Own(running, &c.options, c.logs[0], 0, func(of *Progress) func() {
		p = of
		return func() { over = true }
	})
	if err != nil || !over || len(seen) < 2 || seen[len(seen)-1] || !c.store.away && c.store.saves == 0 {
		t.Errorf("%v, seen %v, over %v, %d checkpoints", err, seen, over, c.store.saves)
	}
}
