package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cordon/alerting"
)

// invent appends a ping of each of several unknown tags, a millisecond apart.
func (c *town) invent(from, to int, at time.Time) {
	for i := from; i < to; i++ {
		c.ping(0, fmt.Sprintf("noise-%05d", i), at.Add(time.Duration(i-from)*time.Millisecond), outside)
	}
}

func (c *town) stored() []string { return slices.Sorted(maps.Keys(c.store.stored.Tags)) }

func TestHandle_forgetsUnassignedTagsAndWhatIsStoredOfThem(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.worn("tag-1")
	c.options.Limits = alerting.Limits{UnassignedTags: 3}
	c.ping(0, "tag-1", now, outside)
	c.invent(0, 5, now)
	p, next := c.work(t, 0)
	c.invent(5, 10, now.Add(time.Minute))
	next = c.decide(t, p, next)
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	want := []string{"noise-00007", "noise-00008", "noise-00009", "tag-1"}
	if got := c.stored(); !slices.Equal(got, want) {
		t.Errorf("stored are %v", got)
	}
	if got := slices.Sorted(maps.Keys(p.tags)); !slices.Equal(got, want) {
		t.Errorf("remembered are %v", got)
	}
	if got := slices.Sorted(maps.Keys(c.store.homes)); !slices.Equal(got, want) {
		t.Errorf("claimed are %v", got)
	}
	if n := testutil.ToFloat64(c.options.Metrics.unassigned); n != 7 {
		t.Errorf("cordon_unassigned_tags_dropped_total %g", n)
	}
}

func TestHandle_aTagForgottenInTheStrideThatItsNextPingIsInIsNewAgain(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.worn("tag-1")
	c.options.Limits = alerting.Limits{UnassignedTags: 1}
	c.ping(0, "a", now, outside)
	p, next := c.work(t, 0)
	for i, device := range []string{"b", "a"} {
		c.ping(0, device, now.Add(time.Duration(i+1)*time.Second), outside)
	}
	next = c.decide(t, p, next)
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	if got := c.stored(); !slices.Equal(got, []string{"a"}) || len(p.tags) != 1 || p.tags["a"].state.Gone() {
		t.Errorf("stored are %v, remembered %v", got, p.tags)
	}
	began, ended := alerting.UnassignedDevice, alerting.DeviceAssigned
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{began, ended, began, ended, began}) {
		t.Errorf("said %v", got)
	}
}

func TestCheckpoint_keepsNoListOfForgottenTagsWhileTheStoreIsAway(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-time.Hour)
	c.worn("tag-1")
	c.options.Limits = alerting.Limits{UnassignedTags: 10}
	c.invent(0, 10, now)
	p, next := c.work(t, 0)
	c.store.away = true
	for n := range 20 {
		c.invent(100*n, 100*n+100, now.Add(time.Duration(n+1)*time.Minute))
		next = c.decide(t, p, next)
		if err := c.checkpoint(t, p, next); err == nil {
			t.Fatal("the store is not away")
		}
	}
	if len(p.tags) != 10 || len(p.fresh) > 10 || len(p.dropped) > 10 {
		t.Errorf("%d tags remembered, %d to be claimed, %d to be dropped", len(p.tags), len(p.fresh), len(p.dropped))
	}
	c.store.away = false
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	if got, want := c.stored(), slices.Sorted(maps.Keys(p.tags)); !slices.Equal(got, want) || len(c.store.homes) != 10 {
		t.Errorf("stored are %v, remembered %v, %d claimed", got, want, len(c.store.homes))
	}
}

func TestTakeOver_endsTheFloodThatAnotherOwnerSaid(t *testing.T) {
	for name, cut := range map[string]func(*town){
		"from its checkpoint": func(*town) {},
		"without one":         func(c *town) { c.store.wipe() },
	} {
		c, now := newTown(t, 1), time.Now()
		c.worn("tag-1")
		c.options.Limits = alerting.Limits{UnassignedAlerts: 5}
		c.options.RebuildWindow = 48 * time.Hour
		c.invent(0, 20, now.Add(-30*time.Hour))
		c.work(t, 0)
		c.options.RebuildWindow = 29*time.Hour + 30*time.Minute
		cut(c)
		c.ping(0, "tag-1", now.Add(-20*time.Hour), outside)
		if p, _ := c.work(t, 0); len(p.faults) > 0 {
			t.Errorf("%s: %v", name, p.faults)
		}
		var said []alerting.Alert
		for _, a := range c.alerts.alerts(t) {
			if a.Part != "" {
				said = append(said, a)
			}
		}
		if got := kinds(said); !slices.Equal(got, []alerting.Kind{alerting.SystemFault, alerting.SystemRestored}) || said[0].EpisodeID != said[1].EpisodeID {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCheckpoint_holdsThatTheFloodIsOver(t *testing.T) {
	c, now := newTown(t, 1), time.Now().Add(-3*time.Hour)
	c.worn("tag-1")
	c.options.Limits = alerting.Limits{UnassignedTags: 5, UnassignedAlerts: 5}
	c.invent(0, 20, now)
	p, next := c.work(t, 0)
	if err := p.Idle(t.Context(), now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	p, _ = c.work(t, 0)
	if err := p.Idle(t.Context(), now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	restored := 0
	for _, a := range c.alerts.alerts(t) {
		if a.Kind == alerting.SystemRestored {
			restored++
		}
	}
	if restored != 1 {
		t.Errorf("the end was said %d times", restored)
	}
}
