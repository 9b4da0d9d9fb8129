package alerting

import "slices"

// Row says what an alert of one kind holds. A field in none of the lists is forbidden.
type Row struct {
	Kind     Kind
	Reasons  []Reason // with a fix that decided; see Timed for the others
	Timed    []Reason // decided for an instant: decided_time takes the place of the deciding ping
	Required []string // always
	ByFix    []string // required with one of Reasons, forbidden with one of Timed
	Optional []string
	OfPing   []string // allowed with one of Reasons, forbidden with one of Timed
}

var (
	everyAlert = []string{"alert_id", "kind", "severity", "reason", "raised_time", "retrospective", "rule_revision"}
	whose      = []string{"wearer_id", "device_id"}
	ofEpisode  = []string{"episode_id", "zone_id", "zone_revision", "zone_kind", "opened_fix_time"}
	byPing     = []string{"fix_time", "appended_time", "position", "distance_m"}
	evidence   = []string{"evidence"}
	ofTag      = []string{"episode_id", "opened_fix_time"}
	byReport   = []string{"fix_time", "appended_time"}
	ofReport   = []string{"received_time", "position"}
	ofSystem   = []string{"episode_id", "opened_fix_time", "part", "detail"}
	whoseMaybe = []string{"activation_id", "tier"}
)

// tagRow is what an alert of a tag holds that a ping decides. more is what only this kind has.
func tagRow(kind Kind, reasons []Reason, more ...string) Row {
	return Row{Kind: kind, Reasons: reasons, Required: slices.Concat(everyAlert, whose, ofTag), ByFix: slices.Concat(byReport, more),
		Optional: whoseMaybe, OfPing: ofReport}
}

// tagEnding is the same of one that ends a tag episode; the end of the activation decides it, too.
func tagEnding(kind Kind, reasons []Reason, more ...string) Row {
	r := tagRow(kind, reasons, more...)
	r.Timed = []Reason{TagRemoved, TagAssigned, Forgotten}
	if kind == DeviceAssigned {
		r.Timed = []Reason{TagAssigned, Forgotten}
	}
	return r
}

// Table lists what each kind holds that the rule set in force can raise. The JSON Schema is made from it.
var Table = []Row{
	{
		Kind:     BreachSuspected,
		Reasons:  []Reason{Inside, Outside},
		Timed:    []Reason{ScheduleBegan},
		Required: slices.Concat(everyAlert, whose, ofEpisode, evidence),
		ByFix:    byPing,
		Optional: append([]string{"received_time", "probability"}, whoseMaybe...),
	},
	{
		Kind:     SuspicionCleared,
		Reasons:  []Reason{Left, Returned},
		Timed:    []Reason{ZoneWithdrawn, ZoneChanged, ScheduleEnded, TagRemoved, TagAssigned, Forgotten, HistoryEnds},
		Required: slices.Concat(everyAlert, whose, ofEpisode, evidence),
		ByFix:    byPing,
		Optional: append([]string{"received_time"}, whoseMaybe...),
	},
	{
		Kind:     Breach,
		Reasons:  []Reason{Inside, Outside, Deep, Long},
		Timed:    []Reason{LostInside, LostOutside},
		Required: slices.Concat(everyAlert, whose, ofEpisode, evidence),
		ByFix:    byPing,
		Optional: append([]string{"received_time", "probability"}, whoseMaybe...),
	},
	{
		Kind:     BreachEscalated,
		Timed:    []Reason{Lasting},
		Required: slices.Concat(everyAlert, whose, ofEpisode, evidence),
		Optional: append([]string{"probability"}, whoseMaybe...),
	},
	{
		Kind:     BreachEnded,
		Reasons:  []Reason{Left, Returned},
		Timed:    []Reason{ZoneWithdrawn, ZoneChanged, ScheduleEnded, TagRemoved, TagAssigned, Forgotten, HistoryEnds},
		Required: slices.Concat(everyAlert, whose, ofEpisode, []string{"last_inside_fix_time", "max_depth_m"}),
		ByFix:    slices.Concat([]string{"exit_fix_time"}, byPing, evidence),
		Optional: append([]string{"received_time"}, whoseMaybe...),
	},
	{
		Kind:     Approach,
		Reasons:  []Reason{InRing},
		Required: slices.Concat(everyAlert, whose, ofEpisode, evidence),
		ByFix:    byPing,
		Optional: append([]string{"received_time", "probability", "closing_speed_mps", "time_to_edge_s"}, whoseMaybe...),
	},
	{
		Kind:     ApproachEnded,
		Reasons:  []Reason{Left, Entered},
		Timed:    []Reason{ZoneWithdrawn, ZoneChanged, ScheduleEnded, TagRemoved, TagAssigned, Forgotten},
		Required: slices.Concat(everyAlert, whose, ofEpisode, evidence),
		ByFix:    byPing,
		Optional: append([]string{"received_time"}, whoseMaybe...),
	},
	{
		Kind:     Crossed,
		Reasons:  []Reason{Between},
		Required: slices.Concat(everyAlert, whose, ofEpisode, evidence, []string{"likelihood"}),
		ByFix:    byPing,
		Optional: append([]string{"received_time", "probability"}, whoseMaybe...),
	},
	tagRow(StrapTamper, []Reason{OpenStrap, TamperedStrap}),
	tagEnding(StrapRestored, []Reason{ClosedStrap}),
	tagRow(BatteryLow, []Reason{Discharging}, "battery_pct"),
	tagRow(BatteryCritical, []Reason{Discharging}, "battery_pct"),
	tagEnding(BatteryRestored, []Reason{OnCharge, Recovered}, "battery_pct"),
	tagRow(UnassignedDevice, []Reason{NoActivation}),
	tagEnding(DeviceAssigned, nil),
	tagRow(PositionLost, []Reason{NoPosition}),
	tagEnding(PositionRegained, []Reason{PositionAgain}),
	tagRow(PositionImplausible, []Reason{Jammed, Teleport, Frozen}),
	tagEnding(PositionPlausible, []Reason{NotJammed, Steady, Moved}),
	{
		Kind:     TagSilent,
		Timed:    []Reason{NothingHeard},
		Required: slices.Concat(everyAlert, whose, ofTag, []string{"silent_s"}),
		Optional: whoseMaybe,
	},
	tagEnding(TagResumed, []Reason{HeardAgain}, "silent_s"),
	{
		Kind:     FeedSilent,
		Timed:    []Reason{NothingHeard},
		Required: slices.Concat(everyAlert, ofTag, []string{"silent_s"}),
	},
	{
		Kind:     FeedResumed,
		Reasons:  []Reason{HeardAgain},
		Required: slices.Concat(everyAlert, ofTag, []string{"silent_s"}),
		ByFix:    byReport,
	},
	{
		Kind:     SystemFault,
		Timed:    SystemReasons,
		Required: slices.Concat(everyAlert, ofSystem),
		Optional: []string{"not_covered_pings"},
	},
	{
		Kind:     SystemRestored,
		Timed:    SystemReasons,
		Required: slices.Concat(everyAlert, ofSystem),
		Optional: []string{"not_covered_pings"},
	},
}
