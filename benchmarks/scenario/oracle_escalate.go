package scenario

import "cordon/alerting"

// gravity is how grave a breach has become by lasting.
type gravity struct {
	severity string // of the zone when the breach was confirmed, or since raised; "": it does not rise
	breached int64  // appended time of the fix that confirmed it, or the instant for which absence did
	steps    int64  // whole waits since then that have been told of
}

var oneAbove = map[string]string{"info": "warning", "warning": "serious", "serious": "critical"}

// confirm makes a breach of a suspicion.
func (e *episode) confirm(at int64) {
	e.stage = confirmed
	e.gravity = gravity{severity: e.judgedBy.severity, breached: at}
}

// escalates tells whether the breach becomes graver if it lasts.
func (e *episode) escalates() bool {
	return e.stage == confirmed && !e.retrospective && oneAbove[e.severity] != ""
}

// graverAt is for when the breach becomes graver next. It may lie before the clock, of one that a gap showed late.
func (l *lane) graverAt(e *episode) int64 {
	wait := int64(l.params.Rules.GraverS * 1000)
	if e.tier == 1 {
		wait /= 2
	}
	return e.breached + wait*(e.steps+1)
}

// askGraver raises the severity for every wait that is over at t.
func (l *lane) askGraver(e *episode, t int64) {
	for e.escalates() && l.graverAt(e) <= t {
		at := l.graverAt(e)
		e.steps++
		e.severity = oneAbove[e.severity]
		a := l.alert(e, alerting.BreachEscalated, alerting.Lasting)
		a.AlertID = e.alertID(alerting.BreachEscalated, e.severity)
		a.Severity = e.severity
		a.DecidedTime = wireTime(at)
		l.alerts = append(l.alerts, a)
	}
}
