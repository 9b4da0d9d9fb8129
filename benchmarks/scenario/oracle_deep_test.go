package scenario

import (
	"math"
	"testing"

	"cordon/alerting"
	"cordon/geofence"
)

// A suspicion: how it begins, and how it is cleared. Every feed begins with a fix outside a minute before, so that no
// run is cold.
//
//	 +5 | 0  LINE -10 | IN | -15 DEEP
//	out |  suspected: one fix will do
func TestDefault_suspicion(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "out", feed: "-60:99 0:0.01", want: ""},
		{name: "the edge is inside", feed: "-60:99 0:0", want: "suspected inside 0"},
		{name: "line", feed: "-60:99 0:-5", want: "suspected inside 0"},
		{name: "in", feed: "-60:99 0:-12", want: "suspected inside 0"},
		{name: "deep, and no second alert", feed: "-60:99 0:-99", want: "suspected inside 0"},
		{name: "one fix out clears", feed: "-60:99 0:-12 60:0.01", want: "suspected inside 0; cleared left 60"},
		{name: "everything is forgotten then", feed: "-60:99 0:-35 10:5 20:-35 44.999:-35 45:-35",
			want: "suspected inside 0; cleared left 10; suspected inside 20; breach deep 45"},
		{name: "line changes nothing", feed: "-60:99 0:-5 60:-5 120:-5 999:-5", want: "suspected inside 0"},
	} {
		c.check(t)
	}
}

// What confirms it.
//
//	IN   o---------------------o      115 s: long
//	DEEP      o-o                      25 s from the first IN to the last of two or more: deep
func TestDefault_deepOrLong(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "deep at 25 s", feed: "-60:99 0:-15 25:-15", want: "suspected inside 0; breach deep 25"},
		{name: "not a millisecond sooner", feed: "-60:99 0:-15 24.999:-15", want: "suspected inside 0"},
		{name: "nor a centimetre nearer", feed: "-60:99 0:-15 25:-14.99", want: "suspected inside 0"},
		{name: "the last two have to be deep", feed: "-60:99 0:-35 10:-12 25:-35 26:-12 40:-35 41:-35", want: "suspected inside 0; breach deep 41"},
		{name: "the span is that of the run", feed: "-60:99 0:-12 24:-35 24.999:-35 25:-35", want: "suspected inside 0; breach deep 25"},
		{name: "a LINE does not", feed: "-60:99 0:-35 10:-5 25:-35", want: "suspected inside 0; breach deep 25"},
		{name: "long at 115 s", feed: "-60:99 0:-12 115:-12", want: "suspected inside 0; breach long 115"},
		{name: "not a millisecond sooner", feed: "-60:99 0:-12 114.999:-12", want: "suspected inside 0"},
		{name: "the run begins with an IN", feed: "-60:99 0:-5 10:-12 115:-12 125:-12", want: "suspected inside 0; breach long 125"},
		{name: "a LINE neither joins it", feed: "-60:99 0:-12 115:-5", want: "suspected inside 0"},
		{name: "nor ends it", feed: "-60:99 0:-12 60:-5 115:-12", want: "suspected inside 0; breach long 115"},
		{name: "long of IN and DEEP", feed: "-60:99 0:-12 115:-35", want: "suspected inside 0; breach long 115"},
		{name: "deep is said where both hold", feed: "-60:99 0:-35 115:-35", want: "suspected inside 0; breach deep 115"},
		{name: "two at one time span nothing", feed: "-60:99 0:-35 0:-36", want: "suspected inside 0"},
		{name: "one alert", feed: "-60:99 0:-35 25:-35 50:-35 115:-35", want: "suspected inside 0; breach deep 25"},
	} {
		c.check(t)
	}
}

// Cold: nothing usable for more than 900 s before the run's first IN.
//
//	...........> 900 s...........o-----------o    300 s: long, and nothing else
func TestDefault_cold(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "with none before", feed: "0:-35 60:-35 299.999:-35 300:-35", want: "suspected inside 0; breach long 300"},
		{name: "900 s is not cold", feed: "-900:99 0:-35 25:-35", want: "suspected inside 0; breach deep 25"},
		{name: "a millisecond more is", feed: "-900.001:99 0:-35 25:-35 115:-35", want: "suspected inside 0"},
		{name: "the run's first IN is asked, not the opening", feed: "0:-5 30:-35 55:-35", want: "suspected inside 0; breach deep 55"},
		{name: "what is not usable warms nothing", feed: "-60:99c -30:99~51 0:-35 25:-35", want: "suspected inside 0"},
		{name: "a new run is asked anew", feed: "0:-35 10:5 20:-35 45:-35",
			want: "suspected inside 0; cleared left 10; suspected inside 20; breach deep 45"},
	} {
		c.check(t)
	}
}

