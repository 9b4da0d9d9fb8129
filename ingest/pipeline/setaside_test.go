package pipeline

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cordon/alerting"
	"cordon/ingest"
)

// damagedTown has seven pings, the third to fifth of which cannot be read.
func damagedTown(t testing.TB) (*town, *clock) {
	c, w := clocked(t, 1)
	began := w.at.Add(-time.Hour)
	for i, lon := range []float64{outside, inside, inside, inside, inside, inside, outside} {
		c.ping(0, "tag-1", began.Add(time.Duration(i)*time.Minute), lon)
	}
	c.logs[0].aside = &ingest.SetAside{First: 2, Last: 4, Appended: began.Add(4 * time.Minute).UnixMilli(), Reason: ingest.TooLarge, Detail: "it is too large"}
	return c, w
}

func TestHandle_goesOnAfterABatchThatCannotBeReadAndSaysSo(t *testing.T) {
	c, _ := damagedTown(t)
	c.own(t, 0)
	if got, want := kinds(c.alerts.alerts(t)), []alerting.Kind{alerting.Breach, alerting.SystemFault, alerting.SystemRestored, alerting.BreachEnded}; !slices.Equal(got, want) {
		t.Fatalf("alerts: %v, want %v", got, want)
	}
	fault := c.alerts.alerts(t)[1]
	if fault.Reason != alerting.BatchSetAside || fault.Severity != "critical" || fault.Part != "pings/0/batch_set_aside" || *fault.NotCoveredPings != 3 ||
		int64(*fault.OpenedFixTime) != c.logs[0].aside.Appended || !strings.Contains(fault.Detail, "offset 2 to 4") {
		t.Errorf("the fault: %+v", fault)
	}
	if len(c.rejects.messages) != 1 {
		t.Fatalf("%d rejects", len(c.rejects.messages))
	}
	for key, want := range map[string]string{"cordon-reason": "too_large", "cordon-detail": "it is too large", "cordon-topic": "cordon.pings",
		"cordon-partition": "0", "cordon-offset": "2", "cordon-offset-last": "4"} {
		if got := c.rejects.header(0, key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if m := c.rejects.messages[0]; m.Key != nil || m.Value == nil || len(m.Value) != 0 {
		t.Errorf("key %q, value %q; want none and an empty one", m.Key, m.Value)
	}
	if n := testutil.ToFloat64(c.options.Metrics.lostPings); n != 3 {
		t.Errorf("cordon_not_covered_pings_total %g", n)
	}
	if n := testutil.ToFloat64(c.options.Metrics.batchesAside); n != 1 {
		t.Errorf("cordon_batches_set_aside_total %g", n)
	}
}

func TestTakeOver_passesOverADamagedBatchAgainUnderTheSameIDs(t *testing.T) {
	for name, wiped := range map[string]bool{"a kill": false, "a wipe": true} {
		t.Run(name, func(t *testing.T) {
			c, _ := damagedTown(t)
			p, next := c.own(t, 0)
			if wiped {
				if err := c.checkpoint(t, p, next); err != nil {
					t.Fatal(err)
				}
				c.store.wipe()
			}
			said := c.ids(t)
			c.own(t, 0)
			if again := c.ids(t)[len(said):]; !slices.Equal(said, again) {
				t.Errorf("said %v, and again %v", said, again)
			}
			if len(c.rejects.messages) != 1 {
				t.Errorf("%d markers", len(c.rejects.messages))
			}
		})
	}
}

func TestTakeOver_countsADamagedBatchOnce(t *testing.T) {
	c, _ := damagedTown(t)
	c.logs[0].aside.First, c.logs[0].aside.Last = 0, 2 // first in the window
	p, next := c.own(t, 0)
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	c.store.wipe()
	had := len(c.alerts.messages)
	c.own(t, 0)
	if n := testutil.ToFloat64(c.options.Metrics.lostPings); n != 3 {
		t.Errorf("cordon_not_covered_pings_total %g", n)
	}
	if c.alerts.header(had, "ce_type") != "cordon.alert.system_fault.v1" || c.alerts.header(had, "cordon-rebuilt") != "true" {
		t.Errorf("said again as %q, cordon-rebuilt %q", c.alerts.header(had, "ce_type"), c.alerts.header(had, "cordon-rebuilt"))
	}
}

func TestTakeOver_rejectsWhatWasSetAsideThoughItCanBeReadNow(t *testing.T) {
	c, _ := damagedTown(t)
	p, next := c.own(t, 0)
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	c.store.wipe()
	c.logs[0].aside = nil
	q, _ := c.own(t, 0)
	if n := len(q.tags); n != 1 || q.refused == nil {
		t.Fatalf("%d tags, refused %v", n, q.refused)
	}
	if got := kinds(c.alerts.alerts(t)[4:]); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded}) {
		t.Errorf("alerts of the rebuild: %v", got)
	}
}

