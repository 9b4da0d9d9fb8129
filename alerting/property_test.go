package alerting

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordon/geofence"
)

// anywhere is a fix of a tag, heard some seconds after the one before.
type anywhere struct {
	after int64 // ms since the ping before was appended
	late  int64 // ms from the fix to the append; below 0 where the tag's clock is ahead
	place string
}

var anywheres = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) anywhere {
	return anywhere{
		after: 1000 * rapid.SampledFrom([]int64{0, 1, 15, 30, 60, 300, 1000, 4000}).Draw(t, "after"),
		late:  1000 * rapid.SampledFrom([]int64{0, 0, 0, 0, -20, 45, 200, 2000}).Draw(t, "late"),
		place: rapid.SampledFrom(slices.Sorted(maps.Keys(placed))).Draw(t, "place"),
	}
}), 1, 60)

// aTown has a zone to stay out of, with a ring, one of two arms, one at certain hours for a cohort, one beside home, and a
// place to stay in, with an hour off.
func aTown() *geofence.View {
	office := at8to17(school(1))
	office.ID, office.Audience = "office", geofence.Audience{Cohorts: []string{"c1"}}
	arms := fork()
	arms.ID = "arms"
	beside := ruledBy("beside_home", school(1))
	beside.ID, beside.Shape = "yard", square(-0.001, 0.008)
	home := &geofence.Zone{ID: "home", Kind: geofence.Inclusion, Audience: everyone(), Shape: square(0.02, 0.03),
		Location: time.UTC, Severity: geofence.Serious, Rule: "default", Revision: 1}
	home.Exceptions = []geofence.Exception{{From: time.UnixMilli(clock("07:10:00")), To: time.UnixMilli(clock("07:40:00"))}}
	var zones []geofence.ZoneRevision
	for _, z := range []*geofence.Zone{buffered(200, school(1)), arms, office, beside, home} {
		zones = append(zones, zoneRevision("00:00:00", z))
	}
	member := worn("act-1", "ann", "00:00:00", "")
	member.Activation.Cohorts = []string{"c1"}
	return geofence.NewView(zones, []geofence.ActivationRevision{member})
}

// ofZones leaves out what is said of tags and feeds, which have tests of their own.
func ofZones(alerts []*Alert) []*Alert {
	return slices.DeleteFunc(alerts, func(a *Alert) bool { return a.ZoneID == "" })
}

// hear lets a watch hear fixes, the first of them at 07:00 or later, and returns what it says of zones and when it has ended.
func hear(w *Watch, tag *Tag, from int64, fixes []anywhere) (all []*Alert, until int64) {
	for _, a := range fixes {
		f := placed[a.place]
		from += a.after
		f.Time, f.Appended, f.Lat, f.AccuracyLevel = from-a.late, from, 0.005, 0.95
		w.Advance(f.Appended)
		w.Hear(tag, &f, Report{HasPosition: true})
		w.Observe(tag, &f)
		all = append(all, ofZones(w.Take())...)
	}
	return all, from
}

func TestWatch_everyEpisodeHasAWayToEnd(t *testing.T) {
	view, endings := aTown(), map[Kind][]Kind{
		SuspicionCleared: {BreachSuspected}, BreachEnded: {BreachSuspected, Breach, BreachEscalated}, ApproachEnded: {Approach},
	}
	rapid.Check(t, func(t *rapid.T) {
		w, tag := NewWatch(view, 0, DefaultRules()), NewTag("tag-1")
		all, until := hear(w, tag, clock("07:00:00"), anywheres.Draw(t, "fixes"))
		home := append(slices.Repeat([]anywhere{{after: 60_000, place: "home"}}, 5), anywhere{after: historyRest, place: "home"})
		more, _ := hear(w, tag, until, home)
		all = append(all, more...)
		if n := w.Episodes(); n != (Count{}) {
			t.Errorf("%v episodes are left open", n)
		}
		open := map[string]Kind{}
		for _, a := range all {
			if a.Kind == Crossed {
				continue // is over when it is told
			}
			begun, ends := endings[a.Kind]
			switch was, known := open[a.EpisodeID]; {
			case !ends:
				open[a.EpisodeID] = a.Kind
			case !known || !slices.Contains(begun, was):
				t.Errorf("%s ends %q", a.Kind, was)
			default:
				delete(open, a.EpisodeID)
			}
		}
		for id, kind := range open {
			t.Errorf("%s of episode %s has no ending in %s", kind, id, said(all))
		}
	})
}

// Nothing is lost, and nothing made up, when another processor goes on from the checkpoint.
func TestWatch_aTakeoverChangesNothing(t *testing.T) {
	view := aTown()
	rapid.Check(t, func(t *rapid.T) {
		fixes, at := anywheres.Draw(t, "fixes"), clock("07:00:00")
		w, tag := NewWatch(view, 0, DefaultRules()), NewTag("tag-1")
		want, _ := hear(w, tag, at, fixes)
		w, tag = NewWatch(view, 0, DefaultRules()), NewTag("tag-1")
		var got []*Alert
		for i := range fixes {
			var alerts []*Alert
			alerts, at = hear(w, tag, at, fixes[i:i+1])
			got = append(got, alerts...)
			var err error
			if w, tag, err = takenOver(view, w, tag); err != nil {
				t.Fatal(err)
			}
		}
		if got = append(got, ofZones(w.Take())...); said(got) != said(want) {
			t.Errorf("got %q with takeovers, want %q", said(got), said(want))
		}
	})
}

// What comes late is decided apart: however late fixes lie among the others, the live track is what it is without them.
func TestWatch_lateFixesDoNotTouchTheLiveTrack(t *testing.T) {
	view := aTown()
	rapid.Check(t, func(t *rapid.T) {
		from, fixes := clock("07:00:00"), anywheres.Draw(t, "fixes")
		end := from
		for _, a := range fixes {
			end += a.after
		}
		live := func(fixes []anywhere) (b []*Alert) {
			w := NewWatch(view, 0, DefaultRules())
			all, _ := hear(w, NewTag("tag-1"), from, fixes)
			w.Advance(end)
			for _, a := range append(all, ofZones(w.Take())...) {
				if !a.Retrospective {
					b = append(b, a)
				}
			}
			return b
		}
		var inOrder []anywhere
		newest, at, skipped := map[string]int64{}, from, int64(0)
		for _, a := range fixes {
			at += a.after
			source := placed[a.place].Source
			if last, ok := newest[source]; ok && at-a.late < last {
				skipped += a.after
				continue
			}
			newest[source] = at - a.late
			a.after += skipped
			skipped = 0
			inOrder = append(inOrder, a)
		}
		if got, want := said(live(fixes)), said(live(inOrder)); got != want {
			t.Errorf("got %q with late fixes among %v, want %q as without them", got, fixes, want)
		}
	})
}
