package scenario

import (
	"cmp"
	"strconv"

	"cordon/alerting"
)

// These are the alerts of the rule set default about tags and the feed: what pings say but for where the wearer is, and
// that none come.

// trouble is something about a tag that has been told and is not over.
type trouble struct {
	state   *state
	opening fix // the ping that shows it
	reason  alerting.Reason
}

// vigil is what is remembered of the pings of one bearer, wherever they lie.
type vigil struct {
	due    int64 // next instant at which it is asked
	newest int64 // greatest fix time heard, or never: what is less is late

	unassigned, strap, battery, blind, implausible *trouble // nil: there is none

	closed   streak // pings in a row that say that the strap is closed
	critical bool   // the battery is, and not only low
	blinds   streak // pings in a row without a position
	firstOf  fix    // the first of them
	placed   int64  // fix time of the last with a position, or never
	positions
	silence
}

func newVigil() vigil {
	return vigil{newest: never, placed: never, silence: silence{heard: never}}
}

// troubles are those that the end of the bearer ends, in order, each with the kind that says so.
func (v *vigil) troubles() []struct {
	of   **trouble
	over alerting.Kind
} {
	return []struct {
		of   **trouble
		over alerting.Kind
	}{
		{&v.unassigned, alerting.DeviceAssigned},
		{&v.strap, alerting.StrapRestored},
		{&v.battery, alerting.BatteryRestored},
		{&v.blind, alerting.PositionRegained},
		{&v.implausible, alerting.PositionPlausible},
		{&v.silent, alerting.TagResumed},
	}
}

// hearPing takes every ping that is neither rejected nor a duplicate, before its position is looked at.
func (l *lane) hearPing(t *tag, s *state, f fix, over bool) {
	if over {
		return
	}
	l.resumeTag(t, s, f)
	l.resumeFeed(f)
	late, first := f.fix < s.vigil.newest, s.vigil.newest == never
	s.vigil.newest = max(s.vigil.newest, f.fix)
	if !late {
		l.judgePing(s, f, first)
	}
	l.vigils[s] = struct{}{}
	l.watchVigil(s, l.clock)
}

func (l *lane) judgePing(s *state, f fix, first bool) {
	l.judgeAssignment(s, f, first)
	l.judgeStrap(s, f)
	l.judgeBattery(s, f)
	l.judgeJamming(s, f)
	l.judgeBlind(s, f)
	if f.usable {
		l.judgePlausible(s, f)
	}
}

func (l *lane) judgeAssignment(s *state, f fix, first bool) {
	if v := &s.vigil; s.activation == "" && v.unassigned == nil && l.mayTell(first) {
		v.unassigned = &trouble{state: s, opening: f, reason: alerting.NoActivation}
		l.raiseTrouble(v.unassigned, alerting.UnassignedDevice, alerting.NoActivation, f)
	}
}

func (l *lane) judgeStrap(s *state, f fix) {
	v := &s.vigil
	switch f.strap {
	case "open", "tampered":
		v.closed = streak{}
		if v.strap == nil && s.tells() {
			reason := map[string]alerting.Reason{"open": alerting.OpenStrap, "tampered": alerting.TamperedStrap}[f.strap]
			v.strap = &trouble{state: s, opening: f, reason: reason}
			l.raiseTrouble(v.strap, alerting.StrapTamper, reason, f)
		}
	case "closed":
		v.closed.add(f.fix)
		if v.strap != nil && v.closed.spans(f.fix, l.params.Rules.Tags.StrapClosedS) {
			l.raiseTrouble(v.strap, alerting.StrapRestored, alerting.ClosedStrap, f)
			v.strap = nil
		}
	}
}

func (l *lane) judgeBattery(s *state, f fix) {
	v, rules := &s.vigil, l.params.Rules.Tags
	if !f.hasBattery {
		return
	}
	charges, low, critical := f.charging == yes, f.battery <= rules.LowPct, f.battery <= rules.CriticalPct
	switch {
	case v.battery != nil && charges && !critical:
		l.restoreBattery(v, alerting.OnCharge, f)
	case v.battery != nil && !charges && f.battery >= rules.RestoredPct:
		l.restoreBattery(v, alerting.Recovered, f)
	case charges || !low || !s.tells():
	case critical && (v.battery == nil || !v.critical):
		v.discharges(s, f)
		v.critical = true
		l.raiseBattery(v, alerting.BatteryCritical, alerting.Discharging, f)
	case v.battery == nil:
		v.discharges(s, f)
		l.raiseBattery(v, alerting.BatteryLow, alerting.Discharging, f)
	}
}

// discharges keeps the opening: the first ping that showed low or critical.
func (v *vigil) discharges(s *state, f fix) {
	if v.battery == nil {
		v.battery = &trouble{state: s, opening: f, reason: alerting.Discharging}
	}
}