func TestReplay_goesOnAfterADamagedBatchOfAnyPartition(t *testing.T) {
	c, w := clocked(t, 2)
	c.store.previous = 1
	for partition := range 2 {
		for i := range 4 {
			c.ping(partition, fmt.Sprint("tag-", partition), w.at.Add(time.Duration(i-60)*time.Minute), []float64{outside, inside, inside, outside}[i])
		}
		c.logs[partition].aside = &ingest.SetAside{First: 2, Last: 2, Reason: ingest.Malformed, Detail: "damaged"}
	}
	c.own(t, 0)
	got := kinds(c.alerts.alerts(t))
	slices.Sort(got)
	if want := []alerting.Kind{alerting.Breach, alerting.BreachEnded, alerting.SystemFault, alerting.SystemRestored}; !slices.Equal(got, want) {
		t.Errorf("alerts: %v", got)
	}
	if len(c.rejects.messages) != 1 {
		t.Errorf("%d markers: only that of its own partition is its to write", len(c.rejects.messages))
	}
}

// scarred has a damaged batch in every log of a cluster but the pings.
type scarred struct{ *town }

func (s scarred) Alerts(ctx ctx) ([]Log, error)  { return scar(s.town.Alerts(ctx)) }
func (s scarred) Rejects(ctx ctx) ([]Log, error) { return scar(s.town.Rejects(ctx)) }

func scar(logs []Log, err error) ([]Log, error) {
	for _, l := range logs {
		l.(*fakeLog).aside = &ingest.SetAside{Reason: ingest.Malformed, Detail: "damaged"}
	}
	return logs, err
}

func TestTakeOver_waitsForNoDamagedBatchOfTheAlertsOrTheRejects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails when anything waits for ever
		c, w := clocked(t, 1)
		c.logs[0].append(w.at.Add(-time.Hour).UnixMilli(), "k", "noise")
		c.ping(0, "tag-1", w.at.Add(-time.Hour), inside)
		c.ping(0, "tag-1", w.at.Add(-30*time.Minute), outside)
		c.own(t, 0)
		c.options.Cluster = scarred{c}
		c.own(t, 0)
		if got := kinds(c.alerts.alerts(t)); len(got) != 4 {
			t.Errorf("alerts: %v", got)
		}
	})
}

func TestTakeOver_keepsACheckpointWhoseLastRecordCannotBeReadAnyMore(t *testing.T) {
	c, w := clocked(t, 1)
	c.ping(0, "tag-1", w.at.Add(-time.Hour), inside)
	p, next := c.own(t, 0)
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	c.logs[0].aside = &ingest.SetAside{Reason: ingest.Malformed, Detail: "damaged"}
	if q, _ := c.own(t, 0); q.tags["tag-1"] == nil || len(c.alerts.messages) != 1 {
		t.Errorf("remembered %v, %d alerts", q.tags, len(c.alerts.messages))
	}
}

func TestTakeOver_countsAGapThatEndsInADamagedBatchFromTheNextRecord(t *testing.T) {
	c, w := clocked(t, 1)
	c.ping(0, "tag-1", w.at.Add(-3*time.Hour), outside)
	p, next := c.own(t, 0)
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		c.ping(0, "tag-1", w.at.Add(time.Duration(i-120)*time.Minute), outside)
	}
	c.logs[0].truncate(2)
	c.logs[0].aside = &ingest.SetAside{First: 2, Last: 3, Reason: ingest.Malformed, Detail: "damaged"}
	c.own(t, 0)
	if s := testutil.ToFloat64(c.options.Metrics.lostTime); s != 63*60 {
		t.Errorf("cordon_not_covered_seconds_total %g, want the 63 minutes to the next ping", s)
	}
}

