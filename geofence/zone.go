package geofence

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"
)

// Kind is what a zone asks of its wearer.
type Kind string

// The kinds of zone: stay out, or stay in.
const (
	Exclusion Kind = "exclusion"
	Inclusion Kind = "inclusion"
)

// Severity is how grave the breach alert of a zone is.
type Severity string

// Severities, gravest first.
const (
	Critical Severity = "critical"
	Serious  Severity = "serious"
	Warning  Severity = "warning"
	Info     Severity = "info"
)

// Audience says whom a zone binds: everyone, or the wearers and the members of the cohorts named.
type Audience struct {
	Everyone bool
	Wearers  []string
	Cohorts  []string
}

// Shape is a zone's geometry: either Polygons or, when Radius is above 0, the circle around Center.
// Coordinates are WGS84 degrees, longitude first. A validated Shape has closed rings and no repeated neighbours.
type Shape struct {
	Polygons orb.MultiPolygon
	Center   orb.Point
	Radius   float64 // metres
}

// Window is one row of a weekly schedule on the zone's local clock, half-open [From, To).
// To at or before From runs past midnight; Days name the day From falls on.
type Window struct {
	Days [7]bool // by time.Weekday: Sunday is 0
	From int     // minutes after midnight
	To   int
}

// Exception is a time for which the zone does not apply, half-open [From, To).
type Exception struct {
	From, To time.Time
	Reason   string
}

// Zone is one revision of one exclusion or inclusion zone. It is immutable once it is in a View or its timetable has been
// used; [Zone.Clone] makes a copy that can be changed.
type Zone struct {
	ID         string
	Kind       Kind
	Name       string // may identify a victim: never logged, never sent
	Audience   Audience
	Shape      Shape
	BufferM    float64
	ActiveFrom time.Time // zero: always
	ActiveTo   time.Time // zero: for ever
	Schedule   []Window  // empty: always
	Location   *time.Location
	Exceptions []Exception
	Severity   Severity
	Rule       string // decision profile

	Revision uint64 // 1, 2, … for this id; 0 before it is stored

	times atomic.Pointer[timetable] // nil until the timetable is asked about
}

// Clone returns a copy that can be changed until it is first used. It shares lists and shape with the zone.
func (z *Zone) Clone() *Zone {
	return &Zone{
		ID: z.ID, Kind: z.Kind, Name: z.Name, Audience: z.Audience, Shape: z.Shape, BufferM: z.BufferM,
		ActiveFrom: z.ActiveFrom, ActiveTo: z.ActiveTo, Schedule: z.Schedule, Location: z.Location, Exceptions: z.Exceptions,
		Severity: z.Severity, Rule: z.Rule, Revision: z.Revision,
	}
}

// Always is the end of what has no end, in ms.
const Always = math.MaxInt64

// ZoneRevision is a Zone, or its absence, with the span of appended time it is in force for.
type ZoneRevision struct {
	ID      string
	Number  uint64
	Updated int64 // in force from, ms since the Unix epoch; the next revision of the same id ends it
	Zone    *Zone // nil: withdrawn (a tombstone), or still packed: Withdrawn tells which
	packed  *packedZone
}

// Activation is one fitting of one tag to one wearer, in one revision.
type Activation struct {
	ID      string
	Wearer  string
	Device  string
	Fitted  int64 // ms since the Unix epoch
	Removed int64 // Always when the tag is still worn
	Cohorts []string
	Tier    int // 1 highest … 3

	Revision uint64
}

// ActivationRevision is an Activation, or its absence, with the appended time from which it is in force.
type ActivationRevision struct {
	ID         string
	Number     uint64
	Updated    int64
	Activation *Activation // nil: deleted
}
