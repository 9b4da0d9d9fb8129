// Package stats makes breach statistics from alert records and the register of wearers. It is pure: a [Tally] takes
// alerts in any order, repeats included, and [Tally.Report] makes tables of them. A Tally is for one goroutine.
//
// # What is counted
//
// Distinct alert ids. An episode is one unbroken stay; it belongs to the bucket of its opening (opened_fix_time), and so
// do its range: From <= opening < To. Three things are kept apart:
//
//	breaches       episodes with a breach alert, decided live
//	suspicions     live episodes with breach_suspected and no breach: unconfirmed
//	retrospective  episodes decided from late pings (breach alerts marked retrospective)
//
// An ending whose opening was not read (deleted from the topic) is counted in no table, and a note says how many there
// are. The table by kind counts distinct alerts instead of episodes.
//
// Dwell is exit − opening of a breach that has ended, live: exit_fix_time, else decided_time. Quartiles are those of
// Hyndman and Fan's type 7 (linear between order statistics). Open breaches are censored: they are counted in their own
// column and are in no quartile.
//
// # Rates
//
// A tag-day is 24 hours of one tag on one wearer: the time between fitting and removal of each activation in the newest
// register, cut to the range and to the time of reading, divided by 24 h. Silent time counts. Without From it begins at the
// fitting. A wearer with two tags has two tag-days a day. A rate is breaches of registered activations per 1,000
// tag-days and always comes with its n (rate_n) and N (tag_days). In the table by month and by hour of the day N is the
// part that lies in the bucket, on the clock of the time zone; by cohort it is that of the cohort's activations; by zone
// it is all of it, since the register does not say whom a zone binds. An episode of an activation in several cohorts
// counts in each of them, so that the rows of that table can add up to more than the total.
//
// # Suppression
//
// With Suppress = s, counts from 1 to s−1 are hidden, and so is what would give one away: a total with one hidden row, or
// whose hidden rows can only add up in one way; open and ended breaches, which add up to breaches; quartiles and rates of
// hidden counts. Hidden counts all look alike (* in tables, null in JSON): a mark of its own for those hidden only to
// protect others would narrow both down. Where rows cannot be protected, the total is hidden, in every table.
//
// # JSON
//
// [Report] is stable: members are added, never renamed or given another meaning. Counts are numbers, or null when they
// are suppressed; what is absent is unknown or does not apply. Times are RFC 3339, UTC, milliseconds; durations end in
// _s and are seconds.
//
//	from, to                   range of openings asked for
//	until                      time of reading
//	timezone, suppress         as asked for
//	read[]                     partition, start, end (offsets, half-open), first_time, last_time (record times)
//	rule_revisions[]           of the alerts counted
//	tag_days_from, tag_days_to bounds within which tag-days were counted
//	no_rates                   why there are none
//	total                      row of everything
//	tables[]                   by, rows[]
//	notes[]                    sentences that belong to the figures
//
// A row has bucket, breaches, open, closed, dwell_q1_s, dwell_median_s, dwell_q3_s, suspicions, retrospective, rate_n,
// tag_days, rate_per_1000_tag_days. In the table by kind it has bucket, alerts (decided live) and retrospective.
package stats
