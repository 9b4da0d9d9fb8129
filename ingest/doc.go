// Package ingest turns the records of the ping topic into pings, recognises repeats, and owns the partition loop.
//
// A ping is what a tag sent. It comes in four formats (Format): Cordon JSON, the record a Traccar server forwards, a
// line of the position feed (MDSS), and protobuf (ping.proto). The header cordon-format settles which, then the header
// content-type: application/x-protobuf; otherwise the record itself does: an object whose members position and device
// are objects is Traccar's, one with a position_id, position_latitude, position_longitude or position_gps_date and no
// fix_time is of the feed, any other is Cordon JSON. Of a header that is there twice the last counts.
//
// # Why a ping is rejected
//
// A record stamped ahead of the processor's clock is rejected as future before it is decoded, and changes no state: its time
// does not say when it was appended (package pipeline decides that). Any other record has one Reason: the first that holds
// in this order.
//
//  1. too_large: the value has more than 16 KiB.
//  2. malformed: an unknown cordon-format; an empty value; not one JSON object as RFC 8259 has it (NaN and Infinity are
//     no JSON), invalid UTF-8 or half a surrogate pair in any string, more than 64 levels; protobuf that is cut short,
//     has a known field under another wire type, or a name that is not UTF-8.
//  3. The tag's name: missing_device when absent, null or empty; bad_field when not a string or longer than 64 bytes.
//  4. The time of the fix: missing_time when absent or null; bad_field when not a time. In a Traccar record the marks
//     approximate, valid and outdated (bad_field) come before it, for they say which time counts.
//  5. bad_coordinates: one without the other, not a number, not finite, latitude outside [-90, 90], longitude outside
//     [-180, 180].
//  6. bad_accuracy: accuracy_m not a finite number above 0, then accuracy_level not a number in (0, 1).
//  7. bad_field: any other field of the wrong type, an unknown source or strap, a heading outside [0, 360), a charge
//     outside [0, 100], a seq that is not written as an unsigned integer of 64 bits, satellites that are not a whole
//     number up to 65,535, a number that is not finite. Speed, altitude and hdop are taken as reported, whatever their
//     sign.
//  8. future: fix time > appended time + 2 min. too_old: fix time < appended time - 72 h.
//
// A Detail names the field and never says what was in it. JSON null is absent. Of repeated JSON keys the last counts and
// the others are only checked for their grammar. Keys are compared exactly, letter case included. Unknown fields are
// ignored.
//
// # Times
//
// RFC 3339 with any offset; digits beyond milliseconds are cut off. A leap second (:60, at 23:59 UTC only) is the last
// millisecond before it. Traccar and the feed may also write a space for the T, an offset as +0000 or +00, no offset
// (UTC), and milliseconds since the Unix epoch as a number.
//
// # Traccar
//
// The tag is device.uniqueId. valid:false makes a status report. Otherwise attributes.approximate makes a network fix at
// fixTime: wifi when network lists access points and no cells, else cell. Otherwise outdated:true makes a status report
// too, and anything else is a satellite fix at fixTime. The time of a status report is deviceTime, else serverTime; its
// coordinates, accuracy, speed, course and altitude are those of an earlier fix and not looked at. A fix without
// coordinates is bad_coordinates. serverTime is the received time.
// Speed is in knots (× 0.514444). accuracy 0.0 is unknown; course 360 is 0. Traccar writes 0.0 for a speed, course or
// altitude it does not know, which cannot be told from a true 0; for a network fix it always does, so there they are
// left out. The alarms tampering and removing are a tampered strap, jamming is jamming. position.id is always 0: there
// is no seq.
//
// # The position feed
//
// A number may come as a string, an empty string is an absent field, device_id may be a whole number. position_gps_date is
// the fix time, position_uploaded_date the received time. position_id is the number of a record in a database, not the tag's
// own counter, so there is no seq. Speed is in km/h. position_direction 360 is 0, position_precision 0 is unknown.
// position_lbs 1 is gnss, 4 beacon, 5 cell, 6 wifi, absent gnss; any other number is kept as cell, the coarsest source,
// because its error is not documented.
//
// # Two readers
//
// A record of Cordon's own fields in the usual notation is read by a quick reader (quick.go), any other by one that knows
// the whole grammar. The quick reader gives up if it is not certain, so both always give the same result.
//
// # The partition loop
//
// A Worker decides at most MaxStep records before it publishes their alerts and rejects, so that memory is bounded and a
// partition is released quickly. On a stop it finishes the current step and checkpoints there; the next owner fetches the
// rest. A step that takes longer than the grace is given up and not checkpointed. While a transaction is open, the wall
// clock runs no timers, because pings from before a deadline may wait behind it.
//
// # Concurrency
//
// A Decoder, a Recent and a Worker belong to one goroutine. A Ping is valid as long as the record it was decoded
// from. Decoding an accepted ping allocates nothing, except for names with escape sequences and for numbers of more than
// 32 characters.
package ingest
