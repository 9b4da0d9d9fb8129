package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cordon/alerting"
	"cordon/geofence"
	"cordon/ingest"
)

// withdraw makes a view in which the school is withdrawn at the time.
func (c *town) withdraw(at time.Time) {
	old, _ := c.view.ZoneAt("school", at.UnixMilli()-1)
	c.view = geofence.NewView([]geofence.ZoneRevision{old, {ID: "school", Number: 2, Updated: at.UnixMilli()}}, nil)
}

func TestOwn_publishesAnEndingThatItFindsWhenItTakesOver(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, inside)
	c.ping(0, "tag-1", now.Add(time.Minute), inside)
	c.work(t, 0)
	c.withdraw(now.Add(30 * time.Second)) // known only to the next owner, who has to let go before its first fetch
	ctx, cancel := context.WithCancel(t.Context())
	c.logs[0].fetched = func(from int64) {
		if from == 2 { // the worker's first
			cancel()
		}
	}
	if err := Own(ctx, &c.options, c.logs[0], 0, func(*Progress) func() { return func() {} }); err != nil {
		t.Fatal(err)
	}
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded}) {
		t.Errorf("alerts: %v", got)
	}
}

func TestCheckpoint_holdsNothingThatWasNotPublished(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, inside)
	p, next := c.work(t, 0)
	c.withdraw(now.Add(-time.Second))
	p.watch.Look(c.view) // decides an ending, which nobody has published
	if p.Checkpoint(next) != nil {
		t.Error("a state was to be written whose alert is not on the broker")
	}
}

func TestCheckpoint_survivesATagForgottenWhileItsWriteFails(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-100*time.Hour)
	c.options.RebuildWindow = 200 * time.Hour
	c.ping(0, "tag-1", now, inside)
	p, next := c.work(t, 0)
	c.withdraw(now.Add(73 * time.Hour))
	c.ping(0, "tag-2", now.Add(73*time.Hour+time.Minute), outside)
	next = c.decide(t, p, next) // ends the stay of tag-1, which changes it
	c.store.away = true
	save := p.Checkpoint(next)
	c.ping(0, "tag-2", now.Add(73*time.Hour+12*time.Minute), outside)
	next = c.decide(t, p, next) // forgets tag-1
	if err := p.Checkpointed(0, save(t.Context())); err != nil {
		t.Fatal(err)
	}
	c.store.away = false
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	if c.store.stored.Tags["tag-1"] != nil {
		t.Error("tag-1 is still stored")
	}
}

func TestCheckpoint_ofAnIdlePartitionNoticesAnEmptiedStore(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, inside)
	p, next := c.work(t, 0)
	c.store.wipe()
	p.written = time.Now().Add(-time.Minute)
	if err := c.checkpoint(t, p, next); !errors.Is(err, alerting.ErrLost) {
		t.Fatalf("got %v", err)
	}
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	if c.store.stored == nil || c.store.stored.Tags["tag-1"] == nil {
		t.Error("nothing was written anew")
	}
}

func TestCheckpoint_isTriedAgainWhenOnlyTheBrokerIsAway(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, inside)
	p, next := c.work(t, 0)
	c.store.wipe()
	c.ping(0, "tag-1", now.Add(time.Second), inside)
	next = c.decide(t, p, next)
	if err := c.checkpoint(t, p, next); !errors.Is(err, alerting.ErrLost) {
		t.Fatalf("got %v", err)
	}
	c.logs[0].live = errors.New("connection refused")
	if err := c.checkpoint(t, p, next); err == nil || errors.Is(err, alerting.ErrFenced) {
		t.Fatalf("got %v", err)
	}
	c.logs[0].live = nil
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
}

// weighing refuses messages of more than most bytes, headers and key included.
func weighing(most int) func([]alerting.Message) (int, error) {
	return func(m []alerting.Message) (int, error) {
		for i := range m {
			n := len(m[i].Key) + len(m[i].Value)
			for _, h := range m[i].Headers {
				n += len(h.Key) + len(h.Value)
			}
			if n > most {
				return i, alerting.ErrTooLarge
			}
		}
		return len(m), nil
	}
}

func TestHandle_cutsHeadersAndKeyOfARejectThatIsStillTooLarge(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.rejects.refuse = weighing(20_000)
	c.logs[0].append(now.UnixMilli(), strings.Repeat("k", 30_000), "noise")
	c.logs[0].records[0].Headers = []ingest.Header{{Key: "x", Value: []byte(strings.Repeat("x", 30_000))}}
	c.ping(0, "tag-1", now, inside)
	c.work(t, 0)
	if len(c.rejects.messages) != 1 || string(c.rejects.messages[0].Value) != "noise" || c.rejects.header(0, "cordon-truncated") != "true" {
		t.Errorf("rejects: %d", len(c.rejects.messages))
	}
	if len(c.alerts.messages) != 1 {
		t.Errorf("%d alerts", len(c.alerts.messages))
	}
}

