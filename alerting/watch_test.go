package alerting

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"cordon/geofence"
)

// The town of these tests, on the equator where 0.001° is 111 m:
//
//	0.010 ┌───────────┐
//	      │ school    │      ┌────┐
//	      │           │      │home│
//	0.000 └───────────┘      └────┘
//	      0.000   0.010   0.020  0.030
const (
	inSchool = 0.005
	street   = 0.015
	atHome   = 0.025
)

func square(west, east float64) geofence.Shape {
	return geofence.Shape{Polygons: orb.MultiPolygon{{{{west, 0}, {east, 0}, {east, 0.01}, {west, 0.01}, {west, 0}}}}}
}

func everyone() geofence.Audience { return geofence.Audience{Everyone: true} }

func school(revision uint64) *geofence.Zone {
	return &geofence.Zone{ID: "school", Kind: geofence.Exclusion, Audience: everyone(), Shape: square(0, 0.01),
		Location: time.UTC, Severity: geofence.Critical, Rule: "default", Revision: revision}
}

func zoneRevision(at string, z *geofence.Zone) geofence.ZoneRevision {
	return geofence.ZoneRevision{ID: z.ID, Number: z.Revision, Updated: clock(at), Zone: z}
}

// clock reads a time of the day of these tests, or of day two after a "+".
func clock(s string) int64 {
	layout, day := "15:04:05", int64(0)
	if strings.HasPrefix(s, "+") {
		day, s = 24*3600*1000, s[1:]
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 6, 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC).UnixMilli() + day
}

// step is a ping: appended, fixed and where, and what the watch says to it. A step without a place is the clock alone.
type step struct {
	appended, fixed string
	lon             float64
	want            string
}

func said(alerts []*Alert) string {
	var b []string
	for _, a := range alerts {
		s := fmt.Sprintf("%s %s %s %s", a.Kind, a.Reason, a.ZoneID, a.WearerID)
		if a.Retrospective {
			s += " retrospective"
		}
		if a.DecidedTime != nil {
			s += " " + time.UnixMilli(int64(*a.DecidedTime)).UTC().Format("15:04:05")
		}
		b = append(b, s)
	}
	return strings.Join(b, "; ")
}

func run(t *testing.T, view *geofence.View, steps []step) []*Alert {
	t.Helper()
	w, tag := NewWatch(view, 0, PlainRules()), NewTag("tag-1")
	var all []*Alert
	for i, s := range steps {
		appended := clock(s.appended)
		if s.fixed == "" {
			w.Run(appended)
		} else {
			w.Advance(appended)
			f := Fix{Time: clock(s.fixed), Appended: appended, Lon: s.lon, Lat: 0.005, AccuracyM: 5, AccuracyLevel: 0.95,
				Source: "gnss", Seq: uint64(i), HasSeq: true}
			w.Hear(tag, &f, Report{HasPosition: true})
			w.Observe(tag, &f)
		}
		alerts := w.Take()
		if got := said(alerts); got != s.want {
			t.Errorf("step %d (%s): got %q, want %q", i, s.appended, got, s.want)
		}
		all = append(all, alerts...)
		// What a checkpoint keeps is all there is to keep.
		restored, _, err := ParseTag(tag.Device, AppendTag(nil, tag, nil), nil)
		if err != nil {
			t.Fatal(err)
		}
		again := NewWatch(view, w.Clock(), w.rules)
		again.Adopt(restored)
		again.Settle()
		if got := again.Take(); len(got) > 0 {
			t.Errorf("step %d: settling again after a restore said %q", i, said(got))
		}
		w, tag = again, restored
	}
	checkSchema(t, all...)
	return all
}

func worn(id, wearer, from, to string, cohorts ...string) geofence.ActivationRevision {
	a := &geofence.Activation{ID: id, Wearer: wearer, Device: "tag-1", Fitted: clock(from), Removed: geofence.Always, Cohorts: cohorts, Tier: 2, Revision: 1}
	if to != "" {
		a.Removed = clock(to)
	}
	return geofence.ActivationRevision{ID: id, Number: 1, Activation: a}
}

