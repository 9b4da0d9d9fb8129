package scenario

import (
	"fmt"
	"strings"
	"testing"

	"cordon/ingest"
)

func TestDecide_lateFixesAreJudgedApart(t *testing.T) {
	out := plainWorld(t).ping(20, 20, "out").ping(21, 5, "in").ping(21, 6, "deep").ping(21, 7, "out").ping(22, 22, "out").want(
		"A park/1 inside past from 5", "A park/1 left past from 5 last 6 exit 7 decided -")
	if out.Counts.Late != 3 || out.Counts.Accepted != 2 {
		t.Errorf("%+v", out.Counts)
	}
	// Equal is not late.
	plainWorld(t).ping(20, 20, "out").ping(21, 20, "in").want("A park/1 inside from 20")
}

func TestDecide_lateFixInAKnownStayAddsNothing(t *testing.T) {
	// [1, 10) is a stay known from the live track: nothing of it comes again, and its end is not in it.
	plainWorld(t).ping(1, 1, "in").ping(10, 10, "out").ping(11, 5, "in").ping(11, 6, "out").ping(11, 1, "in").want(
		"A park/1 inside from 1", "A park/1 left from 1 last 1 exit 10 decided -")
	plainWorld(t).ping(1, 1, "in").ping(10, 10, "out").ping(12, 12, "out").ping(13, 10, "in").ping(13, 11, "out").want(
		"A park/1 inside from 1", "A park/1 left from 1 last 1 exit 10 decided -",
		"A park/1 inside past from 10", "A park/1 left past from 10 last 10 exit 11 decided -")
	// Under an open live episode too; before its opening it is news.
	plainWorld(t).ping(5, 5, "in").ping(10, 10, "in").ping(11, 7, "out").ping(11, 3, "in").ping(12, 4, "out").want(
		"A park/1 inside from 5", "A park/1 inside past from 3", "A park/1 left past from 3 last 3 exit 4 decided -")
	// 72 h after it was closed it is forgotten; here the tag's clock was a minute ahead.
	w := plainWorld(t)
	w.until = mins(60 * 24 * 5)
	w.ping(0, 1, "in").ping(0, 2, "out").ping(72*60+0.5, 72*60, "out").ping(72*60+1, 1, "deep").want(
		"A park/1 inside from 1", "A park/1 left from 1 last 1 exit 2 decided -", "A park/1 inside past from 1")
}

func TestDecide_historyStartsAfresh(t *testing.T) {
	w := plainWorld(t)
	w.until = mins(30)
	w.ping(20, 20, "out").ping(21, 5, "in").ping(22, 3, "in").ping(23, 4, "out").want(
		"A park/1 inside past from 5", "A park/1 history_ends past from 5 last 5 exit - decided 22",
		"A park/1 inside past from 3", "A park/1 left past from 3 last 3 exit 4 decided -")
}

// A known fix older than the history track's last does nothing; a newer one is judged for the zones it is not known for.
func TestDecide_knownForOneZoneOnly(t *testing.T) {
	wider := `{"type":"Polygon","coordinates":[[[0,51],[0.03,51],[0.03,51.01],[0,51.01],[0,51]]]}`
	w := plainWorld(t).zone("wide", mins(15), wider, "")
	w.until = mins(30)
	w.ping(1, 1, "in").ping(10, 10, "out").ping(20, 20, "west").ping(21, 5, "in").ping(22, 6, "out").ping(22, 4, "in").want(
		"A park/1 inside from 1", "A park/1 left from 1 last 1 exit 10 decided -",
		"A park/1 inside from 20", "A wide/1 inside from 20", "A wide/1 inside past from 5")
}

func TestDecide_historyEndsAfterAnHourWithoutALatePing(t *testing.T) {
	w := plainWorld(t)
	w.until = mins(99)
	w.ping(20, 20, "out").ping(21, 5, "in").ping(80, 80, "").ping(81, 81, "").want(
		"A park/1 inside past from 5", "A park/1 history_ends past from 5 last 5 exit - decided 81")
	w = plainWorld(t)
	w.until = mins(99)
	w.ping(20, 20, "out").ping(21, 5, "in").ping(80.9, 80.9, "out").want("A park/1 inside past from 5")
}

func TestDecide_historyAndTheEndOfAnActivation(t *testing.T) {
	w := func() *smallWorld {
		w := newSmallWorld(t).zone("park", mins(-9999), square, "").wears("A", "W", mins(-9999), mins(-9999), mins(30))
		w.until = mins(60)
		return w
	}
	w().ping(20, 20, "out").ping(21, 5, "in").ping(31, 31, "").want(
		"A park/1 inside past from 5", "A park/1 history_ends past from 5 last 5 exit - decided 30")
	// Over when the fix arrives: late, though the newest of its activation. Its episode outlives the end.
	out := w().ping(31, 29, "in").ping(40, 40, "").want("A park/1 inside past from 29")
	if len(out.Open) != 1 || !out.Open[0].Retrospective || out.Open[0].ActivationID != "A" {
		t.Errorf("%+v", out.Open)
	}
	// Of nobody: what comes before an activation that has begun is late.
	u := newSmallWorld(t).zone("park", mins(-9999), square, "").wears("A", "W", mins(-9999), mins(10), 0)
	u.until = mins(60)
	u.ping(11, 9, "in").want("nobody park/1 inside past from 9")
}

