package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cordon/alerting"
	"cordon/geofence"
)

// lose removes the school from the view as if the store had lost it, and returns a function that restores it.
func (c *town) lose() (restore func()) {
	whole := c.view
	c.view = geofence.NewView(nil, nil).AsPartial(true)
	return func() { c.view = whole }
}

// again takes the partition over once more, as Own does when the work on it has ended because the view is whole again.
func (c *town) again(t *testing.T, p *Partition, next int64) {
	t.Helper()
	f, err := c.logs[p.number].Fetch(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Records) > 0 {
		err = p.Handle(t.Context(), &f)
	} else {
		err = p.Idle(t.Context(), time.Time{})
	}
	if !errors.Is(err, errWholeAgain) {
		t.Fatalf("it goes on: %v", err)
	}
	p.release()
	p, _ = c.work(t, p.number)
	for i, n := range p.watch.Episodes() {
		if got := testutil.ToFloat64(c.options.Metrics.episodes[i]); got != float64(n) {
			t.Errorf("cordon_episodes is %g, there are %d", got, n)
		}
	}
}

// past is an owner that decides everything and ends.
func (c *town) past(t *testing.T) {
	t.Helper()
	p, _ := c.work(t, 0)
	p.release()
}

// wholeTown decides the same pings with nothing lost.
func wholeTown(t *testing.T, pings func(c *town)) []string {
	t.Helper()
	c := newTown(t, 1)
	pings(c)
	c.past(t)
	return c.ids(t)
}

func TestPartial_whoWasInsideALostZoneGetsTheBreachAfterTheRestoreOnceUnderTheSameID(t *testing.T) {
	now := time.Now().Add(-3 * time.Hour)
	before := func(c *town) { c.ping(0, "tag-1", now, outside); c.ping(0, "tag-2", now.Add(time.Minute), inside) }
	during := func(c *town) {
		c.ping(0, "tag-1", now.Add(2*time.Minute), inside)
		c.ping(0, "tag-2", now.Add(3*time.Minute), inside)
		c.ping(0, "tag-1", now.Add(4*time.Minute), outside)
	}
	after := func(c *town) { c.ping(0, "tag-2", now.Add(5*time.Minute), outside) }
	want := wholeTown(t, func(c *town) { before(c); during(c); after(c) })
	c := newTown(t, 1)
	before(c)
	c.past(t)
	restore := c.lose()
	during(c)
	p, next := c.work(t, 0) // a processor that starts after the loss
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach}) {
		t.Fatalf("without the zone: %v", got)
	}
	restore()
	after(c)
	c.again(t, p, next)
	got := c.ids(t)
	if got[0] != got[1] { // the ping at which the zone was lost is decided again
		t.Errorf("alerts %v", got)
	}
	if got = got[1:]; len(want) != 4 || !slices.Equal(got, want) {
		t.Errorf("alerts %v, want %v", got, want)
	}
	for i, rebuilt := range []string{"", "true", "true", "true", ""} {
		if c.alerts.header(i, "cordon-rebuilt") != rebuilt {
			t.Errorf("alert %d: cordon-rebuilt %q", i, c.alerts.header(i, "cordon-rebuilt"))
		}
	}
}

func TestPartial_aLaterOwnerKnowsSinceWhenSomethingWasMissing(t *testing.T) {
	now := time.Now().Add(-30 * time.Hour)
	pings := func(c *town) { c.ping(0, "tag-1", now, outside); c.ping(0, "tag-1", now.Add(time.Minute), inside) }
	c := newTown(t, 1)
	c.options.RebuildWindow = 48 * time.Hour
	c.ping(0, "tag-1", now, outside)
	c.past(t)
	c.options.RebuildWindow = time.Hour
	restore := c.lose()
	c.ping(0, "tag-1", now.Add(time.Minute), inside)
	c.past(t)
	for range 2 { // owners that met the loss when it was old
		c.ping(0, "tag-1", now.Add(20*time.Hour), inside)
		c.work(t, 0)
	}
	restore()
	p, _ := c.work(t, 0)
	want := newTown(t, 1)
	want.options.RebuildWindow = 48 * time.Hour
	pings(want)
	want.work(t, 0)
	if got := c.ids(t); len(got) != 1 || !slices.Equal(got, want.ids(t)) {
		t.Errorf("alerts %v, want %v", got, want.ids(t))
	}
	if p.partialSince != 0 {
		t.Errorf("still partial since %d", p.partialSince)
	}
}

