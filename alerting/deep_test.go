package alerting

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"cordon/geofence"
)

// The places of these tests. The school's west edge lies at 0°, and 0.0001° are 11 m; satellite positions claim 5 m.
//
//	     out    │line  in          deep           │        out
//	────────────┼─3 m──11 m────────557 m──────────┼────────────
//	         0.000                              0.010
var placed = map[string]Fix{
	"out":    {Lon: street, Source: "gnss", AccuracyM: 5},
	"line":   {Lon: 0.00003, Source: "gnss", AccuracyM: 5},
	"in":     {Lon: 0.0001, Source: "gnss", AccuracyM: 5},
	"deep":   {Lon: inSchool, Source: "gnss", AccuracyM: 5},
	"home":   {Lon: atHome, Source: "gnss", AccuracyM: 5},
	"coarse": {Lon: inSchool, Source: "gnss", AccuracyM: 60},
	"cell":   {Lon: inSchool, Source: "cell", AccuracyM: 60},
	"far":    {Lon: -0.02, Source: "gnss", AccuracyM: 5},   // 2.2 km west of the school
	"ring":   {Lon: -0.001, Source: "gnss", AccuracyM: 5},  // 111 m
	"nearer": {Lon: -0.0005, Source: "gnss", AccuracyM: 5}, // 56 m
	"away":   {Lon: street, Source: "cell", AccuracyM: 60},
}

// told is what a watch says to steps such as "10:00:00 deep", or "09:00:00<10:00:00 deep" for a fix that is appended
// later, or "10:00:00" for the clock alone. It says the same when it goes on after each step from what a checkpoint keeps.
func told(t *testing.T, view *geofence.View, rules *Rules, steps ...string) (string, []*Alert) {
	t.Helper()
	got, all := tell(t, view, rules, true, steps)
	if kept, _ := tell(t, view, rules, false, steps); kept != got {
		t.Errorf("without a checkpoint between:\n%s\nwith one:\n%s", kept, got)
	}
	return got, all
}

func tell(t *testing.T, view *geofence.View, rules *Rules, restore bool, steps []string) (string, []*Alert) {
	t.Helper()
	w, tag := NewWatch(view, 0, rules), NewTag("tag-1")
	var all []*Alert
	var lines []string
	for i, s := range steps {
		when, place, _ := strings.Cut(s, " ")
		fixed, appended, late := strings.Cut(when, "<")
		if !late {
			appended = fixed
		}
		if place == "" {
			w.Run(clock(appended))
		} else {
			f, ok := placed[place]
			if !ok {
				t.Fatalf("no place %q", place)
			}
			f.Time, f.Appended, f.Lat, f.AccuracyLevel, f.Seq, f.HasSeq = clock(fixed), clock(appended), 0.005, 0.95, uint64(i), true
			w.Advance(f.Appended)
			w.Hear(tag, &f, Report{HasPosition: true})
			w.Observe(tag, &f)
		}
		alerts := w.Take()
		checkSchema(t, alerts...)
		alerts = ofZones(alerts)
		for _, a := range alerts {
			lines = append(lines, fmt.Sprintf("%d: %s", i, said([]*Alert{a})))
		}
		all = append(all, alerts...)
		if !restore {
			continue
		}
		again, restored, err := takenOver(view, w, tag)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Take(); len(got) > 0 {
			t.Errorf("step %d: settling again after a restore said %q", i, said(got))
		}
		if got, want := again.Episodes(), w.Episodes(); got != want {
			t.Errorf("step %d: %v episodes counted after a restore, %v before", i, got, want)
		}
		w, tag = again, restored
	}
	return strings.Join(lines, "\n"), all
}

// takenOver is another watch and what it knows of the tag, from what a checkpoint keeps.
func takenOver(view *geofence.View, w *Watch, tag *Tag) (*Watch, *Tag, error) {
	restored, _, err := ParseTag(tag.Device, AppendTag(nil, tag, nil), nil)
	if err != nil {
		return nil, nil, err
	}
	again := NewWatch(view, w.Clock(), w.rules)
	again.AdoptFeed(w.Feed())
	again.Adopt(restored)
	again.Settle()
	return again, restored, nil
}

func at8to17(z *geofence.Zone) *geofence.Zone {
	z.Schedule = []geofence.Window{{Days: [7]bool{true, true, true, true, true, true, true}, From: 8 * 60, To: 17 * 60}}
	return z
}

