package alerting

import "cordon/geofence"

// severityOf is how grave an alert is. A breach is as grave as its zone says, and more so the longer it lasts; a
// suspicion is one step less so, but not of a wearer of tier 1, whom the force holds to be the most dangerous; an
// approach is two steps less so; an ending is for information.
func severityOf(kind Kind, zone geofence.Severity, tier int) geofence.Severity {
	steps := 0
	switch kind {
	case Breach:
	case BreachSuspected:
		steps = -1
	case Crossed:
		steps = -1
	case Approach:
		steps = -2
	default:
		return geofence.Info
	}
	if tier == 1 && steps < 0 {
		steps++
	}
	return raised(zone, steps)
}

// tagSeverity is how grave a tag alert is, by its kind and the wearer's tier.
func tagSeverity(kind Kind, tier int) geofence.Severity {
	var grave geofence.Severity
	switch kind {
	case StrapTamper:
		return geofence.Critical
	case UnassignedDevice:
		return geofence.Warning
	case TagSilent, PositionLost:
		grave = geofence.Serious
	case PositionImplausible, BatteryCritical:
		grave = geofence.Warning
	default:
		return geofence.Info
	}
	if tier == 1 {
		return raised(grave, 1)
	}
	return grave
}

// severities are the severities, gravest last.
var severities = [...]geofence.Severity{geofence.Info, geofence.Warning, geofence.Serious, geofence.Critical}

// raised is the severity so many steps above another, as far as there are any.
func raised(s geofence.Severity, steps int) geofence.Severity {
	for i, is := range severities {
		if is == s {
			return severities[min(max(i+steps, 0), len(severities)-1)]
		}
	}
	return s
}

// graver returns the instant at which a breach becomes graver next; not when it already is as grave as can be. Of a
// wearer of tier 1 that takes half as long.
func (e *Episode) graver(rules *Rules) (int64, bool) {
	if e.History || e.Phase != Open || e.profile == nil || e.Severity == geofence.Critical || e.Severity == "" {
		return 0, false
	}
	wait := int64(rules.GraverS * 1000)
	if e.Tier == 1 {
		wait /= 2
	}
	return e.Breached + wait*int64(e.Escalations+1), true
}
