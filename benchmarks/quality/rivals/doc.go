// Package rivals holds the rules that are compared: each is a fold over the pings of one wearer against one zone, in the
// order they were appended, and says when it opens and ends a breach.
//
// # Words
//
// A Sight is a ping with its distance to the zone, measured once for all rules. An Event is what a rule says of it. A
// satellite fix older than one already seen is late: live rules pass over it, and the rules that take pings of every kind
// pass over whatever is older than the newest they took. That is kinder to them than what is in the field.
//
// The rules of the field have no parameters but how many fixes in a row they want and which fixes they count. What ends a
// breach is as many fixes outside as opened it inside. The rule of the product decides through package alerting and
// nothing else: what is measured is what runs.
//
// A rule belongs to one goroutine.
package rivals