func TestDecide_historyOfAWithdrawnZone(t *testing.T) {
	w := plainWorld(t).withdraw("park", mins(25))
	w.until = mins(60)
	w.ping(20, 20, "out").ping(21, 5, "in").want(
		"A park/1 inside past from 5", "A park/1 zone_withdrawn past from 5 last 5 exit - decided 25")
}

func TestDecide_historyIsNotEndedByTheScheduleButByAFix(t *testing.T) {
	w := newSmallWorld(t).wears("A", "W", mins(-9999), mins(-9999), 0).
		zone("park", mins(-9999), square, `"schedule":[{"days":["wed"],"from":"11:00","to":"12:10"},{"days":["wed"],"from":"12:15","to":"13:30"}]`)
	w.until = mins(70)
	w.ping(9, 9, "out").ping(9, 5, "in").ping(39, 39, "out").ping(40, 12, "in").want("A park/1 inside past from 5",
		"A park/1 schedule_ended past from 5 last 5 exit - decided 10")
}

func TestDecide_duplicates(t *testing.T) {
	w := plainWorld(t).ping(1, 1, "in")
	for i := range 15 {
		w.ping(20, float64(i)+2, "")
	}
	out := w.ping(21, 1, "in").want("A park/1 inside from 1")
	if out.Counts.Duplicate != 1 || out.Counts.Status != 15 {
		t.Errorf("%+v", out.Counts)
	}
	// One more, and the first is forgotten; another source or no position is another ping.
	w = plainWorld(t).ping(1, 1, "out").ping(1, 1, "").
		raw(1, `{"device_id":"T","fix_time":"2026-11-25T12:01:00Z","source":"cell","lat":51.005,"lon":0.02}`)
	for i := range 14 {
		w.ping(20, float64(i)+2, "")
	}
	if out := w.ping(21, 1, "out").decide(); out.Counts.Duplicate != 0 {
		t.Errorf("%+v", out.Counts)
	}
}

func TestDecide_aDuplicateMovesTheClockAndARejectDoesNot(t *testing.T) {
	lunch := func() *smallWorld {
		w := newSmallWorld(t).wears("A", "W", mins(-9999), mins(-9999), 0).
			zone("park", mins(-9999), square, `"active_to":"2026-11-25T12:10:00Z"`)
		w.until = mins(13)
		return w
	}
	lunch().ping(1, 1, "out").raw(12, "noise").ping(9, 9, "in").want(
		"A park/1 inside from 9", "A park/1 schedule_ended from 9 last 9 exit - decided 10")
	lunch().ping(1, 1, "out").ping(12, 1, "out").ping(9, 9, "in").want("A park/1 inside past from 9")
}

func TestDecide_rejects(t *testing.T) {
	w := plainWorld(t)
	var want []ingest.Reason
	say := func(reason ingest.Reason, appended float64, value string) {
		w.raw(appended, value)
		want = append(want, reason)
	}
	at := func(fix float64, more string) string {
		return fmt.Sprintf(`{"device_id":"T","fix_time":"%s"%s}`, wire(mins(fix)), more)
	}
	const ms = 1.0 / 60_000
	say("", 10, at(12, ""))
	say(ingest.Future, 10, at(12+ms, ""))
	say("", 10, at(10-72*60, ""))
	say(ingest.TooOld, 10, at(10-72*60-ms, ""))
	say(ingest.Malformed, 10, "{")
	say(ingest.TooLarge, 10, at(1, `,"x":"`+strings.Repeat("x", 17_000)+`"`))
	say(ingest.MissingDevice, 10, `{"fix_time":"2026-11-25T12:01:00Z"}`)
	say(ingest.MissingTime, 10, `{"device_id":"T"}`)
	say(ingest.BadCoordinates, 10, at(1, `,"lat":51`))
	say(ingest.BadCoordinates, 10, at(1, `,"lat":91,"lon":0`))
	say(ingest.BadAccuracy, 10, at(1, `,"lat":51,"lon":0,"accuracy_m":0`))
	say(ingest.BadField, 10, at(1, `,"source":"moon"`))
	out := w.decide()
	for i, reason := range want {
		if out.Rejects[At{0, int64(i)}] != reason {
			t.Errorf("record %d is rejected for %q, want %q", i, out.Rejects[At{0, int64(i)}], reason)
		}
	}
}
