package scenario

import "cordon/alerting"

// These are the alerts of the rule set default that plain has none of.

func (l *lane) raiseSuspected(e *episode, d float64) {
	a := l.alert(e, alerting.BreachSuspected, breachReason(e.kind))
	a.Severity = e.suspectedSeverity()
	l.addPing(&a, e.opening, d)
	l.addTruth(&a, e, d)
	l.alerts = append(l.alerts, a)
}

// raiseBegan tells of a suspicion at the instant where the zone begins to apply.
func (l *lane) raiseBegan(e *episode, at int64) {
	a := l.alert(e, alerting.BreachSuspected, alerting.ScheduleBegan)
	a.Severity = e.suspectedSeverity()
	a.DecidedTime = wireTime(at)
	l.addTruthOfLast(&a, e)
	l.alerts = append(l.alerts, a)
}

func (l *lane) raiseConfirmed(e *episode, reason alerting.Reason, f fix, d float64) {
	a := l.alert(e, alerting.Breach, reason)
	a.Severity = e.judgedBy.severity
	l.addPing(&a, f, d)
	l.addTruth(&a, e, d)
	l.alerts = append(l.alerts, a)
}

func (l *lane) raiseLost(e *episode, decided int64) {
	reason := alerting.LostInside
	if e.kind == "inclusion" {
		reason = alerting.LostOutside
	}
	a := l.alert(e, alerting.Breach, reason)
	a.Severity = e.judgedBy.severity
	a.DecidedTime = wireTime(decided)
	l.addTruthOfLast(&a, e)
	l.alerts = append(l.alerts, a)
}

// addTruth says how often such alerts were true, if that is known. The table was counted on the live track.
func (l *lane) addTruth(a *alerting.Alert, e *episode, d float64) {
	depth := -e.judgedBy.signed(d)
	for _, c := range l.params.Rules.Truths {
		deepEnough := depth >= c.DepthFromM && (c.DepthToM == nil || depth < *c.DepthToM)
		if deepEnough && !e.retrospective && c.Kind == a.Kind && c.Reason == a.Reason && string(c.ZoneKind) == e.kind && c.Profile == e.profile.name {
			share := c.Share
			a.Probability = &share
		}
	}
}

// addTruthOfLast is addTruth by the last ping that decided anything of the episode.
func (l *lane) addTruthOfLast(a *alerting.Alert, e *episode) {
	for i := len(e.evidence) - 1; i >= 0; i-- {
		if v := e.evidence[i]; v.Class != alerting.ClassUnusable {
			l.addTruth(a, e, v.DistanceM)
			return
		}
	}
}

var oneBelow = map[string]string{"critical": "serious", "serious": "warning", "warning": "info", "info": "info"}

// suspectedSeverity is one step below the zone's, but the zone's own for those who are watched most closely.
func (e *episode) suspectedSeverity() string {
	if e.tier == 1 {
		return e.judgedBy.severity
	}
	return oneBelow[e.judgedBy.severity]
}
