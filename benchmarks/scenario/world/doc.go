// Package world simulates people who wear tags, and knows where they really were. From a seed it makes wearers with homes,
// work and errands, each with one exclusion zone; their true paths, on foot, by bus, car and tube; and what their tags
// say of it, with the errors, gaps and delays of the field. Rules of decision are compared on it.
//
// # What is simulated
//
// Wearers are in strata, by what they have to do with their zone: far from it, home or work within 300 m of it, passing it
// on foot or by car, driving through it, entering it. A path is straight legs, each at an even speed. A tag takes a
// satellite fix a minute when it moves, four near the zone or inside (by its own positions, as it does not know better) and
// one an hour at rest; where it does not see the sky, a cell fix every few minutes.
//
// A satellite fix is off by normal error that lasts one or two minutes and whose scale is what an honest claim says; in
// canyons, squares of town that are the same for everybody, by a bias of minutes besides; and once in a while by hundreds
// of metres with a small claim. A cell fix is one of the few coordinates of its area, repeated for hours; some are
// nowhere near. Gaps, dead devices, empty batteries, straps, lost coverage with a burst afterwards, duplicates and
// overtaking are drawn at random. Every share, rate and distribution is a number of Settings.
//
// A Life is one wearer's; a tag that was handed on has two. Life.Where and Life.Distance say where the wearer really was,
// Stays lists the true stays: inside without more than 60 s outside.
//
// # Invariants
//
// A Life is a pure function of the settings, the seed and its number. Pings are in the order of their appended times. A
// home, workplace or way that is not said to be in the zone is not: ways keep to the half of the plane on the far side of a
// line that touches the zone, see ground.
//
// # Concurrency
//
// A World is immutable; its methods may be called by several goroutines. A Life belongs to its caller.
package world
