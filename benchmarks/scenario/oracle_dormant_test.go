package scenario

import (
	"testing"

	"cordon/alerting"
)

// The park applies from 600 s after noon on. The last fix inside before then opens the episode at that instant.
//
//	             600 s |=== applies ===>
//	IN    o............! schedule_began
func TestDefault_scheduleBegins(t *testing.T) {
	const zone = `"active_from":"2026-11-25T12:10:00Z"`
	for _, c := range []decidedCase{
		{name: "at the boundary", zone: zone, feed: "500:-35", upTo: 600, want: "suspected schedule_began 600!"},
		{name: "not sooner", zone: zone, feed: "500:-35", upTo: 599.999, want: ""},
		{name: "with a LINE", zone: zone, feed: "500:0", upTo: 9999, want: "suspected schedule_began 600!"},
		{name: "not with an OUT", zone: zone, feed: "500:0.01", upTo: 9999, want: ""},
		{name: "300 s old", zone: zone, feed: "300:-5", upTo: 9999, want: "suspected schedule_began 600!"},
		{name: "a millisecond older", zone: zone, feed: "299.999:-5", upTo: 9999, want: ""},
		{name: "the next usable fix takes its place", zone: zone, feed: "500:-35 550:5", upTo: 9999, want: ""},
		{name: "be it late for the boundary", zone: zone, feed: "500:-35 601:-35-2", upTo: 650, want: "suspected inside 601"},
		{name: "one that is not usable does not", zone: zone, feed: "500:-35 550:5c 560:5~51 570:x", upTo: 600, want: "suspected schedule_began 600!"},
		{name: "a late one does not", zone: zone, feed: "500:-35 450:5+100", upTo: 600, want: "suspected schedule_began 600!"},
		{name: "its run begins at the boundary, and is not cold", zone: zone, feed: "500:-35 624.999:-35 625:-35", want: "suspected schedule_began 600!; breach deep 625"},
		{name: "a fix out clears", zone: zone, feed: "500:-35 601:5", want: "suspected schedule_began 600!; cleared left 601"},
		{name: "of before the boundary, one that comes after it says nothing", zone: zone, feed: "500:-35 599:5+2 626:-35", want: "suspected schedule_began 600!; breach deep 626"},
		{name: "nor does it lie dormant", zone: zone, feed: "599:-35+2", upTo: 9999, want: ""},
		{name: "lost, counted from the boundary", zone: zone, feed: "500:-35", upTo: 899.999, want: "suspected schedule_began 600!"},
		{name: "and no sooner", zone: zone, feed: "500:-35", upTo: 900, want: "suspected schedule_began 600!; breach lost_inside 900!"},
		{name: "lost by the gap, counted from the boundary", zone: zone, feed: "500:-35+50 901:-35-2", want: "suspected schedule_began 600!; breach lost_inside 900!"},
		{name: "outside", zone: zone + `,"kind":"inclusion"`, feed: "500:35", upTo: 600, want: "suspected schedule_began 600!"},
	} {
		c.check(t)
	}
}

// What makes it void.
func TestDefault_dormantNoMore(t *testing.T) {
	const zone = `"active_from":"2026-11-25T12:10:00Z"`
	defaultWorld(t, zone).zone("park", secs(550), square, zone).feed("500:-35").upTo(9999).wantDecided("another revision", "")
	defaultWorld(t, zone).zone("park", secs(600), square, zone).feed("500:-35").upTo(9999).wantDecided("another revision, at the boundary", "")
	defaultWorld(t, zone).withdraw("park", secs(550)).feed("500:-35").upTo(9999).wantDecided("withdrawn", "")
	defaultWorld(t, zone).unregister("A", secs(550)).feed("500:-35").upTo(9999).wantDecided("removed", "")
	// Over, and then as it was: what lay dormant is gone.
	defaultWorld(t, zone).wears("A", "V", secs(550), mins(-9999), 0).wears("A", "W", secs(560), mins(-9999), 0).
		feed("500:-35").upTo(9999).wantDecided("another's for ten seconds", "")
	red := zone + `,"applies_to":{"cohorts":["red"]}`
	w := newSmallWorld(t).zone("park", mins(-9999), square, red).wears("A", "W", mins(-9999), mins(-9999), 0, "red").
		wears("A", "W", secs(550), mins(-9999), 0)
	w.rules = DefaultRules()
	w.feed("500:-35").upTo(9999).wantDecided("of another cohort", "")
	defaultWorld(t, zone).wears("A", "W", secs(550), mins(-9999), 0, "red").feed("500:-35").upTo(600).
		wantDecided("a correction that changes nothing", "suspected schedule_began 600!")
}

func TestDefault_whatABoundarySays(t *testing.T) {
	w := defaultWorld(t, `"active_from":"2026-11-25T12:10:00Z"`)
	w.raw(500.0/60, `{"device_id":"T","fix_time":"2026-11-25T12:08:20.000Z","seq":7,"lat":51.005,"lon":0.005}`).upTo(600)
	a := w.wantDecided("began", "suspected schedule_began 600!").Alerts[0]
	began := w.decide().Open[0]
	if int64(*a.OpenedFixTime) != secs(600) || a.FixTime != nil || a.Position != nil || a.Severity != "serious" || a.Tier != 3 {
		t.Errorf("%+v", a)
	}
	if len(a.Evidence) != 1 || int64(a.Evidence[0].FixTime) != secs(500) || a.Evidence[0].Class != alerting.ClassDeep {
		t.Errorf("evidence %+v", a.Evidence)
	}
	if began.Opened != secs(600) || began.LastInside != secs(600) || began.MaxDepthM < 350 {
		t.Errorf("%+v", began)
	}
	opening := []string{"A", "park", "1795608600000", "7", "510050000", "50000"}
	if want := listID(append(append([]string{"v1", "breach_suspected"}, opening...), "")...); a.AlertID != want {
		t.Errorf("id %s, want %s", a.AlertID, want)
	}
}

// A pause from 60 s to 120 s after noon.
//
//	=== applies ===|  60..120  |=== applies ===>
//	IN o           !     o     !
func TestDefault_pause(t *testing.T) {
	const zone = `"exceptions":[{"from":"2026-11-25T12:01:00Z","to":"2026-11-25T12:02:00Z"}]`
	for _, c := range []decidedCase{
		{name: "ends and begins", zone: zone, feed: "-60:99 0:-20 90:-20", upTo: 120,
			want: "suspected inside 0; cleared schedule_ended 60!; suspected schedule_began 120!"},
		{name: "the fix that shows the end opens nothing", zone: zone, feed: "-60:99 0:-20 70:-20-20", upTo: 120,
			want: "suspected inside 0; cleared schedule_ended 60!"},
		{name: "of before the end, decided: history", zone: zone, feed: "-60:99 50:-20+20", upTo: 120, want: "past suspected inside 50"},
	} {
		c.check(t)
	}
}
