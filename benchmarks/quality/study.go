package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cordon/alerting"
	"cordon/benchmarks/harness"
	"cordon/benchmarks/quality/rivals"
)

// opener opens a world of about so many tag-days.
type opener func(scenario string, seed uint64, tagDays float64) (source, error)

// study chooses the settings of families on some seeds and reports on others.
func study(ctx context.Context, f *flags, open opener, all []family) (*sheet, alerting.Probabilities, error) {
	built := alerting.DefaultRules()
	tried := field(built)[:1]
	for _, family := range all {
		tried = append(tried, family.makers...)
	}
	first := f.Scenarios[0]
	trial, err := over(ctx, tried, first, f.Choose, f.ChooseDays, open)
	if err != nil {
		return nil, alerting.Probabilities{}, err
	}
	s, named, from := &sheet{}, field(built), 1
	for _, family := range all {
		i := trial.choose(from, from+len(family.makers))
		from += len(family.makers)
		harness.Say("best of %s: %s", family.name, tried[i].Name)
		s.chosen(trial, i, family.name)
		if family.name != ours { // of which a setting is built in
			named = append(named, rivals.Maker{Name: family.name, New: tried[i].New})
		}
	}
	t := trial.classes.table(fmt.Sprintf("simulated: scenario %s, seeds %s, %.0f tag-days, rule set %s; true: inside from 300 s before to 60 s after",
		first, list(f.Choose), trial.days, built.ID()))
	for i, scenario := range f.Scenarios {
		makers := slices.Clone(named)
		if i == 0 {
			makers = append(makers, tried[1:]...)
		}
		b, err := over(ctx, makers, scenario, f.Report, f.TagDays, open)
		if err != nil {
			return nil, alerting.Probabilities{}, err
		}
		s.rules(b, scenario, len(named), true)
		s.parts(b, scenario, len(named))
		s.promises(b, scenario)
		s.reliability(t, b.classes, scenario, i == 0)
		if i == 0 {
			s.frontiers(b, len(named), all)
		}
	}
	for _, scenario := range f.Others {
		b, err := over(ctx, named, scenario, f.Report, f.OtherDays, open)
		if err != nil {
			return nil, alerting.Probabilities{}, err
		}
		s.rules(b, scenario, len(named), false)
	}
	return s, t, nil
}

// over lets rules decide in a scenario, over all seeds together.
func over(ctx context.Context, makers []rivals.Maker, scenario string, seeds []uint64, tagDays float64, open opener) (*board, error) {
	b := newBoard(makers)
	for _, seed := range seeds {
		w, err := open(scenario, seed, tagDays/float64(len(seeds)))
		if err != nil {
			return nil, fmt.Errorf("quality: scenario %s: %w", scenario, err)
		}
		if err := b.watch(ctx, w); err != nil {
			return nil, err
		}
		harness.Say("%s, seed %d: %d rules, %.0f tag-days so far", scenario, seed, len(makers), b.days)
	}
	return b, nil
}

func list(seeds []uint64) string {
	words := make([]string, len(seeds))
	for i, s := range seeds {
		words[i] = fmt.Sprint(s)
	}
	return strings.Join(words, ", ")
}
