package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cordon/alerting"
	"cordon/ingest"
)

// ids returns the ids of the alerts published, in order.
func (c *town) ids(t testing.TB) []string {
	t.Helper()
	var ids []string
	for _, a := range c.alerts.alerts(t) {
		ids = append(ids, a.AlertID)
	}
	return ids
}

func kinds(alerts []alerting.Alert) []alerting.Kind {
	var k []alerting.Kind
	for _, a := range alerts {
		k = append(k, a.Kind)
	}
	return k
}

func TestTakeOver_goesOnWhereTheCheckpointStands(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, inside)
	c.work(t, 0)
	c.ping(0, "tag-1", now.Add(time.Minute), inside)
	c.ping(0, "tag-1", now.Add(time.Minute), inside) // the same once more
	c.ping(0, "tag-1", now.Add(2*time.Minute), outside)
	c.work(t, 0)
	alerts := c.alerts.alerts(t)
	if got := kinds(alerts); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded}) || alerts[0].EpisodeID != alerts[1].EpisodeID {
		t.Errorf("alerts: %v", alerts)
	}
	if n := testutil.ToFloat64(c.options.Metrics.pings[duplicate]); n != 1 {
		t.Errorf("%g duplicates", n)
	}
}

func TestTakeOver_withoutCheckpointDecidesTheWindowAgainUnderTheSameIDs(t *testing.T) {
	c, now := newTown(t, 1), time.Now()
	c.ping(0, "tag-1", now.Add(-30*time.Hour), inside) // before the window, and still open in it
	c.ping(0, "tag-1", now.Add(-23*time.Hour-30*time.Minute), outside)
	c.ping(0, "tag-1", now.Add(-5*time.Hour), inside)
	c.ping(0, "tag-1", now.Add(-4*time.Hour), outside)
	c.options.RebuildWindow = 48 * time.Hour // as if it had been at work all the time
	c.work(t, 0)
	c.options.RebuildWindow = 24 * time.Hour
	first := c.ids(t)
	if len(first) != 4 {
		t.Fatalf("%d alerts", len(first))
	}
	c.store.wipe()
	c.ping(0, "tag-1", now.Add(-time.Minute), inside)
	c.work(t, 0)
	again := c.ids(t)[4:]
	// The end in the window's first hour only restores the track; the stay after it is said again, the new one for the first time.
	if len(again) != 3 || again[0] != first[2] || again[1] != first[3] {
		t.Fatalf("said again %v of %v", again, first)
	}
	for i, want := range []string{"", "", "", "", "true", "true", ""} {
		if got := c.alerts.header(i, "cordon-rebuilt"); got != want {
			t.Errorf("alert %d: cordon-rebuilt %q, want %q", i, got, want)
		}
	}
}

func TestTakeOver_continuesAnEpisodeThatWasOpenWhenTheWindowBegan(t *testing.T) {
	c, now := newTown(t, 1), time.Now()
	c.ping(0, "tag-1", now.Add(-30*time.Hour), inside)
	c.options.RebuildWindow = 48 * time.Hour // as if it had been at work all the time
	c.work(t, 0)
	c.options.RebuildWindow = 24 * time.Hour
	c.store.wipe()
	c.ping(0, "tag-1", now.Add(-time.Hour), outside)
	c.work(t, 0)
	alerts := c.alerts.alerts(t)
	if got := kinds(alerts); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded}) || alerts[0].EpisodeID != alerts[1].EpisodeID {
		t.Errorf("alerts: %v", alerts)
	}
}

func TestTakeOver_belowTheLogGoesOnAtItsStartAndSaysWhatWasNotJudged(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-2*time.Hour)
	c.ping(0, "tag-1", now, outside)
	c.work(t, 0)
	for i := range 5 {
		c.ping(0, "tag-1", now.Add(time.Duration(i+1)*time.Minute), inside)
	}
	c.logs[0].truncate(4)
	c.work(t, 0)
	alerts := c.alerts.alerts(t)
	if got := kinds(alerts); !slices.Equal(got, []alerting.Kind{alerting.SystemFault, alerting.SystemRestored, alerting.Breach}) {
		t.Fatalf("alerts: %v", got)
	}
	for _, a := range alerts[:2] {
		if *a.NotCoveredPings != 3 || a.Reason != alerting.LogTruncated || !strings.Contains(a.Detail, "span of 4m0s") {
			t.Errorf("%s %s: %d pings not covered: %s", a.Kind, a.Reason, *a.NotCoveredPings, a.Detail)
		}
	}
	if n := testutil.ToFloat64(c.options.Metrics.lostPings); n != 3 {
		t.Errorf("cordon_not_covered_pings_total %g", n)
	}
}

func TestTakeOver_discardsACheckpointOfAnotherLog(t *testing.T) {
	for name, refill := range map[string]int{"shorter than the offset": 1, "with other records": 3} {
		t.Run(name, func(t *testing.T) {
			c, now := newTown(t, 1), time.Now().Add(-time.Hour)
			for i := range 3 {
				c.ping(0, "tag-1", now.Add(time.Duration(i)*time.Minute), outside)
			}
			c.work(t, 0)
			c.logs[0] = &fakeLog{committed: -1} // made anew under the same name
			for i := range refill {
				c.ping(0, "tag-2", now.Add(time.Duration(10+i)*time.Minute), inside)
			}
			p, _ := c.work(t, 0)
			if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach}) {
				t.Errorf("alerts: %v", got)
			}
			if len(p.tags) != 1 {
				t.Errorf("%d tags remembered, of another log", len(p.tags))
			}
		})
	}
}

