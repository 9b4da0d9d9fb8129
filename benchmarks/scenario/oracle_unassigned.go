package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"cordon/alerting"
)

// This file decides the limits of unassigned tags: how many are remembered, and how many alerts are raised in an hour.

// strangers is the state of all unassigned tags together.
type strangers struct {
	tags  int   // remembered at present
	hour  int64 // the clock at the first alert of the current hour, or never
	told  int   // alerts in that hour
	since int64 // the clock when the open flood began, or never
	last  int64 // the clock when an alert was last held back
	over  int   // tags whose alert was held back at their first ping, in this flood
}

// tells reports whether tag alerts are raised for the bearer: for an unassigned tag only while its unassigned_device is open.
func (s *state) tells() bool { return s.activation != "" || s.vigil.unassigned != nil }

// mayTell reports whether one more unassigned tag may be alerted. The first that may not opens the flood.
func (l *lane) mayTell(first bool) bool {
	n := &l.strangers
	if n.hour == never || l.clock >= n.hour+hour {
		n.hour, n.told = l.clock, 0
	}
	if n.told < l.params.UnassignedAlerts {
		n.told++
		return true
	}
	if n.since == never {
		n.since, n.over = l.clock, 0
		detail := fmt.Sprintf("more than %d tags without a wearer in the register were due for an alert within an hour: the others get no alert of "+
			"their own; this ends after an hour in which no alert was held back; check the register, and who can write to the ping topic", l.params.UnassignedAlerts)
		l.tellFlood(alerting.SystemFault, "serious", detail, l.clock)
	}
	n.last = l.clock
	if first {
		n.over++
	}
	return false
}

// floodOver is when the open flood ends if no more alerts are held back, or forever.
func (l *lane) floodOver() int64 {
	if l.strangers.since == never {
		return forever
	}
	return l.strangers.last + hour
}

func (l *lane) askFlood(t int64) {
	if at := l.floodOver(); at <= t {
		l.tellFlood(alerting.SystemRestored, "info",
			fmt.Sprintf("%d tags without a wearer in the register got no alert when they were first heard", l.strangers.over), at)
		l.strangers.since = never
	}
}

func (l *lane) tellFlood(kind alerting.Kind, severity, detail string, decided int64) {
	part := fmt.Sprintf("pings/%d/unassigned_flood", l.number)
	list := []string{"system:" + part, "", strconv.FormatInt(l.strangers.since, 10), "0", "", ""}
	l.alerts = append(l.alerts, alerting.Alert{
		AlertID:   listID(append(append([]string{"v1", string(kind)}, list...), "")...),
		EpisodeID: listID(append([]string{"v1"}, list...)...),
		Kind:      kind, Severity: severity, Reason: "unassigned_flood", Part: part, Detail: detail,
		OpenedFixTime: wireTime(l.strangers.since), DecidedTime: wireTime(decided), RuleRevision: l.params.Rules.revision(),
	})
}

// recognise notes whether the tag was ever worn. If it was not, other tags are forgotten while there are too many, but no
// more than two: first those outside of all zones, the one heard longest ago first. If all are inside, twice as many may
// stay.
func (l *lane) recognise(t *tag, appended int64) {
	t.heard = max(t.heard, appended)
	worn := false
	for b := range t.states {
		worn = worn || b.activation != ""
	}
	if worn && t.stranger {
		t.stranger = false
		l.strangers.tags--
	}
	if worn {
		return
	}
	for range 2 {
		others := l.strangers.tags
		if t.stranger {
			others--
		}
		if others < l.params.MaxUnassigned || !l.forgetOne(t, others) {
			break
		}
	}
	if !t.stranger {
		t.stranger = true
		l.strangers.tags++
	}
}

// forgetOne forgets a tag to make room for another, unless that other one is itself the next to be forgotten.
func (l *lane) forgetOne(room *tag, others int) bool {
	var first *tag
	for _, t := range l.tags {
		if t.stranger && (first == nil || t.goesBefore(first)) {
			first = t
		}
	}
	if first == room || first.inZone() && others < 2*l.params.MaxUnassigned {
		return false
	}
	for _, s := range first.states {
		l.forgetState(s)
	}
	delete(l.tags, first.device)
	l.strangers.tags--
	l.counts.Forgotten++
	return true
}

func (t *tag) goesBefore(o *tag) bool {
	if inside := t.inZone(); inside != o.inZone() {
		return !inside
	}
	return cmp.Or(cmp.Compare(t.heard, o.heard), cmp.Compare(t.device, o.device)) < 0
}

// inZone reports whether the tag has an open zone episode or visit.
func (t *tag) inZone() bool {
	for _, s := range t.states {
		if len(s.live)+len(s.past)+len(s.dormant)+len(s.visits) > 0 {
			return true
		}
	}
	return false
}

// forgetState ends everything open: first the episodes, in the order in which they are checked, then the tag's own.
func (l *lane) forgetState(s *state) {
	var open []*episode
	for _, of := range []map[string]*episode{s.live, s.past, s.visits, s.dormant} {
		open = slices.AppendSeq(open, maps.Values(of))
	}
	slices.SortFunc(open, func(a, b *episode) int {
		return cmp.Or(a.order()-b.order(), cmp.Compare(a.zone, b.zone), a.began-b.began)
	})
	for _, e := range open {
		switch {
		case e.stage == dormant:
			l.wakeNever(e)
		case e.isVisit():
			l.visitEnds(e, "forgotten", l.clock)
		default:
			l.endAt(e, "forgotten", l.clock)
		}
	}
	v := &s.vigil
	for _, o := range v.troubles() {
		if *o.of != nil {
			a := l.troubleAlert(*o.of, o.over, "forgotten")
			a.DecidedTime = wireTime(l.clock)
			l.alerts = append(l.alerts, a)
		}
	}
	delete(l.vigils, s)
}
