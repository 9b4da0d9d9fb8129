package scenario

import (
	"math"
	"strconv"
	"testing"

	"cordon/alerting"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// A warning ring of 100 m about the park.
//
//	beyond 100 | ring | 0 inside
//	   x           o            approach in_ring
//	               o     x      entered
//	   x-- 55 s --x             left
func TestDefault_approach(t *testing.T) {
	const ring = `"buffer_m":100`
	for _, c := range []decidedCase{
		{name: "the ring's edge is in it", zone: ring, feed: "0:150 60:100", want: "approach in_ring 60"},
		{name: "a centimetre beyond is not", zone: ring, feed: "0:150 60:100.01", want: ""},
		{name: "no ring", feed: "0:150 60:50", want: ""},
		{name: "with no fix before", zone: ring, feed: "0:50", want: "approach in_ring 0"},
		{name: "one alert", zone: ring, feed: "0:50 60:40 120:90", want: "approach in_ring 0"},
		{name: "entered", zone: ring, feed: "0:50 60:0", want: "approach in_ring 0; suspected inside 60; gone entered 60"},
		{name: "left", zone: ring, feed: "0:50 60:101 115:101", want: "approach in_ring 0; gone left 115"},
		{name: "not a millisecond sooner", zone: ring, feed: "0:50 60:101 114.999:101", want: "approach in_ring 0"},
		{name: "a third may complete the span", zone: ring, feed: "0:50 60:101 80:101 120:101", want: "approach in_ring 0; gone left 120"},
		{name: "in the ring the count begins anew", zone: ring, feed: "0:50 60:101 80:100 120:101 174.999:101 175:101", want: "approach in_ring 0; gone left 175"},
		{name: "what is not usable counts for nothing", zone: ring, feed: "0:50 60:101 70:50c 80:50~51 115:101", want: "approach in_ring 0; gone left 115"},
		{name: "nor does it begin one", zone: ring, feed: "0:150 60:50c 70:50~51 80:x", want: ""},
		{name: "another after it", zone: ring, feed: "0:50 60:101 115:101 120:50", want: "approach in_ring 0; gone left 115; approach in_ring 120"},
		{name: "from inside out is none", zone: ring, feed: "0:-5 60:50 120:60", want: "suspected inside 0; cleared left 60"},
		{name: "until the ring was left", zone: ring, feed: "0:-5 60:150 115:150 120:50",
			want: "suspected inside 0; cleared left 60; approach in_ring 120"},
		{name: "once is not enough", zone: ring, feed: "0:-5 60:150 120:50", want: "suspected inside 0; cleared left 60"},
		{name: "inside the count begins anew", zone: ring, feed: "0:-5 60:150 70:-5 115:150 120:50",
			want: "suspected inside 0; cleared left 60; suspected inside 70; cleared left 115"},
		{name: "entered, it is spent", zone: ring, feed: "0:50 60:-5 120:50 180:-5",
			want: "approach in_ring 0; suspected inside 60; gone entered 60; cleared left 120; suspected inside 180"},
		{name: "late ones do nothing", zone: ring, feed: "100:150 0:50+100 60:-5+50", want: "past suspected inside 60"},
		{name: "not before the zone applies", zone: ring + `,"active_from":"2026-11-25T12:01:00Z"`, feed: "0:50 59.999:50 60:50", want: "approach in_ring 60"},
		{name: "by the profile of the zone", zone: ring + `,"rule":"beside_home"`, feed: "0:50 60:101 115:101", want: "approach in_ring 0; gone left 115"},
		{name: "an inclusion zone has none", zone: ring + `,"kind":"inclusion"`, feed: "0:-99 60:50", want: "suspected outside 60"},
	} {
		c.check(t)
	}
}

// What ends a visit but a fix.
func TestDefault_approachTimers(t *testing.T) {
	const ring, feed, near = `"buffer_m":100`, "0:50 50:60", "approach in_ring 0; "
	west := `{"type":"Polygon","coordinates":[[[0.005,51],[0.01,51],[0.01,51.01],[0.005,51.01],[0.005,51]]]}`
	w := func() *smallWorld { return defaultWorld(t, ring) }
	w().withdraw("park", secs(60)).feed(feed).upTo(99).wantDecided("withdrawn", near+"gone zone_withdrawn 60!")
	w().zone("park", secs(60), square, `"buffer_m":60`).feed("0:50 50:60").upTo(99).wantDecided("a narrower ring that holds it", near)
	w().zone("park", secs(60), square, `"buffer_m":59`).feed(feed).upTo(99).wantDecided("one that does not", near+"gone zone_changed 60!")
	w().zone("park", secs(60), west, ring).feed(feed).upTo(99).wantDecided("moved away", near+"gone zone_changed 60!")
	w().zone("park", secs(60), square, ring+`,"kind":"inclusion"`).feed(feed).upTo(99).wantDecided("of another kind", near+"gone zone_changed 60!")
	w().zone("park", secs(60), square, ring+`,"applies_to":{"wearers":["V"]}`).feed(feed).upTo(99).wantDecided("for others", near+"gone zone_changed 60!")
	w().unregister("A", secs(60)).feed(feed).upTo(99).wantDecided("removed", near+"gone tag_removed 60!")
	w().wears("A", "V", secs(60), mins(-9999), 0).feed(feed).upTo(99).wantDecided("corrected", near+"gone tag_assigned 60!")
	w().zone("park", secs(60), square, ring+`,"active_from":"2026-11-25T13:00:00Z"`).feed(feed).upTo(99).
		wantDecided("asleep by a new timetable", near+"gone schedule_ended 60!")
	w().zone("park", secs(11), square, ring+`,"exceptions":[{"from":"2026-11-25T11:00:00Z","to":"2026-11-25T12:01:00Z"}]`).feed("12:50-2 90:50").
		wantDecided("asleep before a fix ahead of the clock", "approach in_ring 12; gone schedule_ended 12.001!; approach in_ring 90")
	ends := ring + `,"active_to":"2026-11-25T12:01:00Z"`
	defaultWorld(t, ends).feed(feed).upTo(59.999).wantDecided("not yet", near)
	defaultWorld(t, ends).feed(feed).upTo(60).wantDecided("schedule", near+"gone schedule_ended 60!")
	defaultWorld(t, ring).feed("0:50 9000:150 9054:150").upTo(99999).wantDecided("absence ends nothing", near)
	// A spent visit ends too, though nobody hears of it.
	defaultWorld(t, ring+`,"exceptions":[{"from":"2026-11-25T12:01:00Z","to":"2026-11-25T12:02:00Z"}]`).
		feed("-60:200 0:-5 30:50 130:50").wantDecided("spent, and over", "suspected inside 0; cleared left 30; approach in_ring 130")
	defaultWorld(t, ring).withdraw("park", secs(60)).feed("-60:200 0:50 25:-35").upTo(60).
		wantDecided("of both, the end of the suspicion alone is told", "approach in_ring 0; suspected inside 25; gone entered 25; cleared zone_withdrawn 60!")
}

func TestDefault_whatAnApproachSays(t *testing.T) {
	out := defaultWorld(t, `"buffer_m":100,"severity":"critical"`).feed("-60:150 0:90 100:80~20 200:-35").
		wantDecided("both", "approach in_ring 0; suspected inside 200; gone entered 200")
	a, b := out.Alerts[0], out.Alerts[2]
	if a.Severity != "warning" || b.Severity != "info" || a.EpisodeID != b.EpisodeID || a.AlertID == b.AlertID || a.EpisodeID == out.Alerts[1].EpisodeID {
		t.Errorf("%+v\n%+v", a, b)
	}
	if *a.DistanceM != 90 || *b.DistanceM != -35 || a.ZoneRevision != 1 || a.Tier != 3 || int64(*b.OpenedFixTime) != secs(0) || b.MaxDepthM != nil {
		t.Errorf("%+v\n%+v", a, b)
	}
	if len(a.Evidence) != 1 || a.Evidence[0].Class != alerting.ClassOut || len(b.Evidence) != 2 || b.Evidence[1].Class != alerting.ClassDeep {
		t.Errorf("%+v\n%+v", a.Evidence, b.Evidence)
	}
	// 60 m in 60 s, and 90 m are left.
	if math.Abs(*a.ClosingSpeedMPS-1) > 1e-9 || math.Abs(*a.TimeToEdgeS-90) > 1e-9 || b.ClosingSpeedMPS != nil || b.TimeToEdgeS != nil {
		t.Errorf("%v %v", *a.ClosingSpeedMPS, *a.TimeToEdgeS)
	}
	if want := listID("v1", "approach", "A", "park", "1795608000000", "", "510050000", itoa(e7(a.Position.Lon)), ""); a.AlertID != want {
		t.Errorf("id %s, want %s", a.AlertID, want)
	}
	left := defaultWorld(t, `"buffer_m":100`).feed("0:50 60:101 115:102").decide().Alerts[1]
	if v := left.Evidence; len(v) != 2 || v[1].Class != alerting.ClassOut || v[1].DistanceM != 102 {
		t.Errorf("%+v", v)
	}
	timed := defaultWorld(t, `"buffer_m":100`).withdraw("park", secs(60)).feed("0:50 30:40").upTo(99).decide().Alerts[1]
	if timed.FixTime != nil || timed.Position != nil || len(timed.Evidence) != 1 || timed.ZoneRevision != 1 || timed.Severity != "info" {
		t.Errorf("%+v", timed)
	}
}

// Severity is two steps below the zone's, of tier 1 one.
func TestDefault_approachSeverity(t *testing.T) {
	for _, c := range []struct{ zone, usual, closest string }{
		{"critical", "warning", "serious"}, {"serious", "info", "warning"}, {"warning", "info", "info"}, {"info", "info", "info"},
	} {
		for tier, want := range map[int]string{3: c.usual, 2: c.usual, 1: c.closest} {
			w := defaultWorld(t, `"buffer_m":100,"severity":"`+c.zone+`"`)
			worn := activation{id: "A", wearer: "W", device: "T", fitted: mins(-9999), removed: forever, tier: tier}
			w.revise(&w.register, "A", mins(-9998), worn.line()).feed("0:50")
			if a := w.decide().Alerts[0]; a.Severity != want || a.Tier != tier {
				t.Errorf("%s, tier %d: %s", c.zone, a.Tier, a.Severity)
			}
		}
	}
}

// How fast, and how long to the edge.
func TestDefault_closingSpeed(t *testing.T) {
	for _, c := range []struct {
		name, feed  string
		speed, time float64 // NaN: none
	}{
		{"nearer", "-10:150 0:100", 5, 20},
		{"rounded, but not for the time", "-9:150 0:50", 11.11, 4.5},
		{"none before", "0:100", math.NaN(), math.NaN()},
		{"at the same time", "0:150 0:100", math.NaN(), math.NaN()},
		{"900 s before", "-900:190 0:100", 0.1, 1000},
		{"a millisecond more", "-900.001:190 0:100", math.NaN(), math.NaN()},
		{"none but of what is not usable", "-10:150~51 -5:140~60 0:100", math.NaN(), math.NaN()},
		{"hardly", "-800:103 0:100", 0, math.NaN()},
		{"what is not usable is not looked at", "-10:150 -5:140c 0:100", 5, 20},
	} {
		a := defaultWorld(t, `"buffer_m":100`).feed(c.feed).decide().Alerts[0]
		for _, v := range []struct {
			got  *float64
			want float64
		}{{a.ClosingSpeedMPS, c.speed}, {a.TimeToEdgeS, c.time}} {
			if (v.got == nil) != math.IsNaN(v.want) || v.got != nil && math.Abs(*v.got-v.want) > 1e-9 {
				t.Errorf("%s: speed %s and time %s", c.name, show(deref(a.ClosingSpeedMPS)), show(deref(a.TimeToEdgeS)))
			}
		}
	}
	// Farther away than when the zone did not apply yet.
	a := defaultWorld(t, `"buffer_m":100,"active_from":"2026-11-25T12:00:00Z"`).feed("-10:50 0:90").decide().Alerts[0]
	if *a.ClosingSpeedMPS != -4 || a.TimeToEdgeS != nil {
		t.Errorf("%+v", a)
	}
}

func deref(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}
