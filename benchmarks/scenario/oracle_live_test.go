package scenario

import (
	"math"
	"testing"

	"cordon/alerting"
)

func TestDecide_opensAndEndsByFix(t *testing.T) {
	out := plainWorld(t).ping(0, 0, "out").ping(1, 1, "in").ping(2, 2, "deep").ping(3, 3, "out").ping(4, 4, "out").
		want("A park/1 inside from 1", "A park/1 left from 1 last 2 exit 3 decided -")
	a, b := out.Alerts[0], out.Alerts[1]
	if a.Severity != "critical" || b.Severity != "info" || a.EpisodeID != b.EpisodeID || a.AlertID == b.AlertID {
		t.Errorf("%+v\n%+v", a, b)
	}
	// Inside, the nearest edges are 0.005° east and west: cos 51.005° · N · 0.005°.
	n := 6378137 / math.Sqrt(1-0.00669437999014*math.Pow(math.Sin(51.005*math.Pi/180), 2))
	want := n * math.Cos(51.005*math.Pi/180) * 0.005 * math.Pi / 180
	if math.Abs(*a.DistanceM+want) > 0.006 || math.Abs(*b.DistanceM-2*want) > 0.011 || *b.MaxDepthM < want {
		t.Errorf("distances %v and %v, depth %v; half the width is %v", *a.DistanceM, *b.DistanceM, *b.MaxDepthM, want)
	}
	if e := a.Evidence[0]; !e.Assumed || *e.AccuracyM != 15 || *e.AccuracyLevel != 0.95 || e.Class != alerting.ClassIn {
		t.Errorf("evidence %+v", e)
	}
	if b.Evidence[0].Class != alerting.ClassOut || a.Tier != 3 || a.RuleRevision != "plain@1" {
		t.Errorf("%+v", b)
	}
}

func TestDecide_idsAreThoseOfTheContract(t *testing.T) {
	w := plainWorld(t)
	w.raw(1, `{"device_id":"T","fix_time":"2026-11-25T12:01:00.000Z","seq":7,"lat":51.005,"lon":0.005}`)
	a := w.want("A park/1 inside from 1").Alerts[0]
	// Computed apart, by a few lines of Python.
	if a.AlertID != "668b9ebf561f64f116e0459fec40e1b1" || a.EpisodeID != "8a8d6aed81d5cc827e1bc29a09c1a618" {
		t.Errorf("ids %s and %s", a.AlertID, a.EpisodeID)
	}
}

func TestDecide_edgeIsInside(t *testing.T) {
	out := plainWorld(t).ping(1, 1, "edge").ping(2, 2, "out").ping(3, 3, "vertex").want(
		"A park/1 inside from 1", "A park/1 left from 1 last 1 exit 2 decided -", "A park/1 inside from 3")
	if d := *out.Alerts[0].DistanceM; d != 0 || math.Signbit(d) {
		t.Errorf("distance on the edge %v", d)
	}
	if *out.Alerts[1].MaxDepthM != 0 {
		t.Errorf("depth on the edge %v", *out.Alerts[1].MaxDepthM)
	}
}

func TestDecide_holeIsOutsideButItsEdgeIsNot(t *testing.T) {
	geometry := `{"type":"MultiPolygon","coordinates":[[[[0,51],[0.01,51],[0.01,51.01],[0,51.01],[0,51]],` +
		`[[0.004,51.004],[0.004,51.006],[0.006,51.006],[0.006,51.004],[0.004,51.004]]],[[[1,51],[1.1,51],[1,51.1],[1,51]]]]}`
	places["holeEdge"] = place{0.004, 51.005}
	newSmallWorld(t).wears("A", "W", mins(-9), mins(-9), 0).zone("park", mins(-9), geometry, "").
		ping(1, 1, "hole").ping(2, 2, "holeEdge").ping(3, 3, "hole").
		want("A park/1 inside from 2", "A park/1 left from 2 last 2 exit 3 decided -")
}