// A breach ends with two fixes out.
//
//	IN o   LINE o
//	out       o    o-------o   55 s without one inside between
func TestDefault_leaves(t *testing.T) {
	const open = "suspected inside 0; breach deep 25; "
	for _, c := range []decidedCase{
		{name: "two, 55 s apart", feed: "-60:99 0:-35 25:-35 40:5 95:5", want: open + "ended left 95 exit 40"},
		{name: "not a millisecond less", feed: "-60:99 0:-35 25:-35 40:5 94.999:5", want: open},
		{name: "a third may complete the span", feed: "-60:99 0:-35 25:-35 40:5 60:5 99:5", want: open + "ended left 99 exit 40"},
		{name: "one is not enough", feed: "-60:99 0:-35 25:-35 40:5", upTo: 9999, want: open},
		{name: "a LINE between begins anew", feed: "-60:99 0:-35 25:-35 40:5 60:-5 100:5 154.999:5 155:5", want: open + "ended left 155 exit 100"},
		{name: "so does an IN", feed: "-60:99 0:-35 25:-35 40:5 60:-12 100:5 155:5", want: open + "ended left 155 exit 100"},
		{name: "what is not usable does not", feed: "-60:99 0:-35 25:-35 40:5 60:-12c 70:-99~60 95:5", want: open + "ended left 95 exit 40"},
		{name: "after it, a stay of its own", feed: "-60:99 0:-35 25:-35 40:5 95:5 100:-5", want: open + "ended left 95 exit 40; suspected inside 100"},
	} {
		c.check(t)
	}
}

// An inclusion zone is the same outside in.
//
//	DEEP 35 | IN 12 | LINE 5 | 0 the edge complies
func TestDefault_inclusion(t *testing.T) {
	const home = `"kind":"inclusion"`
	for _, c := range []decidedCase{
		{name: "the edge complies", zone: home, feed: "-60:-99 0:0", want: ""},
		{name: "line", zone: home, feed: "-60:-99 0:0.01", want: "suspected outside 0"},
		{name: "deep", zone: home, feed: "-60:-99 0:15 25:15", want: "suspected outside 0; breach deep 25"},
		{name: "long", zone: home, feed: "-60:-99 0:12 115:12", want: "suspected outside 0; breach long 115"},
		{name: "cleared at the edge", zone: home, feed: "-60:-99 0:12 60:0", want: "suspected outside 0; cleared returned 60"},
		{name: "returned", zone: home, feed: "-60:-99 0:35 25:35 40:0 95:-5", want: "suspected outside 0; breach deep 25; ended returned 95 exit 40"},
	} {
		c.check(t)
	}
}

// Which fixes are used: satellite, of 50 m at most at 95 %.
func TestDefault_usable(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "50 m is, and on the line", feed: "-60:99 0:-40~50", want: "suspected inside 0"},
		{name: "50.01 m is not", feed: "-60:99 0:-40~50.01", want: ""},
		{name: "50.004 m is 50 m", feed: "-60:99 0:-40~50.004", want: "suspected inside 0"},
		{name: "a cell fix is not", feed: "-60:99 0:-40c", want: ""},
		{name: "and clears nothing", feed: "-60:99 0:-40 10:99c 20:99~51 25:-40", want: "suspected inside 0; breach deep 25"},
	} {
		c.check(t)
	}
}

