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
}

func newLooker(zone *geofence.Zone, room int) *looker {
	return &looker{zone: zone.Shape.Compile(), options: ingest.DefaultDecoderOptions(), sights: make([]rivals.Sight, 0, room)}
}

func (l *looker) look(p *ingest.Ping, appended int64) {
	age := appended - p.FixTime
	if age > l.options.MaxAge.Milliseconds() || -age > l.options.MaxFuture.Milliseconds() || l.recent.Seen(p) {
		return
	}
	if !p.With(ingest.HasPosition) {
		return
	}
	radius, level := l.options.Accuracy[p.Source], l.options.AccuracyLevel
	if p.With(ingest.HasAccuracy) {
		radius = p.AccuracyM
	}
	if p.With(ingest.HasAccuracyLevel) {
		level = p.AccuracyLevel
	}
	plane := geofence.PlaneAt(p.Lon, p.Lat)
	s := rivals.Sight{
		Time: p.FixTime, Appended: appended, Source: p.Source,
		Distance: geofence.Round(l.zone.Distance(&plane)), Radius: alerting.Radius95(radius, level),
	}
	if p.Source == ingest.GNSS {
		s.Late = l.seen && p.FixTime < l.newest
		if !s.Late {
			l.seen, l.newest = true, p.FixTime
		}
	}
	l.sights = append(l.sights, s)
}
