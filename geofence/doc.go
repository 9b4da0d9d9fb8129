// Package geofence holds what a wearer may not enter or leave: zones, their geometry and timetables, the register of
// who wears which tag, and the View that finds the zones binding a wearer at a place.
//
// # Words
//
// A Zone is one revision of one exclusion or inclusion zone; its Shape is polygons or a circle. An Activation is one
// fitting of one tag to one wearer. A revision of either is in force for pings appended from its Updated instant until
// the next revision of the same id; a tombstone is a revision that withdraws. Instants are milliseconds since the Unix
// epoch; spans are half-open.
//
// # The boundary rule
//
// A point on any edge or vertex, of a shell or of a hole, is inside. Edges are straight lines in longitude and
// latitude. [Shape.Distance] is in metres on the plane at the ping (WGS84's radii of curvature at its latitude) and
// negative inside; a decision compares it rounded to a centimetre, see [Round]. Which side of an edge a point lies on is
// decided exactly, not up to rounding.
//
// Shape.Distance looks at every edge and says what a distance is. [Compiled] finds the same number, to the last bit, by
// looking at the few edges that can matter, and says "further than reach" mostly without looking at any. The plane at a
// ping, [Plane], is made once for all zones.
//
// # Validity
//
// Whatever [ParseZones] and [ParseRegister] return is valid; later code need not check it again. Stored zones may have more
// than [MaxTimes] windows and exceptions if they were imported before that limit existed. Simple means simple in the sense
// of OGC Simple Features: a ring does not touch itself, rings may touch each other at points and never share a stretch of
// edge.
//
// # Timetables
//
// A zone's timetable is prepared when it is first used: the week on the local clock as the minutes at which a window begins
// or ends, the exceptions as a sorted list of pauses, the offsets of the time zone as a table. [Zone.AppliesAt] and
// [Zone.NextBoundary] then take a few binary searches, whatever the number of windows.
//
// # The index
//
// A View is one state of zones and register. A change makes another that shares all it did not touch, at a cost that goes
// by the change and not by how much there is; the one before lives as long as somebody looks at it. [View.Bound] and
// [View.Device] find by name what concerns one wearer and one tag: once for each View, kept with the tag. Zones are
// found by place ([Bound.Near]) in a trie of squares; where none is near, [Bound.Clear] says for how far around, so that
// most pings are answered by a comparison with four numbers. A zone for named wearers can be kept packed
// ([ZoneRevision.Packed]): its document and its bounding box, until a tag of theirs comes near. Shapes that are asked
// about often are compiled ([Compiled]) and then look at a handful of edges.
//
// # Concurrency
//
// Zones, activations and views are immutable once built and may be shared by any number of goroutines; a [Candidate]
// decodes its zone and compiles its shape under them. The package starts none and keeps no state of its own but the time
// zones it has read.
//
// Time zones come from the system's database, or from time/tzdata where the program links it in.
package geofence