func TestDecide_circleIsTrue(t *testing.T) {
	geometry := `{"type":"Point","coordinates":[0.02,51.005]}`
	places["circleIn"], places["circleOut"] = place{0.02, 51.005 + 99.9/111250}, place{0.02, 51.005 + 100.2/111250}
	newSmallWorld(t).wears("A", "W", mins(-9), mins(-9), 0).zone("ring", mins(-9), geometry, `"radius_m":100`).
		ping(1, 1, "out").ping(2, 2, "circleIn").ping(3, 3, "circleOut").
		want("A ring/1 inside from 1", "A ring/1 left from 1 last 2 exit 3 decided -")
}

func TestDecide_inclusionIsBreachedOutside(t *testing.T) {
	out := newSmallWorld(t).wears("A", "W", mins(-9), mins(-9), 0).
		zone("home", mins(-9), square, `"kind":"inclusion","severity":"warning","applies_to":{"wearers":["W"]}`).
		ping(1, 1, "edge").ping(2, 2, "out").ping(3, 3, "edge").
		want("A home/1 outside from 2", "A home/1 returned from 2 last 2 exit 3 decided -")
	if a := out.Alerts[0]; a.Severity != "warning" || a.ZoneKind != "inclusion" || *a.DistanceM <= 0 || *out.Alerts[1].MaxDepthM != *a.DistanceM {
		t.Errorf("%+v", a)
	}
}

func TestDecide_audience(t *testing.T) {
	newSmallWorld(t).wears("A", "W", mins(-9), mins(-9), 0, "red").
		zone("cohort", mins(-9), square, `"applies_to":{"cohorts":["blue","red"]}`).
		zone("other", mins(-9), square, `"applies_to":{"cohorts":["blue"]}`).
		zone("stranger", mins(-9), square, `"applies_to":{"wearers":["V"]}`).
		ping(1, 1, "in").want("A cohort/1 inside from 1")
}

func TestDecide_scheduleEndsByEventAndByFix(t *testing.T) {
	lunch := `"schedule":[{"days":["wed"],"from":"11:00","to":"12:10"}]`
	w := func() *smallWorld {
		return newSmallWorld(t).wears("A", "W", mins(-9999), mins(-9999), 0).zone("park", mins(-9999), square, lunch)
	}
	w().ping(1, 1, "in").ping(30, 30, "in").
		want("A park/1 inside from 1", "A park/1 schedule_ended from 1 last 1 exit - decided 10")
	// The tag is a minute ahead: its fix is past the boundary, the clock is not.
	w().ping(1, 1, "in").ping(9.5, 10.5, "in").
		want("A park/1 inside from 1", "A park/1 schedule_ended from 1 last 1 exit - decided 10")
	// At the boundary itself the zone does not apply; just before it does.
	w().ping(10, 10, "in").want()
	// A fix for before the boundary that is decided goes to the history track; one with no breach does nothing.
	w().ping(12, 9, "out").ping(12, 9.5, "in").ping(12, 12, "in").
		want("A park/1 inside past from 9.5")
}

