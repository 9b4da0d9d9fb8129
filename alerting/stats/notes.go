package stats

import (
	"fmt"
	"slices"
)

// notes are the sentences that belong to the figures.
func (b *builder) notes(r *Report) []string {
	notes := []string{}
	say := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	switch {
	case r.Total.Open.Hidden:
		say("Breaches that are still open are censored: they are in no dwell figure.")
	case r.Total.Open.N > 0:
		say("%d of %s breaches are still open and censored: they are in no dwell figure.", r.Total.Open.N, r.Total.Breaches)
	}
	if b.orphans > 0 {
		say("%s of breaches whose opening is not on the topic are counted nowhere: its beginning has been deleted.",
			b.concealed(b.orphans, "ending"))
	}
	switch {
	case r.NoRates != "":
		say("There are no rates: %s.", r.NoRates)
	case b.o.From == 0:
		say("Tag-days are counted from the fitting on; --from cuts them to the time that was watched.")
	}
	if slices.Contains(b.o.By, ByCohort) {
		say("An episode of a wearer in several cohorts counts in each of them.")
	}
	if slices.Contains(b.o.By, ByZone) && r.NoRates == "" {
		say("Rates by zone are over the tag-days of everybody, not only of those whom the zone binds.")
	}
	if b.o.Suppress > 1 {
		say("* is a count from 1 to %d, or one hidden because it would give such a one away.", b.o.Suppress-1)
	}
	return notes
}

// concealed writes a number of things, unless it is to be suppressed.
func (b *builder) concealed(n int, thing string) string {
	switch {
	case n < b.o.Suppress:
		return fmt.Sprintf("Fewer than %d %ss", b.o.Suppress, thing)
	case n == 1:
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
