package alerting

import (
	"cmp"
	"slices"

	"cordon/geofence"
)

// Recall rebuilds from alerts what a Watch must know at an instant to go on deciding: the episodes open then, under
// their own ids, and the stays that are over but still remembered. Of an episode's fixes before the instant only the
// opening one is known: the depth that its end will name is the greatest since then.
type Recall struct {
	at       int64
	episodes map[string]*recalled // by episode id
	troubles map[named]*recalled  // of tags; what one ping opened is told apart by the cause
	feeds    map[string]*recalled // by episode id
	system   map[string]*recalled // by episode id
	counted  map[string]int64     // when alerts unassigned_device were decided, by alert id
}

// named is a tag episode.
type named struct {
	episode string
	cause   Cause
}

type recalled struct {
	opened, ended *Alert              // opened: what suspected it or, where nothing did, what found the breach
	breach        *Alert              // what found or confirmed the breach
	graver        map[string]struct{} // the severities it was raised to since
	entered       bool                // of an approach
	over          bool                // for so long that it is no longer remembered
}

// NewRecall returns a Recall of the instant (ms of appended time).
func NewRecall(at int64) *Recall {
	return &Recall{at: at, episodes: map[string]*recalled{}, troubles: map[named]*recalled{}, feeds: map[string]*recalled{}, system: map[string]*recalled{},
		counted: map[string]int64{}}
}

// Note takes an alert; the order does not matter and repeats are harmless. What was decided at or after the instant is
// left out: it will be decided again.
func (r *Recall) Note(a *Alert) {
	if r.noteTag(a) || r.noteSystem(a) || !a.recallable() || a.decidedAt() >= r.at {
		return
	}
	e := r.episodes[a.EpisodeID]
	if e == nil {
		e = &recalled{}
		r.episodes[a.EpisodeID] = e
	}
	switch {
	case e.over:
	case a.Kind == ApproachEnded && a.Reason == Entered:
		e.entered = true
	case a.Kind == ApproachEnded, a.Kind == SuspicionCleared, a.Kind == BreachEnded && r.at-a.decided() > knownFor:
		*e = recalled{over: true} // and its alerts are let go: a topic holds years of them
	case a.Kind == BreachEnded:
		e.ended = a
	case a.Kind == BreachEscalated:
		if e.graver == nil {
			e.graver = map[string]struct{}{}
		}
		e.graver[a.Severity] = struct{}{}
	default:
		if a.Kind == Breach {
			e.breach = a
		}
		if e.opened == nil || a.Kind == BreachSuspected {
			e.opened = a
		}
	}
}

// recallable reports whether the alert opens or ends a stay and says all that is needed to go on with it.
func (a *Alert) recallable() bool {
	switch a.Kind {
	case Breach, BreachSuspected, Approach:
		return a.EpisodeID != "" && a.OpenedFixTime != nil && len(a.Evidence) > 0
	case SuspicionCleared, BreachEscalated, ApproachEnded:
		return a.EpisodeID != ""
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

// decidedAt returns the clock (ms) at which the alert was decided: that of its ping, or the later one that had overtaken
// the ping. A rebuild decides again what follows an instant of the clock, whatever time a ping was stamped with.
func (a *Alert) decidedAt() int64 {
	if a.AppendedTime == nil {
		return a.decided()
	}
	return max(a.decided(), a.Clock)
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
	r.addTroubles(tags)
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
	if e.visits() {
		is = w.visit(e.Zone)
	}
	switch {
	case is == nil:
		w.insert(e)
	case is.Since < e.Since:
		*is = *e
	}
}

// recalledWearing is the state under the activation of an alert of a zone, which the usable fixes that it names move.
func (t *Tag) recalledWearing(a *Alert) *Wearing {
	wr := t.recalledBearer(a)
	if a.Retrospective {
		t.LastLate = max(t.LastLate, a.decided())
	} else {
		wr.Heard = max(wr.Heard, a.decided())
	}
	for i := range a.Evidence {
		v := &a.Evidence[i]
		switch f := int64(v.FixTime); {
		case v.Class == ClassUnusable:
		case a.Retrospective:
			wr.HistoryLast = max(wr.HistoryLast, f)
		default:
			wr.LastFix, wr.Condition.Newest = max(wr.LastFix, f), max(wr.Condition.Newest, f)
			if f >= wr.LastUsable {
				wr.LastUsable, wr.Last = f, v.anchor()
			}
		}
	}
	return wr
}

// anchor is the fix of the evidence, to go on from.
func (v *Evidence) anchor() Anchor {
	a := Anchor{Lat: v.Lat, Lon: v.Lon, Assumed: v.Assumed}
	if v.AccuracyM != nil && v.AccuracyLevel != nil { // ours always say both
		a.AccuracyM, a.AccuracyLevel = *v.AccuracyM, *v.AccuracyLevel
	}
	if a.HasSeq = v.Seq != nil; a.HasSeq {
		a.Seq = *v.Seq
	}
	return a
}

// recalledBearer is the state under the activation of an alert.
func (t *Tag) recalledBearer(a *Alert) *Wearing {
	subject, assigned := a.ActivationID, a.ActivationID != ""
	if !assigned {
		subject = a.WearerID
	}
	wr := t.wearing(subject, a.WearerID)
	if wr == nil {
		wr = &Wearing{Subject: subject, Wearer: a.WearerID, Assigned: assigned}
		wr.forget()
		t.Wearings = append(t.Wearings, wr)
	}
	wr.Tier = a.Tier
	wr.LastAppended = max(wr.LastAppended, a.decided())
	t.LastAppended = max(t.LastAppended, wr.LastAppended)
	return wr
}

// episode continues the one that the alert opened, from what its opening fix said.
func (e *recalled) episode() *Episode {
	a, first := e.opened, &e.opened.Evidence[0]
	o := Opening{FixTime: int64(*a.OpenedFixTime), LatE7: e7(first.Lat), LonE7: e7(first.Lon)}
	if first.Seq != nil {
		o.Seq, o.HasSeq = *first.Seq, true
	}
	depth := first.DistanceM
	if a.ZoneKind == "exclusion" {
		depth = -depth
	}
	is := &Episode{
		Zone: a.ZoneID, ZoneRevision: a.ZoneRevision, ZoneKind: a.ZoneKind, History: a.Retrospective, Opening: o, Tier: a.Tier,
		Since: a.decided(), LastInside: o.FixTime, Lat: first.Lat, Lon: first.Lon, MaxDepth: max(0, depth),
	}
	switch b := e.breach; {
	case a.Kind == Approach && e.entered:
		is.Phase = Spent
	case a.Kind == Approach:
		is.Phase = Near
	case b != nil:
		is.Phase, is.Breached, is.Escalations = Open, b.decided(), len(e.graver)
		is.Severity = raised(geofence.Severity(b.Severity), is.Escalations)
	default:
		is.Phase, is.Severity = Suspected, geofence.Severity(a.Severity)
		if a.Tier != 1 { // of whom a suspicion is as grave as the breach
			is.Severity = raised(is.Severity, 1)
		}
		is.begin(first.Class, o.FixTime)
	}
	return is
}

// begin begins the run of a suspicion with its opening fix.
func (s *Stance) begin(c Class, time int64) {
	if c == ClassLine {
		return
	}
	s.Ins, s.FirstIn = 1, time
	if c == ClassDeep {
		s.Deeps = 1
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
