package alerting

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// Kind is what an alert says.
type Kind string

// The kinds of alerts. The rule set plain raises Breach and BreachEnded. SystemFault and SystemRestored are about
// Cordon itself and come under every rule set.
const (
	BreachSuspected     Kind = "breach_suspected"
	SuspicionCleared    Kind = "suspicion_cleared"
	Breach              Kind = "breach"
	BreachEscalated     Kind = "breach_escalated"
	BreachEnded         Kind = "breach_ended"
	Approach            Kind = "approach"
	ApproachEnded       Kind = "approach_ended"
	Crossed             Kind = "crossing"
	TagSilent           Kind = "tag_silent"
	TagResumed          Kind = "tag_resumed"
	PositionLost        Kind = "position_lost"
	PositionRegained    Kind = "position_regained"
	PositionImplausible Kind = "position_implausible"
	PositionPlausible   Kind = "position_plausible"
	StrapTamper         Kind = "strap_tamper"
	StrapRestored       Kind = "strap_restored"
	BatteryLow          Kind = "battery_low"
	BatteryCritical     Kind = "battery_critical"
	BatteryRestored     Kind = "battery_restored"
	UnassignedDevice    Kind = "unassigned_device"
	DeviceAssigned      Kind = "device_assigned"
	FeedSilent          Kind = "feed_silent"
	FeedResumed         Kind = "feed_resumed"
	SystemFault         Kind = "system_fault"
	SystemRestored      Kind = "system_restored"
)

// Kinds lists every Kind.
var Kinds = []Kind{
	BreachSuspected, SuspicionCleared, Breach, BreachEscalated, BreachEnded, Approach, ApproachEnded, Crossed, TagSilent,
	TagResumed, PositionLost, PositionRegained, PositionImplausible, PositionPlausible, StrapTamper, StrapRestored,
	BatteryLow, BatteryCritical, BatteryRestored, UnassignedDevice, DeviceAssigned, FeedSilent, FeedResumed,
	SystemFault, SystemRestored,
}

// Time is an instant on the wire: RFC 3339, UTC, milliseconds.
type Time int64 // ms since the Unix epoch

const timeLayout = "2006-01-02T15:04:05.000Z"

// String returns the wire form.
func (t Time) String() string { return time.UnixMilli(int64(t)).UTC().Format(timeLayout) }

// MarshalText writes the wire form.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads any RFC 3339 time and keeps its milliseconds.
func (t *Time) UnmarshalText(b []byte) error {
	p, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return err
	}
	*t = Time(p.UnixMilli())
	return nil
}

// Position is the place a ping gave.
type Position struct {
	Lat           float64  `json:"lat"`
	Lon           float64  `json:"lon"`
	AccuracyM     *float64 `json:"accuracy_m,omitempty"` // metres; the assumed one when the tag named none
	AccuracyLevel *float64 `json:"accuracy_level,omitempty"`
	Source        string   `json:"source"`
}

// Class is what a ping of the evidence counts as.
type Class string

// Classes of evidence.
const (
	ClassIn       Class = "in"
	ClassOut      Class = "out"
	ClassLine     Class = "line"
	ClassDeep     Class = "deep"
	ClassUnusable Class = "unusable"
)

// Evidence is one ping a decision rests on.
type Evidence struct {
	FixTime   Time    `json:"fix_time"`
	Seq       *uint64 `json:"seq,omitempty"`
	Position          // flattened: lat, lon, accuracy_m, accuracy_level, source
	Assumed   bool    `json:"assumed,omitempty"` // the accuracy is an assumption, the tag named none
	DistanceM float64 `json:"distance_m"`
	Class     Class   `json:"class"`
}

