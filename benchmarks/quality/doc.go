// Command quality measures what rules of decision are worth against the truth:
//
//	make quality
//	go run ./benchmarks/quality --tag-days 5000 --scenarios default
//
// Wearers are simulated with their true paths (package benchmarks/scenario/world); every rule (package rivals) decides on
// the same pings, whose distances to the zone are those of the product and are measured once for all; package score says
// what the decisions were worth. The rule "deep or long" is the product: an alerting.Watch with the built-in rule set. Other
// settings of it go through the same decisions of alerting.Profile alone, which say the same.
//
// Settings are chosen on the seeds of --choose and reported on those of --report: of a family the one that falls short of
// what is promised about finding stays by the least, and of those that keep it all the one with the fewest false alerts.
//
// # What is written
//
// benchmarks/results/quality.json and its plots; quality-probabilities.json beside them, the share of alerts that were
// true by class, counted on the seeds of the choice and checked on the others: the member probability of a rule file. An
// alert was true when the wearer was inside at some time from 300 s before it was decided to 60 s after, however briefly.
//
// The same seeds give the same figures, on any number of processors: wearers are worked on side by side and added up in
// their order.
package main
