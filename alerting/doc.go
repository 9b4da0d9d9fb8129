// Package alerting decides: it turns observations of a wearer into episodes and episodes into alerts. It is pure. It
// knows neither Kafka nor Redis, starts no goroutine, holds no lock and never asks what time it is: a Watch belongs to
// the goroutine that owns its partition, and every instant comes in with the ping or the event that carries it.
//
// # Words
//
// An observation (Fix) is a ping that found its activation. A track is what one wearer's pings say: the live track
// moves forward in fix time, the history track takes what arrives late. An Episode is one unbroken stay in breach of
// one zone. A Stay is an episode that has ended, remembered so that late pings do not report it a second time.
//
// # One order
//
// A partition has one order, the appended time of its records; its clock is the greatest appended time handled. What
// happens without a ping (a zone or register revision, a boundary of a timetable, an activation that begins or ends)
// is an event at an instant. Advance runs the events up to an instant before the first ping appended at or after
// it. An event is a check of state and not a message: it asks of each open episode whether its activation and its zone
// still hold, so that running it twice, or late, changes nothing.
//
// # The rule set default: deep or long
//
// What a fix is worth, and for how long it has been so, decides, by the Profile that the zone names. A usable fix is a
// satellite position whose radius, brought to 95 %, is not too large; others are evidence only. Judge takes a usable fix
// into account: the first in breach suspects, a run of fixes inside by more than their own error confirms, one outside
// clears a suspicion, some outside end a breach. Silence confirms a suspicion too (absence.go); a wearer who is inside as a
// zone begins to apply is suspected then. Late is decided among satellite positions and among others apart.
//
// If a gap shows late that a breach had become graver by lasting, before the clock had come so far, the alert is raised when
// the clock moves on, unless the breach is over by then. A visit to a warning ring keeps the profile that the zone had when
// the visit began; the fix that goes on into the zone is classed by that profile too.
//
// # Tags and feeds
//
// What is wrong with a tag under one activation is a Trouble; there is at most one of each Cause at a time. It opens with
// the ping that shows it, and ends with later pings or with the activation. Pings here are those heard, with a position or
// without. A ping with an earlier fix time than another one under its activation shows that the tag and the feed are alive,
// and nothing else; a ping of an activation that is decided to be over does not even show that. A correction of the fitting
// ends what is wrong only if no ping was sent after it.
//
// Silence is measured by the clock, from the last ping of the tag or the end of the feed's silence. The alert names the
// wearer of that ping. It is not raised if the register shows the tag unassigned at the deadline. The interval that ends a
// silence is not counted among the tag's usual intervals, whoever wore it. A feed is a partition; while it is silent no tag
// is.
//
// # Checkpoints
//
// AppendTag and ParseTag are the stored form of a tag, the message Tag of checkpoint.proto. Fields are only added, so a
// processor goes on from the checkpoint of an older or a newer version: it skips unknown fields, and missing ones have their
// zero value. The form before protobuf is read, and replaced when the tag is next written. A value that cannot be used is an
// error; the caller sets the whole checkpoint aside, because a partition without one of its tags would decide about that tag
// as if it were new.
//
// # Unassigned tags
//
// An unassigned tag has no wearer in the register. Anyone who can write pings can invent such tags, so a partition remembers
// a limited number of them. When a ping exceeds the limit, the tag heard longest ago is forgotten (of equal appended times
// the first by name), and its open episodes end with the reason forgotten. Its next ping is that of a new tag: it raises
// unassigned_device again, and a repeated ping is not recognised. A tag with an open zone episode is kept until all have one
// and there are twice as many. A tag that was ever worn does not count towards the limit.
//
// unassigned_device is raised a limited number of times in an hour, which begins with the first. Beyond that one
// system_fault stands for the rest, until an hour of the clock has passed in which none was held back. A tag whose
// unassigned_device was held back raises no other tag alert either, so none has to end; its rows of pings are counted all
// the same. If one of its pings comes while the limit of a later hour is not used up, its alerts are raised from there on.
// Zones bind such a tag as they do any other.
//
// # The rule set plain
//
// A fix in breach of a zone (inside an exclusion zone, outside an inclusion zone; the edge counts as inside) opens a
// breach, the next one that is not ends it, whatever found the position. The live track and the history track are
// judged alike; what the history track finds is marked retrospective. Distances are compared rounded to a centimetre.
//
// A fix goes to the history track when it is older than one already used of that activation, when the activation has
// been decided to be over, and, for a zone with a timetable, when a boundary after the fix has already been decided.
// A late fix within a stay that is already known adds nothing and moves nothing. One that is older than the history
// track's own last fix starts that track afresh.
package alerting