// fork is a school of two arms: between them one is 111 m from either.
func fork() *geofence.Zone {
	z := school(1)
	z.Shape = geofence.Shape{Polygons: orb.MultiPolygon{{{{0, 0}, {0.01, 0}, {0.01, 0.01}, {0.006, 0.01}, {0.006, 0.002}, {0.004, 0.002}, {0.004, 0.01}, {0, 0.01}, {0, 0}}}}}
	return z
}

func ruledBy(profile string, z *geofence.Zone) *geofence.Zone {
	z.Rule = profile
	return z
}

func buffered(metres float64, z *geofence.Zone) *geofence.Zone {
	z.BufferM = metres
	return z
}

func grave(s geofence.Severity, z *geofence.Zone) *geofence.Zone {
	z.Severity = s
	return z
}

func TestWatch_deepOrLong(t *testing.T) {
	ann := []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")}
	removed := []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "12:00:00")}
	home := &geofence.Zone{ID: "home", Kind: geofence.Inclusion, Audience: everyone(), Shape: square(0.02, 0.03),
		Severity: geofence.Serious, Rule: "default", Revision: 1}
	narrow := school(2)
	narrow.Shape = square(0.006, 0.01)
	always := []geofence.ZoneRevision{zoneRevision("00:00:00", school(1))}
	office := []geofence.ZoneRevision{zoneRevision("00:00:00", at8to17(school(1)))}
	ringed := []geofence.ZoneRevision{zoneRevision("00:00:00", buffered(200, school(1)))}
	forked := []geofence.ZoneRevision{zoneRevision("00:00:00", fork())}
	paused := school(1)
	paused.Exceptions = []geofence.Exception{{From: time.UnixMilli(clock("10:00:00")), To: time.UnixMilli(clock("10:00:30"))}}
	pause := []geofence.ZoneRevision{zoneRevision("00:00:00", paused)}
	ward := at8to17(school(1))
	ward.Audience = geofence.Audience{Cohorts: []string{"c1"}}
	wards := []geofence.ZoneRevision{zoneRevision("00:00:00", ward)}
	member := worn("act-1", "ann", "00:00:00", "")
	member.Activation.Cohorts = []string{"c1"}
	const warm = "09:59:00 out"
	for name, c := range map[string]struct {
		zones []geofence.ZoneRevision
		acts  []geofence.ActivationRevision
		steps []string
		want  string
	}{
		"two deep fixes 25 s apart are a breach": {always, ann, []string{warm, "10:00:00 deep", "10:00:24 deep", "10:00:25 deep"},
			"1: breach_suspected inside school ann\n3: breach deep school ann"},
		"who stands between the arms of a zone has crossed one on the way there, and crosses it on the way back": {forked, ann,
			[]string{"09:59:00 far", "10:00:00 deep", "10:01:00 far"}, "1: crossing between school ann\n2: crossing between school ann"},
		"a zone of a cohort that begins to apply finds its members": {wards, []geofence.ActivationRevision{member},
			[]string{"07:58:00 deep", "08:00:00"}, "1: breach_suspected schedule_began school ann 08:00:00"},
		"a fix that is ahead of the clock waits for the boundary after it": {pause, ann,
			[]string{"10:00:05<09:59:58 deep", "10:00:29", "10:00:30"}, "2: breach_suspected schedule_began school ann 10:00:30"},
		"nearer the line it takes 115 s": {always, ann, []string{warm, "10:00:00 in", "10:01:54 in", "10:01:55 in"},
			"1: breach_suspected inside school ann\n3: breach long school ann"},
		"on the line nothing is confirmed": {always, ann, []string{warm, "10:00:00 line", "10:02:00 line", "10:04:00 line"},
			"1: breach_suspected inside school ann"},
		"the line neither joins a run nor breaks it": {always, ann, []string{warm, "10:00:00 line", "10:00:30 deep", "10:00:40 line", "10:00:54 deep", "10:00:55 deep"},
			"1: breach_suspected inside school ann\n5: breach deep school ann"},
		"the last two have to be deep": {always, ann, []string{warm, "10:00:00 deep", "10:00:20 in", "10:00:30 deep", "10:00:40 in", "10:00:54 deep", "10:00:55 deep"},
			"1: breach_suspected inside school ann\n6: breach deep school ann"},
		"who walks in is timed from the first fix inside": {always, ann, []string{warm, "10:00:00 in", "10:00:15 deep", "10:00:24 deep", "10:00:25 deep"},
			"1: breach_suspected inside school ann\n4: breach deep school ann"},
		"one fix outside clears a suspicion, and all is forgotten": {always, ann, []string{warm, "10:00:00 deep", "10:00:20 out", "10:00:40 deep", "10:01:00 deep", "10:01:05 deep"},
			"1: breach_suspected inside school ann\n2: suspicion_cleared left school ann\n3: breach_suspected inside school ann\n5: breach deep school ann"},
		"cold, it takes 300 s whatever the depth": {always, ann, []string{"09:44:59 out", "10:00:00 deep", "10:00:30 deep", "10:04:59 deep", "10:05:00 deep"},
			"1: breach_suspected inside school ann\n4: breach long school ann"},
		"900 s is not cold": {always, ann, []string{"09:45:00 out", "10:00:00 deep", "10:00:30 deep"},
			"1: breach_suspected inside school ann\n2: breach deep school ann"},
		"never heard before is cold": {always, ann, []string{"10:00:00 deep", "10:00:30 deep"},
			"0: breach_suspected inside school ann"},
		"cell and coarse fixes neither raise nor clear": {always, ann, []string{warm, "09:59:30 cell", "09:59:40 coarse", "10:00:00 deep", "10:00:10 away", "10:00:25 deep", "10:00:40 away", "10:02:00 away"},
			"3: breach_suspected inside school ann\n5: breach deep school ann"},
		"cell fixes do not make the next satellite fix late": {always, ann, []string{warm, "10:05:00 cell", "10:00:00 deep", "10:00:25 deep"},
			"2: breach_suspected inside school ann\n3: breach deep school ann"},
		"two fixes outside 55 s apart end a breach, at the first": {always, ann, []string{warm, "10:00:00 deep", "10:00:30 deep", "10:01:00 out", "10:01:54 out", "10:01:55 out"},
			"1: breach_suspected inside school ann\n2: breach deep school ann\n5: breach_ended left school ann"},
		"a fix on the line keeps a breach open": {always, ann, []string{warm, "10:00:00 deep", "10:00:30 deep", "10:01:00 out", "10:01:30 line", "10:02:00 out", "10:02:54 out", "10:02:55 out"},
			"1: breach_suspected inside school ann\n2: breach deep school ann\n7: breach_ended left school ann"},
		"silence inside is a breach after 300 s": {always, ann, []string{warm, "10:00:00 in", "10:04:59", "10:05:00"},
			"1: breach_suspected inside school ann\n3: breach lost_inside school ann 10:05:00"},
		"cell fixes do not break the silence": {always, ann, []string{warm, "10:00:00 in", "10:03:00 away", "10:05:00 away"},
			"1: breach_suspected inside school ann\n3: breach lost_inside school ann 10:05:00"},
		"silence on the line is nothing": {always, ann, []string{warm, "10:00:00 line", "10:30:00"},
			"1: breach_suspected inside school ann"},
		"the next fix shows the gap": {always, ann, []string{"09:59:00<10:10:00 out", "10:00:00<10:10:01 in", "10:05:00<10:10:02 out", "10:06:00<10:10:03 out"},
			"1: breach_suspected inside school ann\n2: breach lost_inside school ann 10:05:00\n3: breach_ended left school ann"},
		"a tag that is heard once an hour is waited for": {always, ann, []string{"06:00:00 out", "07:00:00 out", "08:00:00 out", "09:00:00 in", "11:29:59", "11:30:00"},
			"3: breach_suspected inside school ann\n5: breach lost_inside school ann 11:30:00"},
		"a cadence that quickens brings the deadline forward": {always, ann, []string{"07:00:00 out", "08:00:00 out", "09:00:00 in", "09:00:15 line", "09:00:30 line", "09:00:45 line", "09:05:44", "09:05:45"},
			"2: breach_suspected inside school ann\n7: breach lost_inside school ann 09:05:45"},
		"beside home it takes longer": {[]geofence.ZoneRevision{zoneRevision("00:00:00", ruledBy("beside_home", school(1)))}, ann,
			[]string{warm, "10:00:00 deep", "10:00:39 deep", "10:00:40 deep"},
			"1: breach_suspected inside school ann\n3: breach deep school ann"},
		"a profile that is not there counts as default": {[]geofence.ZoneRevision{zoneRevision("00:00:00", ruledBy("other", school(1)))}, ann,
			[]string{warm, "10:00:00 deep", "10:00:25 deep"}, "1: breach_suspected inside school ann\n2: breach deep school ann"},
		"an inclusion zone is mirrored": {[]geofence.ZoneRevision{zoneRevision("00:00:00", home)}, ann,
			[]string{"09:59:00 home", "10:00:00 out", "10:00:25 out", "10:01:00 home", "10:02:00 home", "10:03:00 out", "10:08:00"},
			"1: breach_suspected outside home ann\n2: breach deep home ann\n4: breach_ended returned home ann\n5: breach_suspected outside home ann\n6: breach lost_outside home ann 10:08:00"},
		"a schedule that ends clears a suspicion": {office, ann, []string{"16:58:00 out", "16:59:00 deep", "17:00:00"},
			"1: breach_suspected inside school ann\n2: suspicion_cleared schedule_ended school ann 17:00:00"},
		"a schedule that ends ends a breach": {office, ann, []string{"16:55:00 out", "16:56:00 deep", "16:57:00 deep", "17:30:00 deep"},
			"1: breach_suspected inside school ann\n2: breach deep school ann\n3: breach_ended schedule_ended school ann 17:00:00"},
		"inside as the schedule begins": {office, ann, []string{"07:54:00 deep", "07:55:00 deep", "08:00:00", "08:00:25 deep"},
			"2: breach_suspected schedule_began school ann 08:00:00\n3: breach deep school ann"},
		"a fix over 5 min old says nothing as the schedule begins": {office, ann, []string{"07:54:00 deep", "07:54:59 deep", "08:00:00", "08:00:25 deep"},
			"3: breach_suspected inside school ann"},
		"gone before the schedule begins": {office, ann, []string{"07:58:00 deep", "07:59:00 out", "08:00:00"}, ""},
		"silence after the schedule has begun": {office, ann, []string{"07:58:00 out", "07:59:00 deep", "08:00:00", "08:04:59", "08:05:00"},
			"2: breach_suspected schedule_began school ann 08:00:00\n4: breach lost_inside school ann 08:05:00"},
		"a fix from before a decided beginning is no longer asked": {office, ann, []string{"07:30:00 out", "08:00:30 out", "07:59:00<08:00:40 deep"}, ""},
		"in the warning ring: one alert a visit": {ringed, ann, []string{"10:00:00 far", "10:01:00 ring", "10:02:00 nearer", "10:03:00 far", "10:03:30 nearer", "10:04:00 far", "10:04:54 far", "10:04:55 far", "10:06:00 ring"},
			"1: approach in_ring school ann\n7: approach_ended left school ann\n8: approach in_ring school ann"},
		"from the ring into the zone and out again is one visit": {ringed, ann, []string{"10:00:00 ring", "10:01:00 deep", "10:01:30 ring", "10:02:00 nearer", "10:03:00 far", "10:04:00 far", "10:05:00 ring"},
			"0: approach in_ring school ann\n1: breach_suspected inside school ann\n1: approach_ended entered school ann\n2: suspicion_cleared left school ann\n6: approach in_ring school ann"},
		"who is first seen inside does not approach by leaving": {ringed, ann, []string{"10:00:00 in", "10:00:30 ring", "10:01:00 far"},
			"0: breach_suspected inside school ann\n1: suspicion_cleared left school ann"},
		"a ring withdrawn": {append(ringed[:1:1], geofence.ZoneRevision{ID: "school", Number: 2, Updated: clock("10:01:00")}), ann,
			[]string{"10:00:00 ring", "10:02:00 ring"}, "0: approach in_ring school ann\n1: approach_ended zone_withdrawn school ann 10:01:00"},
		"a ring drawn in": {append(ringed[:1:1], zoneRevision("10:01:00", buffered(100, school(2)))), ann,
			[]string{"10:00:00 ring", "10:02:00 nearer"}, "0: approach in_ring school ann\n1: approach_ended zone_changed school ann 10:01:00\n1: approach in_ring school ann"},
		"the tag is taken off in the ring": {ringed, removed, []string{"11:59:00 ring", "12:00:00"},
			"0: approach in_ring school ann\n1: approach_ended tag_removed school ann 12:00:00"},
		"a ring whose schedule ends": {[]geofence.ZoneRevision{zoneRevision("00:00:00", buffered(200, at8to17(school(1))))}, ann,
			[]string{"16:59:00 ring", "17:00:00", "17:01:00 nearer"}, "0: approach in_ring school ann\n1: approach_ended schedule_ended school ann 17:00:00"},
		"a fix ahead of a timetable that begins meanwhile": {append(ringed[:1:1], zoneRevision("07:59:58", buffered(200, at8to17(school(2))))), ann,
			[]string{"07:59:59<07:59:57 ring", "08:01:00 nearer"},
			"0: approach in_ring school ann\n1: approach_ended schedule_ended school ann 07:59:59\n1: approach in_ring school ann"},
		"through a zone between two fixes": {always, ann, []string{"10:00:00 far", "10:02:00 out", "10:04:00 out"},
			"1: crossing between school ann"},
		"too long between to say which way": {always, ann, []string{"10:00:00 far", "10:05:01 out"}, ""},
		"a cell fix between says nothing": {always, ann, []string{"10:00:00 far", "10:01:00 away", "10:02:00 out"},
			"2: crossing between school ann"},
		"a late fix elsewhere does not hide the way": {always, ann, []string{"10:00:00 far", "09:59:00<10:01:59 out", "10:02:00 out"},
			"2: crossing between school ann"},
		"past a zone between two fixes": {always, ann, []string{"10:00:00 far", "10:02:00 ring"}, ""},
		"a breach that lasts becomes graver, step by step": {[]geofence.ZoneRevision{zoneRevision("00:00:00", grave(geofence.Warning, school(1)))}, ann,
			[]string{warm, "10:00:00 deep", "10:01:00 deep", "10:16:00", "10:31:00 deep", "10:50:00 deep", "10:51:00 out", "10:52:00 out"},
			"1: breach_suspected inside school ann\n2: breach deep school ann\n3: breach_escalated lasting school ann 10:16:00\n4: breach_escalated lasting school ann 10:31:00\n7: breach_ended left school ann"},
		"silence does not keep it from becoming graver": {[]geofence.ZoneRevision{zoneRevision("00:00:00", grave(geofence.Serious, school(1)))}, ann,
			[]string{warm, "10:00:00 deep", "10:05:00", "10:20:00", "10:59:00"},
			"1: breach_suspected inside school ann\n2: breach lost_inside school ann 10:05:00\n3: breach_escalated lasting school ann 10:20:00"},
		"a zone withdrawn clears a suspicion": {append(always[:1:1], geofence.ZoneRevision{ID: "school", Number: 2, Updated: clock("10:01:00")}), ann,
			[]string{warm, "10:00:00 deep", "10:02:00 deep"}, "1: breach_suspected inside school ann\n2: suspicion_cleared zone_withdrawn school ann 10:01:00"},
		"a zone edited so that it no longer holds": {append(always[:1:1], zoneRevision("10:01:00", narrow)), ann,
			[]string{warm, "10:00:00 deep", "10:00:30 deep", "10:02:00 deep"},
			"1: breach_suspected inside school ann\n2: breach deep school ann\n3: breach_ended zone_changed school ann 10:01:00"},
		"the tag is taken off": {always, removed, []string{"11:58:00 out", "11:59:00 deep", "12:00:00"},
			"1: breach_suspected inside school ann\n2: suspicion_cleared tag_removed school ann 12:00:00"},
		"late fixes make a track of their own": {always, ann, []string{"10:00:00 out", "08:00:00<10:00:01 out", "08:01:00<10:00:02 deep", "08:01:30<10:00:03 deep", "08:10:00<10:00:04 deep", "08:11:00<10:00:05 out", "08:12:00<10:00:06 out"},
			"2: breach_suspected inside school ann retrospective\n3: breach deep school ann retrospective\n6: breach_ended left school ann retrospective"},
		"the history track knows no silence": {always, ann, []string{"10:00:00 out", "08:00:00<10:00:01 out", "08:01:00<10:00:02 deep", "08:30:00<10:00:03 out"},
			"2: breach_suspected inside school ann retrospective\n3: suspicion_cleared left school ann retrospective"},
		"history ends an hour after the last late ping, also of a kind that decides nothing": {always, ann,
			[]string{"10:00:00 out", "08:00:00<10:00:01 deep", "10:50:00 away", "10:40:00<10:50:01 away", "11:50:00 out", "11:50:01 out"},
			"1: breach_suspected inside school ann retrospective\n5: suspicion_cleared history_ends school ann retrospective 11:50:01"},
		"a late fix in a suspicion that lasts adds nothing": {always, ann, []string{warm, "10:00:00 line", "10:05:00 line", "10:02:00<10:05:01 deep", "10:06:00 out"},
			"1: breach_suspected inside school ann\n4: suspicion_cleared left school ann"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, _ := told(t, geofence.NewView(c.zones, c.acts), DefaultRules(), c.steps...); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestRecall_goesOnWithASuspicionAndWithHowGraveABreachIs(t *testing.T) {
	view := geofence.NewView([]geofence.ZoneRevision{zoneRevision("00:00:00", grave(geofence.Warning, school(1)))},
		[]geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
	steps := []string{"09:59:00 out", "10:00:00 deep", "10:01:00 deep", "10:16:30", "10:31:30"}
	const suspected, graver, gravest = 0, 2, 3
	_, alerts := told(t, view, DefaultRules(), steps...)
	for _, c := range []struct {
		at    string
		steps []string
		want  []int // of alerts
	}{
		{"10:00:10", []string{"10:01:00 deep"}, []int{suspected + 1}},
		{"10:05:00", []string{"10:16:30"}, []int{graver}},
		{"10:20:00", []string{"10:31:30"}, []int{gravest}},
	} {
		r := NewRecall(clock(c.at))
		for _, a := range alerts {
			r.Note(a)
		}
		w := NewWatch(view, clock(c.at), DefaultRules())
		tag := r.Tags()[0]
		if last := (Anchor{Lat: 0.005, Lon: inSchool, AccuracyM: 5, AccuracyLevel: 0.95, Seq: 1, HasSeq: true}); tag.Wearings[0].Last != last {
			t.Errorf("recalled at %s: the last usable fix is %+v", c.at, tag.Wearings[0].Last)
		}
		w.Adopt(tag)
		w.Settle()
		for _, s := range c.steps {
			when, place, _ := strings.Cut(s, " ")
			w.Advance(clock(when))
			if f, ok := placed[place]; ok {
				f.Time, f.Appended, f.Lat, f.AccuracyLevel = clock(when), clock(when), 0.005, 0.95
				w.Hear(tag, &f, Report{HasPosition: true})
				w.Observe(tag, &f)
			}
		}
		got := w.Take()
		if len(got) != len(c.want) {
			t.Errorf("recalled at %s: %q", c.at, said(got))
			continue
		}
		for i, a := range got {
			if want := alerts[c.want[i]]; a.AlertID != want.AlertID || a.Reason != want.Reason || a.Severity != want.Severity {
				t.Errorf("recalled at %s: %s %s, want %s %s", c.at, said(got[i:i+1]), a.Severity, said(alerts[c.want[i]:c.want[i]+1]), want.Severity)
			}
		}
	}
}

func TestWatch_anApproachSaysHowFastAndHowSoon(t *testing.T) {
	view := geofence.NewView([]geofence.ZoneRevision{zoneRevision("00:00:00", buffered(200, school(1)))},
		[]geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
	_, alerts := told(t, view, DefaultRules(), "10:00:00 far", "10:05:00 ring")
	// 0.019° of longitude on the equator, 111.32 km a degree, in 300 s; 0.001° are left
	if v, s := *alerts[0].ClosingSpeedMPS, *alerts[0].TimeToEdgeS; v != 7.05 || s != 15.8 {
		t.Errorf("%g m/s, %g s", v, s)
	}
	_, alerts = told(t, view, DefaultRules(), "10:00:00 ring")
	if a := alerts[0]; a.ClosingSpeedMPS != nil || a.TimeToEdgeS != nil || *a.DistanceM != 111.32 || a.Severity != "warning" {
		t.Errorf("%+v", a)
	}
}

func TestCrossing_isAsLikelyAsTheErrorsOfItsFixesLeaveIt(t *testing.T) {
	x := DefaultRules().Crossing
	for _, c := range []struct{ depth, share, r0, r1, span, want float64 }{
		{-500, 0.5, 5, 5, 60, 1},
		{-0.01, 0.5, 5, 5, 60, 0.5},
		{-11.62, 0.5, 0, 0, 60, 0.84}, // one σ: 3·√(60·¼)
		{-20, 0.5, 49, 49, 0, 0.92},   // σ = 20/√2
	} {
		if got := x.likelihood(c.depth, c.share, c.r0, c.r1, c.span); got != c.want {
			t.Errorf("%+v: %g", c, got)
		}
	}
}
