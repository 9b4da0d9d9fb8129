package pipeline

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"cordon/alerting"
	"cordon/geofence"
	"cordon/ingest"
)

// tell appends a ping of the tag that says more than where it is, fixed when it is appended.
func (c *town) tell(device string, at time.Time, members string) {
	ms := at.UnixMilli()
	c.logs[0].append(ms, device, fmt.Sprintf(`{"device_id":%q,"fix_time":%q%s}`, device, alerting.Time(ms).String(), members))
}

// worn gives the tag to a wearer.
func (c *town) worn(device string) {
	c.options.Rules = alerting.DefaultRules()
	c.view = geofence.NewView(nil, []geofence.ActivationRevision{{ID: "act-1", Number: 1, Activation: &geofence.Activation{
		ID: "act-1", Wearer: "ann", Device: device, Fitted: 0, Removed: geofence.Always, Tier: 3, Revision: 1}}})
}

func TestReportOf_saysWhatThePingSays(t *testing.T) {
	for in, want := range map[ingest.Strap]alerting.Strap{ingest.StrapUnknown: alerting.StrapUnsaid, ingest.StrapClosed: alerting.StrapClosed,
		ingest.StrapOpen: alerting.StrapOpen, ingest.StrapTampered: alerting.StrapTampered} {
		if got := reportOf(&ingest.Ping{Strap: in}).Strap; got != want {
			t.Errorf("strap %d: %d", in, got)
		}
	}
	for in, want := range map[ingest.Flag]alerting.Answer{ingest.Unsaid: alerting.Unsaid, ingest.No: alerting.No, ingest.Yes: alerting.Yes} {
		if r := reportOf(&ingest.Ping{Charging: in}); r != (alerting.Report{Charging: want}) {
			t.Errorf("charging %d: %+v", in, r)
		}
		if r := reportOf(&ingest.Ping{Motion: in}); r != (alerting.Report{Motion: want}) {
			t.Errorf("motion %d: %+v", in, r)
		}
		if r := reportOf(&ingest.Ping{Jamming: in}); r != (alerting.Report{Jamming: want}) {
			t.Errorf("jamming %d: %+v", in, r)
		}
	}
	p := ingest.Ping{Has: ingest.HasBattery | ingest.HasPosition, BatteryPct: 12.5}
	if r := reportOf(&p); r != (alerting.Report{HasBattery: true, HasPosition: true, BatteryPct: 12.5}) {
		t.Errorf("%+v", r)
	}
}

// troubled are pings that raise each alert of a tag that a ping can raise, and end it.
func troubled(c *town, began time.Time) {
	for i, members := range []string{
		`,"lat":0.005,"lon":0.015,"strap":"open"`, `,"lat":0.005,"lon":0.02,"strap":"open"`, `,"strap":"closed","battery_pct":4`, `,"jamming":true`,
		`,"strap":"closed"`, `,"strap":"closed"`, `,"lat":0.005,"lon":0.015,"battery_pct":50,"jamming":false`, `,"jamming":false`,
		`,"lat":0.005,"lon":0.9`, `,"lat":0.005,"lon":0.9`, `,"lat":0.005,"lon":0.9`, `,"lat":0.005,"lon":0.9`,
	} {
		c.tell("tag-1", began.Add(time.Duration(i)*11*time.Minute), members)
	}
}

func TestHandle_repeatedPingsChangeNothingOfWhatTagsSay(t *testing.T) {
	once, twice := newTown(t, 1), newTown(t, 1)
	began := time.Now().Add(-4 * time.Hour)
	for _, c := range []*town{once, twice} {
		c.worn("tag-1")
		troubled(c, began)
	}
	records := twice.logs[0].records
	twice.logs[0].records = nil
	for _, r := range records {
		for range 2 {
			twice.logs[0].append(r.Appended, string(r.Key), string(r.Value))
		}
	}
	once.work(t, 0)
	twice.work(t, 0)
	want := []alerting.Kind{alerting.StrapTamper, alerting.BatteryCritical, alerting.PositionImplausible, alerting.StrapRestored,
		alerting.PositionLost, alerting.BatteryRestored, alerting.PositionRegained, alerting.PositionPlausible,
		alerting.PositionImplausible, alerting.PositionPlausible}
	if got := kinds(once.alerts.alerts(t)); !slices.Equal(got, want) {
		t.Errorf("said %v, want %v", got, want)
	}
	if got := twice.ids(t); !slices.Equal(got, once.ids(t)) {
		t.Errorf("repeated, said %v", kinds(twice.alerts.alerts(t)))
	}
}

