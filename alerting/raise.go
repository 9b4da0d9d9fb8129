package alerting

import "cordon/geofence"

// raise adds the alert that a fix at distance d from the zone's edge decided.
func (w *Watch) raise(t *Tag, wr *Wearing, e *Episode, kind Kind, z *geofence.Zone, f *Fix, d float64) *Alert {
	a := w.newAlert(t, wr, e, kind)
	a.Severity, a.Reason = string(severityOf(kind, z.Severity, e.Tier)), reasonOf(kind, z.Kind)
	a.ZoneRevision, a.ZoneKind = z.Revision, string(z.Kind)
	a.FixTime, a.AppendedTime = at(f.Time), at(f.Appended)
	if f.HasReceived {
		a.ReceivedTime = at(f.Received)
	}
	p := f.position()
	a.Position, a.DistanceM = &p, &d
	if kind == BreachEnded {
		a.ExitFixTime = at(e.FirstOut)
	}
	if a.Evidence == nil {
		class := ClassIn
		if d > 0 {
			class = ClassOut
		}
		a.Evidence = []Evidence{(&Seen{*f, d, class}).evidence()}
	}
	return a
}

// timed adds the alert that was decided for an instant (ms), by no fix.
func (w *Watch) timed(t *Tag, wr *Wearing, e *Episode, kind Kind, reason Reason, decided int64) *Alert {
	a := w.newAlert(t, wr, e, kind)
	a.Severity, a.Reason, a.DecidedTime = string(geofence.Info), reason, at(decided)
	return a
}

// endAt ends an episode by something other than a fix, decided for the instant (ms).
func (w *Watch) endAt(t *Tag, wr *Wearing, e *Episode, reason Reason, decided int64) {
	was := e.Phase
	w.move(t, wr, e, func() { e.Phase = None })
	w.Touch(t)
	switch was {
	case Open:
		w.timed(t, wr, e, BreachEnded, reason, decided)
	case Suspected:
		w.timed(t, wr, e, SuspicionCleared, reason, decided)
		fallthrough
	default:
		w.drop(t, wr, e)
		return
	}
	exit := e.LastInside + 1
	if reason != HistoryEnds {
		exit = max(exit, decided)
	}
	w.close(t, wr, e, exit, decided)
}

// newAlert adds an alert about an episode, with what every such alert says.
func (w *Watch) newAlert(t *Tag, wr *Wearing, e *Episode, kind Kind) *Alert {
	a := &Alert{
		Clock:     w.clock,
		AlertID:   AlertID(kind, wr.Subject, e.Zone, e.Opening, ""),
		EpisodeID: EpisodeID(wr.Subject, e.Zone, e.Opening),
		Kind:      kind, WearerID: wr.Wearer, DeviceID: t.Device,
		ZoneID: e.Zone, ZoneRevision: e.ZoneRevision, ZoneKind: e.ZoneKind,
		OpenedFixTime: at(e.Opening.FixTime), Retrospective: e.History, RuleRevision: w.rules.id,
	}
	if wr.Assigned {
		a.ActivationID, a.Tier = wr.Subject, e.Tier
	}
	if kind == BreachEnded {
		depth := e.MaxDepth
		a.LastInsideFixTime, a.MaxDepthM = at(e.LastInside), &depth
	}
	if len(e.Seen) > 0 {
		a.Evidence = make([]Evidence, len(e.Seen))
		for i := range e.Seen {
			a.Evidence[i] = e.Seen[i].evidence()
		}
	}
	w.alerts = append(w.alerts, a)
	return a
}

// evidence is what an alert says of the fix.
func (s *Seen) evidence() Evidence {
	ev := Evidence{FixTime: Time(s.Time), Position: s.position(), Assumed: s.Assumed, DistanceM: s.Distance, Class: s.Class}
	if s.HasSeq {
		seq := s.Seq
		ev.Seq = &seq
	}
	return ev
}

func reasonOf(kind Kind, zone geofence.Kind) Reason {
	switch {
	case kind == Approach:
		return InRing
	case kind == Crossed:
		return Between
	case kind == Breach || kind == BreachSuspected:
		if zone == geofence.Inclusion {
			return Outside
		}
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
