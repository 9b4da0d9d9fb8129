package alerting

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cordon/geofence"
)

// reported is what a ping of these tests says: words such as "strap=open", "battery=14", "charging", "moves", "jammed" and
// "clear". The place "blind" is none.
func reported(t rapid.TB, words []string) Report {
	r := Report{HasPosition: true}
	for _, word := range words {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "strap":
			r.Strap = map[string]Strap{"closed": StrapClosed, "open": StrapOpen, "tampered": StrapTampered}[value]
		case "battery":
			v, err := strconv.ParseFloat(value, 32)
			if err != nil {
				t.Fatal(err)
			}
			r.BatteryPct, r.HasBattery = float32(v), true
		case "charging":
			r.Charging = Yes
		case "moves":
			r.Motion = Yes
		case "still":
			r.Motion = No
		case "jammed":
			r.Jamming = Yes
		case "clear":
			r.Jamming = No
		default:
			t.Fatalf("no word %q", word)
		}
	}
	return r
}

// partition is a watch and its tags, of which nothing is kept but what a checkpoint keeps, beside one that goes on.
type partition struct {
	view  *geofence.View
	rules *Rules
	watch [2]*Watch
	tags  [2]map[string]*Tag
	all   []*Alert
}

func newTagPartition(view *geofence.View, rules *Rules) *partition {
	p := &partition{view: view, rules: rules}
	for i := range p.watch {
		p.watch[i], p.tags[i] = NewWatch(view, 0, rules), map[string]*Tag{}
		p.watch[i].AdoptFeed(NewFeed(7))
	}
	return p
}

// hear is a ping, or, without a report, the clock alone. It returns what is said to it, and goes on from a checkpoint.
func (p *partition) hear(t rapid.TB, device string, f Fix, r *Report) []*Alert {
	var said [2][]*Alert
	for i, w := range p.watch {
		if r == nil {
			w.Run(f.Appended)
		} else {
			if p.tags[i][device] == nil {
				p.tags[i][device] = NewTag(device)
			}
			tag, fix := p.tags[i][device], f
			w.Advance(f.Appended)
			w.Hear(tag, &fix, *r)
			for _, gone := range w.Forgotten() {
				delete(p.tags[i], gone.Device)
			}
			if r.HasPosition {
				w.Observe(tag, &fix)
			}
		}
		said[i] = w.Take()
	}
	if got, want := ids(said[1]), ids(said[0]); got != want {
		t.Fatalf("after a restore\n%s\nwithout\n%s", got, want)
	}
	p.restore(t)
	p.all = append(p.all, said[0]...)
	return said[0]
}