func TestDecide_withdrawnAndChanged(t *testing.T) {
	small := `{"type":"Polygon","coordinates":[[[0,51],[0.003,51],[0.003,51.01],[0,51.01],[0,51]]]}`
	plainWorld(t).withdraw("park", mins(5)).ping(1, 1, "in").ping(9, 9, "in").
		want("A park/1 inside from 1", "A park/1 zone_withdrawn from 1 last 1 exit - decided 5")
	plainWorld(t).zone("park", mins(5), small, "").ping(1, 1, "in").ping(9, 9, "in").
		want("A park/1 inside from 1", "A park/1 zone_changed from 1 last 1 exit - decided 5")
	plainWorld(t).zone("park", mins(5), small, "").ping(1, 1, "west").ping(9, 9, "in").
		want("A park/1 inside from 1", "A park/2 left from 1 last 1 exit 9 decided -")
	plainWorld(t).zone("park", mins(5), square, `"kind":"inclusion"`).ping(1, 1, "in").ping(9, 9, "in").
		want("A park/1 inside from 1", "A park/1 zone_changed from 1 last 1 exit - decided 5")
	plainWorld(t).zone("park", mins(5), square, `"applies_to":{"wearers":["V"]}`).ping(1, 1, "in").
		want("A park/1 inside from 1", "A park/1 zone_changed from 1 last 1 exit - decided 5")
	plainWorld(t).zone("park", mins(5), square, `"active_from":"2027-01-01T00:00:00Z"`).ping(1, 1, "in").
		want("A park/1 inside from 1", "A park/1 zone_changed from 1 last 1 exit - decided 5")
	// The new timetable applied at the last fix and ceased before the revision came.
	plainWorld(t).zone("park", mins(5), square, `"active_to":"2026-11-25T12:03:00Z"`).ping(1, 1, "in").
		want("A park/1 inside from 1", "A park/1 schedule_ended from 1 last 1 exit - decided 3")
	plainWorld(t).wears("A", "W", mins(5), mins(-9999), 0, "red").ping(1, 1, "in").want("A park/1 inside from 1")
	newSmallWorld(t).wears("A", "W", mins(-9), mins(-9), 0, "red").wears("A", "W", mins(5), mins(-9), 0).
		zone("park", mins(-9), square, `"applies_to":{"cohorts":["red"]}`).ping(1, 1, "in").
		want("A park/1 inside from 1", "A park/1 zone_changed from 1 last 1 exit - decided 5")
}

func TestDecide_activationEnds(t *testing.T) {
	removed := func() *smallWorld {
		return newSmallWorld(t).zone("park", mins(-9), square, `"applies_to":{"wearers":["W","V"]}`).
			wears("A", "W", mins(-9), mins(-9), mins(5))
	}
	removed().ping(1, 1, "in").ping(9, 9, "in").
		want("A park/1 inside from 1", "A park/1 tag_removed from 1 last 1 exit - decided 5")
	removed().wears("B", "V", mins(-9), mins(5), 0).ping(1, 1, "in").ping(9, 9, "in").
		want("A park/1 inside from 1", "A park/1 tag_assigned from 1 last 1 exit - decided 5", "B park/1 inside from 9")
	plainWorld(t).unregister("A", mins(7)).ping(1, 1, "in").
		want("A park/1 inside from 1", "A park/1 tag_removed from 1 last 1 exit - decided 7")
	plainWorld(t).wears("A", "V", mins(7), mins(-9999), 0).ping(1, 1, "in").
		want("A park/1 inside from 1", "A park/1 tag_assigned from 1 last 1 exit - decided 7")
	plainWorld(t).wears("A", "W", mins(7), mins(3), 0).ping(1, 1, "in").
		want("A park/1 inside from 1", "A park/1 tag_assigned from 1 last 1 exit - decided 7")
	// Removed in the past, by a revision: decided when it comes into force.
	plainWorld(t).wears("A", "W", mins(7), mins(-9999), mins(2)).ping(1, 1, "in").
		want("A park/1 inside from 1", "A park/1 tag_removed from 1 last 1 exit - decided 7")
}

func TestDecide_unassigned(t *testing.T) {
	out := newSmallWorld(t).zone("park", mins(-9), square, "").zone("hers", mins(-9), square, `"applies_to":{"wearers":["W"]}`).
		wears("A", "W", mins(-9), mins(5), 0).ping(1, 1, "in").ping(9, 9, "in").
		want("nobody park/1 inside from 1", "nobody park/1 tag_assigned from 1 last 1 exit - decided 5",
			"A hers/1 inside from 9", "A park/1 inside from 9")
	if a := out.Alerts[0]; a.WearerID != "unassigned:T" || a.Tier != 0 || a.DeviceID != "T" {
		t.Errorf("%+v", a)
	}
}

func TestDecide_stateBelongsToTheActivation(t *testing.T) {
	// B's first fix is older than A's last: not late, since it is B's.
	newSmallWorld(t).zone("park", mins(-9), square, "").wears("A", "W", mins(-9), mins(-9), mins(5)).wears("B", "W", mins(-9), mins(5), 0).
		ping(4, 4.5, "out").ping(5, 5, "in").
		want("B park/1 inside from 5")
}
