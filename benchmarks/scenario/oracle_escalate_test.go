package scenario

import (
	"testing"

	"cordon/alerting"
)

// A breach becomes graver every 900 s.
//
//	breach 25 s |---- 900 s ----! warning |---- 900 s ----! serious |---- 900 s ----! critical
func TestDefault_escalates(t *testing.T) {
	const info, deep = `"severity":"info"`, "suspected inside 0; breach deep 25; "
	for _, c := range []decidedCase{
		{name: "a step each", zone: info, feed: "-60:99 0:-35 25:-35", upTo: 99999,
			want: deep + "graver lasting 925!; graver lasting 1825!; graver lasting 2725!"},
		{name: "not a millisecond sooner", zone: info, feed: "-60:99 0:-35 25:-35", upTo: 924.999, want: deep},
		{name: "but at once", zone: info, feed: "-60:99 0:-35 25:-35", upTo: 925, want: deep + "graver lasting 925!"},
		{name: "what is critical cannot", feed: "-60:99 0:-35 25:-35", upTo: 99999, want: deep},
		{name: "one step below it, once", zone: `"severity":"serious"`, feed: "-60:99 0:-35 25:-35", upTo: 99999, want: deep + "graver lasting 925!"},
		{name: "by the appended time of what confirmed", zone: info, feed: "-60:99 0:-35 25:-35+10", upTo: 935, want: deep + "graver lasting 935!"},
		{name: "or the deadline, when absence did", zone: info, feed: "-60:99 0:-20", upTo: 1200,
			want: "suspected inside 0; breach lost_inside 300!; graver lasting 1200!"},
		{name: "shown by a gap after the clock had passed it", zone: info, feed: "-60:99 0:-20+2000 1500:-20+501", upTo: 2100,
			want: "suspected inside 0; breach lost_inside 300!; graver lasting 1200!; graver lasting 2100!"},
		{name: "not at once, but before the clock moves on", zone: info, feed: "-60:99 0:-20+2000 1500:-20+501 1600:5+401 1700:5+301", upTo: 2100,
			want: "suspected inside 0; breach lost_inside 300!; ended left 1700 exit 1600"},
		{name: "out once is not over", zone: info, feed: "-60:99 0:-35 25:-35 40:5", upTo: 925, want: deep + "graver lasting 925!"},
		{name: "over is over", zone: info, feed: "-60:99 0:-35 25:-35 40:5 95:5", upTo: 9999, want: deep + "ended left 95 exit 40"},
		{name: "a suspicion does not last", zone: info, feed: "-60:99 0:-5", upTo: 9999, want: "suspected inside 0"},
		{name: "nor does what is past", zone: info, feed: "500:99 0:-35+500 25:-35+475", upTo: 3000,
			want: "past suspected inside 0"},
	} {
		c.check(t)
	}
	defaultWorld(t, info).unregister("A", secs(925)).feed("-60:99 0:-35 25:-35").upTo(9999).
		wantDecided("over at that instant", deep+"ended tag_removed 925!")
}

func TestDefault_whatAnEscalationSays(t *testing.T) {
	w := defaultWorld(t, `"severity":"warning"`)
	closest := activation{id: "A", wearer: "W", device: "T", fitted: mins(-9999), removed: forever, tier: 1}
	w.revise(&w.register, "A", mins(-9998), closest.line()).zone("park", secs(100), square, `"severity":"info"`)
	out := w.feed("-60:99 0:-35 25:-35 200:-35").upTo(9999).
		wantDecided("tier 1 waits half", "suspected inside 0; breach deep 25; graver lasting 475!; graver lasting 925!")
	a, b := out.Alerts[2], out.Alerts[3]
	if a.Severity != "serious" || b.Severity != "critical" || a.EpisodeID != out.Alerts[0].EpisodeID || a.AlertID == b.AlertID {
		t.Errorf("%+v\n%+v", a, b)
	}
	if len(a.Evidence) != 3 || a.ZoneRevision != 2 || a.FixTime != nil || a.Position != nil || a.MaxDepthM != nil || int64(*a.OpenedFixTime) != 0+noon {
		t.Errorf("%+v", a)
	}
	opening := out.Alerts[0]
	if e := opening.Evidence[0]; a.AlertID != listID("v1", "breach_escalated", "A", "park", "1795608000000", "", "510050000", itoa(e7(e.Lon)), "serious") {
		t.Errorf("id %s", a.AlertID)
	}
	if opening.Kind != alerting.BreachSuspected {
		t.Errorf("%+v", opening)
	}
}