func TestReject_isCutToWhatTheTopicTakesBeforeItIsSent(t *testing.T) {
	const limit = 30_000
	for name, rec := range map[string]ingest.Record{
		"a large value":      {Key: []byte("k"), Value: []byte(strings.Repeat("x", 300_000))},
		"just too large":     {Key: []byte("k"), Value: []byte(strings.Repeat("x", limit))},
		"large headers":      {Value: []byte("noise"), Headers: []ingest.Header{{Key: "x", Value: []byte(strings.Repeat("x", 300_000))}}},
		"a large key":        {Key: []byte(strings.Repeat("k", 300_000)), Value: []byte("noise")},
		"everything":         {Key: []byte(strings.Repeat("k", 300_000)), Value: []byte(strings.Repeat("x", 300_000)), Headers: []ingest.Header{{Key: strings.Repeat("h", 40_000)}}},
		"many small headers": {Value: []byte("noise"), Headers: make([]ingest.Header, 10_000)},
	} {
		c, w := clocked(t, 1)
		c.options.RejectBytes = limit
		rec.Appended = w.at.UnixMilli()
		c.logs[0].records = []ingest.Record{rec}
		c.rejects.refuse = func(m []alerting.Message) (int, error) {
			for i := range m {
				if n := weight(&m[i]); n > limit {
					t.Errorf("%s: a reject of %d bytes was sent to a topic that takes %d", name, n, limit)
				}
			}
			return len(m), nil
		}
		c.own(t, 0)
		if len(c.rejects.messages) != 1 || c.rejects.header(0, "cordon-truncated") != "true" || c.rejects.header(0, "cordon-offset") != "0" {
			t.Errorf("%s: %d rejects", name, len(c.rejects.messages))
		}
		if n := len(c.rejects.messages[0].Value); n > truncatedTo || len(rec.Value) > truncatedTo && n != truncatedTo {
			t.Errorf("%s: %d bytes are left", name, n)
		}
	}
	c, w := clocked(t, 1)
	c.logs[0].append(w.at.UnixMilli(), "k", strings.Repeat("x", 900_000))
	if c.own(t, 0); len(c.rejects.messages[0].Value) != 900_000 || c.rejects.header(0, "cordon-truncated") != "" {
		t.Error("a reject was cut that fits")
	}
}

func TestReject_isCutWhenTheBrokerCutsTheConnectionInsteadOfRefusing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, w := clocked(t, 1)
		c.logs[0].append(w.at.UnixMilli(), "k", strings.Repeat("x", 200_000))
		c.rejects.refuse = func(m []alerting.Message) (int, error) {
			if len(m[0].Value) > 100_000 {
				return 0, fmt.Errorf("produce: %w", io.ErrUnexpectedEOF)
			}
			return len(m), nil
		}
		if c.own(t, 0); len(c.rejects.messages) != 1 || len(c.rejects.messages[0].Value) != truncatedTo {
			t.Errorf("%d rejects", len(c.rejects.messages))
		}
	})
}

func TestReject_isNotCutForAConnectionThatBreaksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, w := clocked(t, 1)
		c.logs[0].append(w.at.UnixMilli(), "k", strings.Repeat("x", 200_000))
		tries := 0
		c.rejects.refuse = func(m []alerting.Message) (int, error) {
			if tries++; tries < cutsBeforeShrink {
				return 0, io.EOF
			}
			return len(m), nil
		}
		if c.own(t, 0); len(c.rejects.messages) != 1 || len(c.rejects.messages[0].Value) != 200_000 {
			t.Errorf("%d rejects", len(c.rejects.messages))
		}
	})
}

func TestHandle_givesUpBetweenStridesWhenItsTimeIsOver(t *testing.T) {
	c, w := clocked(t, 1)
	for i := range 10 * stride {
		c.ping(0, fmt.Sprint("tag-", i), w.at, inside)
	}
	p, next, _, err := takeOver(t.Context(), &c.options, c.logs[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := c.logs[0].Fetch(t.Context(), next)
	ctx := &endsAfter{ctx: t.Context(), left: 3}
	if err := p.Handle(ctx, &f); err == nil {
		t.Error("no error: what was half decided could be checkpointed")
	}
	if n := len(p.tags); n != 3*stride || len(c.alerts.messages) != 0 {
		t.Errorf("%d tags were decided about and %d alerts published, want 3 strides and none", n, len(c.alerts.messages))
	}
	c.own(t, 0) // the next owner decides all of it
	if n := len(c.alerts.messages); n != 10*stride {
		t.Errorf("%d alerts", n)
	}
}