func TestHandle_passesNoHeaderOnThatPretendsToBeOurs(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.logs[0].append(now.UnixMilli(), "k", "noise")
	c.logs[0].records[0].Headers = []ingest.Header{{Key: "cordon-reason", Value: []byte("too_old")}, {Key: "trace", Value: []byte("7")}}
	c.work(t, 0)
	if got := c.rejects.header(0, "cordon-reason"); got != "malformed" || c.rejects.header(0, "trace") != "7" {
		t.Errorf("headers: %v", c.rejects.messages[0].Headers)
	}
}

func TestTakeOver_decidesWhatTheGroupNeverDecidedHoweverOld(t *testing.T) {
	c, now := newTown(t, 1), time.Now()
	c.options.RebuildWindow = 48 * time.Hour
	c.ping(0, "tag-1", now.Add(-31*time.Hour), outside)
	c.work(t, 0)
	c.options.RebuildWindow = 24 * time.Hour
	c.ping(0, "tag-1", now.Add(-30*time.Hour), inside) // while every processor was down
	c.ping(0, "tag-1", now.Add(-29*time.Hour), outside)
	c.store.wipe()
	c.work(t, 0)
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded}) {
		t.Errorf("alerts: %v", got)
	}
}

func TestTakeOver_ignoresAGroupOffsetOfAnotherLog(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.logs[0].committed = 2000
	c.logs[0].append(now.UnixMilli(), "k", "noise")
	c.ping(0, "tag-1", now, inside)
	c.work(t, 0)
	if len(c.rejects.messages) != 1 || c.alerts.header(0, "cordon-rebuilt") != "" {
		t.Errorf("%d rejects, rebuilt %q", len(c.rejects.messages), c.alerts.header(0, "cordon-rebuilt"))
	}
}

func TestTakeOver_readsPastAnAlertThatIsNotOurs(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.alerts.messages = []alerting.Message{{Key: []byte("x"), Value: []byte(`{"kind":"breach","episode_id":"e","device_id":"d"}`)}, {Value: []byte("{")}}
	c.ping(0, "tag-1", now, inside)
	c.work(t, 0)
	if len(c.alerts.messages) != 3 {
		t.Errorf("%d messages", len(c.alerts.messages))
	}
}

// moving is a log whose start moves on before its first fetch is answered.
type moving struct{ *fakeLog }

func (m moving) Fetch(ctx context.Context, from int64) (ingest.Fetched, error) {
	if m.start < 1 && len(m.records) > 1 {
		m.truncate(1)
	}
	return m.fakeLog.Fetch(ctx, from)
}

type movingCluster struct{ *town }

func (m movingCluster) Pings(n int) Log { return moving{m.logs[n]} }

func TestTakeOver_goesOnWhenRetentionIsQuicker(t *testing.T) {
	c, now := newTown(t, 2), time.Now().Add(-time.Hour)
	c.store.previous = 1
	c.ping(0, "tag-1", now, inside)
	c.ping(0, "tag-1", now.Add(time.Minute), inside)
	c.options.Cluster = movingCluster{c}
	if _, _, _, err := takeOver(t.Context(), &c.options, c.logs[1], 1); err != nil {
		t.Fatal(err)
	}
	if n := testutil.ToFloat64(c.options.Metrics.lostPings); n < 1 {
		t.Errorf("cordon_not_covered_pings_total %g", n)
	}
}

func TestTakeOver_afterAReplayTellsAGapFromTheClock(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.store.previous = 2
	for i := range 3 {
		c.ping(0, "tag-1", now.Add(time.Duration(i)*time.Minute), outside)
	}
	c.work(t, 0)
	c.ping(0, "tag-1", now.Add(5*time.Minute), outside)
	c.ping(0, "tag-1", now.Add(6*time.Minute), outside)
	c.logs[0].truncate(4)
	c.work(t, 0)
	if s := testutil.ToFloat64(c.options.Metrics.lostTime); s != 240 {
		t.Errorf("cordon_not_covered_seconds_total %g, want the 4 minutes from the last ping to the next", s)
	}
}

func TestMetrics_episodesFollowARestoreAndARelease(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.ping(0, "tag-1", now, inside)
	p, _ := c.work(t, 0)
	p.release()
	if n := testutil.ToFloat64(c.options.Metrics.episodes[alerting.StandsOpen]); n != 0 {
		t.Errorf("%g after the release", n)
	}
	c.work(t, 0)
	if n := testutil.ToFloat64(c.options.Metrics.episodes[alerting.StandsOpen]); n != 1 {
		t.Errorf("%g after the restore", n)
	}
}

func TestMetrics_aTagInTwoPartitionsCountsOnceUntilTheRelease(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.store.homes["tag-1"] = 7
	c.ping(0, "tag-1", now, inside)
	p, next := c.work(t, 0)
	c.store.wipe()
	for range 2 {
		c.ping(0, "tag-1", now.Add(time.Second), inside)
		next = c.decide(t, p, next)
		if err := c.checkpoint(t, p, next); err != nil && !errors.Is(err, alerting.ErrLost) {
			t.Fatal(err)
		}
	}
	if n := testutil.ToFloat64(c.options.Metrics.elsewhere); n != 1 {
		t.Errorf("%g tags", n)
	}
	p.release()
	if n := testutil.ToFloat64(c.options.Metrics.elsewhere); n != 0 {
		t.Errorf("%g after the release", n)
	}
}
