// Command quality measures what rules of decision are worth against the truth:
//
//	make quality
//	go run ./benchmarks/quality --tag-days 5000 --scenarios default
//
// Wearers are simulated with their true paths (package benchmarks/scenario/world); every rule (package rivals) decides on
// the same pings, whose distances to the zone are those of the product and are measured once for all; package score says
// what the decisions were worth. Settings are chosen on the seeds of --choose and reported on those of --report, and so is
// the table of probabilities: written from the one, checked on the other.
//
// # What is written
//
// benchmarks/results/quality.json and its plots; quality-probabilities.json beside them, the share of alerts that were
// true by class, in the form in which a rule file holds it. An alert was true when the wearer was inside at some time from
// 300 s before it was decided to 60 s after, however briefly.
//
// The same seeds give the same figures, on any number of processors: wearers are worked on side by side and added up in
// their order.
package main
