package alerting

import (
	"cmp"
	"slices"
)

// Recall rebuilds from alerts what a Watch must know at an instant to go on deciding: the episodes open then, under
// their own ids, and the stays that are over but still remembered. Of an episode's fixes before the instant only the
// opening one is known: the depth that its end will name is the greatest since then.
type Recall struct {
	at       int64
	episodes map[string]*recalled // by episode id
}

type recalled struct {
	opened, ended *Alert
	over          bool // for so long that it is no longer remembered
}

// NewRecall returns a Recall of the instant (ms of appended time).
func NewRecall(at int64) *Recall { return &Recall{at: at, episodes: map[string]*recalled{}} }

// Note takes an alert; the order does not matter and repeats are harmless. What was decided at or after the instant is
// left out: it will be decided again.
func (r *Recall) Note(a *Alert) {
	if !a.recallable() || a.decided() >= r.at {
		return
	}
	e := r.episodes[a.EpisodeID]
	if e == nil {
		e = &recalled{}
		r.episodes[a.EpisodeID] = e
	}
	switch {
	case e.over:
	case a.Kind == BreachEnded && r.at-a.decided() > knownFor:
		*e = recalled{over: true} // and its alerts are let go: a topic holds years of them
	case a.Kind == BreachEnded:
		e.ended = a
	default:
		e.opened = a
	}
}

// recallable reports whether the alert opens or ends a stay and says all that is needed to go on with it.
func (a *Alert) recallable() bool {
	switch a.Kind {
	case Breach:
		return a.EpisodeID != "" && a.FixTime != nil && a.OpenedFixTime != nil && a.Position != nil && a.DistanceM != nil
	case BreachEnded:
		return a.EpisodeID != "" && a.LastInsideFixTime != nil && (a.ExitFixTime != nil || a.DecidedTime != nil)
	}
	return false
}

// decided is the appended time at which the alert was decided.
func (a *Alert) decided() int64 {
	if a.AppendedTime != nil {
		return int64(*a.AppendedTime)
	}
	if a.DecidedTime != nil {
		return int64(*a.DecidedTime)
	}
	return never
}

// Tags returns the state of every tag that has some, by device.
func (r *Recall) Tags() []*Tag {
	tags := map[string]*Tag{}
	for _, e := range r.episodes {
		if e.opened == nil {
			continue
		}
		t := tags[e.opened.DeviceID]
		if t == nil {
			t = NewTag(e.opened.DeviceID)
			tags[t.Device] = t
		}
		wr := t.recalledWearing(e.opened)
		if e.ended == nil {
			wr.reopen(e.episode())
		} else {
			wr.Stays = append(wr.Stays, e.stay())
		}
	}
	sorted := make([]*Tag, 0, len(tags))
	for _, t := range tags {
		sorted = append(sorted, t)
	}
	slices.SortFunc(sorted, func(a, b *Tag) int { return cmp.Compare(a.Device, b.Device) })
	return sorted
}

// reopen adds an episode; of two of one zone and track, which only a lost ending can leave, the later one counts.
func (w *Wearing) reopen(e *Episode) {
	is := w.episode(e.Zone, e.History)
	switch {
	case is == nil:
		w.Open = append(w.Open, e)
	case is.Since < e.Since:
		*is = *e
	}
}

func (t *Tag) recalledWearing(a *Alert) *Wearing {
	subject, assigned := a.ActivationID, a.ActivationID != ""
	if !assigned {
		subject = a.WearerID
	}
	wr := t.wearing(subject, a.WearerID)
	if wr == nil {
		wr = &Wearing{Subject: subject, Wearer: a.WearerID, Assigned: assigned, LastFix: never, HistoryLast: never}
		t.Wearings = append(t.Wearings, wr)
	}
	wr.Tier = a.Tier
	wr.LastAppended = max(wr.LastAppended, a.decided())
	t.LastAppended = max(t.LastAppended, wr.LastAppended)
	if f := int64(*a.FixTime); a.Retrospective {
		wr.HistoryLast = max(wr.HistoryLast, f)
		t.LastLate = max(t.LastLate, a.decided())
	} else {
		wr.LastFix = max(wr.LastFix, f)
	}
	return wr
}

// episode continues the one that the alert opened, from what its opening fix said.
func (e *recalled) episode() *Episode {
	a := e.opened
	o := Opening{FixTime: int64(*a.OpenedFixTime), LatE7: e7(a.Position.Lat), LonE7: e7(a.Position.Lon)}
	if len(a.Evidence) > 0 && a.Evidence[0].Seq != nil {
		o.Seq, o.HasSeq = *a.Evidence[0].Seq, true
	}
	depth := *a.DistanceM
	if a.ZoneKind == "exclusion" {
		depth = -depth
	}
	return &Episode{
		Zone: a.ZoneID, ZoneRevision: a.ZoneRevision, ZoneKind: a.ZoneKind, History: a.Retrospective, Opening: o,
		Since: a.decided(), LastInside: int64(*a.FixTime), Lat: a.Position.Lat, Lon: a.Position.Lon, MaxDepth: max(0, depth),
	}
}

func (e *recalled) stay() Stay {
	exit := int64(*e.ended.LastInsideFixTime) + 1
	switch {
	case e.ended.ExitFixTime != nil:
		exit = int64(*e.ended.ExitFixTime)
	case e.ended.Reason != HistoryEnds:
		exit = max(exit, int64(*e.ended.DecidedTime))
	}
	return Stay{Zone: e.opened.ZoneID, Opened: int64(*e.opened.OpenedFixTime), Exit: exit, Closed: e.ended.decided()}
}