func TestWatch_plain(t *testing.T) {
	scheduled := school(1)
	scheduled.Schedule = []geofence.Window{{Days: [7]bool{true, true, true, true, true, true, true}, From: 8 * 60, To: 17 * 60}}
	edited := school(2)
	edited.Shape = square(0.006, 0.01)
	other := school(2)
	other.Audience = geofence.Audience{Wearers: []string{"bob"}}
	home := &geofence.Zone{ID: "home", Kind: geofence.Inclusion, Audience: everyone(), Shape: square(0.02, 0.03), Location: time.UTC,
		Severity: geofence.Serious, Rule: "default", Revision: 1}
	ann := []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")}
	reused := []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "12:00:00"), worn("act-2", "bob", "13:00:00", "")}
	early := school(1)
	for name, c := range map[string]struct {
		zones []geofence.ZoneRevision
		acts  []geofence.ActivationRevision
		steps []step
	}{
		"one fix inside opens, one outside ends": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early)}, ann, []step{
			{"10:00:01", "10:00:00", street, ""},
			{"10:01:01", "10:01:00", inSchool, "breach inside school ann"},
			{"10:02:01", "10:02:00", 0.0, ""}, // on the edge is inside
			{"10:03:01", "10:03:00", street, "breach_ended left school ann"},
			{"10:04:01", "10:04:00", inSchool, "breach inside school ann"},
		}},
		"an inclusion zone is breached outside": {[]geofence.ZoneRevision{zoneRevision("00:00:00", home)}, ann, []step{
			{"10:00:01", "10:00:00", atHome, ""},
			{"10:01:01", "10:01:00", street, "breach outside home ann"},
			{"10:02:01", "10:02:00", 0.02, "breach_ended returned home ann"},
		}},
		"late pings make a track of their own": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early)}, ann, []step{
			{"10:00:00", "10:00:00", street, ""},
			{"10:00:01", "09:00:00", inSchool, "breach inside school ann retrospective"},
			{"10:00:01", "09:01:00", inSchool, ""},
			{"10:00:01", "09:02:00", street, "breach_ended left school ann retrospective"},
			{"10:00:02", "09:00:30", inSchool, ""}, // in a stay that is known
			{"10:01:00", "10:01:00", street, ""},
		}},
		"a history track that goes back starts afresh": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early)}, ann, []step{
			{"10:00:00", "10:00:00", street, ""},
			{"10:00:01", "09:00:00", inSchool, "breach inside school ann retrospective"},
			{"10:00:02", "08:00:00", inSchool, "breach_ended history_ends school ann retrospective 10:00:02; breach inside school ann retrospective"},
		}},
		"history ends an hour after the last late ping": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early)}, ann, []step{
			{"10:00:00", "10:00:00", street, ""},
			{"10:00:01", "09:00:00", inSchool, "breach inside school ann retrospective"},
			{"10:59:00", "10:59:00", street, ""},
			{"11:00:01", "11:00:00", street, "breach_ended history_ends school ann retrospective 11:00:01"},
		}},
		"a late fix in an open stay moves nothing": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early)}, ann, []step{
			{"10:00:00", "10:00:00", inSchool, "breach inside school ann"},
			{"10:05:00", "10:05:00", inSchool, ""},
			{"10:05:01", "10:02:00", street, ""},
			{"10:06:00", "10:06:00", street, "breach_ended left school ann"},
		}},
		"a schedule that ends ends the episode at its boundary": {[]geofence.ZoneRevision{zoneRevision("00:00:00", scheduled)}, ann, []step{
			{"07:59:59", "07:59:59", inSchool, ""},
			{"08:00:00", "08:00:00", inSchool, "breach inside school ann"},
			{"16:59:00", "16:59:00", inSchool, ""},
			{"17:00:30", "17:00:20", inSchool, "breach_ended schedule_ended school ann 17:00:00"},
		}},
		"a fix from before a decided boundary is history": {[]geofence.ZoneRevision{zoneRevision("00:00:00", scheduled)}, ann, []step{
			{"16:00:00", "16:00:00", street, ""},
			{"17:00:30", "16:59:50", inSchool, "breach inside school ann retrospective"},
			{"17:01:30", "16:59:55", street, "breach_ended left school ann retrospective"},
		}},
		"the clock alone runs what is due": {[]geofence.ZoneRevision{zoneRevision("00:00:00", scheduled)}, ann, []step{
			{"16:59:00", "16:59:00", inSchool, "breach inside school ann"},
			{"16:59:59", "", 0, ""},
			{"17:00:00", "", 0, "breach_ended schedule_ended school ann 17:00:00"},
		}},
		"a zone withdrawn": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early), {ID: "school", Number: 2, Updated: clock("11:00:00")}}, ann, []step{
			{"10:00:00", "10:00:00", inSchool, "breach inside school ann"},
			{"11:30:00", "11:30:00", inSchool, "breach_ended zone_withdrawn school ann 11:00:00"},
		}},
		"a zone edited so that it no longer holds": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early), zoneRevision("11:00:00", edited)}, ann, []step{
			{"10:00:00", "10:00:00", inSchool, "breach inside school ann"},
			{"11:30:00", "11:30:00", 0.007, "breach_ended zone_changed school ann 11:00:00; breach inside school ann"},
		}},
		"a zone edited so that it still holds": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early), zoneRevision("11:00:00", edited)}, ann, []step{
			{"10:00:00", "10:00:00", 0.007, "breach inside school ann"},
			{"11:30:00", "11:30:00", inSchool, "breach_ended left school ann"},
		}},
		"a zone that binds somebody else from now on": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early), zoneRevision("11:00:00", other)}, ann, []step{
			{"10:00:00", "10:00:00", inSchool, "breach inside school ann"},
			{"11:30:00", "11:30:00", inSchool, "breach_ended zone_changed school ann 11:00:00"},
		}},
		"a tag that is used again": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early)}, reused, []step{
			{"11:00:00", "11:00:00", inSchool, "breach inside school ann"},
			{"12:30:00", "12:30:00", inSchool, "breach_ended tag_removed school ann 12:00:00; breach inside school unassigned:tag-1"},
			{"13:30:00", "13:30:00", inSchool, "breach_ended tag_assigned school unassigned:tag-1 13:00:00; breach inside school bob"},
			{"13:31:00", "11:30:00", street, ""}, // in ann's stay, which is known
			{"13:32:00", "10:30:00", inSchool, "breach inside school ann retrospective"},
			{"13:33:00", "10:31:00", street, "breach_ended left school ann retrospective"},
		}},
		"a tag corrected to another wearer": {[]geofence.ZoneRevision{zoneRevision("00:00:00", early)}, []geofence.ActivationRevision{
			worn("act-1", "ann", "00:00:00", ""),
			{ID: "act-1", Number: 2, Updated: clock("11:00:00"), Activation: &geofence.Activation{ID: "act-1", Wearer: "bob", Device: "tag-1",
				Fitted: clock("00:00:00"), Removed: geofence.Always, Tier: 3, Revision: 2}},
		}, []step{
			{"10:00:00", "10:00:00", inSchool, "breach inside school ann"},
			{"11:30:00", "11:30:00", inSchool, "breach_ended tag_assigned school ann 11:00:00; breach inside school bob"},
		}},
		"what was appended before a zone was made breaches nothing": {[]geofence.ZoneRevision{zoneRevision("11:00:00", early)}, ann, []step{
			{"10:00:00", "10:00:00", inSchool, ""},
			{"11:00:00", "10:59:00", inSchool, "breach inside school ann"},
		}},
	} {
		t.Run(name, func(t *testing.T) { run(t, geofence.NewView(c.zones, c.acts), c.steps) })
	}
}

