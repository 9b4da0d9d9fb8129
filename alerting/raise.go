package alerting

import (
	"strconv"

	"cordon/geofence"
)

// raise adds the alert that a fix at distance d from the zone's edge decided.
func (w *Watch) raise(t *Tag, wr *Wearing, e *Episode, kind Kind, z *geofence.Zone, f *Fix, d float64) {
	a := newAlert(t, wr, e, kind)
	a.Severity, a.Reason = string(z.Severity), reasonOf(kind, z.Kind)
	a.ZoneRevision, a.ZoneKind = z.Revision, string(z.Kind)
	a.FixTime, a.AppendedTime = at(f.Time), at(f.Appended)
	if f.HasReceived {
		a.ReceivedTime = at(f.Received)
	}
	p := f.position()
	a.Position, a.DistanceM = &p, &d
	ev := Evidence{FixTime: Time(f.Time), Position: p, Assumed: f.Assumed, DistanceM: d, Class: ClassIn}
	if d > 0 {
		ev.Class = ClassOut
	}
	if f.HasSeq {
		seq := f.Seq
		ev.Seq = &seq
	}
	a.Evidence = []Evidence{ev}
	if kind == BreachEnded {
		ending(a, e)
		a.ExitFixTime = at(f.Time)
	}
	w.alerts = append(w.alerts, a)
}

// endAt ends an episode by something other than a fix, decided for the instant (ms).
func (w *Watch) endAt(t *Tag, wr *Wearing, e *Episode, reason Reason, decided int64) {
	a := newAlert(t, wr, e, BreachEnded)
	a.Reason, a.DecidedTime = reason, at(decided)
	ending(a, e)
	w.alerts = append(w.alerts, a)
	exit := e.LastInside + 1
	if reason != HistoryEnds {
		exit = max(exit, decided)
	}
	w.close(t, wr, e, exit, decided)
	w.Touch(t)
}

// Gap says that pings of a partition were deleted from the log before they were judged.
type Gap struct {
	Partition int
	Next      int64 // offset of the first ping that is missing
	Pings     int64 // how many are missing
	From, To  int64 // appended times on both sides of the gap, ms
}

// Alerts returns what operators are told of a gap: that the feed was silent for them, and that it is back.
func (g Gap) Alerts() []*Alert {
	subject := "feed:" + strconv.Itoa(g.Partition)
	o := Opening{FixTime: g.From, Seq: uint64(g.Next), HasSeq: true}
	silent := max(0, float64(g.To-g.From)/1000)
	gap := func(kind Kind, decided int64) *Alert {
		return &Alert{
			AlertID: AlertID(kind, subject, "", o, ""), EpisodeID: EpisodeID(subject, "", o), Kind: kind,
			Severity: string(geofence.Serious), Reason: LogTruncated, DecidedTime: at(decided), RuleRevision: plainRule,
		}
	}
	back := gap(FeedResumed, max(g.From, g.To))
	back.SilentS, back.NotCoveredPings = &silent, &g.Pings
	return []*Alert{gap(FeedSilent, g.From), back}
}

func newAlert(t *Tag, wr *Wearing, e *Episode, kind Kind) *Alert {
	a := &Alert{
		AlertID:   AlertID(kind, wr.Subject, e.Zone, e.Opening, ""),
		EpisodeID: EpisodeID(wr.Subject, e.Zone, e.Opening),
		Kind:      kind, WearerID: wr.Wearer, DeviceID: t.Device,
		ZoneID: e.Zone, ZoneRevision: e.ZoneRevision, ZoneKind: e.ZoneKind,
		OpenedFixTime: at(e.Opening.FixTime), Retrospective: e.History, RuleRevision: plainRule,
	}
	if wr.Assigned {
		a.ActivationID, a.Tier = wr.Subject, wr.Tier
	}
	return a
}

// ending fills in what the end of every episode says.
func ending(a *Alert, e *Episode) {
	a.Severity = string(geofence.Info)
	a.LastInsideFixTime = at(e.LastInside)
	depth := e.MaxDepth
	a.MaxDepthM = &depth
}

func reasonOf(kind Kind, zone geofence.Kind) Reason {
	switch {
	case kind == Breach && zone == geofence.Inclusion:
		return Outside
	case kind == Breach:
		return Inside
	case zone == geofence.Inclusion:
		return Returned
	}
	return Left
}

func (f *Fix) position() Position {
	accuracy, level := f.AccuracyM, f.AccuracyLevel
	return Position{Lat: f.Lat, Lon: f.Lon, AccuracyM: &accuracy, AccuracyLevel: &level, Source: f.Source}
}

func at(ms int64) *Time {
	t := Time(ms)
	return &t
}
