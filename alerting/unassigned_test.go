package alerting

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"cordon/geofence"
)

// limited is a partition without activations and with low limits for unassigned tags.
func limited(view *geofence.View, l Limits) *partition {
	p := newTagPartition(view, DefaultRules())
	for _, w := range p.watch {
		w.Limit(l)
	}
	return p
}

// pings passes pings such as "10:00:00 tag-1 out strap=open" to the partition, or only a time such as "10:00:00" to its
// clock, and returns the alerts of each in short form.
func (p *partition) pings(t *testing.T, steps ...string) string {
	t.Helper()
	var lines []string
	for _, s := range steps {
		words := strings.Fields(s)
		f, r, device := Fix{Time: clock(words[0]), Appended: clock(words[0])}, (*Report)(nil), ""
		if len(words) > 1 {
			device = words[1]
			said := reported(t, words[3:])
			if words[2] == "blind" {
				said.HasPosition = false
			} else {
				at := placed[words[2]]
				at.Time, at.Appended, at.Lat, at.AccuracyLevel = f.Time, f.Appended, 0.005, 0.95
				f = at
			}
			r = &said
		}
		alerts := p.hear(t, device, f, r)
		checkSchema(t, alerts...)
		for _, a := range alerts {
			of := a.DeviceID
			if a.Part != "" {
				of = a.Detail
			}
			lines = append(lines, fmt.Sprintf("%s %s %s %s", words[0], a.Kind, a.Reason, of))
		}
	}
	return strings.Join(lines, "\n")
}