// Each of two profiles, and a name that the rules lack.
//
//	default     -15 m  25 s 115 s
//	beside_home -30 m  40 s 115 s
func TestDefault_profiles(t *testing.T) {
	const beside, unknown = `"rule":"beside_home"`, `"rule":"somewhere"`
	for _, c := range []decidedCase{
		{name: "deep", zone: beside, feed: "-60:99 0:-30 39.999:-30 40:-30", want: "suspected inside 0; breach deep 40"},
		{name: "29.99 m is not deep", zone: beside, feed: "-60:99 0:-30 40:-29.99 41:-30", want: "suspected inside 0"},
		{name: "long", zone: beside, feed: "-60:99 0:-29 100:-29 114.999:-29 115:-29", want: "suspected inside 0; breach long 115"},
		{name: "unknown is default", zone: unknown, feed: "-60:99 0:-15 25:-15", want: "suspected inside 0; breach deep 25"},
	} {
		c.check(t)
	}
	// The zone is given another while an episode is open: it keeps its own, the next one does not.
	defaultWorld(t, "").zone("park", mins(0)+10_000, square, `"rule":"beside_home"`).
		feed("-60:99 0:-35 25:-35 40:5 95:5 100:-40 139.999:-40 140:-40").
		wantDecided("changed", "suspected inside 0; breach deep 25; ended left 95 exit 40; suspected inside 100; breach deep 140")
}

func TestDefault_classesGoByTheCircleAt95Percent(t *testing.T) {
	// A circle of 10 m at 68 % is one of 10·√(ln 0.05 / ln 0.32) = 16.21 m at 95 %.
	w := defaultWorld(t, `"rule":"beside_home"`).feed("-60:99 0:-16.21 10:-16.22 20:-29.99 30:-30")
	for i, v := range w.records {
		w.records[i].Value = append(v.Value[:len(v.Value)-1], `,"accuracy_level":0.68}`...)
	}
	out := w.feed("40:5").wantDecided("classes", "suspected inside 0; cleared left 40")
	var got []alerting.Class
	for _, v := range out.Alerts[1].Evidence {
		got = append(got, v.Class)
	}
	want := []alerting.Class{alerting.ClassLine, alerting.ClassIn, alerting.ClassIn, alerting.ClassDeep, alerting.ClassOut}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("classes %v, want %v", got, want)
		}
	}
	if v := out.Alerts[0].Evidence[0]; *v.AccuracyM != 10 || *v.AccuracyLevel != 0.68 || v.Assumed {
		t.Errorf("%+v", v)
	}
}

// What ends an episode but a fix clears a suspicion, with the same reason and time.
func TestDefault_timersClearASuspicion(t *testing.T) {
	const feed, confirmed = "-60:99 0:-5 100:-5", "-60:99 0:-35 25:-35"
	defaultWorld(t, "").withdraw("park", secs(60)).feed(feed).wantDecided("withdrawn", "suspected inside 0; cleared zone_withdrawn 60!")
	defaultWorld(t, "").zone("park", secs(60), square, `"kind":"inclusion"`).feed(feed).
		wantDecided("changed", "suspected inside 0; cleared zone_changed 60!")
	defaultWorld(t, `"active_to":"2026-11-25T12:01:00Z"`).feed(feed).wantDecided("schedule", "suspected inside 0; cleared schedule_ended 60!")
	defaultWorld(t, `"active_to":"2026-11-25T12:01:00Z"`).feed("-60:99 0:-5 61:-5-10").
		wantDecided("schedule, by a fix ahead of the clock", "suspected inside 0; cleared schedule_ended 60!")
	defaultWorld(t, "").unregister("A", secs(60)).feed("-60:99 0:-5").upTo(100).wantDecided("removed", "suspected inside 0; cleared tag_removed 60!")
	defaultWorld(t, "").wears("A", "V", secs(60), mins(-9999), 0).feed("-60:99 0:-5").upTo(100).
		wantDecided("corrected", "suspected inside 0; cleared tag_assigned 60!")
	out := defaultWorld(t, "").withdraw("park", secs(60)).feed(confirmed).upTo(100).
		wantDecided("a breach", "suspected inside 0; breach deep 25; ended zone_withdrawn 60!")
	if a := out.Alerts[2]; a.FixTime != nil || a.Position != nil || a.DistanceM != nil || len(a.Evidence) != 2 || int64(*a.LastInsideFixTime) != secs(25) {
		t.Errorf("%+v", a)
	}
}

