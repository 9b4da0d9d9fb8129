package scenario

import "cordon/alerting"

// These are the alerts of the rule set default that plain has none of.

func (l *lane) raiseSuspected(e *episode, d float64) {
	a := l.alert(e, alerting.BreachSuspected, breachReason(e.kind))
	a.Severity = e.suspectedSeverity()
	l.addPing(&a, e.opening, d)
	l.alerts = append(l.alerts, a)
}

// raiseBegan tells of a suspicion at the instant where the zone begins to apply.
func (l *lane) raiseBegan(e *episode, at int64) {
	a := l.alert(e, alerting.BreachSuspected, alerting.ScheduleBegan)
	a.Severity = e.suspectedSeverity()
	a.DecidedTime = wireTime(at)
	l.alerts = append(l.alerts, a)
}

func (l *lane) raiseConfirmed(e *episode, reason alerting.Reason, f fix, d float64) {
	a := l.alert(e, alerting.Breach, reason)
	a.Severity = e.judgedBy.severity
	l.addPing(&a, f, d)
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
	l.alerts = append(l.alerts, a)
}

var oneBelow = map[string]string{"critical": "serious", "serious": "warning", "warning": "info", "info": "info"}

// suspectedSeverity is one step below the zone's, but the zone's own for those who are watched most closely.
func (e *episode) suspectedSeverity() string {
	if e.tier == 1 {
		return e.judgedBy.severity
	}
	return oneBelow[e.judgedBy.severity]
}