func TestPartial_aRebuildWithoutSomeZonesIsDecidedAgainFromItsWindowOn(t *testing.T) {
	now := time.Now().Add(-3 * time.Hour)
	pings := func(c *town) { c.ping(0, "tag-1", now, inside); c.ping(0, "tag-1", now.Add(time.Minute), outside) }
	want := wholeTown(t, pings)
	c := newTown(t, 1)
	pings(c)
	restore := c.lose()
	p, next := c.work(t, 0)
	restore()
	c.again(t, p, next)
	if got := c.ids(t); len(got) != 2 || !slices.Equal(got, want) {
		t.Errorf("alerts %v, want %v", got, want)
	}
}

func TestPartial_aReplayOfAllPartitionsWithoutSomeZonesIsDecidedAgain(t *testing.T) {
	now := time.Now().Add(-3 * time.Hour)
	c := newTown(t, 1)
	c.store.previous = 2
	c.ping(0, "tag-1", now, inside)
	c.ping(0, "tag-1", now.Add(time.Minute), outside)
	restore := c.lose()
	p, next := c.work(t, 0)
	if p.partialSince > now.UnixMilli() {
		t.Errorf("partial since %d, after the pings that were decided so", p.partialSince)
	}
	restore()
	c.again(t, p, next)
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded}) {
		t.Errorf("alerts: %v", got)
	}
}

func TestPartial_anotherLogIsDecidedFromItsWindowOn(t *testing.T) {
	c, now := newTown(t, 1), time.Now()
	restore := c.lose()
	c.options.RebuildWindow = time.Hour
	c.ping(0, "tag-1", now.Add(-30*time.Minute), outside)
	c.past(t)
	c.options.RebuildWindow = 24 * time.Hour
	c.logs[0] = &fakeLog{committed: -1} // made anew under the same name
	c.ping(0, "tag-2", now.Add(-10*time.Hour), inside)
	restore()
	c.past(t)
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach}) {
		t.Errorf("alerts: %v", got)
	}
}

func TestPartial_anOpenBreachOfALostZoneStaysOpen(t *testing.T) {
	now := time.Now().Add(-3 * time.Hour)
	c := newTown(t, 1)
	c.ping(0, "tag-1", now, inside)
	c.past(t)
	restore := c.lose()
	c.ping(0, "tag-1", now.Add(time.Minute), inside)
	p, next := c.work(t, 0)
	restore()
	c.ping(0, "tag-1", now.Add(2*time.Minute), outside)
	c.again(t, p, next)
	alerts := c.alerts.alerts(t)[1:] // the breach is said again
	if got := kinds(alerts); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded}) || alerts[1].Reason != alerting.Left || alerts[0].EpisodeID != alerts[1].EpisodeID {
		t.Errorf("alerts: %v", alerts)
	}
}

func TestPartial_anOpenBreachOfAWearerWhoseActivationIsLostStaysOpen(t *testing.T) {
	now := time.Now().Add(-3 * time.Hour)
	c := newTown(t, 1)
	zone, _ := c.view.ZoneAt("school", now.UnixMilli())
	c.view = geofence.NewView([]geofence.ZoneRevision{zone}, []geofence.ActivationRevision{{ID: "act-1", Number: 1, Activation: &geofence.Activation{
		ID: "act-1", Wearer: "ann", Device: "tag-1", Removed: geofence.Always, Revision: 1,
	}}})
	c.ping(0, "tag-1", now, inside)
	c.past(t)
	whole := c.view
	c.view = geofence.NewView([]geofence.ZoneRevision{zone}, nil).AsPartial(true)
	c.ping(0, "tag-1", now.Add(time.Minute), inside) // nobody's, as far as is known
	p, next := c.work(t, 0)
	c.view = whole
	c.ping(0, "tag-1", now.Add(2*time.Minute), outside)
	c.again(t, p, next)
	var hers []alerting.Alert
	open := map[string]bool{}
	for _, a := range c.alerts.alerts(t) {
		open[a.EpisodeID] = a.Kind == alerting.Breach
		if a.WearerID == "ann" {
			hers = append(hers, a)
		}
	}
	for id, is := range open {
		if is || len(open) != 2 {
			t.Errorf("%d episodes, %s is open", len(open), id)
		}
	}
	if got := kinds(hers); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.Breach, alerting.BreachEnded}) || hers[2].Reason != alerting.Left ||
		hers[0].AlertID != hers[1].AlertID || hers[2].EpisodeID != hers[0].EpisodeID {
		t.Errorf("alerts: %v", hers)
	}
}

