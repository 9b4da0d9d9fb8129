package alerting

import (
	"slices"
	"testing"

	"cordon/geofence"
)

func TestOpening_ofAPingWithoutAPositionHasTwoEmptyElements(t *testing.T) {
	// printf '\0\0\0\2v1\0\0\0\013feed_silent\0\0\0\6feed:7\0\0\0\0\0\0\0\0041000\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' | sha256sum
	got := AlertID(FeedSilent, "feed:7", "", Opening{FixTime: 1000, Blind: true}, "")
	if want := "4af4d5ad9cf8d82cb2b835ba2d8392c8"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, o := range []Opening{{}, {FixTime: -5, Blind: true}, {FixTime: 1, Seq: 1 << 63, HasSeq: true, LatE7: -900000000, LonE7: 1800000000}, {HasSeq: true}} {
		if read, err := ParseOpening(o.String()); err != nil || read != o {
			t.Errorf("%+v as %q read back as %+v, %v", o, o.String(), read, err)
		}
	}
	for _, s := range []string{"", "1,2,3", "1,2,3,4,5", "a,,,", "1,-1,,", "1,,2,"} {
		if o, err := ParseOpening(s); err == nil {
			t.Errorf("%q read as %+v", s, o)
		}
	}
}

func TestWatch_aTagAlertSaysWhoseAndByWhichPing(t *testing.T) {
	view := geofence.NewView(nil, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "12:00:00")})
	_, alerts := toldOfTags(t, view, "11:50:00 cell battery=14.3", "11:51:00 blind battery=3", "12:00:00")
	low, critical, restored := alerts[0], alerts[1], alerts[2]
	opening := Opening{FixTime: clock("11:50:00"), HasSeq: true, LatE7: 50000, LonE7: e7(inSchool)}
	for i, kind := range []Kind{BatteryLow, BatteryCritical, BatteryRestored} {
		a := alerts[i]
		if a.Kind != kind || a.AlertID != AlertID(kind, "act-1", "", opening, "") || a.EpisodeID != EpisodeID("act-1", "", opening) {
			t.Errorf("%s: ids %s of %s", a.Kind, a.AlertID, a.EpisodeID)
		}
		if a.WearerID != "ann" || a.DeviceID != "tag-1" || a.ActivationID != "act-1" || a.Tier != 2 || int64(*a.OpenedFixTime) != opening.FixTime {
			t.Errorf("%+v", a)
		}
	}
	if *low.BatteryPct != 14.3 || low.Position == nil || low.Position.Source != "cell" || int64(*low.FixTime) != opening.FixTime {
		t.Errorf("low: %+v", low)
	}
	if *critical.BatteryPct != 3 || critical.Position != nil || int64(*critical.AppendedTime) != clock("11:51:00") {
		t.Errorf("critical: %+v", critical)
	}
	if restored.BatteryPct != nil || restored.FixTime != nil || int64(*restored.DecidedTime) != clock("12:00:00") {
		t.Errorf("restored: %+v", restored)
	}
}

func TestSeverity_ofTagsByKindAndTier(t *testing.T) {
	for _, c := range []struct {
		kind        Kind
		tier1, rest string
	}{
		{TagSilent, "critical", "serious"}, {PositionLost, "critical", "serious"}, {PositionImplausible, "serious", "warning"},
		{StrapTamper, "critical", "critical"}, {BatteryLow, "info", "info"}, {BatteryCritical, "serious", "warning"},
		{UnassignedDevice, "warning", "warning"}, {TagResumed, "info", "info"}, {StrapRestored, "info", "info"},
	} {
		for tier, want := range []string{0: c.rest, 1: c.tier1, 2: c.rest, 3: c.rest} {
			if got := tagSeverity(c.kind, tier); string(got) != want {
				t.Errorf("%s of tier %d: %s, want %s", c.kind, tier, got, want)
			}
		}
	}
}

func TestKind_endsWhatAnotherBegins(t *testing.T) {
	var ends []Kind
	for _, k := range Kinds {
		if k.Ends() {
			ends = append(ends, k)
		}
	}
	want := []Kind{SuspicionCleared, BreachEnded, ApproachEnded, TagResumed, PositionRegained, PositionPlausible, StrapRestored, BatteryRestored,
		DeviceAssigned, FeedResumed, SystemRestored}
	if !slices.Equal(ends, want) {
		t.Errorf("%v", ends)
	}
}

func TestAlert_aFeedsSilenceAndItsEndingShareAKey(t *testing.T) {
	d := NewFeed(3)
	for _, wearer := range []string{"", "ann"} {
		silent, resumed := Alert{Kind: FeedSilent, WearerID: wearer, EpisodeID: d.subject()}, Alert{Kind: FeedResumed, WearerID: wearer, EpisodeID: d.subject()}
		if silent.Key() == "" || silent.Key() != resumed.Key() {
			t.Errorf("%q and %q", silent.Key(), resumed.Key())
		}
	}
}

