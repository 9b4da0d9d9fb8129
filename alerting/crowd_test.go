package alerting

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordon/geofence"
)

// crowded returns n zones in the place of the school, some with a warning ring, each with its own timetable: some always
// apply, others every second minute, or for some minutes of each half hour.
func crowded(n int) []*geofence.Zone {
	var zones []*geofence.Zone
	for i := range n {
		z := school(1)
		z.ID = fmt.Sprintf("zone-%04d", i)
		if i%3 == 0 {
			z.BufferM = 200
		}
		switch i % 4 {
		case 1:
			z.Schedule = windows(2, 1, i)
		case 2, 3:
			z.Schedule = windows(30, 1+i%29, i)
		}
		zones = append(zones, z)
	}
	return zones
}

// windows returns the windows of a schedule that holds for some minutes out of every few, all day.
func windows(of, minutes, from int) []geofence.Window {
	const day = 24 * 60
	var list []geofence.Window
	for start := from % of; start < day; start += of {
		list = append(list, geofence.Window{Days: [7]bool{true, true, true, true, true, true, true}, From: start, To: (start + minutes) % day})
	}
	return list
}

func viewOf(zones ...*geofence.Zone) *geofence.View {
	var all []geofence.ZoneRevision
	for _, z := range zones {
		all = append(all, zoneRevision("00:00:00", z))
	}
	return geofence.NewView(all, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
}

// lived returns the alerts of each zone on the live track. For late fixes all zones together decide whether they are known.
func lived(alerts []*Alert) map[string]string {
	of := map[string][]*Alert{}
	for _, a := range alerts {
		if !a.Retrospective {
			of[a.ZoneID] = append(of[a.ZoneID], a)
		}
	}
	text := map[string]string{}
	for id, list := range of {
		text[id] = said(list)
	}
	return text
}

func TestWatch_zonesAtOnePlaceAreDecidedAsEachOfThemAlone(t *testing.T) {
	zones := crowded(few + 4)
	view, alone := viewOf(zones...), make([]*geofence.View, len(zones))
	for i, z := range zones {
		alone[i] = viewOf(z)
	}
	rapid.Check(t, func(t *rapid.T) {
		fixes, handOver := anywheres.Draw(t, "fixes"), rapid.IntRange(1, 20).Draw(t, "a takeover after each so many")
		w, tag := NewWatch(view, 0, DefaultRules()), NewTag("tag-1")
		var all []*Alert
		from := clock("07:00:00")
		for i := range fixes {
			var alerts []*Alert
			alerts, from = hear(w, tag, from, fixes[i:i+1])
			all = append(all, alerts...)
			if i%handOver == 0 {
				var err error
				if w, tag, err = takenOver(view, w, tag); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.Advance(from + 3600_000)
		got := lived(append(all, ofZones(w.Take())...))
		for i, z := range zones {
			w, tag := NewWatch(alone[i], 0, DefaultRules()), NewTag("tag-1")
			all, end := hear(w, tag, clock("07:00:00"), fixes)
			w.Advance(end + 3600_000)
			if want := lived(append(all, ofZones(w.Take())...))[z.ID]; got[z.ID] != want {
				t.Fatalf("%s among %d zones: %s\nalone: %s", z.ID, len(zones), got[z.ID], want)
			}
		}
	})
}

func TestWatch_aZoneThatChangesEveryMinuteMakesFewEventsInALongSilence(t *testing.T) {
	for place, f := range placed {
		z := school(1)
		z.BufferM, z.Schedule = 200, windows(2, 1, 0)
		w, tag := NewWatch(viewOf(z), 0, DefaultRules()), NewTag("tag-1")
		f.Lat, f.AccuracyLevel = 0.005, 0.95
		for i := range int64(8) {
			f.Time = clock("10:00:00") + 120_000 + 15_000*i // the tag's clock is ahead
			f.Appended = f.Time - 120_000
			w.Advance(f.Appended)
			w.Hear(tag, &f, Report{HasPosition: true})
			w.Observe(tag, &f)
		}
		events, until := 0, clock("+10:00:00")
		for ; w.due() <= until; events++ {
			w.Run(w.due())
		}
		if events > 12 {
			t.Errorf("%s: %d events in a day of %d boundaries", place, events, 2*len(z.Schedule))
		}
	}
}

func TestCeased_isTheFirstBoundaryAtWhichTheZoneNoLongerApplies(t *testing.T) {
	z := &geofence.Zone{Location: time.UTC, Schedule: windows(60, 30, 0)}
	for _, tt := range []struct{ from, limit, want string }{
		{"10:10:00", "12:00:00", "10:30:00"}, {"10:40:00", "12:00:00", "11:30:00"}, {"10:40:00", "11:20:00", "11:20:00"},
		{"10:40:00", "11:00:00", "11:00:00"}, {"10:10:00", "10:20:00", "10:20:00"}, {"10:10:00", "10:30:00", "10:30:00"},
	} {
		if got := ceased(z, clock(tt.from), clock(tt.limit)); got != clock(tt.want) {
			t.Errorf("from %s up to %s: %s, want %s", tt.from, tt.limit, time.UnixMilli(got).UTC().Format("15:04:05"), tt.want)
		}
	}
	if got := ceased(school(1), 5, 7); got != 7 {
		t.Errorf("a zone that always applies ceases at %d", got)
	}
}

// BenchmarkWatch_crowd measures a ping inside a thousand zones at once, with all the costs that a zone can have. With 1,000
// windows each zone changes every minute, and every change raises an alert for a wearer inside.
func BenchmarkWatch_crowd(b *testing.B) {
	for _, s := range stays {
		for _, minutes := range []int{0, 1} {
			b.Run(fmt.Sprintf("%s/windows=%d", s.name, minutes*720), func(b *testing.B) {
				var zones []*geofence.Zone
				for r := range rounds(1000, s.buffer).AllZones() {
					z := r.Zone.Clone()
					if minutes > 0 {
						z.Schedule = windows(2, 1, 0)
					}
					zones = append(zones, z)
				}
				w, tag := NewWatch(viewOf(zones...), 0, DefaultRules()), NewTag("tag-1")
				f := Fix{Time: clock("10:00:00"), Lon: s.lon, Lat: s.lat, Source: satellite, AccuracyM: 5, AccuracyLevel: 0.95}
				alerts := 0
				for b.Loop() {
					f.Time += 15_000
					f.Appended = f.Time
					w.Advance(f.Appended)
					w.Hear(tag, &f, Report{HasPosition: true})
					w.Observe(tag, &f)
					alerts += len(w.Take())
				}
				b.ReportMetric(float64(alerts)/float64(b.N), "alerts/op")
			})
		}
	}
}
