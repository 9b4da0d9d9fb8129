package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cordon/alerting"
	"cordon/ingest"
)

func TestHandle_rejectsABadPingAndGoesOn(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, inside)
	c.logs[0].append(now.UnixMilli(), "tag-1", "\xff noise")
	c.ping(0, "tag-1", now.Add(time.Minute), outside)
	c.work(t, 0)
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded}) {
		t.Errorf("alerts: %v", got)
	}
	if len(c.rejects.messages) != 1 {
		t.Fatalf("%d rejects", len(c.rejects.messages))
	}
	for key, want := range map[string]string{"cordon-reason": "malformed", "cordon-topic": "cordon.pings", "cordon-partition": "0", "cordon-offset": "1"} {
		if got := c.rejects.header(0, key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if m := c.rejects.messages[0]; string(m.Value) != "\xff noise" || string(m.Key) != "tag-1" || c.rejects.header(0, "cordon-detail") == "" {
		t.Errorf("reject: %q", m)
	}
	if n := testutil.ToFloat64(c.options.Metrics.rejects[ingest.Malformed]); n != 1 {
		t.Errorf("counted %g", n)
	}
}

func TestHandle_cutsARejectThatTheBrokerRefusesForItsSize(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.logs[0].append(now.UnixMilli(), "tag-1", strings.Repeat("x", 100_000))
	c.rejects.refuse = func(m []alerting.Message) (int, error) {
		if len(m[0].Value) > 50_000 {
			return 0, fmt.Errorf("partition 0: %w", alerting.ErrTooLarge)
		}
		return len(m), nil
	}
	c.work(t, 0)
	if m := c.rejects.messages; len(m) != 1 || len(m[0].Value) != 16<<10 || c.rejects.header(0, "cordon-truncated") != "true" {
		t.Errorf("rejects: %d", len(m))
	}
}

func TestHandle_sendsAgainFromTheFirstNotAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, now := newTown(t, 1), time.Now().Add(-time.Hour)
		for i := range 4 {
			c.ping(0, "tag-1", now.Add(time.Duration(i)*time.Minute), []float64{inside, outside}[i%2])
		}
		tries := 0
		c.alerts.refuse = func(m []alerting.Message) (int, error) {
			if tries++; tries <= 3 {
				return 1, errors.New("not enough replicas")
			}
			return len(m), nil
		}
		c.work(t, 0)
		if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded, alerting.Breach, alerting.BreachEnded}) {
			t.Errorf("alerts: %v", got)
		}
	})
}

func TestHandle_failsWhenNothingIsAcknowledgedUntilItHasToLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, now := newTown(t, 1), time.Now().Add(-time.Hour)
		c.ping(0, "tag-1", now, inside)
		c.alerts.refuse = func([]alerting.Message) (int, error) { return 0, errors.New("the broker is away") }
		p, next, _, err := takeOver(t.Context(), &c.options, c.logs[0], 0)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.logs[0].Fetch(t.Context(), next)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Handle(ctx, &f); err == nil {
			t.Error("no error: the state could be checkpointed without the alert")
		}
	})
}

func TestHandle_saysCloudEventsHeaders(t *testing.T) {
	c := newTown(t, 1)
	c.ping(0, "tag-1", time.Now(), inside)
	c.work(t, 0)
	a := c.alerts.alerts(t)[0]
	for key, want := range map[string]string{"ce_specversion": "1.0", "ce_id": a.AlertID, "ce_type": "cordon.alert.breach.v1", "ce_source": "//test",
		"ce_time": a.RaisedTime.String(), "content-type": "application/json"} {
		if got := c.alerts.header(0, key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if key := string(c.alerts.messages[0].Key); key != "unassigned:tag-1" {
		t.Errorf("key %q", key)
	}
}

func TestHandle_reportsAClockThatDiffers(t *testing.T) {
	c, now := newTown(t, 1), time.Now()
	c.ping(0, "tag-1", now.Add(-2*time.Minute), outside)
	p, next := c.work(t, 0)
	if err := p.Idle(t.Context(), now); err != nil { // the log has been read to its end
		t.Fatal(err)
	}
	c.ping(0, "tag-1", now.Add(-time.Minute), outside) // and yet this comes with a time long past
	next = c.decide(t, p, next)
	if s := testutil.ToFloat64(c.options.Metrics.skew); s < 59 || len(p.Status().Problems) != 1 {
		t.Errorf("cordon_clock_skew_seconds %g, problems %v", s, p.Status().Problems)
	}
	if err := p.Idle(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	c.ping(0, "tag-1", time.Now(), outside)
	c.decide(t, p, next)
	if len(p.Status().Problems) != 0 {
		t.Errorf("problems %v", p.Status().Problems)
	}
	p.progress.Fetched(&ingest.Fetched{HighWatermark: next, End: next + 1}) // a transaction is open
	if err := p.Idle(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	c.ping(0, "tag-1", now.Add(-time.Minute), outside) // what it holds back is not young when it comes
	c.decide(t, p, next)
	if len(p.Status().Problems) != 0 {
		t.Errorf("problems after a transaction: %v", p.Status().Problems)
	}
}

func TestSweep_forgetsATagThatNoLatePingCanReach(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-20*time.Hour)
	c.options.Decoder.MaxAge = time.Hour
	c.ping(0, "tag-1", now, outside)
	c.ping(0, "tag-2", now, inside)
	c.work(t, 0)
	c.ping(0, "tag-3", now.Add(3*time.Hour), outside)
	p, _ := c.work(t, 0)
	if p.tags["tag-1"] != nil || p.tags["tag-2"] == nil || p.tags["tag-3"] == nil {
		t.Errorf("remembered: %v", p.tags)
	}
	if len(c.store.stored.Tags) != 2 {
		t.Errorf("stored: %d", len(c.store.stored.Tags))
	}
}
