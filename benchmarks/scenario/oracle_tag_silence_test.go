package scenario

import (
	"fmt"
	"strings"
	"testing"
)

// every makes n pings so many seconds apart.
func every(from float64, n int, apart float64, members string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("%g %s", from+float64(i)*apart, members))
	}
	return strings.Join(list, ";") + ";"
}

// A tag is silent after 9000 s, or after 2.5 times what is usual, and 900 s at least, once two intervals are known.
func TestTags_silence(t *testing.T) {
	for _, c := range []tagCase{
		{name: "nothing known", feed: "0", upTo: 9000, want: "tag_silent nothing_heard 9000!"},
		{name: "not a millisecond sooner", feed: "0", upTo: 8999.999, want: ""},
		{name: "one interval is not enough", feed: "0; 60", upTo: 9059, want: ""},
		{name: "900 s at least", feed: "0; 60; 120", upTo: 1020, want: "tag_silent nothing_heard 1020!"},
		{name: "not a millisecond sooner", feed: "0; 60; 120", upTo: 1019.999, want: ""},
		{name: "the second longest", feed: "0; 60; 460; 1060; 1120", upTo: 2120, want: "tag_silent nothing_heard 2120!"},
		{name: "in motion, another history", feed: "0; 60; 120 motion=true", upTo: 9119, want: ""},
		{name: "by what the earlier says", feed: "0 motion=true; 60 motion=true; 120 motion=true", upTo: 1020, want: "tag_silent nothing_heard 1020!"},
		{name: "resumed", feed: "0; 60; 120; 2000 at=0", want: "tag_silent nothing_heard 1020!; tag_resumed heard 2000"},
		{name: "its interval is forgotten", feed: "0; 60; 120; 2000 at=0", upTo: 2900, want: "tag_silent nothing_heard 1020!; tag_resumed heard 2000; tag_silent nothing_heard 2900!"},
		{name: "a late ping is heard too", feed: "0; 60; 120; 30+900", upTo: 1829, want: ""},
		{name: "a duplicate is not", feed: "0; 60; 120; 120+500", upTo: 1020, want: "tag_silent nothing_heard 1020!"},
		{name: "by the clock, not by the fix", feed: "0; 60; 120+100", upTo: 1120, want: "tag_silent nothing_heard 1120!"},
		{name: "half a millisecond is rounded up", feed: "0; 360.001; 720.002", upTo: 1620.005, want: "tag_silent nothing_heard 1620.005!"},
		{name: "and no sooner", feed: "0; 360.001; 720.002", upTo: 1620.004, want: ""},
	} {
		c.check(t)
	}
}

func TestTags_silenceOfDays(t *testing.T) {
	const midnight = 12 * 3600 // after noon
	for _, c := range []tagCase{
		{name: "the day before counts", feed: every(midnight-2000, 4, 600, "at=0") + fmt.Sprint(midnight+60, " at=0"), upTo: midnight + 60 + 1500,
			want: fmt.Sprintf("tag_silent nothing_heard %d!", midnight+60+1500)},
		{name: "not the one before that", feed: every(midnight-3000, 4, 900, "at=0") + every(midnight+60, 300, 600, "at=0"), upTo: midnight + 60 + 299*600 + 1500,
			want: fmt.Sprintf("tag_silent nothing_heard %d!", midnight+60+299*600+1500)},
	} {
		c.check(t)
	}
}

