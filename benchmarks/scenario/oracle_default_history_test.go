package scenario

import "testing"

// Late is decided among satellite fixes, and apart from them among the others.
func TestDefault_lateByKind(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "a satellite fix is not late for a cell fix", feed: "0:99 100:99c 60:-5+41", want: "suspected inside 60"},
		{name: "it is for a satellite fix that is not usable", feed: "0:99 100:99~51 60:-5+41", want: "past suspected inside 60"},
		{name: "not for a late one", feed: "0:99 100:99 60:99+41 100:-5+2", want: "suspected inside 100"},
		{name: "not for a report", feed: "0:99 100:x 60:-5+41", want: "suspected inside 60"},
		{name: "equal is not late", feed: "0:99 0:-5", want: "suspected inside 0"},
	} {
		c.check(t)
	}
	out := defaultWorld(t, "").feed("0:99 100:99c 60:-5c+41 100:5c").decide()
	if c := out.Counts; c.Late != 1 || c.Accepted != 3 {
		t.Errorf("%+v", c)
	}
}

// The history track has a machine of its own, and a fix before it of its own.
//
//	live    1000 out
//	history 100 ... 400, appended after
func TestDefault_history(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "with none before it is cold", feed: "1000:99 100:-35+901 125:-35+876 399.999:-35+602 400:-35+602", want: "past suspected inside 100; past breach long 400"},
		{name: "with one before it is not", feed: "1000:99 90:99+911 100:-35+901 125:-35+876", want: "past suspected inside 100; past breach deep 125"},
		{name: "cleared", feed: "1000:99 100:-5+901 125:5+876", want: "past suspected inside 100; past cleared left 125"},
		{name: "left", feed: "1000:99 90:99+911 100:-35+901 125:-35+876 130:5+871 185:5+816",
			want: "past suspected inside 100; past breach deep 125; past ended left 185 exit 130"},
		{name: "afresh, and cold again", feed: "1000:99 90:99+911 100:-35+901 50:-35+951 75:-35+926",
			want: "past suspected inside 100; past cleared history_ends 1001!; past suspected inside 50"},
		{name: "not usable: nothing", feed: "1000:99 90:99+911 100:-35+901 110:5~51+891 50:5~51+951 125:-35+876",
			want: "past suspected inside 100; past breach deep 125"},
		{name: "not lost by a gap", feed: "1000:99 90:99+911 100:-20+901 600:5+401", want: "past suspected inside 100; past cleared left 600"},
		{name: "an hour after the last late one", feed: "1000:99 100:-5+901 4601:99", want: "past suspected inside 100; past cleared history_ends 4601!"},
		{name: "be it one that is not usable", feed: "1000:99 100:-5+901 500:5~51+1000 4601:99 5100:99",
			want: "past suspected inside 100; past cleared history_ends 5100!"},
	} {
		c.check(t)
	}
}

// What is known already adds nothing.
func TestDefault_known(t *testing.T) {
	for _, c := range []decidedCase{
		{name: "a suspicion while it lasts", feed: "0:99 100:-5 200:-5 150:5+51 160:-20+41", want: "suspected inside 100"},
		{name: "not once it is cleared", feed: "0:99 100:-5 200:5 150:-5+51", want: "suspected inside 100; cleared left 200; past suspected inside 150"},
		{name: "a stay that ended, to the first fix out", feed: "0:99 100:-35 125:-35 200:5 300:5 150:-5+151 199.999:-5+101.001 200:-5+101",
			want: "suspected inside 100; breach deep 125; ended left 300 exit 200; past suspected inside 200"},
		{name: "one that began with a boundary, from there", zone: `"active_from":"2026-11-25T12:01:00Z"`,
			feed: "0:-5 100:-5 59:-5+42 61:-5+40", want: "suspected schedule_began 60!"},
	} {
		c.check(t)
	}
}
