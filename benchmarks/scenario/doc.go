// Package scenario knows the right answer. From a seed it makes a feed: zones, a register, how both change, and pings
// that are late, repeated, reordered and broken. And it decides, slowly and obviously, which alerts must result from
// what was read back of such a feed. It shares nothing with the processor but the record types (alerting.Alert,
// ingest.Record): it has its own decoding, timetables, distances, register, episodes and ids.
//
// # The generator
//
// New draws a Scenario; Zones and Register are import files, Changes are the imports and deletions of the run, Records
// ranges over the records in the order of their arrival. Records are made as they are asked for, and the same Config
// gives the same bytes. A scenario can be produced in two ways of time:
//
//   - a backlog: Start lies in the past, every record is appended at its planned time (the Clock Planned), and the
//     Changes are imported beforehand, each in force from its At. A deletion cannot be backdated by the store's
//     commands: import it where a history can be restored, or make it when the records are there; the oracle goes by
//     the revisions as they are.
//   - live: the Clock returns the producer's time, and fix times keep their planned distance from it. A record's
//     Barrier is how many of the Changes must be in force before it is produced; Change.Import takes the time at which
//     the change is made. Choose Config.Cadence so that the plan runs about as fast as the producer: gaps, bursts and
//     exceptions are counted in it.
//
// Wearers walk between their zones, their homes and anywhere near. Positions are whole 1e-7 degrees and keep out of
// the band from 3 to 7 mm beside an edge, where two ways of rounding to a centimetre could differ, and 8 mm away from
// where a fix would change its class: its own radius at 95 %, and the depths of the built-in profiles. Some lie exactly
// on an edge or a vertex; none lies within 8 mm of the edge of a warning ring. Some walks lead from one side of a zone to
// the other in one step. Some fix times are whole minutes, as the boundaries of timetables are, and some multiples of
// five seconds, so that spans are exactly those at which the rules decide. The feed is the same for either rule set.
//
// Tags have conditions too: a battery that falls and is charged, a strap that is open, jamming, motion. They stand still
// while they say that they move, show a place kilometres away, report without a position for long, or send nothing; and
// now and then half of the partitions get nothing at all.
//
// With Config.Invented there is a flood of unknown tags: more in an hour than alerts are raised for, and more than are
// remembered.
//
// # The oracle
//
// Decide works by the rule set that Params names: plain, or default (deep or long, approaches, crossings, and where
// Rules.Tags is set tags and the feed). Input is the records partition by partition, the revisions of zones and
// activations, and Until, up to which timers run after the last record. A lane works through a partition in offset order.
// Before a record appended at a is handled, each open episode is asked at every instant up to a at which
// something of its concern changes. A rejected record does nothing else; a duplicate moves the clock.
//
// Where several answers would be right, the oracle does this: a boundary of a timetable is an instant at which the answer to
// "does it apply" changes; an alert with decided_time names the zone revision that judged the last fix in breach; tier is
// that of the register when the episode opened; Traccar and MDSS positions have no seq, and their received_time is
// serverTime and position_uploaded_date; a fix that is late for some zones only is counted as accepted.
//
// Under default the following also holds. The history track's previous fix is the one that moved it last: a fix that is
// already known for some zone moves nothing, and an hour without a late ping ends the track's episodes, not the track. A fix
// that ends an episode because the zone does not apply at its time does so even if the next boundary is decided already, and
// does not become dormant itself. At the boundary an episode opens with the tier that the register has then, is checked for
// loss at that same instant, and counts as absent from there on. A fix that shows a gap decides nothing: it is no evidence
// of the breach. An unusable fix is evidence whether or not the zone applies at its time; if it would be the thirteenth
// beside twelve usable ones, it is left out. If a gap shows late that a breach had become graver, by lasting before the
// clock, the alert is raised when the clock moves on, unless the breach is over by then. A visit to a warning ring keeps its
// profile, by which the fix that enters the zone is classed too; a timetable, even a new one, ends it with schedule_ended,
// and a fix at whose time the zone does not apply does not affect it. A crossing is looked for even if the fix is late for
// the zone, and after what was lost by the gap.
//
// For tags and the feed it assumes the following. A ping of a bearer that is over is not heard, neither for the tag nor for
// the feed; a late one is heard for both. A correction ends a bearer when the newest ping heard of it is older than the
// fitting. Endings caused by the end of a bearer have no battery_pct and no silent_s; device_assigned comes first among
// them. The days of both histories of intervals advance with every ping heard. The interval of a ping that ends a silence is
// not added, whosever it is. The tag alerts of a ping come before its zone alerts, including the end of a history track.
//
// It remembers Params.MaxUnassigned unassigned tags: those heard last and those inside a zone. A ping that exceeds the limit
// ends all open episodes of another tag with the reason forgotten. It raises Params.UnassignedAlerts alerts in an hour that
// begins with the first. The straps, batteries and so on of the other tags are counted without alerts, until one of their
// pings comes below the limit. A bearer counts towards the flood when its first ping raises no alert.
//
// Compare reports how the alerts read from the topic differ from those that must be there. A crossing whose likelihood is
// within 0.02 of the threshold is Doubtful: the rounding of distances decides whether it is raised.
//
// # Concurrency
//
// A Scenario may be read by several goroutines, and each call of Records is a run of its own. Decide works on several
// partitions at a time: their Records must not share state.
package scenario