func compare(t *testing.T, got string, want ...string) {
	t.Helper()
	if got != strings.Join(want, "\n") {
		t.Errorf("said\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

const (
	floodBegins = "system_fault unassigned_flood more than 2 tags without a wearer in the register were due for an alert within an hour: " +
		"the others get no alert of their own; this ends after an hour in which no alert was held back; check the register, and who can write to the ping topic"
	floodEnds = "system_restored unassigned_flood %d tags without a wearer in the register got no alert when they were first heard"
)

func TestWatch_alertsOfSomeUnassignedTagsAnHourAndSaysTheRestOnce(t *testing.T) {
	p := limited(geofence.NewView(nil, nil), Limits{UnassignedAlerts: 2})
	compare(t, p.pings(t, "10:00:00 a out", "10:10:00 b out", "10:20:00 c out", "10:30:00 d out", "10:40:00 c out", "10:59:59 a out",
		"11:00:00 e out", "11:00:01 c out", "11:00:02 d out", "12:00:01", "12:00:02", "12:00:03 d out"),
		"10:00:00 unassigned_device no_activation a",
		"10:10:00 unassigned_device no_activation b",
		"10:20:00 "+floodBegins,
		"11:00:00 unassigned_device no_activation e", // an hour after the first of the two
		"11:00:01 unassigned_device no_activation c",
		"12:00:01 tag_silent nothing_heard c",
		"12:00:02 "+fmt.Sprintf(floodEnds, 2),
		"12:00:03 unassigned_device no_activation d")
	fault, restored := p.all[2], p.all[6]
	if fault.Part != "pings/7/unassigned_flood" || fault.EpisodeID != restored.EpisodeID || fault.Severity != "serious" ||
		int64(*fault.OpenedFixTime) != clock("10:20:00") || int64(*restored.DecidedTime) != clock("12:00:02") {
		t.Errorf("%+v\n%+v", fault, restored)
	}
}

func TestWatch_saysNothingElseOfATagWhoseUnassignedDeviceWasHeldBack(t *testing.T) {
	p := limited(geofence.NewView(nil, nil), Limits{UnassignedAlerts: 1})
	compare(t, p.pings(t, "06:00:00 a out", "06:00:01 b blind strap=open battery=3 jammed", "06:20:00 b blind strap=open battery=3 jammed",
		"06:40:00 b blind strap=open battery=3 jammed", "06:50:00 a out",
		"09:30:00",       // a is silent, as b would be
		"09:40:00 c out", // takes the hour's only alert
		"09:41:00 b out strap=closed battery=90 clear", "09:42:00 b out strap=closed battery=90 clear", "09:43:00 b far moves",
		"10:40:00 b blind strap=open battery=3"),
		"06:00:00 unassigned_device no_activation a",
		"06:00:01 "+strings.Replace(floodBegins, "than 2", "than 1", 1),
		"09:30:00 system_restored unassigned_flood "+fmt.Sprintf(floodEnds, 1)[len("system_restored unassigned_flood "):],
		"09:30:00 tag_silent nothing_heard a",
		"09:40:00 unassigned_device no_activation c",
		"09:41:00 "+strings.Replace(floodBegins, "than 2", "than 1", 1),
		"10:40:00 unassigned_device no_activation b",
		"10:40:00 strap_tamper strap_open b",
		"10:40:00 battery_critical discharging b")
}

func TestWatch_forgetsTheUnassignedTagHeardLongestAgoAndEndsWhatIsOpen(t *testing.T) {
	p := limited(geofence.NewView(nil, nil), Limits{UnassignedTags: 2})
	compare(t, p.pings(t, "10:00:00 b out strap=open", "10:00:00 a out", "10:00:01 c out", "10:00:02 d out", "10:00:03 c out", "10:00:04 b out"),
		"10:00:00 unassigned_device no_activation b",
		"10:00:00 strap_tamper strap_open b",
		"10:00:00 unassigned_device no_activation a",
		"10:00:01 device_assigned forgotten a", // of two heard at one time the first by name
		"10:00:01 unassigned_device no_activation c",
		"10:00:02 device_assigned forgotten b",
		"10:00:02 strap_restored forgotten b",
		"10:00:02 unassigned_device no_activation d",
		"10:00:04 device_assigned forgotten d", // c was heard again
		"10:00:04 unassigned_device no_activation b")
	for _, w := range p.watch {
		if n := len(w.open); n != 2 || len(w.unassigned.list) != 2 || len(w.quiet.tags) != 2 {
			t.Errorf("%d tags with something open, %d unassigned, silence of %d waited for", n, len(w.unassigned.list), len(w.quiet.tags))
		}
	}
}

func TestWatch_forgetsTagsInsideAZoneLastAndEndsTheirEpisodes(t *testing.T) {
	p := limited(viewOf(buffered(200, school(1))), Limits{UnassignedTags: 2, UnassignedAlerts: 1})
	compare(t, p.pings(t, "10:00:00 a deep", "10:00:01 b ring", "10:00:02 c out", "10:00:03 d out", "10:00:04 e deep", "10:00:05 f deep", "10:00:06 g deep"),
		"10:00:00 unassigned_device no_activation a",
		"10:00:00 breach_suspected inside a",
		"10:00:01 "+strings.Replace(floodBegins, "than 2", "than 1", 1),
		"10:00:01 approach in_ring b",
		"10:00:04 breach_suspected inside e",
		"10:00:05 breach_suspected inside f",
		"10:00:06 suspicion_cleared forgotten a",
		"10:00:06 device_assigned forgotten a",
		"10:00:06 breach_suspected inside g")
	if got := slices.Sorted(maps.Keys(p.tags[0])); !slices.Equal(got, []string{"b", "e", "f", "g"}) {
		t.Errorf("remembered are %v", got)
	}
	compare(t, p.pings(t, "10:00:07 h deep"), "10:00:07 approach_ended forgotten b", "10:00:07 breach_suspected inside h")
}

func TestWatch_neverForgetsATagThatSomebodyWears(t *testing.T) {
	first := worn("act-1", "ann", "00:00:00", "")
	first.Activation.Device = "a"
	second := worn("act-2", "ben", "00:00:00", "10:00:02")
	second.Activation.Device = "b" // and then nobody does
	p := limited(geofence.NewView(nil, []geofence.ActivationRevision{first, second}), Limits{UnassignedTags: 1, UnassignedAlerts: 1})
	steps := []string{"10:00:00 a out strap=open", "10:00:01 b out strap=open", "10:00:03 b out"}
	for i := range 20 {
		steps = append(steps, fmt.Sprintf("10:00:%02d x%02d out", 10+i, i))
	}
	got := p.pings(t, steps...)
	if strings.Contains(got, "strap_restored forgotten") || p.tags[0]["a"] == nil || p.tags[0]["b"] == nil || len(p.tags[0]) != 3 {
		t.Errorf("%d tags; said\n%s", len(p.tags[0]), got)
	}
}

func TestWatch_comesDownToALowerLimitByTwoAPing(t *testing.T) {
	p := limited(geofence.NewView(nil, nil), Limits{})
	for i := range 10 {
		p.pings(t, fmt.Sprintf("10:00:%02d x%02d out", i, i))
	}
	for _, w := range p.watch {
		w.Limit(Limits{UnassignedTags: 3})
	}
	for i, want := range []int{8, 6, 4, 3, 3} {
		p.pings(t, fmt.Sprintf("10:01:%02d x09 out", i))
		if n := len(p.tags[0]); n != want {
			t.Errorf("%d tags after %d pings, want %d", n, i+1, want)
		}
	}
}

func TestRecall_knowsTheHourAndTheFlood(t *testing.T) {
	p := limited(geofence.NewView(nil, nil), Limits{UnassignedAlerts: 2})
	p.pings(t, "08:00:00 z out", "10:00:00 a out", "10:10:00 b out", "10:20:00 c out", "10:30:00 d out", "11:30:00", "11:40:00 e out")
	for _, tt := range []struct {
		at   string
		want Flood
	}{
		{"09:30:00", Flood{Since: clock("08:00:00"), Said: 1, Opened: never, HeldAt: never}},
		{"10:05:00", Flood{Since: clock("10:00:00"), Said: 1, Opened: never, HeldAt: never}},
		{"10:20:00", Flood{Since: clock("10:00:00"), Said: 2, Opened: never, HeldAt: never}},
		{"10:25:00", Flood{Since: clock("10:00:00"), Said: 2, Opened: clock("10:20:00"), HeldAt: clock("10:25:00")}},
		{"11:45:00", Flood{Since: clock("11:40:00"), Said: 1, Opened: never, HeldAt: never}},
	} {
		r := NewRecall(clock(tt.at))
		for _, a := range slices.Backward(p.all) {
			r.Note(a)
			r.Note(a)
		}
		if got := r.Flood(7); got != tt.want {
			t.Errorf("at %s: %+v, want %+v", tt.at, got, tt.want)
		}
		if got := r.Flood(6); got.Opened != never {
			t.Errorf("at %s: the flood of another partition is open", tt.at)
		}
	}
}

// An invented tag that is forgotten at once is not kept in memory by the list of changes since the last checkpoint.
func TestWatch_keepsNoMemoryOfForgottenTagsUntilTheNextCheckpoint(t *testing.T) {
	w := NewWatch(geofence.NewView(nil, nil), 0, DefaultRules())
	w.Limit(Limits{UnassignedTags: 100})
	for i := range int64(20_000) {
		f := Fix{Time: i * 1000, Appended: i * 1000}
		w.Advance(f.Appended)
		w.Hear(NewTag(fmt.Sprintf("tag-%d", i)), &f, Report{})
		w.Forgotten()
	}
	if n := len(w.changed); n > 5000 {
		t.Errorf("%d tags are kept", n)
	}
	if n := len(w.Changed()); n != 100 {
		t.Errorf("%d tags have changed, and 100 are remembered", n)
	}
}
