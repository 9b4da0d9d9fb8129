package main

import (
	"fmt"
	"strings"

	"cordon/alerting"
	"cordon/alerting/display"
)

// alertsHeading stands above lines made by alertLine.
const alertsHeading = "TIME                      SEVERITY  KIND               REASON          WEARER            ZONE                   DISTANCE  TAG"

// alertLine is one alert for a terminal. Its columns are fixed, since the next line is not known yet. The time is that
// of the deciding fix, or the one an alert without a fix was decided for. Distances are metres to the zone's edge,
// negative inside.
func alertLine(a *alerting.Alert) string {
	distance := "-"
	if a.DistanceM != nil {
		distance = fmt.Sprintf("%.0f m", *a.DistanceM)
	}
	line := fmt.Sprintf("%-24s  %-8s  %-17s  %-14s  %-16s  %-20s  %9s  %s", alertTime(a), shown(a.Severity), shown(string(a.Kind)), shown(string(a.Reason)),
		shown(a.WearerID), shown(a.ZoneID), distance, shown(a.DeviceID))
	if a.Retrospective {
		line += "  (retrospective)"
	}
	return strings.TrimRight(line, " ")
}

func alertTime(a *alerting.Alert) alerting.Time {
	switch {
	case a.FixTime != nil:
		return *a.FixTime
	case a.DecidedTime != nil:
		return *a.DecidedTime
	}
	return a.RaisedTime
}

func shown(s string) string {
	if s == "" {
		return "-"
	}
	return display.Cell(s)
}