func TestTakeOver_goesOnWithWhatIsWrongWithATagUnderItsIDs(t *testing.T) {
	for name, cut := range map[string]func(*town){
		"from its checkpoint": func(*town) {},
		"without one":         func(c *town) { c.store.wipe() },
	} {
		c, now := newTown(t, 1), time.Now()
		c.worn("tag-1")
		c.options.RebuildWindow = 48 * time.Hour // as if it had been at work all the time
		c.tell("tag-1", now.Add(-30*time.Hour), `,"seq":17,"strap":"tampered"`)
		c.work(t, 0)
		c.options.RebuildWindow = 24 * time.Hour
		cut(c)
		c.tell("tag-1", now.Add(-29*time.Minute), `,"seq":18,"strap":"closed","lat":0.005,"lon":0.015`)
		c.tell("tag-1", now.Add(-27*time.Minute), `,"seq":19,"strap":"closed","lat":0.005,"lon":0.015`)
		c.work(t, 0)
		all := c.alerts.alerts(t)
		if got := kinds(all); !slices.Equal(got, []alerting.Kind{alerting.StrapTamper, alerting.TagSilent, alerting.TagResumed, alerting.StrapRestored}) && name == "from its checkpoint" {
			t.Fatalf("%s: %v", name, got)
		}
		opened, ended := all[0], all[len(all)-1]
		o := alerting.Opening{FixTime: int64(*opened.OpenedFixTime), Seq: 17, HasSeq: true, Blind: true}
		if ended.EpisodeID != opened.EpisodeID || ended.AlertID != alerting.AlertID(alerting.StrapRestored, "act-1", "", o, "") {
			t.Errorf("%s: %+v does not end %+v", name, ended, opened)
		}
	}
}

func TestTakeOver_nobodyIsSilentForThatNobodyListened(t *testing.T) {
	c := newTown(t, 1)
	c.worn("tag-1")
	began := time.Now().Add(-2 * time.Hour)
	heard := func(from, to int) {
		for i := from; i < to; i++ {
			c.ping(0, "tag-1", began.Add(time.Duration(i)*time.Second), outside)
		}
	}
	heard(0, 100)
	p, next := c.work(t, 0)
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	heard(100, 7190) // while no processor was there
	p, _ = c.work(t, 0)
	for _, due := range []time.Time{{}, time.Now()} { // zero: the broker has not answered for long enough
		if err := p.Idle(t.Context(), due); err != nil {
			t.Fatal(err)
		}
	}
	if all := c.alerts.alerts(t); len(all) > 0 {
		t.Errorf("said %v", kinds(all))
	}
}

func TestCheckpoint_holdsThatTheFeedIsSilent(t *testing.T) {
	c := newTown(t, 1)
	c.worn("tag-1")
	began := time.Now().Add(-30 * time.Minute)
	for i := range 64 {
		c.ping(0, "tag-1", began.Add(time.Duration(i)*time.Second), outside)
	}
	p, next := c.work(t, 0)
	if err := p.Idle(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	c.ping(0, "tag-1", time.Now(), outside)
	c.work(t, 0)
	all := c.alerts.alerts(t)
	if got := kinds(all); !slices.Equal(got, []alerting.Kind{alerting.FeedSilent, alerting.FeedResumed}) || all[0].EpisodeID != all[1].EpisodeID {
		t.Errorf("said %v", got)
	}
}