func TestTags_silenceEndsWithTheBearer(t *testing.T) {
	const feed, silent = "0; 60; 120", "tag_silent nothing_heard 1020!; "
	tagWorld(t).unregister("A", secs(1500)).tell(feed).upTo(99999).wantDecided("removed", silent+"tag_resumed tag_removed 1500!")
	tagWorld(t).unregister("A", secs(1020)).tell(feed).upTo(99999).wantDecided("over at that instant", "")
	tagWorld(t).wears("B", "V", secs(900), secs(1000), 0).wears("A", "W", secs(900), mins(-9999), secs(1000)).tell(feed).upTo(99999).
		wantDecided("nobody asks of the next before it was heard", "")
	removed := func(back float64) *smallWorld {
		return tagWorld(t).wears("A", "W", secs(500), mins(-9999), secs(600)).wears("A", "W", secs(back), mins(-9999), 0).tell(feed).upTo(99999)
	}
	removed(1019).wantDecided("removed, and not after all", "tag_silent nothing_heard 1020!")
	removed(1021).wantDecided("removed as it would have been missed", "")
	out := tagWorld(t).tell(feed+"; 1500 at=5").wantDecided("both", silent+"tag_resumed heard 1500")
	a, b := out.Alerts[0], out.Alerts[1]
	if *a.SilentS != 900 || *b.SilentS != 1380 || a.Severity != "serious" || b.Severity != "info" || a.EpisodeID != b.EpisodeID {
		t.Errorf("%+v\n%+v", a, b)
	}
	if a.FixTime != nil || a.Position != nil || int64(*a.OpenedFixTime) != secs(120) || b.Position == nil {
		t.Errorf("%+v\n%+v", a, b)
	}
}

// The feed of 64 pings and more, one a second: silent after 300 s.
func TestTags_feed(t *testing.T) {
	for _, c := range []tagCase{
		{name: "63 are too few", feed: every(0, 63, 1, ""), upTo: 900, want: ""},
		{name: "64", feed: every(0, 64, 1, ""), upTo: 363, want: "feed_silent nothing_heard 363!"},
		{name: "not a millisecond sooner", feed: every(0, 64, 1, ""), upTo: 362.999, want: ""},
		{name: "30 times the mean", feed: every(0, 64, 20, ""), upTo: 1260 + 600, want: "feed_silent nothing_heard 1860!"},
		{name: "resumed", feed: every(0, 64, 1, "") + "400", want: "feed_silent nothing_heard 363!; feed_resumed heard 400"},
		{name: "silence of tags counts from there", feed: every(0, 64, 1, "") + "700 device_id=U", upTo: 999,
			want: "feed_silent nothing_heard 363!; feed_resumed heard 700; unassigned_device no_activation 700"},
		{name: "and is told of when it is", feed: every(0, 64, 1, "") + every(700, 4, 290, "device_id=U"), upTo: 1600,
			want: "feed_silent nothing_heard 363!; feed_resumed heard 700; unassigned_device no_activation 700; tag_silent nothing_heard 1600!"},
		{name: "no tag is silent while it is", feed: every(0, 64, 1, ""), upTo: 99999, want: "feed_silent nothing_heard 363!"},
		{name: "a tag that was silent before", feed: "0 ; 1 ; 2 ;" + every(3, 100, 10, "device_id=U") + "1400",
			want: "unassigned_device no_activation 3; tag_silent nothing_heard 902!; feed_silent nothing_heard 1293!; tag_resumed heard 1400; feed_resumed heard 1400"},
	} {
		c.check(t)
	}
	out := tagWorld(t).tell(every(0, 64, 1, "") + "400+1 at=5").decide()
	a, b := out.Alerts[0], out.Alerts[1]
	if want := listID("v1", "feed_silent", "feed:0", "", itoa(secs(63)), "", "", "", ""); a.AlertID != want || a.EpisodeID != b.EpisodeID {
		t.Errorf("%+v\n%+v", a, b)
	}
	if a.WearerID != "" || a.DeviceID != "" || a.Severity != "critical" || *a.SilentS != 300 || int64(*a.OpenedFixTime) != secs(63) || a.FixTime != nil {
		t.Errorf("%+v", a)
	}
	if b.Severity != "info" || *b.SilentS != 338 || int64(*b.FixTime) != secs(400) || int64(*b.AppendedTime) != secs(401) || b.Position != nil {
		t.Errorf("%+v", b)
	}
}