func TestRhythm_isTheSecondLongestOfTwoDays(t *testing.T) {
	const minute = 60_000
	r := Rhythm{}
	for _, c := range []struct {
		interval, clock int64
		usual           int64
		ok              bool
	}{
		{5 * minute, 0, 0, false},
		{0, 1, 0, true},
		{9 * minute, 2, 5 * minute, true},
		{9 * minute, 3, 9 * minute, true},
		{minute, dayMS, 9 * minute, true},
		{10 * minute, dayMS, 9 * minute, true},
		{2 * minute, 2 * dayMS, 2 * minute, true}, // 10 and 1 are left of the day before
		{60 * 24 * 3600 * 1000, 4 * dayMS, 0, false},
		{60 * 24 * 3600 * 1000, 4 * dayMS, 1<<32 - 2, true},
	} {
		r.Note(c.interval, c.clock)
		if usual, ok := r.Usual(c.clock); ok != c.ok || ok && usual != c.usual {
			t.Errorf("after %d at %d: %d, %v; want %d", c.interval, c.clock, usual, ok, c.usual)
		}
	}
	if usual, ok := r.Usual(5 * dayMS); !ok || usual != 1<<32-2 {
		t.Errorf("a day later: %d, %v", usual, ok)
	}
	if usual, ok := r.Usual(6 * dayMS); ok {
		t.Errorf("two days later: %d", usual)
	}
}

func TestRules_plainSaysNothingOfTags(t *testing.T) {
	view := geofence.NewView(nil, nil)
	p := newTagPartition(view, PlainRules())
	for i := range 100 {
		f := Fix{Time: clock("10:00:00") + int64(i)*1000, Appended: clock("10:00:00") + int64(i)*1000}
		p.hear(t, "tag-1", f, &Report{Strap: StrapOpen, Jamming: Yes, HasBattery: true})
	}
	p.hear(t, "", Fix{Appended: clock("+23:00:00")}, nil)
	if len(p.all) > 0 {
		t.Errorf("said %q", said(p.all))
	}
}

func TestRecall_goesOnWithWhatIsWrongWithTags(t *testing.T) {
	view := geofence.NewView(nil, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
	steps := []string{"06:00:00 blind strap=open battery=3 jammed", "06:15:00 blind", "06:30:00 blind", "09:00:00",
		"10:00:00 out strap=closed battery=30 clear", "10:02:00 out strap=closed clear"}
	_, alerts := toldOfTags(t, view, steps...)
	endings := slices.DeleteFunc(slices.Clone(alerts), func(a *Alert) bool { _, ends, _ := causeOf(a.Kind); return !ends })
	if len(alerts) != 10 || len(endings) != 5 {
		t.Fatalf("%q", said(alerts))
	}
	// at 08:00 tag_silent has been said; at 06:40 it is yet to be, but the ping that it goes by is known no longer
	for _, at := range []string{"08:00:00", "06:40:00"} {
		r := NewRecall(clock(at))
		for _, a := range slices.Backward(alerts) {
			r.Note(a)
			r.Note(a)
		}
		tags := r.Tags()
		if len(tags) != 1 {
			t.Fatalf("%d tags", len(tags))
		}
		w := NewWatch(view, clock(at), DefaultRules())
		w.AdoptFeed(r.Feed(7))
		w.Adopt(tags[0])
		w.Settle()
		for _, s := range []struct {
			at   string
			says Report
		}{{"10:00:00", reported(t, []string{"strap=closed", "battery=30", "clear"})}, {"10:02:00", reported(t, []string{"strap=closed", "clear"})}} {
			f := placed["out"]
			f.Time, f.Appended, f.Lat, f.AccuracyLevel = clock(s.at), clock(s.at), 0.005, 0.95
			w.Advance(f.Appended)
			w.Hear(tags[0], &f, s.says)
			w.Observe(tags[0], &f)
		}
		if got := w.Take(); ids(got) != ids(endings) {
			t.Errorf("recalled at %s:\n%s\nwant\n%s", at, ids(got), ids(endings))
		}
	}
}

func TestRecall_goesOnWithTheSilenceOfItsOwnFeed(t *testing.T) {
	view := geofence.NewView(nil, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
	_, alerts := toldOfTags(t, view, append(every("10:00:00", 64, 1, "out"), "10:07:00", "11:00:00 out")...)
	if len(alerts) != 2 || alerts[0].Kind != FeedSilent || alerts[1].Kind != FeedResumed {
		t.Fatalf("%q", said(alerts))
	}
	r := NewRecall(clock("10:30:00"))
	for _, a := range alerts {
		r.Note(a)
	}
	if d := r.Feed(7); !d.Silent || d.Heard != clock("10:01:03") {
		t.Errorf("%+v", d)
	}
	if d := r.Feed(6); d != NewFeed(6) {
		t.Errorf("another's: %+v", d)
	}
	w := NewWatch(view, clock("10:30:00"), DefaultRules())
	w.AdoptFeed(r.Feed(7))
	f := Fix{Time: clock("11:00:00"), Appended: clock("11:00:00")}
	w.Advance(f.Appended)
	w.Hear(NewTag("tag-1"), &f, Report{})
	if got := w.Take(); ids(got) != ids(alerts[1:]) {
		t.Errorf("%q", said(got))
	}
}
