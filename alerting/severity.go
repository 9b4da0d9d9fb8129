package alerting

import "cordon/geofence"

// severityOf is how grave an alert is. A breach is as grave as its zone says; a suspicion is one step less so, but not
// of a wearer of tier 1, whom the force holds to be the most dangerous; an ending is for information.
func severityOf(kind Kind, zone geofence.Severity, tier int) geofence.Severity {
	switch {
	case kind == Breach, kind == BreachSuspected && tier == 1:
		return zone
	case kind == BreachSuspected:
		return lesser[zone]
	}
	return geofence.Info
}

// lesser is the severity one step below.
var lesser = map[geofence.Severity]geofence.Severity{
	geofence.Critical: geofence.Serious, geofence.Serious: geofence.Warning, geofence.Warning: geofence.Info, geofence.Info: geofence.Info,
}