// Alert is the record of an alert (alert.schema.json). Absent is unknown or not of this kind; Table says which kinds have which.
type Alert struct {
	AlertID           string     `json:"alert_id"`
	EpisodeID         string     `json:"episode_id,omitempty"`
	Kind              Kind       `json:"kind"`
	Severity          string     `json:"severity"`
	Reason            Reason     `json:"reason"`
	WearerID          string     `json:"wearer_id,omitempty"`
	DeviceID          string     `json:"device_id,omitempty"`
	ActivationID      string     `json:"activation_id,omitempty"`
	Tier              int        `json:"tier,omitempty"`
	ZoneID            string     `json:"zone_id,omitempty"`
	ZoneRevision      uint64     `json:"zone_revision,omitempty"`
	ZoneKind          string     `json:"zone_kind,omitempty"`
	OpenedFixTime     *Time      `json:"opened_fix_time,omitempty"`
	DecidedTime       *Time      `json:"decided_time,omitempty"`
	ExitFixTime       *Time      `json:"exit_fix_time,omitempty"`
	LastInsideFixTime *Time      `json:"last_inside_fix_time,omitempty"`
	MaxDepthM         *float64   `json:"max_depth_m,omitempty"`
	ClosingSpeedMPS   *float64   `json:"closing_speed_mps,omitempty"`
	TimeToEdgeS       *float64   `json:"time_to_edge_s,omitempty"`
	Likelihood        *float64   `json:"likelihood,omitempty"`
	BatteryPct        *float64   `json:"battery_pct,omitempty"`
	SilentS           *float64   `json:"silent_s,omitempty"`
	FixTime           *Time      `json:"fix_time,omitempty"`
	ReceivedTime      *Time      `json:"received_time,omitempty"`
	AppendedTime      *Time      `json:"appended_time,omitempty"`
	RaisedTime        Time       `json:"raised_time"`
	Position          *Position  `json:"position,omitempty"`
	DistanceM         *float64   `json:"distance_m,omitempty"`
	Probability       *float64   `json:"probability,omitempty"`
	Retrospective     bool       `json:"retrospective"`
	Evidence          []Evidence `json:"evidence,omitempty"`
	RuleRevision      string     `json:"rule_revision"`
	Part              string     `json:"part,omitempty"`              // of a system alert: the part of Cordon it is about
	Detail            string     `json:"detail,omitempty"`            // of a system alert: what is wrong and what to do
	NotCoveredPings   *int64     `json:"not_covered_pings,omitempty"` // of a system alert: how many pings were never judged

	Clock int64 `json:"-"` // the clock (ms) when a ping decided the alert; above AppendedTime where the clock had overtaken the ping

	Opening *Opening `json:"-"` // of a tag or system episode: what its ids are made from; the record holds only a part of it
}

// Key returns the key of the alert's record: the wearer, or for an alert about a feed or the system the episode, so that
// an ending is read after its beginning.
func (a *Alert) Key() string {
	if a.WearerID != "" {
		return a.WearerID
	}
	return a.EpisodeID
}

// Opening names the ping that opened an episode.
type Opening struct {
	FixTime int64 // ms
	Seq     uint64
	HasSeq  bool
	Blind   bool  // it had no position
	LatE7   int64 // degrees × 1e7
	LonE7   int64
}

// AlertID returns the alert's id: 32 hex digits, the first 16 bytes of SHA-256 over the list v1, kind, subject (activation
// id, unassigned:<device_id>, feed:<partition> or system:<part>), zone id or empty, the opening ping as four elements (fix
// time in ms, seq or empty, latitude and longitude in 1e-7 degrees or both empty, all decimal), cause. Each element is its
// length in bytes as four bytes, most significant first, followed by its UTF-8 text.
func AlertID(kind Kind, subject, zone string, o Opening, cause string) string {
	return hashID(list{kind: kind, subject: subject, zone: zone, cause: cause, alert: true}, o)
}

// EpisodeID returns the id that every alert of one unbroken stay shares: the list of AlertID without kind and cause.
func EpisodeID(subject, zone string, o Opening) string {
	return hashID(list{subject: subject, zone: zone}, o)
}

// crossingIDs returns the ids of the alert and of the episode of a crossing: both its fixes are in the lists.
func crossingIDs(subject, zone string, from, to Opening) (alert, episode string) {
	return hashID(list{kind: Crossed, subject: subject, zone: zone, alert: true}, from, to), hashID(list{subject: subject, zone: zone}, from, to)
}

// list is what an id is the hash of, but for the opening fixes.
type list struct {
	kind                 Kind
	subject, zone, cause string
	alert                bool // kind and cause are in it
}

func hashID(of list, openings ...Opening) string {
	var buf [256]byte
	b := buf[:0]
	put := func(s string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	put("v1")
	if of.alert {
		put(string(of.kind))
	}
	put(of.subject)
	put(of.zone)
	for _, o := range openings {
		for _, element := range o.elements() {
			put(element)
		}
	}
	if of.alert {
		put(of.cause)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
