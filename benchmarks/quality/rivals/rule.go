package rivals

import (
	"math"

	"cordon/alerting"
	"cordon/geofence"
	"cordon/ingest"
)

// Sight is one ping with a position, as a rule sees it. Times are ms since the Unix epoch.
type Sight struct {
	Time     int64 // when the position was taken
	Appended int64
	Distance float64 // metres to the zone's edge, to a centimetre, negative inside
	Radius   float64 // metres, of the circle that is claimed to hold the truth in 95 of 100 cases
	Source   ingest.Source
	Late     bool          // a satellite fix older than one seen before
	Still    bool          // the tag says that it does not move
	Fix      *alerting.Fix // the same as the product takes it
}

// UsableM is the greatest radius of a usable fix, metres at 95 %.
const UsableM = 50

// Usable reports whether live decisions may rest on the fix: from a satellite, fine enough, and not late.
func (s *Sight) Usable() bool { return s.Source == ingest.GNSS && !s.Late && s.Radius <= UsableM }

// Inside reports whether the position is inside the zone; the edge is.
func (s *Sight) Inside() bool { return s.Distance <= 0 }

// Kind is what a rule says.
type Kind uint8

// The kinds. Only the rule of the product suspects.
const (
	Suspected Kind = iota + 1
	Cleared
	Opened
	Ended
)

// Event is something a rule says about one wearer and one zone.
type Event struct {
	Kind     Kind
	Reason   alerting.Reason // of Opened, where the rule has reasons
	Time     int64           // of the deciding fix; of a decision by silence, when by the tag's clock it had lasted
	Distance float64         // of the deciding fix, or of the last one before the silence
}

// Rule folds the pings of one wearer, in the order they were appended.
type Rule interface {
	// Ping appends what the rule says of the next ping.
	Ping(dst []Event, s *Sight) []Event
	// Wait appends what the absence of pings has decided by an appended time.
	Wait(dst []Event, appended int64) []Event
}

// Case is whom and what a rule decides about.
type Case struct {
	Profile string         // that the zone asks for
	Zone    *geofence.Zone // of the wearer, and the only one
	Wearer  string
	Device  string
	From    int64 // ms: since when the tag is worn
	Noise   Noise // how fixes err in this world, for those that are told
}

// Maker makes a rule that has seen nothing.
type Maker struct {
	Name string
	New  func(c *Case) Rule
}

// never is the time of what has not happened yet.
const never = math.MinInt64
