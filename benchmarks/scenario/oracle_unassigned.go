package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"cordon/alerting"
)

// These are the limits of what tags that nobody wears can cost: how many are remembered, and of how many is told in an hour.

// strangers is what is remembered of the tags that nobody wears as a whole.
type strangers struct {
	tags  int   // remembered at present
	hour  int64 // the clock at the first of them that was told of in the hour that is counted, or never
	told  int   // in that hour
	since int64 // the clock when the open flood began, or never
	last  int64 // the clock when one was last passed over
	over  int   // passed over at their first ping, in this flood
}

// tells tells whether anything is told of what the bearer's tag says: of a tag that nobody wears only when that itself was.
func (s *state) tells() bool { return s.activation != "" || s.vigil.unassigned != nil }

// mayTell tells whether one more tag that nobody wears may be told of. The first that may not opens the flood.
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
		detail := fmt.Sprintf("more than %d tags that nobody in the register wears were due for an alert within an hour: until an hour passes without that, "+
			"the others are not alerted of one by one; check the register, and who can write to the ping topic", l.params.UnassignedAlerts)
		l.tellFlood(alerting.SystemFault, "serious", detail, l.clock)
	}
	n.last = l.clock
	if first {
		n.over++
	}
	return false
}

// floodOver is when the open flood will be over if nothing more is passed over, or forever.
func (l *lane) floodOver() int64 {
	if l.strangers.since == never {
		return forever
	}
	return l.strangers.last + hour
}

func (l *lane) askFlood(t int64) {
	if at := l.floodOver(); at <= t {
		l.tellFlood(alerting.SystemRestored, "info",
			fmt.Sprintf("%d tags that nobody in the register wears were not alerted of when they were first heard", l.strangers.over), at)
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

// recognise notes whether anybody ever wore the tag. If nobody did, others go while there are too many, but no more than two:
// first those outside of all zones, the one heard longest ago before the rest. When all are inside, twice as many may stay.
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

// forgetOne forgets a tag to make room for another, unless that is the next to go itself.
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

// inZone tells whether the tag has anything open in or about a zone.
func (t *tag) inZone() bool {
	for _, s := range t.states {
		if len(s.live)+len(s.past)+len(s.dormant)+len(s.visits) > 0 {
			return true
		}
	}
	return false
}

// forgetState ends all that is open: the episodes in the order in which they are asked, then what the tag said.
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
