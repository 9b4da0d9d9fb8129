package main

import (
	"cordon/alerting"
	"cordon/benchmarks/quality/rivals"
	"cordon/geofence"
	"cordon/ingest"
)

// looker turns the pings of one wearer, in the order they were appended, into what rules see of them: as the product
// does, it drops repeats and pings too old or from the future, assumes the accuracy where none is said, and rounds
// distances to a centimetre.
type looker struct {
	zone    *geofence.Compiled
	options ingest.DecoderOptions
	recent  ingest.Recent
	newest  int64 // of the satellite fixes
	seen    bool
	sights  []rivals.Sight
	fixes   []alerting.Fix // that sights point to
}

func newLooker(zone *geofence.Zone, room int) *looker {
	return &looker{
		zone: zone.Shape.Compile(), options: ingest.DefaultDecoderOptions(),
		sights: make([]rivals.Sight, 0, room), fixes: make([]alerting.Fix, 0, room),
	}
}

// look takes the next ping; there must be room for it.
func (l *looker) look(p *ingest.Ping, appended int64) {
	age := appended - p.FixTime
	if age > l.options.MaxAge.Milliseconds() || -age > l.options.MaxFuture.Milliseconds() || l.recent.Seen(p) {
		return
	}
	if !p.With(ingest.HasPosition) {
		return
	}
	f := alerting.Fix{
		Time: p.FixTime, Appended: appended, Seq: p.Seq, HasSeq: p.With(ingest.HasSeq), Lat: p.Lat, Lon: p.Lon, Source: p.Source.String(),
		AccuracyM: p.AccuracyM, AccuracyLevel: p.AccuracyLevel, Assumed: !p.With(ingest.HasAccuracy),
	}
	if f.Assumed {
		f.AccuracyM = l.options.Accuracy[p.Source]
	}
	if !p.With(ingest.HasAccuracyLevel) {
		f.AccuracyLevel = l.options.AccuracyLevel
	}
	l.fixes = append(l.fixes, f)
	plane := geofence.PlaneAt(p.Lon, p.Lat)
	s := rivals.Sight{
		Time: p.FixTime, Appended: appended, Source: p.Source, Still: p.Motion == ingest.No, Fix: &l.fixes[len(l.fixes)-1],
		Distance: geofence.Round(l.zone.Distance(&plane)), Radius: alerting.Radius95(f.AccuracyM, f.AccuracyLevel),
	}
	if p.Source == ingest.GNSS {
		s.Late = l.seen && p.FixTime < l.newest
		if !s.Late {
			l.seen, l.newest = true, p.FixTime
		}
	}
	l.sights = append(l.sights, s)
}
