// Package harness runs the plain binary against real servers, as its users do: it makes the topics, imports zones and
// register, starts, stops and kills processors, puts pings onto the topic, and reads back what is on the topics and in
// the store. The system tests, the crash tests and the end-to-end measurements are built on it.
//
// Nothing here decides anything about pings: what must result is the business of package scenario.
package harness
