package alerting

import (
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"

	"cordon/geofence"
)

// rounds are zones that all are the same polygon of 32 vertices around 0.005, 0.005, 557 m from there to each.
func rounds(n int, buffer float64) *geofence.View {
	var ring orb.Ring
	for i := range 33 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i%32) / 32)
		ring = append(ring, orb.Point{0.005 + 0.005*cos, 0.005 + 0.005*sin})
	}
	var all []geofence.ZoneRevision
	for i := range n {
		z := buffered(buffer, school(1))
		z.ID, z.Shape = fmt.Sprintf("zone-%03d", i), geofence.Shape{Polygons: orb.MultiPolygon{{ring}}}
		all = append(all, zoneRevision("00:00:00", z))
	}
	return geofence.NewView(all, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")})
}

// stays are what can be so of a wearer and a zone while nothing changes.
var stays = []struct {
	name     string
	buffer   float64 // of the zone, metres
	lon, lat float64
}{
	{"far", 200, -0.02, 0.005},
	{"beside", 0, 0.0006, 0.0006}, // in the box around the zone, 136 m from it
	{"approached", 200, -0.001, 0.005},
	{"breached", 0, 0.001, 0.005},
}

// stay returns a function that lets a watch hear the next ping of a wearer who stays, long after all that there was to
// say of it was said.
func stay(zones, which int) func() {
	s := stays[which]
	w, tag := NewWatch(rounds(zones, s.buffer), 0, DefaultRules()), NewTag("tag-1")
	f := Fix{Time: clock("10:00:00"), Lon: s.lon, Lat: s.lat, Source: satellite, AccuracyM: 5, AccuracyLevel: 0.95, HasSeq: true}
	said := Report{HasPosition: true, HasBattery: true, BatteryPct: 81, Strap: StrapClosed, Motion: Yes, Charging: No, Jamming: No}
	next := func() {
		f.Time += 15_000
		f.Appended = f.Time
		f.Seq++
		f.Lon = -f.Lon + 2*s.lon + 1e-7*float64(f.Seq%3) // a hand's breadth to and fro
		w.Advance(f.Appended)
		w.Hear(tag, &f, said)
		w.Observe(tag, &f)
	}
	for range 2000 {
		next()
	}
	w.Take()
	w.Changed()
	return next
}

func TestWatch_aPingThatChangesNothingAllocatesNothing(t *testing.T) {
	for i, s := range stays {
		if n := testing.AllocsPerRun(1000, stay(5, i)); n != 0 {
			t.Errorf("%s: %v allocations a ping", s.name, n)
		}
	}
}

// BenchmarkWatch tells what the decision takes of a ping, its zone test included, and how much of that each zone adds that
// could be breached or come near.
func BenchmarkWatch(b *testing.B) {
	for i, s := range stays {
		for _, zones := range []int{1, 5, 20} {
			b.Run(fmt.Sprintf("%s/zones=%d", s.name, zones), func(b *testing.B) {
				next := stay(zones, i)
				b.ReportAllocs()
				for b.Loop() {
					next()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*zones), "ns/candidate")
			})
		}
	}
}
