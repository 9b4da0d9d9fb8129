package scenario

import (
	"strings"
	"testing"

	"cordon/alerting"
)

// A suspicion is confirmed when nothing usable follows.
//
//	IN o..............300 s..............! lost_inside
func TestDefault_lostByTheTimer(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "at 300 s", feed: "-60:99 0:-12", upTo: 300, want: "suspected inside 0; breach lost_inside 300!"},
		{name: "not sooner", feed: "-60:99 0:-12", upTo: 299.999, want: "suspected inside 0"},
		{name: "not with a LINE only", feed: "-60:99 0:-5", upTo: 9999, want: "suspected inside 0"},
		{name: "with an IN before the LINE", feed: "-60:99 0:-12 60:-5", upTo: 9999, want: "suspected inside 0; breach lost_inside 360!"},
		{name: "not after an OUT", feed: "-60:99 0:-12 60:5", upTo: 9999, want: "suspected inside 0; cleared left 60"},
		{name: "what is not usable holds nothing off", feed: "-60:99 0:-12 100:-12c 200:9~51 250:x", upTo: 9999, want: "suspected inside 0; breach lost_inside 300!"},
		{name: "a usable fix does", feed: "-60:99 0:-12 100:-12", upTo: 9999, want: "suspected inside 0; breach lost_inside 400!"},
		{name: "the clock counts", feed: "-60:99 0:-12+50", upTo: 9999, want: "suspected inside 0; breach lost_inside 350!"},
		{name: "a fix at the deadline is too late", feed: "-60:99 0:-12 299:5+1", want: "suspected inside 0; breach lost_inside 300!"},
		{name: "one before it is not", feed: "-60:99 0:-12 299.999:5", upTo: 9999, want: "suspected inside 0; cleared left 299.999"},
		{name: "cold too", feed: "0:-12", upTo: 9999, want: "suspected inside 0; breach lost_inside 300!"},
		{name: "a wider interval waits longer", feed: "-600:99 -400:99 -200:99 0:-12", upTo: 9999, want: "suspected inside 0; breach lost_inside 500!"},
		{name: "a breach only once", feed: "-60:99 0:-35 25:-35", upTo: 9999, want: "suspected inside 0; breach deep 25"},
		{name: "then it is a breach as any", feed: "-60:99 0:-12 310:5 365:5", want: "suspected inside 0; breach lost_inside 300!; ended left 365 exit 310"},
		{name: "outside", zone: `"kind":"inclusion"`, feed: "-60:-99 0:12", upTo: 9999, want: "suspected outside 0; breach lost_outside 300!"},
		{name: "the schedule ends first", zone: `"active_to":"2026-11-25T12:05:00Z"`, feed: "-60:99 0:-12", upTo: 9999,
			want: "suspected inside 0; cleared schedule_ended 300!"},
	} {
		c.check(t)
	}
}

// Both fixes arrive together: the gap shows only afterwards.
//
//	IN o..............300 s..............o fix times
//	                            appended oo
func TestDefault_lostByTheGap(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "300 s", feed: "-60:99 0:-12+400 300:-12+100", want: "suspected inside 0; breach lost_inside 300!"},
		{name: "a millisecond less", feed: "-60:99 0:-12+400 299.999:-12+101", want: "suspected inside 0; breach long 299.999"},
		{name: "then the fix is judged", feed: "-60:99 0:-12+400 300:5+100 355:5+50", want: "suspected inside 0; breach lost_inside 300!; ended left 355 exit 300"},
		{name: "not with a LINE only", feed: "-60:99 0:-5+400 300:-5+100", want: "suspected inside 0"},
		{name: "the interval it makes does not count yet", feed: "-60:99 0:-12+900 800:-12+100", want: "suspected inside 0; breach lost_inside 300!"},
		{name: "outside", zone: `"kind":"inclusion"`, feed: "-60:-99 0:12+400 300:12+100", want: "suspected outside 0; breach lost_outside 300!"},
		// Appended two seconds before the boundary, by a tag whose clock is ahead.
		{name: "not where the zone does not apply", zone: `"active_to":"2026-11-25T12:05:00Z"`, feed: "-60:99 0:-12 301:-12-2",
			want: "suspected inside 0; cleared schedule_ended 300!"},
	} {
		c.check(t)
	}
	a := defaultWorld(t, "").feed("-60:99 0:-12+400 300:-35+100").decide().Alerts[1]
	if a.FixTime != nil || a.Position != nil || len(a.Evidence) != 1 || a.Severity != "critical" {
		t.Errorf("the fix that shows the gap does not decide: %+v", a)
	}
}