func TestDefault_whatAlertsSay(t *testing.T) {
	w, five := defaultWorld(t, `"severity":"serious"`), 5.0
	class := func(kind alerting.Kind, reason alerting.Reason, profile string, share float64) alerting.Truth {
		return alerting.Truth{Kind: kind, Reason: reason, ZoneKind: geofence.Exclusion, Profile: profile, DepthFromM: five, Share: share, N: 1}
	}
	w.rules.Truths = []alerting.Truth{
		{Kind: alerting.BreachSuspected, Reason: alerting.Inside, ZoneKind: geofence.Exclusion, Profile: "default", DepthToM: &five, Share: 0.9, N: 1},
		class(alerting.BreachSuspected, alerting.Inside, "beside_home", 0.8), class(alerting.BreachSuspected, alerting.Inside, "default", 0.25),
		class(alerting.Breach, alerting.Deep, "default", 0.7), class(alerting.Breach, alerting.Long, "default", 0.5),
	}
	out := w.feed("-60:99 0:-5 10:-12 125:-45 140:5 200:7").
		wantDecided("all", "suspected inside 0; breach long 125; ended left 200 exit 140")
	a, b, c := out.Alerts[0], out.Alerts[1], out.Alerts[2]
	if a.Severity != "warning" || b.Severity != "serious" || c.Severity != "info" {
		t.Errorf("severities %s, %s and %s", a.Severity, b.Severity, c.Severity)
	}
	if a.EpisodeID != b.EpisodeID || b.EpisodeID != c.EpisodeID || a.AlertID == b.AlertID || a.RuleRevision != "default@2" {
		t.Errorf("%+v\n%+v\n%+v", a, b, c)
	}
	if len(a.Evidence) != 1 || len(b.Evidence) != 3 || len(c.Evidence) != 5 {
		t.Errorf("%d, %d and %d of evidence", len(a.Evidence), len(b.Evidence), len(c.Evidence))
	}
	if *b.DistanceM != -45 || math.Abs(*c.MaxDepthM-45) > 0.001 || int64(*c.LastInsideFixTime) != secs(125) || *c.DistanceM != 7 || int64(*c.OpenedFixTime) != secs(0) {
		t.Errorf("%+v\n%+v", b, c)
	}
	if a.MaxDepthM != nil || a.LastInsideFixTime != nil || b.MaxDepthM != nil {
		t.Errorf("%+v\n%+v", a, b)
	}
	if a.Probability == nil || *a.Probability != 0.25 || b.Probability == nil || *b.Probability != 0.5 || c.Probability != nil {
		t.Errorf("probabilities %v, %v and %v", a.Probability, b.Probability, c.Probability)
	}
	cleared := defaultWorld(t, "").feed("-60:99 0:-5 10:5").decide().Alerts[1]
	if cleared.Severity != "info" || cleared.MaxDepthM != nil || cleared.LastInsideFixTime != nil || cleared.ExitFixTime != nil {
		t.Errorf("%+v", cleared)
	}
	w = defaultWorld(t, `"severity":"info"`).feed("-60:99 0:-5")
	if a := w.decide().Alerts[0]; a.Severity != "info" {
		t.Errorf("below info: %s", a.Severity)
	}
	w = defaultWorld(t, "")
	closest := activation{id: "A", wearer: "W", device: "T", fitted: mins(-9999), removed: forever, tier: 1}
	w.revise(&w.register, "A", mins(-9998), closest.line()).feed("-60:99 0:-5")
	if a := w.decide().Alerts[0]; a.Severity != "critical" || a.Tier != 1 {
		t.Errorf("of tier 1: %s", a.Severity)
	}
}

// An episode that is suspected is open too.
func TestDefault_openEpisodes(t *testing.T) {
	out := defaultWorld(t, "").feed("-60:99 0:-35").decide()
	if len(out.Open) != 1 || !out.Open[0].Suspected {
		t.Errorf("%+v", out.Open)
	}
	out = defaultWorld(t, "").feed("-60:99 0:-35 25:-35").decide()
	if len(out.Open) != 1 || out.Open[0].Suspected {
		t.Errorf("%+v", out.Open)
	}
}

func TestDecide_refusesRulesItDoesNotKnow(t *testing.T) {
	for _, r := range []Rules{{Name: "other"}, {Name: Default, Profiles: map[string]Profile{"beside_home": {}}}} {
		if _, err := Decide(Input{Until: noon, Params: Params{Rules: r}}); err == nil {
			t.Errorf("%+v is taken", r)
		}
	}
}
