package alerting

// Reason is the named reason of a decision: a closed set, listed per kind in Table.
type Reason string

// Reasons of the rule set plain and of the endings that no fix decides.
const (
	Inside        Reason = "inside"         // a fix inside an exclusion zone
	Outside       Reason = "outside"        // a fix outside an inclusion zone
	Deep          Reason = "deep"
	Long          Reason = "long"
	LostInside    Reason = "lost_inside"
	LostOutside   Reason = "lost_outside"
	ScheduleBegan Reason = "schedule_began"
	Left          Reason = "left"           // a fix outside the exclusion zone
	Returned      Reason = "returned"       // a fix inside the inclusion zone
	ZoneWithdrawn Reason = "zone_withdrawn" // the zone was deleted
	ZoneChanged   Reason = "zone_changed"   // the zone was edited and no longer holds the wearer
	ScheduleEnded Reason = "schedule_ended" // its timetable no longer applies
	TagRemoved    Reason = "tag_removed"    // the activation ended
	TagAssigned   Reason = "tag_assigned"   // the tag began another activation, or this one was corrected
	HistoryEnds   Reason = "history_ends"   // the history track stopped or started afresh
	LogTruncated  Reason = "log_truncated"  // pings were deleted from the log before they were read
)