func TestWatch_namesEveryAlertOfAStayByItsOpening(t *testing.T) {
	view := geofence.NewView([]geofence.ZoneRevision{zoneRevision("00:00:00", school(1))}, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
	alerts := run(t, view, []step{
		{"10:01:01", "10:01:00", inSchool, "breach inside school ann"},
		{"10:02:01", "10:02:00", 0.0055, ""},
		{"10:03:01", "10:03:00", street, "breach_ended left school ann"},
	})
	opened, ended := alerts[0], alerts[1]
	if opened.EpisodeID != ended.EpisodeID || opened.AlertID == ended.AlertID {
		t.Errorf("ids: opened %s of %s, ended %s of %s", opened.AlertID, opened.EpisodeID, ended.AlertID, ended.EpisodeID)
	}
	// printf the length-prefixed list | sha256sum, by hand:
	o := Opening{FixTime: clock("10:01:00"), Seq: 0, HasSeq: true, LatE7: 50000, LonE7: 50000}
	if want := AlertID(Breach, "act-1", "school", o, ""); opened.AlertID != want {
		t.Errorf("alert_id %s, want %s", opened.AlertID, want)
	}
	if got := *ended.MaxDepthM; got != 552.87 { // the first fix: 0.005° of latitude, at 110,574 m a degree, from the south
		t.Errorf("max_depth_m %g", got)
	}
	if *ended.ExitFixTime != Time(clock("10:03:00")) || *ended.LastInsideFixTime != Time(clock("10:02:00")) {
		t.Errorf("exit %s, last inside %s", ended.ExitFixTime, ended.LastInsideFixTime)
	}
}

func TestAlertID_isTheHashOfTheListInTheContract(t *testing.T) {
	// printf '\0\0\0\2v1\0\0\0\6breach\0\0\0\1a\0\0\0\1z\0\0\0\0041000\0\0\0\0017\0\0\0\003515\0\0\0\2-1\0\0\0\0' | sha256sum
	got := AlertID(Breach, "a", "z", Opening{FixTime: 1000, Seq: 7, HasSeq: true, LatE7: 515, LonE7: -1}, "")
	if want := "4ff8ce6870711c5918b71f3c0aa575ff"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRecall_continuesWhatWasOpenUnderItsOwnIDs(t *testing.T) {
	view := geofence.NewView([]geofence.ZoneRevision{zoneRevision("00:00:00", school(1))}, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
	before := run(t, view, []step{
		{"08:00:00", "08:00:00", inSchool, "breach inside school ann"},
		{"08:10:00", "08:10:00", street, "breach_ended left school ann"},
		{"10:01:00", "10:01:00", inSchool, "breach inside school ann"},
		{"12:00:00", "12:00:00", street, "breach_ended left school ann"},
	})
	r := NewRecall(clock("11:00:00"))
	for _, a := range slices.Backward(before) {
		r.Note(a)
		r.Note(a)
	}
	w := NewWatch(view, clock("11:00:00"), PlainRules())
	tags := r.Tags()
	if len(tags) != 1 {
		t.Fatalf("%d tags", len(tags))
	}
	w.Adopt(tags[0])
	w.Settle()
	observe := func(at string, lon float64) string {
		w.Advance(clock(at))
		w.Observe(tags[0], &Fix{Time: clock(at), Appended: clock(at), Lon: lon, Lat: 0.005, AccuracyM: 5, AccuracyLevel: 0.95, Source: "gnss"})
		alerts := w.Take()
		if len(alerts) == 1 && alerts[0].AlertID != before[3].AlertID {
			t.Errorf("id %s, want %s", alerts[0].AlertID, before[3].AlertID)
		}
		return said(alerts)
	}
	if got := observe("11:30:00", inSchool); got != "" {
		t.Errorf("inside: %q", got)
	}
	if got := observe("12:00:00", street); got != "breach_ended left school ann" {
		t.Errorf("outside: %q", got)
	}
	w.Advance(clock("12:01:00"))
	w.Observe(tags[0], &Fix{Time: clock("08:05:00"), Appended: clock("12:01:00"), Lon: inSchool, Lat: 0.005, Source: "gnss"})
	if got := said(w.Take()); got != "" {
		t.Errorf("a late fix in a stay from before: %q", got)
	}
}

func TestWatch_plainKnowsNoRingAndNoCrossing(t *testing.T) {
	ringed := school(1)
	ringed.BufferM = 200
	view := geofence.NewView([]geofence.ZoneRevision{zoneRevision("00:00:00", ringed)}, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
	run(t, view, []step{
		{"10:00:00", "10:00:00", -0.001, ""},
		{"10:01:00", "10:01:00", street, ""},
		{"10:02:00", "10:02:00", inSchool, "breach inside school ann"},
		{"10:03:00", "10:03:00", -0.001, "breach_ended left school ann"},
	})
}

// satelliteFix has the watch judge a fix of the tag.
func satelliteFix(w *Watch, tag *Tag, appended, fixed string, lon float64) {
	f := Fix{Time: clock(fixed), Appended: clock(appended), Lon: lon, Lat: 0.005, AccuracyM: 5, AccuracyLevel: 0.95, Source: "gnss"}
	w.Advance(f.Appended)
	w.Hear(tag, &f, Report{HasPosition: true})
	w.Observe(tag, &f)
}

// A ping that was appended before a change and comes after it is judged by what was in force, and what it begins is over at
// once: with the clock, and not when the next owner looks at it.
func TestWatch_endsWhatAPingThatWasOvertakenBegins(t *testing.T) {
	gone := geofence.ZoneRevision{ID: "school", Number: 2, Updated: clock("11:00:00")}
	view := geofence.NewView([]geofence.ZoneRevision{zoneRevision("00:00:00", school(1)), gone}, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
	for name, rules := range map[string]*Rules{"plain": PlainRules(), "default": DefaultRules()} {
		w, tag := NewWatch(view, 0, rules), NewTag("tag-1")
		observe := func(appended, fixed string, lon float64) { satelliteFix(w, tag, appended, fixed, lon) }
		observe("11:30:00", "10:00:00", street)
		observe("10:30:00", "10:01:00", inSchool)
		opened := w.Take()
		if len(opened) != 1 || opened[0].ZoneID != "school" {
			t.Fatalf("%s: it begins %q", name, said(opened))
		}
		w.Run(clock("11:30:00") + 1)
		if got := w.Take(); len(got) != 1 || got[0].Reason != ZoneWithdrawn || got[0].EpisodeID != opened[0].EpisodeID || *got[0].DecidedTime != Time(clock("11:00:00")) {
			t.Errorf("%s: when the clock moves on: %q", name, said(got))
		}
	}
}

// An episode whose zone the store has lost is decided when the zone is back.
func TestWatch_endsNothingOfAZoneThatTheStoreHasLost(t *testing.T) {
	zones, acts := []geofence.ZoneRevision{zoneRevision("00:00:00", school(1))}, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")}
	whole, partial := geofence.NewView(zones, acts), geofence.NewView(nil, acts).AsPartial(true)
	w, tag := NewWatch(whole, 0, DefaultRules()), NewTag("tag-1")
	observe := func(appended, fixed string, lon float64) { satelliteFix(w, tag, appended, fixed, lon) }
	observe("11:00:00", "11:00:00", street)
	observe("11:00:10", "10:00:00", inSchool) // late
	observe("11:00:20", "11:00:20", inSchool)
	if got := said(w.Take()); strings.Count(got, string(BreachSuspected)) != 2 {
		t.Fatalf("it begins %q", got)
	}
	w.Look(partial)
	observe("11:00:30", "09:59:00", street) // the history track begins afresh
	observe("11:00:40", "11:00:40", street)
	w.Run(clock("13:00:00")) // silence makes nothing of it, nor does time
	for _, a := range w.Take() {
		if a.ZoneID != "" {
			t.Errorf("without the zone: %q", said([]*Alert{a}))
		}
	}
}

// A rebuild that begins between the stamp of a ping and the clock that had overtaken it decides the ping again.
func TestRecall_leavesOutWhatAPingThatWasOvertakenBegan(t *testing.T) {
	view := geofence.NewView([]geofence.ZoneRevision{zoneRevision("00:00:00", school(1))}, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
	w, tag := NewWatch(view, clock("12:00:00"), PlainRules()), NewTag("tag-1")
	satelliteFix(w, tag, "10:00:00", "10:00:00", inSchool)
	opened := w.Take()
	if len(opened) != 1 || opened[0].Kind != Breach {
		t.Fatalf("it begins %q", said(opened))
	}
	opened[0].Evidence = []Evidence{{}}
	for at, tags := range map[string]int{"09:00:00": 0, "11:00:00": 0, "12:00:00": 0, "12:00:01": 1} {
		r := NewRecall(clock(at))
		r.Note(opened[0])
		if got := r.Tags(); len(got) != tags {
			t.Errorf("at %s: %d tags, want %d", at, len(got), tags)
		}
	}
}
