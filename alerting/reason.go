package alerting

// Reason is the named reason of a decision: a closed set, listed per kind in Table.
type Reason string

// Reasons of zone alerts, of tag and feed alerts, and of the endings that no fix decides.
const (
	Deep          Reason = "deep"           // fixes inside for half a minute, the last two well inside
	Long          Reason = "long"           // fixes inside for two minutes
	LostInside    Reason = "lost_inside"    // no usable fix for long after one inside
	LostOutside   Reason = "lost_outside"   // the same outside an inclusion zone
	ScheduleBegan Reason = "schedule_began" // inside as the zone began to apply
	InRing        Reason = "in_ring"        // a fix in the warning ring
	Entered       Reason = "entered"        // from the warning ring into the zone
	Between       Reason = "between"        // the way between two fixes leads through the zone
	Lasting       Reason = "lasting"        // a breach that has lasted
	Inside        Reason = "inside"         // a fix inside an exclusion zone
	Outside       Reason = "outside"        // a fix outside an inclusion zone
	Left          Reason = "left"           // a fix outside the exclusion zone
	Returned      Reason = "returned"       // a fix inside the inclusion zone
	ZoneWithdrawn Reason = "zone_withdrawn" // the zone was deleted
	ZoneChanged   Reason = "zone_changed"   // the zone was edited and no longer holds the wearer
	ScheduleEnded Reason = "schedule_ended" // its timetable no longer applies
	TagRemoved    Reason = "tag_removed"    // the activation ended
	TagAssigned   Reason = "tag_assigned"   // the tag began another activation, or this one was corrected
	Forgotten     Reason = "forgotten"      // the tag is unassigned, and too many other unassigned tags were heard since
	HistoryEnds   Reason = "history_ends"   // the history track stopped or started afresh
	OpenStrap     Reason = "strap_open"     // the tag says that its strap is open
	TamperedStrap Reason = "strap_tampered" // or that somebody has been at it
	ClosedStrap   Reason = "strap_closed"   // or, for long enough, that it is closed
	Discharging   Reason = "discharging"    // a battery that runs down
	OnCharge      Reason = "charging"       // one that is being charged
	Recovered     Reason = "recovered"      // one that has been
	NoActivation  Reason = "no_activation"  // nobody is known to wear the tag
	NoPosition    Reason = "no_position"    // pings without a position
	PositionAgain Reason = "position"       // one with a position
	Jammed        Reason = "jamming"        // the tag says that its receiver is jammed
	NotJammed     Reason = "no_jamming"     // or, for long enough, that it is not
	Teleport      Reason = "teleport"       // too far to have got there
	Steady        Reason = "steady"         // fixes in a row within reach of each other
	Frozen        Reason = "frozen"         // one place for long though the tag says that it moves
	Moved         Reason = "moved"          // another place
	NothingHeard  Reason = "nothing_heard"  // no ping for long
	HeardAgain    Reason = "heard"          // a ping
)

// Reasons of system alerts. A fault and its ending have the same one.
const (
	ZonesMissing       Reason = "zones_missing"        // the store holds fewer zones than its identity record says
	RegisterMissing    Reason = "register_missing"     // the same for the register of wearers
	ZoneUnreadable     Reason = "zone_unreadable"      // a stored zone cannot be read and no earlier revision is in force
	BatchSetAside      Reason = "batch_set_aside"      // records of the ping topic were skipped because they cannot be read
	LogTruncated       Reason = "log_truncated"        // pings were deleted from the log before they were read
	FutureRecords      Reason = "future_records"       // records are stamped ahead of the processor's clock
	UnassignedFlood    Reason = "unassigned_flood"     // more unassigned tags than a partition keeps or raises alerts for
	CheckpointSetAside Reason = "checkpoint_set_aside" // a checkpoint cannot be read: the window is decided again
)

// SystemReasons lists the reasons of system alerts.
var SystemReasons = []Reason{
	ZonesMissing, RegisterMissing, ZoneUnreadable, BatchSetAside, LogTruncated, FutureRecords, UnassignedFlood, CheckpointSetAside,
}
