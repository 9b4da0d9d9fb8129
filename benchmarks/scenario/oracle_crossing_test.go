package scenario

import (
	"fmt"
	"math"
	"testing"

	"cordon/alerting"
)

// strip is a zone from the meridian so many metres east.
func strip(metres float64) string {
	x, _ := scale(51.005)
	return fmt.Sprintf(`{"type":"Polygon","coordinates":[[[0,51],[%[1]v,51],[%[1]v,51.01],[0,51.01],[0,51]]]}`, metres/x)
}

// stripWorld has no other zone than a strip of 100 m, so that -120 is 20 m beyond it.
//
//	 20 | -20   -50   -80 | -120
//	b   |   zone, 100 m   |   f
func stripWorld(t *testing.T, members string) *smallWorld {
	w := newSmallWorld(t).wears("A", "W", mins(-9999), mins(-9999), 0).zone("park", mins(-9999), strip(100), members)
	w.rules = DefaultRules()
	return w
}

func TestDefault_crossing(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "there", feed: "0:20 60:-120", want: "crossing between 60"},
		{name: "and back", feed: "0:20 60:-120 120:20", want: "crossing between 60; crossing between 120"},
		{name: "not past it", feed: "0:20 60:300", want: ""},
		{name: "from within is none", feed: "0:0 60:-120", want: "suspected inside 0; cleared left 60"},
		{name: "into it is none", feed: "0:20 60:-100", want: "suspected inside 60"},
		{name: "300 s apart", feed: "0:20 300:-120", want: "crossing between 300"},
		{name: "a millisecond more", feed: "0:20 300.001:-120", want: ""},
		{name: "at one time", feed: "0:20 0:-120", want: ""},
		{name: "what is not usable lies not between", feed: "0:20 30:-50c 40:-50~51 60:-120", want: "crossing between 60"},
		{name: "nor is it an end", feed: "0:20 60:-120c", want: ""},
		{name: "late ones are none", feed: "100:500 0:20+100 60:-120+40", want: ""},
		{name: "nor is the one before late", feed: "0:20 60:-120+9 30:-50+40", want: "crossing between 60; past suspected inside 30"},
		{name: "the breach is not over", feed: "-60:20 0:-50 25:-50 40:20 60:-120", want: "suspected inside 0; breach deep 25"},
		{name: "the breach is over", feed: "-60:20 0:-50 25:-50 40:20 95:20 120:-120",
			want: "suspected inside 0; breach deep 25; ended left 95 exit 40; crossing between 120"},
		{name: "an inclusion zone has none", zone: `"kind":"inclusion"`, feed: "0:-50", want: ""},
		{name: "while it does not apply at the first", zone: `"active_from":"2026-11-25T12:00:30Z"`, feed: "0:20 60:-120", want: ""},
		{name: "or at the second", zone: `"active_to":"2026-11-25T12:01:00Z"`, feed: "0:20 60:-120", want: ""},
		{name: "a pause between is nothing", zone: `"exceptions":[{"from":"2026-11-25T12:00:10Z","to":"2026-11-25T12:00:20Z"}]`,
			feed: "0:20 60:-120", want: "crossing between 60"},
		{name: "a visit does not count", zone: `"buffer_m":30`, feed: "0:20 60:-120", want: "approach in_ring 0; crossing between 60"},
		{name: "before any zone is judged", zone: `"buffer_m":30`, feed: "0:60 60:-120", want: "crossing between 60; approach in_ring 60"},
	} {
		w := stripWorld(t, c.zone).feed(c.feed)
		w.wantDecided(c.name, c.want)
	}
	stripWorld(t, "").zone("park", secs(50), strip(100), `"applies_to":{"wearers":["V"]}`).feed("0:20 60:-120").wantDecided("for others", "")
	stripWorld(t, "").withdraw("park", secs(50)).feed("0:20 60:-120").wantDecided("withdrawn", "")
	stripWorld(t, "").zone("park", secs(50), strip(150), "").feed("0:20 60:-120").wantDecided("by the revision in force at the second", "suspected inside 60")
}

