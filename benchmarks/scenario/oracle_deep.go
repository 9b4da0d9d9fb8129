package scenario

import (
	"math"

	"cordon/alerting"
)

// This is the rule set default: deep or long, for one bearer, zone and track.

// suspicion is what an episode remembers under default.
type suspicion struct {
	profile  Profile // of the zone when the episode opened, to its end
	run      streak  // the IN fixes since the last OUT
	deeps    int     // how many of them were DEEP, in a row, up to the last
	cold     bool    // the run began long after the usable fix before it, or with none
	outs     streak  // the OUT fixes in a row of a confirmed episode
	wakes    int64   // of a dormant one: the boundary
	evidence []alerting.Evidence
}

// streak is some fixes in a row.
type streak struct {
	fixes int
	first int64 // fix time of the first
}

func (s *streak) add(fix int64) {
	if s.fixes == 0 {
		s.first = fix
	}
	s.fixes++
}

// spans tells whether there are two fixes or more, and from the first to this one so many seconds.
func (s *streak) spans(fix int64, seconds float64) bool {
	return s.fixes >= 2 && float64(fix-s.first) >= seconds*1000
}

// measure finds the radius at 95 % of the fix's circle, and whether the fix decides anything. The error is taken to be
// round and normal: a circle of radius R holds the truth with the chance 1 - exp(-R²/2σ²).
func (l *lane) measure(f *fix) {
	accuracy, level := l.claim(*f)
	f.radius = rounded(accuracy * math.Sqrt(math.Log(0.05)/math.Log(1-level)))
	f.usable = f.positioned && f.source == "gnss" && f.radius <= l.params.Rules.UsableM
}

// class is what a usable fix counts as for a zone at a signed distance from its edge.
func (z *zoneRevision) class(d float64, f fix, p Profile) alerting.Class {
	s := z.signed(d)
	switch {
	case !z.breached(d):
		return alerting.ClassOut
	case s >= -f.radius:
		return alerting.ClassLine
	case s <= -p.DeepM:
		return alerting.ClassDeep
	}
	return alerting.ClassIn
}

// judgeDeepOrLong is one usable fix for a zone that applies at its time.
func (l *lane) judgeDeepOrLong(which track, e *episode, s *state, z *zoneRevision, f fix, d float64) {
	if e == nil {
		profile := l.params.Rules.profile(z.rule)
		if class := z.class(d, f, profile); class != alerting.ClassOut {
			e = l.openEpisode(which, s, z, f)
			e.profile, e.stage = profile, suspected
			e.keep(l.evidence(f, d, class))
			e.touch(z, f, d)
			e.join(f, class)
			l.raiseSuspected(e, d)
		}
		return
	}
	class := z.class(d, f, e.profile)
	e.keep(l.evidence(f, d, class))
	if class == alerting.ClassOut {
		l.judgeOut(e, z, f, d)
		return
	}
	e.touch(z, f, d)
	e.outs = streak{}
	e.join(f, class)
	if class == alerting.ClassLine || e.stage == confirmed {
		return
	}
	if reason := e.confirmedBy(f.fix); reason != "" {
		e.confirm(f.appended)
		l.raiseConfirmed(e, reason, f, d)
	}
}

// join lets an IN or a DEEP fix into the run; a LINE does nothing to it.
func (e *episode) join(f fix, class alerting.Class) {
	if class == alerting.ClassLine {
		return
	}
	if e.run.fixes == 0 {
		e.cold = f.before == never || float64(f.fix-f.before) > e.profile.ColdAfterS*1000
	}
	e.run.add(f.fix)
	if class == alerting.ClassDeep {
		e.deeps++
	} else {
		e.deeps = 0
	}
}

// confirmedBy is asked at an IN or DEEP fix. An empty reason: not yet.
func (e *episode) confirmedBy(fix int64) alerting.Reason {
	p := e.profile
	switch {
	case e.cold && e.run.spans(fix, p.ColdS):
		return alerting.Long
	case e.cold:
		return ""
	case e.deeps >= 2 && e.run.spans(fix, p.DeepS):
		return alerting.Deep
	case e.run.spans(fix, p.LongS):
		return alerting.Long
	}
	return ""
}

// judgeOut: one OUT clears a suspicion; a breach ends with two that are far enough apart.
func (l *lane) judgeOut(e *episode, z *zoneRevision, f fix, d float64) {
	e.outs.add(f.fix)
	if e.stage == confirmed && !e.outs.spans(f.fix, e.profile.LeftS) {
		return
	}
	l.raiseLeft(e, z, f, d, e.outs.first)
	l.close(e, stay{e.opening.fix, e.outs.first, f.appended})
}

const mostEvidence = 12

// keep adds to the evidence. Of too many, the oldest that is not usable goes, be it the one that has just come; with
// none such, the oldest but for the opening.
func (e *episode) keep(v alerting.Evidence) {
	e.evidence = append(e.evidence, v)
	if len(e.evidence) <= mostEvidence {
		return
	}
	drop := 1
	for i, old := range e.evidence {
		if old.Class == alerting.ClassUnusable {
			drop = i
			break
		}
	}
	kept := append([]alerting.Evidence{}, e.evidence[:drop]...)
	e.evidence = append(kept, e.evidence[drop+1:]...)
}