func (l *lane) restoreBattery(v *vigil, reason alerting.Reason, f fix) {
	l.raiseBattery(v, alerting.BatteryRestored, reason, f)
	v.battery, v.critical = nil, false
}

func (l *lane) raiseBattery(v *vigil, kind alerting.Kind, reason alerting.Reason, f fix) {
	a := l.troubleAlert(v.battery, kind, reason)
	l.addHeard(&a, f)
	a.BatteryPct = &f.battery
	l.alerts = append(l.alerts, a)
}

func (l *lane) judgeBlind(s *state, f fix) {
	v, rules := &s.vigil, l.params.Rules.Tags
	if f.positioned {
		v.blinds, v.placed = streak{}, f.fix
		if v.blind != nil {
			l.raiseTrouble(v.blind, alerting.PositionRegained, alerting.PositionAgain, f)
			v.blind = nil
		}
		return
	}
	if v.blinds.fixes == 0 {
		v.firstOf = f
	}
	v.blinds.add(f.fix)
	since := v.placed
	if since == never {
		since = v.firstOf.fix
	}
	if v.blind == nil && s.tells() && v.blinds.fixes >= rules.BlindPings && float64(f.fix-since) >= rules.BlindS*1000 {
		v.blind = &trouble{state: s, opening: v.firstOf, reason: alerting.NoPosition}
		l.raiseTrouble(v.blind, alerting.PositionLost, alerting.NoPosition, f)
	}
}

// askVigil finds out at t whether the bearer is over, and then whether the tag is silent.
func (l *lane) askVigil(s *state, t int64) {
	v := &s.vigil
	reason, decided := l.bearerGone(s, v.newest, t)
	if reason == "" {
		l.askSilent(s, t)
		return
	}
	for _, o := range v.troubles() {
		if *o.of == nil {
			continue
		}
		a := l.troubleAlert(*o.of, o.over, reason)
		a.DecidedTime = wireTime(decided)
		l.alerts = append(l.alerts, a)
		*o.of = nil
	}
	v.critical = false
	if at := l.silentAt(s); s.activation == "" || !v.awaited || at != never && at <= t { // over for good, or when it would be missed
		v.awaited = false
		delete(l.vigils, s)
	}
}

// watchVigil sets the instant at which the vigil is asked next.
func (l *lane) watchVigil(s *state, after int64) {
	first := l.nextOfRegister(s.device, after)
	if at := l.silentAt(s); at > after {
		first = min(first, at)
	}
	s.vigil.due = first
	l.due = min(l.due, first)
}

func (tr *trouble) list() []string {
	return append([]string{tr.state.subject(), ""}, tr.opening.elements()...)
}

// severities of what begins; for tier 1 those in the second column.
var severities = map[alerting.Kind][2]string{
	alerting.TagSilent:           {"serious", "critical"},
	alerting.PositionLost:        {"serious", "critical"},
	alerting.PositionImplausible: {"warning", "serious"},
	alerting.StrapTamper:         {"critical", "critical"},
	alerting.BatteryLow:          {"info", "info"},
	alerting.BatteryCritical:     {"warning", "serious"},
	alerting.UnassignedDevice:    {"warning", "warning"},
	alerting.FeedSilent:          {"critical", "critical"},
}

func (l *lane) troubleAlert(tr *trouble, kind alerting.Kind, reason alerting.Reason) alerting.Alert {
	severity := severities[kind][0]
	if tr.opening.tier == 1 {
		severity = severities[kind][1]
	}
	return alerting.Alert{
		AlertID:   listID(append(append([]string{"v1", string(kind)}, tr.list()...), "")...),
		EpisodeID: listID(append([]string{"v1"}, tr.list()...)...),
		Kind:      kind, Severity: cmp.Or(severity, "info"), Reason: reason,
		WearerID: tr.state.wearer, DeviceID: tr.state.device, ActivationID: tr.state.activation, Tier: tr.opening.tier,
		OpenedFixTime: wireTime(tr.opening.fix), RuleRevision: l.params.Rules.revision(),
	}
}

// raiseTrouble tells of what a ping decides.
func (l *lane) raiseTrouble(tr *trouble, kind alerting.Kind, reason alerting.Reason, f fix) {
	a := l.troubleAlert(tr, kind, reason)
	l.addHeard(&a, f)
	l.alerts = append(l.alerts, a)
}

// addHeard adds a ping that decided, which may have no position and has no distance.
func (l *lane) addHeard(a *alerting.Alert, f fix) {
	l.addPing(a, f, 0)
	a.DistanceM = nil
	if !f.positioned {
		a.Position = nil
	}
}

func feedSubject(partition int) string { return "feed:" + strconv.Itoa(partition) }