// The likelihoods were worked out apart, by a few lines of Python: the error function of the depth over
// √((1-s)²·r²/2.45² + s²·r²/2.45² + 9·Δt·s·(1-s)).
func TestDefault_likelihood(t *testing.T) {
	for _, c := range []struct {
		name       string
		wide       float64 // metres
		feed       string
		likelihood float64 // 0: no crossing
		doubtful   bool
	}{
		{"wide and soon", 100, "0:50 10:-150", 1, false},
		{"0.94", 40, "0:30 60:-70", 0.94, false},
		{"in doubt", 34, "0:30 60:-64", 0.9, true},
		{"too late to say", 40, "0:30 200:-70", 0, false},
		{"less by wide circles", 40, "0:30~50 60:-70~50", 0, false},
		{"in doubt, and just too little", 32, "0:30 60:-62", 0, true},
	} {
		w := newSmallWorld(t).wears("A", "W", mins(-9999), mins(-9999), 0).zone("park", mins(-9999), strip(c.wide), "")
		w.rules = DefaultRules()
		out := w.feed(c.feed).decide()
		if (len(out.Alerts) == 1) != (c.likelihood > 0) || (len(out.Doubtful) == 1) != c.doubtful {
			t.Errorf("%s: %d alerts, %d in doubt", c.name, len(out.Alerts), len(out.Doubtful))
			continue
		}
		if c.likelihood > 0 && math.Abs(*out.Alerts[0].Likelihood-c.likelihood) > 1e-9 {
			t.Errorf("%s: %v, want %v", c.name, *out.Alerts[0].Likelihood, c.likelihood)
		}
	}
}

func TestDefault_whatACrossingSays(t *testing.T) {
	w := stripWorld(t, `"severity":"serious"`)
	x, _ := scale(51.005)
	w.raw(0, fmt.Sprintf(`{"device_id":"T","fix_time":"2026-11-25T12:00:00.000Z","seq":7,"lat":51.005,"lon":%.7f}`, -20/x))
	w.feed("60:-120")
	a := w.wantDecided("crossing", "crossing between 60").Alerts[0]
	if a.Severity != "warning" || a.Tier != 3 || int64(*a.OpenedFixTime) != secs(0) || int64(*a.FixTime) != secs(60) || a.Retrospective {
		t.Errorf("%+v", a)
	}
	if math.Abs(*a.DistanceM-20) > 0.02 || a.ZoneRevision != 1 || a.ZoneKind != "exclusion" || a.DecidedTime != nil {
		t.Errorf("%+v", a)
	}
	if v := a.Evidence; len(v) != 2 || v[0].Class != alerting.ClassOut || v[1].Class != alerting.ClassOut || *v[0].Seq != 7 || !v[0].Assumed {
		t.Errorf("%+v", v)
	}
	b, f := a.Evidence[0], a.Evidence[1]
	fixes := []string{"A", "park", "1795608000000", "7", "510050000", itoa(e7(b.Lon)), "1795608060000", "", "510050000", itoa(e7(f.Lon))}
	if want := listID(append([]string{"v1"}, fixes...)...); a.EpisodeID != want {
		t.Errorf("episode %s, want %s", a.EpisodeID, want)
	}
	if want := listID(append(append([]string{"v1", "crossing"}, fixes...), "")...); a.AlertID != want {
		t.Errorf("id %s, want %s", a.AlertID, want)
	}
	w = stripWorld(t, `"severity":"serious"`)
	closest := activation{id: "A", wearer: "W", device: "T", fitted: mins(-9999), removed: forever, tier: 1}
	w.revise(&w.register, "A", mins(-9998), closest.line()).feed("0:20 60:-120")
	if a := w.decide().Alerts[0]; a.Severity != "serious" {
		t.Errorf("of tier 1: %s", a.Severity)
	}
}
