package alerting

import (
	"cmp"
	"slices"
	"strings"

	"cordon/geofence"
)

// Fault is something wrong with Cordon itself that a person has to know about. It is raised as a system_fault and ends with
// a system_restored. The same Fault always has the same ids, so that it may be raised again after a crash, and by several
// processors that see the same thing.
type Fault struct {
	// Part names the part of the system, such as zones or pings/3. Two faults that can be open at the same time have
	// different parts.
	Part   string
	Reason Reason // one of SystemReasons
	// Detail says what is wrong and what to do, in one line, without names and positions.
	Detail string
	// Opened is when the fault began, ms since the Unix epoch, and Seq the offset or revision at which it did. The ids of
	// the episode are made from them, so they must follow from the cause and not from when it was noticed.
	Opened int64
	Seq    uint64
	// Unprotected says that a person may be unprotected while the fault lasts. The fault is then critical, otherwise
	// serious.
	Unprotected bool
	// NotCovered is how many pings were never judged, where that is known.
	NotCovered int64
	// Kept changes each time a processor that sees the fault renews the record that all processors share; 0 before the first
	// time, and for faults without such a record.
	Kept uint64 `json:",omitempty"`
}

// Alert returns the system_fault, decided at an instant (ms).
func (f *Fault) Alert(decided int64, rules *Rules) *Alert {
	severity := geofence.Serious
	if f.Unprotected {
		severity = geofence.Critical
	}
	return f.alert(SystemFault, severity, decided, rules)
}

// Restored returns the system_restored that ends the fault, decided at an instant (ms).
func (f *Fault) Restored(decided int64, rules *Rules) *Alert {
	return f.alert(SystemRestored, geofence.Info, decided, rules)
}

func (f *Fault) alert(kind Kind, severity geofence.Severity, decided int64, rules *Rules) *Alert {
	subject, opening := "system:"+f.Part, Opening{FixTime: f.Opened, Seq: f.Seq, HasSeq: true, Blind: true}
	a := &Alert{
		AlertID: AlertID(kind, subject, "", opening, ""), EpisodeID: EpisodeID(subject, "", opening), Kind: kind,
		Severity: string(severity), Reason: f.Reason, OpenedFixTime: at(f.Opened), DecidedTime: at(decided),
		Part: f.Part, Detail: f.Detail, RuleRevision: rules.id, Opening: &opening,
	}
	if f.NotCovered > 0 {
		a.NotCoveredPings = &f.NotCovered
	}
	return a
}

// faultOf returns the fault of a system alert that has its Opening.
func faultOf(a *Alert) Fault {
	f := Fault{
		Part: a.Part, Reason: a.Reason, Detail: a.Detail, Opened: a.Opening.FixTime, Seq: a.Opening.Seq,
		Unprotected: a.Severity == string(geofence.Critical),
	}
	if a.NotCoveredPings != nil {
		f.NotCovered = *a.NotCoveredPings
	}
	return f
}

// noteSystem takes a system alert, and reports whether it is one.
func (r *Recall) noteSystem(a *Alert) bool {
	if a.Kind != SystemFault && a.Kind != SystemRestored {
		return false
	}
	if a.Reason == UnassignedFlood && a.decided() >= r.at {
		return true // it will be decided again
	}
	if a.EpisodeID != "" && a.Opening != nil {
		entry(r.system, a.EpisodeID).take(a, a.Kind == SystemRestored)
	}
	return true
}

// Faults returns the open faults of the wanted parts, sorted by part.
func (r *Recall) Faults(wanted func(part string) bool) []Fault {
	var open []Fault
	for _, e := range r.system {
		if e.opened != nil && wanted(e.opened.Part) {
			open = append(open, faultOf(e.opened))
		}
	}
	slices.SortFunc(open, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.Part, b.Part), cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.Seq, b.Seq))
	})
	return open
}