func (p *partition) restore(t rapid.TB) {
	was := p.watch[1]
	again := NewWatch(p.view, was.Clock(), p.rules)
	again.limits = was.limits
	again.AdoptFeed(was.Feed())
	again.AdoptFlood(was.Flood())
	for device, tag := range p.tags[1] {
		b := AppendTag(nil, tag, nil)
		restored, _, err := ParseTag(device, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(AppendTag(nil, restored, nil)) != string(b) {
			t.Fatal("what was read is not what was written")
		}
		p.tags[1][device] = restored
		again.Adopt(restored)
	}
	again.Settle()
	if got := again.Take(); len(got) > 0 {
		t.Fatalf("settling after a restore said %q", said(got))
	}
	p.watch[1] = again
}

func ids(alerts []*Alert) string {
	var b []string
	for _, a := range alerts {
		b = append(b, fmt.Sprintf("%s %s %s %s %s", a.Kind, a.Reason, a.AlertID, a.EpisodeID, a.Severity))
	}
	return strings.Join(b, "\n")
}

// toldOfTags is what is said to steps such as "10:00:00 out strap=open", "09:00:00<10:00:00 blind" or "10:00:00 @tag-2 out".
func toldOfTags(t *testing.T, view *geofence.View, steps ...string) (string, []*Alert) {
	t.Helper()
	p := newTagPartition(view, DefaultRules())
	var lines []string
	for i, s := range steps {
		words := strings.Fields(s)
		fixed, appended, late := strings.Cut(words[0], "<")
		if !late {
			appended = fixed
		}
		device, words := "tag-1", words[1:]
		if len(words) > 0 && words[0][0] == '@' {
			device, words = words[0][1:], words[1:]
		}
		f, r := Fix{}, (*Report)(nil)
		if len(words) > 0 {
			said := reported(t, words[1:])
			if words[0] == "blind" {
				said.HasPosition = false
			} else {
				place, ok := placed[words[0]]
				if !ok {
					t.Fatalf("no place %q", words[0])
				}
				f, f.Lat, f.AccuracyLevel = place, 0.005, 0.95
			}
			r = &said
		}
		f.Time, f.Appended, f.Seq, f.HasSeq = clock(fixed), clock(appended), uint64(i), true
		for _, a := range p.hear(t, device, f, r) {
			if a.ZoneID != "" {
				continue
			}
			line := fmt.Sprintf("%d: %s %s", i, a.Kind, a.Reason)
			if a.DecidedTime != nil {
				line += " " + a.DecidedTime.String()[11:19]
			}
			if a.SilentS != nil {
				line += fmt.Sprintf(" %gs", *a.SilentS)
			}
			lines = append(lines, line)
		}
	}
	checkSchema(t, p.all...)
	return strings.Join(lines, "\n"), p.all
}

// every is a step at each of so many instants, so many seconds apart.
func every(from string, n, seconds int, words string) []string {
	steps := make([]string, n)
	for i := range steps {
		steps[i] = Time(clock(from) + int64(i*seconds)*1000).String()[11:19] + " " + words
	}
	return steps
}

func TestWatch_tags(t *testing.T) {
	ann := []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")}
	removed := []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "12:00:00")}
	passed := []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "12:00:00"), worn("act-2", "bob", "12:00:00", "")}
	corrected := []geofence.ActivationRevision{
		worn("act-1", "ann", "00:00:00", ""),
		{ID: "act-1", Number: 2, Updated: clock("11:00:00"), Activation: &geofence.Activation{ID: "act-1", Wearer: "bob", Device: "tag-1",
			Fitted: clock("00:00:00"), Removed: geofence.Always, Tier: 3, Revision: 2}},
	}
	fitted := func(at, to string, from string) []geofence.ActivationRevision {
		again := worn("act-1", "ann", from, to)
		again.Number, again.Updated, again.Activation.Revision = 2, clock(at), 2
		return append(ann[:1:1], again)
	}
	undone := append(fitted("08:00:00", "09:00:00", "00:00:00"), geofence.ActivationRevision{ID: "act-1", Number: 3, Updated: clock("09:30:00"), Activation: &geofence.Activation{
		ID: "act-1", Wearer: "ann", Device: "tag-1", Removed: geofence.Always, Tier: 2, Revision: 3}})
	both := append(ann[:1:1], geofence.ActivationRevision{ID: "act-2", Number: 1, Activation: &geofence.Activation{ID: "act-2", Wearer: "bob",
		Device: "tag-2", Fitted: clock("00:00:00"), Removed: geofence.Always, Tier: 1, Revision: 1}})
	for name, c := range map[string]struct {
		acts  []geofence.ActivationRevision
		steps []string
		want  string
	}{
		"a strap is open until it has been closed for a minute": {ann,
			[]string{"10:00:00 out strap=open", "10:01:00 out strap=tampered", "10:02:00 out strap=closed", "10:02:59 out strap=closed", "10:03:00 out strap=closed"},
			"0: strap_tamper strap_open\n4: strap_restored strap_closed"},
		"who opens it again begins the minute anew": {ann,
			[]string{"10:00:00 out strap=tampered", "10:01:00 out strap=closed", "10:01:30 out strap=open", "10:02:30 out strap=closed", "10:03:00 out", "10:03:30 out strap=closed"},
			"0: strap_tamper strap_tampered\n5: strap_restored strap_closed"},
		"a status report tells of the strap, too": {ann, []string{"10:00:00 blind strap=open", "10:01:00 blind strap=closed", "10:02:00 out strap=closed"},
			"0: strap_tamper strap_open\n2: strap_restored strap_closed"},
		"a late ping says nothing of the strap": {ann, []string{"10:00:00 out", "09:59:59<10:00:01 out strap=open", "10:01:00 away", "10:00:30<10:01:01 out strap=open"}, ""},
		"the strap of a tag that is taken off": {removed, []string{"11:59:00 out strap=open", "12:00:00"},
			"0: strap_tamper strap_open\n1: strap_restored tag_removed 12:00:00"},
		"the strap of a tag that is passed on": {passed, []string{"11:59:00 out strap=open", "12:00:30 out strap=open"},
			"0: strap_tamper strap_open\n1: strap_restored tag_assigned 12:00:00\n1: strap_tamper strap_open"},
		"the strap of an activation that is corrected": {corrected, []string{"10:50:00 out strap=open", "11:00:00"},
			"0: strap_tamper strap_open\n1: strap_restored tag_assigned 11:00:00"},

		"a tag fitted later, but before its last ping": {fitted("11:00:00", "", "10:45:00"), []string{"10:30:00 out strap=open", "10:50:00 out", "11:00:00"},
			"0: strap_tamper strap_open"},
		"a tag fitted after its last ping": {fitted("11:00:00", "", "10:45:00"), []string{"10:30:00 out strap=open", "10:40:00 out", "11:00:00"},
			"0: strap_tamper strap_open\n2: strap_restored tag_assigned 11:00:00"},
		"a tag whose clock runs ahead of the end": {removed, []string{"12:01:00<11:59:30 out", "11:59:40", "12:00:00"}, "0: unassigned_device no_activation"},
		"taken off, and not after all":            {undone, []string{"07:50:00 out", "09:30:00", "10:20:00"}, "2: tag_silent nothing_heard 10:20:00 9000s"},

		"a battery runs down": {ann, []string{"10:00:00 out battery=16", "10:01:00 out battery=15", "10:02:00 out battery=14", "10:03:00 out battery=5", "10:04:00 out battery=4", "10:05:00 out battery=10", "10:06:00 out battery=4",
			"10:07:00 out battery=24.9", "10:08:00 out battery=25", "10:09:00 out battery=15"},
			"1: battery_low discharging\n3: battery_critical discharging\n8: battery_restored recovered\n9: battery_low discharging"},
		"critical at once is not low, too": {ann, []string{"10:00:00 out battery=3", "10:01:00 out battery=14"}, "0: battery_critical discharging"},
		"a charger that has an effect":     {ann, []string{"10:00:00 out battery=4", "10:01:00 out battery=5 charging", "10:02:00 out charging", "10:03:00 out battery=6 charging"}, "0: battery_critical discharging\n3: battery_restored charging"},
		"low on a charger is nothing":      {ann, []string{"10:00:00 out battery=4 charging"}, ""},
		"the battery of a tag that is taken off": {removed, []string{"11:59:00 out battery=4", "12:00:00"},
			"0: battery_critical discharging\n1: battery_restored tag_removed 12:00:00"},

		"nobody wears it until somebody does": {[]geofence.ActivationRevision{worn("act-1", "ann", "12:00:00", "13:00:00")},
			[]string{"11:00:00 out", "11:30:00 blind", "12:30:00 out", "11:59:00<12:31:00 out", "13:30:00 out", "13:31:00 out"},
			"0: unassigned_device no_activation\n2: device_assigned tag_assigned 12:00:00\n4: unassigned_device no_activation"},

		"three pings without a position, half an hour after the last": {ann,
			[]string{"10:00:00 out", "10:10:00 blind", "10:20:00 blind", "10:29:59 blind", "10:30:00 blind", "10:40:00 blind", "10:50:00 cell", "11:00:00 blind"},
			"4: position_lost no_position\n6: position_regained position"},
		"two pings without a position are not enough": {ann, []string{"10:00:00 out", "10:10:00 blind", "10:40:00 blind", "10:50:00 out"}, ""},
		"never a position":                            {ann, []string{"10:00:00 blind", "10:15:00 blind", "10:29:59 blind", "10:30:00 blind"}, "3: position_lost no_position"},
		"a late position regains nothing": {ann, []string{"10:00:00 out", "10:10:00 blind", "10:20:00 blind", "10:30:00 blind", "10:29:00<10:31:00 out", "10:32:00 out"},
			"3: position_lost no_position\n5: position_regained position"},
		"the position of a tag that is taken off": {removed, []string{"11:20:00 out", "11:30:00 blind", "11:45:00 blind", "11:55:00 blind", "12:00:00"},
			"3: position_lost no_position\n4: position_regained tag_removed 12:00:00"},

		"jammed until it has not been for two minutes": {ann, []string{"10:00:00 out jammed", "10:01:00 out jammed", "10:02:00 blind clear", "10:03:00 out jammed", "10:04:00 out clear", "10:05:59 out clear", "10:06:00 out clear"},
			"0: position_implausible jamming\n6: position_plausible no_jamming"},
		"a jump, and three fixes within reach": {ann, []string{"10:00:00 out", "10:00:10 far", "10:01:00 far", "10:01:10 cell", "10:02:00 far", "10:03:00 far"},
			"1: position_implausible teleport\n5: position_plausible steady"},
		"a jump back begins the row anew": {ann, []string{"10:00:00 out", "10:00:10 far", "10:00:20 far", "10:00:30 out", "10:00:40 out", "10:00:50 out", "10:01:00 out"},
			"1: position_implausible teleport\n6: position_plausible steady"},
		"as fast as can be is no jump":          {ann, []string{"10:00:00 out", "10:00:56 far"}, ""}, // 3,896 m less 10 m, in 56 s 3,920 m
		"a little faster is":                    {ann, []string{"10:00:00 out", "10:00:55 far"}, "1: position_implausible teleport"},
		"what is not usable does not jump":      {ann, []string{"10:00:00 out", "10:00:01 cell", "10:00:02 coarse", "10:00:03 out"}, ""},
		"a fix late by another kind is no base": {ann, []string{"10:00:00 out", "10:00:50 away", "10:00:40<10:00:51 far", "10:01:00 out", "10:02:00 out"}, ""},
		"frozen though it moves": {ann, append(every("10:00:00", 11, 65, "out moves"), "10:12:00 out moves", "10:13:00 ring moves"),
			"10: position_implausible frozen\n12: position_plausible moved"}, // ten fixes span 585 s, eleven 650 s
		"at rest is not frozen":  {ann, append(every("10:00:00", 9, 80, "out moves"), "10:12:00 out still", "10:13:20 out moves", "10:14:00 out"), ""},
		"ten fixes, not nine":    {ann, every("10:00:00", 10, 80, "out moves"), "9: position_implausible frozen"},
		"one doubt at a time":    {ann, []string{"10:00:00 out jammed", "10:00:10 far", "10:00:20 out clear", "10:02:20 far clear", "10:02:30 out"}, "0: position_implausible jamming\n3: position_plausible no_jamming\n4: position_implausible teleport"},
		"a doubt that is passed": {passed, []string{"11:59:00 out jammed", "12:00:00"}, "0: position_implausible jamming\n1: position_plausible tag_assigned 12:00:00"},

		"a new tag is waited for": {ann, []string{"10:00:00 out", "12:29:59", "12:30:00", "12:40:00 out"},
			"2: tag_silent nothing_heard 12:30:00 9000s\n3: tag_resumed heard 9600s"},
		"a quarter of an hour, once its rhythm is known": {ann, []string{"10:00:00 out", "10:01:00 out", "10:02:00 out", "10:16:59", "10:17:00", "10:30:00 blind", "10:45:00"},
			"4: tag_silent nothing_heard 10:17:00 900s\n5: tag_resumed heard 1680s\n6: tag_silent nothing_heard 10:45:00 900s"},
		"a slow rhythm": {ann, []string{"06:00:00 out", "07:00:00 out", "08:00:00 out", "08:01:00 out", "10:30:59", "10:31:00"},
			"5: tag_silent nothing_heard 10:31:00 9000s"},
		"the longest interval may be an accident": {ann, []string{"06:00:00 out", "08:00:00 out", "08:10:00 out", "08:20:00 out", "08:45:00"},
			"4: tag_silent nothing_heard 08:45:00 1500s"},
		"moving it has another rhythm": {ann, []string{"06:00:00 out", "07:00:00 out", "08:00:00 out moves", "08:01:00 out moves", "08:02:00 out moves", "08:16:59", "08:17:00"},
			"6: tag_silent nothing_heard 08:17:00 900s"},
		"the rhythm of the day before": {ann, []string{"23:57:00 out", "23:58:00 out", "23:59:00 out", "+00:00:00 out", "+00:14:59", "+00:15:00"},
			"5: tag_silent nothing_heard 00:15:00 900s"},
		"a late ping is heard": {ann, []string{"10:00:00 out", "10:01:00 out", "10:02:00 out", "09:00:00<10:10:00 out", "10:34:59", "10:35:00<10:35:00 out"}, // 2.5 × 60 s is less than 900 s
			"4: tag_silent nothing_heard 10:25:00 900s\n5: tag_resumed heard 1500s"},
		"silent, and taken off": {removed, []string{"09:00:00 out", "11:30:00", "12:00:00"},
			"1: tag_silent nothing_heard 11:30:00 9000s\n2: tag_resumed tag_removed 12:00:00"},
		"taken off before it is missed":            {removed, []string{"11:00:00 out", "14:00:00"}, ""},
		"what is over says nothing of the silence": {passed, []string{"12:00:00 out", "12:01:00 out", "12:02:00 out", "11:00:00<12:10:00 out", "12:17:00", "11:01:00<12:18:00 out", "12:19:00 out"}, "4: tag_silent nothing_heard 12:17:00 900s\n6: tag_resumed heard 1020s"},

		"a feed that falls silent is one alert": {both, slices.Concat([]string{"10:00:00 @tag-2 out"}, every("10:00:01", 64, 1, "out"), []string{"10:06:03", "10:06:04", "12:40:00"}, every("13:00:00", 37, 250, "out")),
			"66: feed_silent nothing_heard 10:06:04 300s\n68: feed_resumed heard 10736s\n104: tag_silent nothing_heard 15:30:00 19800s"},
		"a slow feed is given thirty intervals": {ann, append(every("10:00:00", 65, 60, "out"), "11:19:00", "11:33:59", "11:34:00"),
			"65: tag_silent nothing_heard 11:19:00 900s\n67: feed_silent nothing_heard 11:34:00 1800s"},
		"a tag and its feed": {ann, append(every("10:00:00", 65, 60, "out"), "11:34:00", "11:40:00 out"),
			"65: tag_silent nothing_heard 11:19:00 900s\n65: feed_silent nothing_heard 11:34:00 1800s\n66: tag_resumed heard 2160s\n66: feed_resumed heard 2160s"},
		"what is over is not heard of a feed": {removed, slices.Concat(every("11:50:00", 63, 1, "out"), []string{"11:59:00<12:00:10 out", "12:10:00"}), ""},
		"an interval counts though nobody was missed in it": {fitted("06:30:00", "", "06:20:00"),
			[]string{"06:00:00 out", "08:30:00", "10:00:00 out", "10:01:00 out", "10:15:59", "10:16:00"}, "5: tag_silent nothing_heard 10:16:00 900s"},
		"63 pings are not enough": {ann, append(every("10:00:00", 63, 1, "out"), "10:07:00"), ""},

		"in order": {nil, []string{"10:00:00 blind strap=open battery=3 jammed", "10:15:00 blind", "10:30:00 blind", "10:31:00 out strap=closed charging battery=30 clear", "10:33:00 out strap=closed clear"},
			"0: unassigned_device no_activation\n0: strap_tamper strap_open\n0: battery_critical discharging\n0: position_implausible jamming\n2: position_lost no_position\n3: battery_restored charging\n3: position_regained position\n4: strap_restored strap_closed\n4: position_plausible no_jamming"},
		"all that ends with its activation": {removed, []string{"07:00:00 blind strap=open battery=3 jammed", "07:15:00 blind", "07:30:00 blind", "10:00:00", "12:00:00"},
			"0: strap_tamper strap_open\n0: battery_critical discharging\n0: position_implausible jamming\n2: position_lost no_position\n3: tag_silent nothing_heard 08:07:30 2250s\n" +
				"4: strap_restored tag_removed 12:00:00\n4: battery_restored tag_removed 12:00:00\n4: position_regained tag_removed 12:00:00\n4: position_plausible tag_removed 12:00:00\n4: tag_resumed tag_removed 12:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, _ := toldOfTags(t, geofence.NewView(nil, c.acts), c.steps...); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestTags_alwaysHaveAWayToEnd takes any pings: whatever is open ends with its activation, nothing ends that has not begun,
// of each cause one is open at a time, and a checkpoint after each step changes nothing.
func TestTags_alwaysHaveAWayToEnd(t *testing.T) {
	view := geofence.NewView(nil, []geofence.ActivationRevision{
		worn("act-0", "zoe", "03:00:00", "05:00:00"), worn("act-1", "ann", "06:00:00", "+20:00:00"), worn("act-2", "bob", "+21:00:00", "+22:00:00")})
	places := []string{"out", "home", "far", "deep", "cell", "coarse", "away", "blind"}
	rapid.Check(t, func(rt *rapid.T) {
		p := newTagPartition(view, DefaultRules())
		now := clock("02:00:00")
		open := map[string]Kind{}
		note := func(alerts []*Alert) {
			for _, a := range alerts {
				cause, ends, ok := causeOf(a.Kind)
				feed := a.Kind == FeedSilent || a.Kind == FeedResumed
				if !ok && !feed {
					continue
				}
				if feed {
					cause, ends = causes, a.Kind == FeedResumed
				}
				key := fmt.Sprint(cause, a.WearerID)
				is, was := open[key]
				switch {
				case ends && !was:
					rt.Fatalf("%s %s of %s ends what has not begun", a.Kind, a.Reason, a.WearerID)
				case ends:
					delete(open, key)
				case was && (is != BatteryLow || a.Kind != BatteryCritical):
					rt.Fatalf("%s of %s beside %s", a.Kind, a.WearerID, is)
				default:
					open[key] = a.Kind
				}
			}
		}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			now += rapid.SampledFrom([]int64{0, 1, 1000, 15_000, 60_000, 600_000, 3_600_000, 10_000_000}).Draw(rt, "later")
			f := Fix{Time: now - rapid.SampledFrom([]int64{0, 0, 0, 0, -60_000, 1000, 7_200_000}).Draw(rt, "late"), Appended: now}
			if rapid.IntRange(0, 9).Draw(rt, "clock alone") == 0 {
				note(p.hear(rt, "", f, nil))
				continue
			}
			r := Report{
				Strap:   Strap(rapid.IntRange(0, 3).Draw(rt, "strap")),
				Motion:  rapid.SampledFrom([]Answer{Unsaid, No, Yes, Yes, Yes}).Draw(rt, "motion"),
				Jamming: Answer(rapid.IntRange(0, 2).Draw(rt, "jamming")), Charging: Answer(rapid.IntRange(0, 2).Draw(rt, "charging")),
				HasBattery: rapid.Bool().Draw(rt, "battery"), BatteryPct: float32(rapid.IntRange(0, 40).Draw(rt, "percent")),
			}
			place := rapid.SampledFrom(places).Draw(rt, "place")
			if r.HasPosition = place != "blind"; r.HasPosition {
				at := placed[place]
				at.Time, at.Appended, at.Lat, at.AccuracyLevel = f.Time, f.Appended, 0.005, 0.95
				f = at
			}
			for range rapid.SampledFrom([]int{1, 1, 1, 12}).Draw(rt, "times") {
				f.Seq, f.HasSeq = f.Seq+1, true
				note(p.hear(rt, "tag-1", f, &r))
			}
		}
		unassigned := now >= clock("+21:59:00") // and nobody is known to wear it from then on
		now = max(now, clock("+23:00:00")) + 1
		note(p.hear(rt, "", Fix{Appended: now}, nil))
		for key, kind := range open {
			if kind != FeedSilent && (!unassigned || !strings.Contains(key, "unassigned:")) {
				rt.Errorf("%s of %s is open for ever", kind, key)
			}
		}
	})
}