func TestTakeOver_saysWhenTheLogIsShorterThanTheWindow(t *testing.T) {
	c, now := newTown(t, 1), time.Now()
	c.ping(0, "tag-1", now.Add(-20*time.Hour), outside)
	c.ping(0, "tag-1", now.Add(-10*time.Hour), inside)
	c.logs[0].truncate(1)
	c.work(t, 0)
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach}) {
		t.Errorf("alerts: %v", got)
	}
	if s := testutil.ToFloat64(c.options.Metrics.lostTime); s < 13.9*3600 || s > 14.1*3600 {
		t.Errorf("cordon_not_covered_seconds_total %g, want 14 h", s)
	}
}

func TestTakeOver_afterTheCountOfPartitionsChangedReadsThemAll(t *testing.T) {
	// Before: one partition. Now two, and tag-2 sends to the second.
	c, now := newTown(t, 1), time.Now().Add(-3*time.Hour)
	c.ping(0, "tag-1", now, inside)
	c.ping(0, "tag-2", now.Add(time.Minute), inside)
	c.work(t, 0)
	opened := c.alerts.alerts(t)
	c.store.wipe()
	c.store.previous, c.options.Partitions = 1, 2
	c.logs = append(c.logs, &fakeLog{number: 1, committed: -1})
	c.ping(1, "tag-2", now.Add(2*time.Minute), outside)
	c.ping(0, "tag-1", now.Add(3*time.Minute), outside)
	second := *c
	second.store = &fakeStore{homes: map[string]int{}, previous: 1}
	second.options.Checkpoints = second.store
	p0, _ := c.work(t, 0)
	p1, _ := second.work(t, 1)
	if len(p0.tags) != 1 || p0.tags["tag-1"] == nil || len(p1.tags) != 1 || p1.tags["tag-2"] == nil {
		t.Errorf("tags: %d and %d", len(p0.tags), len(p1.tags))
	}
	ended := map[string]string{}
	for _, a := range c.alerts.alerts(t) {
		if a.Kind == alerting.BreachEnded {
			ended[a.DeviceID] = a.EpisodeID
		}
	}
	for _, a := range opened {
		if ended[a.DeviceID] != a.EpisodeID {
			t.Errorf("%s: its stay did not end under its own id", a.DeviceID)
		}
	}
}

func TestTakeOver_aDeposedOwnerCanRepeatAnAlertButNotOverwriteState(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, outside)
	old, next := c.work(t, 0)
	c.ping(0, "tag-1", now.Add(time.Minute), inside)
	c.work(t, 0) // by the new owner
	saved := c.store.stored.Tags["tag-1"]
	next = c.decide(t, old, next)
	if err := c.checkpoint(t, old, next); !errors.Is(err, alerting.ErrFenced) {
		t.Errorf("got %v", err)
	}
	if ids := c.ids(t); len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("alerts: %v", ids)
	}
	if !slices.Equal(saved, c.store.stored.Tags["tag-1"]) {
		t.Error("the state has been overwritten")
	}
}

func TestCheckpoint_isWrittenAnewWhenTheStoreWasEmptied(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, inside)
	c.ping(0, "tag-2", now, inside)
	p, next := c.work(t, 0)
	c.store.wipe()
	c.ping(0, "tag-2", now.Add(time.Minute), outside)
	next = c.decide(t, p, next)
	if err := c.checkpoint(t, p, next); !errors.Is(err, alerting.ErrLost) {
		t.Fatalf("got %v", err)
	}
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	if len(c.store.stored.Tags) != 2 {
		t.Errorf("%d tags stored, want both", len(c.store.stored.Tags))
	}
}

func TestCheckpoint_ofAnOwnerWhoseAssignmentIsOverStaysUnwrittenInAnEmptiedStore(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, inside)
	p, next := c.work(t, 0)
	c.store.wipe()
	c.logs[0].live = fmt.Errorf("unknown member: %w", ingest.ErrDeposed)
	c.ping(0, "tag-1", now.Add(time.Minute), outside)
	next = c.decide(t, p, next)
	if err := c.checkpoint(t, p, next); !errors.Is(err, alerting.ErrLost) {
		t.Fatalf("got %v", err)
	}
	if err := c.checkpoint(t, p, next); !errors.Is(err, alerting.ErrFenced) {
		t.Errorf("got %v", err)
	}
	if c.store.stored != nil {
		t.Error("written")
	}
}

func TestCheckpoint_keepsWhatAFailedWriteHeld(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, outside)
	p, next := c.work(t, 0)
	c.store.away = true
	c.ping(0, "tag-1", now.Add(time.Minute), inside)
	next = c.decide(t, p, next)
	if err := c.checkpoint(t, p, next); err == nil {
		t.Fatal("written to a store that is away")
	}
	if len(p.Status().Problems) != 1 {
		t.Errorf("problems: %v", p.Status().Problems)
	}
	if len(c.ids(t)) != 1 {
		t.Error("the alert waits for the store")
	}
	c.store.away = false
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	c.ping(0, "tag-1", now.Add(2*time.Minute), outside)
	c.work(t, 0)
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded}) {
		t.Errorf("alerts: %v", got)
	}
}

func TestCheckpoint_reportsATagWithStateInTwoPartitions(t *testing.T) {
	c, now := newTown(t, 2), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, outside)
	c.ping(1, "tag-1", now, outside)
	c.work(t, 0)
	c.store.wipe()
	p, _ := c.work(t, 1)
	if n := testutil.ToFloat64(c.options.Metrics.elsewhere); n != 1 || len(p.Status().Problems) != 1 {
		t.Errorf("cordon_tags_in_two_partitions %g, problems %v", n, p.Status().Problems)
	}
}

var _ ingest.Partition = (*fakeLog)(nil)