// The state is the activation's: a fix of the next wearer holds nothing off.
func TestDefault_lostIsTheBearers(t *testing.T) {
	newer := func() *smallWorld {
		w := newSmallWorld(t).zone("park", mins(-9999), square, "").wears("A", "W", mins(-9999), mins(-9999), secs(1000))
		w.rules = DefaultRules()
		return w
	}
	newer().feed("-60:99 0:-12 1001:-12").wantDecided("nobody's fix",
		"suspected inside 0; breach lost_inside 300!; ended tag_removed 1000!; suspected inside 1001")
}

func TestDefault_noAbsenceFromTheHistory(t *testing.T) {
	defaultWorld(t, "").feed("2000:99 1000:-12+1001 1400:-5+602").upTo(2900).
		wantDecided("neither by the timer nor by the gap", "past suspected inside 1000")
}

func TestLostAfter(t *testing.T) {
	const s = int64(1000)
	usual := DefaultRules().Profiles["default"]
	for _, c := range []struct {
		cadence []int64
		want    int64
	}{
		{nil, 300 * s},
		{[]int64{120 * s}, 300 * s},
		{[]int64{121 * s}, 302_500},
		{[]int64{900 * s, 100 * s, 200 * s}, 500 * s},
		{[]int64{200 * s, 301*s + 1}, 626_250}, // the mean of the two is 250.5 s and half a millisecond
		{[]int64{151_001}, 377_503},            // 377,502.5
	} {
		st := state{hearing: hearing{cadence: c.cadence}}
		if got := st.lostAfter(usual); got != c.want {
			t.Errorf("after %v: %d, want %d", c.cadence, got, c.want)
		}
	}
	// Only the last eight count: four of 1,000 s have gone, eight of 60 s are left.
	feed := "-5000:99 -4000:99 -3000:99 -2000:99 -480:99 -420:99 -360:99 -300:99 -240:99 -180:99 -120:99 -60:99 0:-12"
	defaultWorld(t, "").feed(feed).upTo(9999).wantDecided("eight", "suspected inside 0; breach lost_inside 300!")
	feed = strings.Replace(feed, "-240:99 -180:99 -120:99 ", "", 1) // 1520, 60, 60, 60, 240, 60 and 1000, 1000
	defaultWorld(t, "").feed(feed).upTo(9999).wantDecided("the mean of the middle two", "suspected inside 0; breach lost_inside 375!")
}

// What is not usable is evidence of what is open, and so is every fix judged for the zone.
func TestDefault_evidence(t *testing.T) {
	classes := func(feed string) string {
		out := defaultWorld(t, "").feed(feed).decide()
		short := map[alerting.Class]string{"in": "i", "out": "o", "line": "l", "deep": "d", "unusable": "u"}
		s := ""
		for _, v := range out.Alerts[len(out.Alerts)-1].Evidence {
			s += short[v.Class]
		}
		return s
	}
	for _, c := range []struct{ name, feed, want string }{
		{"of each class, in order", "-60:99 -30:99c 0:-5 10:-12 20:-35 25:-35c 30:-99~51 40:5", "lidu" + "uo"},
		{"not those of a zone that is not open", "-60:99 0:-5c 10:-5", "l"},
		{"twelve", "-60:99 0:-5 1:-5 2:-5 3:-5 4:-5 5:-5 6:-5 7:-5 8:-5 9:-5 10:-5 20:5", "lllllllllll" + "o"},
		{"of thirteen the oldest after the opening goes", "-60:99 0:-5 1:-12 2:-5 3:-5 4:-5 5:-5 6:-5 7:-5 8:-5 9:-5 10:-5 11:-5 20:5", "lllllllllll" + "o"},
		{"but first what is not usable", "-60:99 0:-5 1:-12 2:-5 3:-5c 4:-5 5:-5c 6:-5 7:-5 8:-5 9:-5 10:-5 11:-5 20:5", "lilluLLLLLL" + "o"},
		{"one that comes to twelve usable ones stays out", "-60:99 0:-5 1:-12 2:-5 3:-5 4:-5 5:-5 6:-5 7:-5 8:-5 9:-5 10:-5 11:-5 12:-5c 20:5", "lllllllllll" + "o"},
	} {
		if got := classes(c.feed); got != strings.ToLower(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	// A late one is none, be it usable or not.
	out := defaultWorld(t, "").feed("-60:99 0:-12 60:-12 30:-12c+31 20:-12+41 70:-12c 65:-12c+6 115:-12").decide()
	if got := out.Alerts[len(out.Alerts)-1]; len(got.Evidence) != 5 || out.Counts.Late != 2 {
		t.Errorf("%+v, counts %+v", got.Evidence, out.Counts)
	}
}