// A part of the register that is lost makes unassigned tags of many. When it is back, there was no flood of them.
func TestPartial_endsAFloodOfTheTagsWhoseActivationsWereLost(t *testing.T) {
	for _, gone := range []bool{false, true} { // whether the owner that saw the flood is gone when the register is back
		c, now := newTown(t, 1), time.Now().Add(-3*time.Hour)
		c.options.Rules, c.options.Limits = alerting.DefaultRules(), alerting.Limits{UnassignedAlerts: 2}
		var acts []geofence.ActivationRevision
		for i := range 5 {
			id := fmt.Sprintf("act-%d", i)
			acts = append(acts, geofence.ActivationRevision{ID: id, Number: 1, Activation: &geofence.Activation{
				ID: id, Wearer: id, Device: fmt.Sprintf("noise-%05d", i), Removed: geofence.Always, Tier: 3, Revision: 1,
			}})
		}
		whole := geofence.NewView(nil, acts)
		c.view = geofence.NewView(nil, nil).AsPartial(true)
		c.invent(0, 5, now)
		p, next := c.work(t, 0)
		c.view = whole
		if gone {
			p.release()
			c.past(t)
		} else {
			c.again(t, p, next)
		}
		var system []alerting.Kind
		for _, a := range c.alerts.alerts(t) {
			if a.Reason == alerting.UnassignedFlood {
				system = append(system, a.Kind)
			}
		}
		if !slices.Equal(slices.Compact(system), []alerting.Kind{alerting.SystemFault, alerting.SystemRestored}) { // an ending may be repeated
			t.Errorf("gone: %t: %v", gone, system)
		}
	}
}

func TestPartial_goesOnWhileRedisIsAwayAndDecidesAgainLater(t *testing.T) {
	now := time.Now().Add(-3 * time.Hour)
	c := newTown(t, 1)
	restore := c.lose()
	c.ping(0, "tag-1", now, inside)
	p, next := c.work(t, 0)
	c.ping(0, "tag-1", now.Add(time.Minute), outside)
	next = c.decide(t, p, next)
	c.store.away = true
	if err := c.checkpoint(t, p, next); err == nil {
		t.Fatal("it is written")
	}
	restore()
	c.ping(0, "tag-2", now.Add(2*time.Minute), inside)
	next = c.decide(t, p, next) // the test fails if it gives up
	if got := kinds(c.alerts.alerts(t)); !slices.Equal(got, []alerting.Kind{alerting.Breach}) {
		t.Errorf("while Redis is away: %v", got)
	}
	c.store.away = false
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	c.again(t, p, next)
	if got := kinds(c.alerts.alerts(t)[1:]); !slices.Equal(got, []alerting.Kind{alerting.Breach, alerting.BreachEnded, alerting.Breach}) {
		t.Errorf("decided again: %v", got)
	}
}

func TestOwn_decidesAgainWithoutLosingThePartition(t *testing.T) {
	now := time.Now().Add(-3 * time.Hour)
	c := newTown(t, 1)
	restore := c.lose()
	c.ping(0, "tag-1", now, inside)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var view atomic.Pointer[geofence.View]
	view.Store(c.view)
	c.options.View = view.Load
	restore()
	var progress *Progress
	assigned, begun := 0, 0
	work := func() { // once the first take-over has been worked on, the zones are back; once the second has, that is all
		for last := (*Partition)(nil); ctx.Err() == nil; time.Sleep(time.Millisecond) {
			p := progress.partition.Load()
			if p == nil || p == last {
				continue
			}
			if last, begun = p, begun+1; begun == 2 {
				cancel()
				return
			}
			view.Store(c.view)
		}
	}
	err := Own(ctx, &c.options, c.logs[0], 0, func(p *Progress) func() {
		assigned++
		progress = p
		go work()
		return func() {}
	})
	if err != nil || assigned != 1 || begun != 2 {
		t.Errorf("assigned %d times, begun %d times: %v", assigned, begun, err)
	}
}
