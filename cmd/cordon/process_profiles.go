package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// watchProfiles says in the log which decision profiles zones ask for that the rule set lacks, whenever they become
// others, until ctx ends.
func (p *processor) watchProfiles(ctx context.Context) {
	var said []string
	for {
		changed := p.follower.Changed()
		lacked := p.lacked()
		if names := slices.Sorted(maps.Keys(lacked)); !slices.Equal(names, said) {
			said = names
			p.sayLacked(names, lacked)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// lacked returns how many zones ask for each profile that the rule set lacks.
func (p *processor) lacked() map[string]int {
	lacked := map[string]int{}
	for name, zones := range p.follower.View().Profiles() {
		if p.flags.rules.Lacks(name) {
			lacked[name] = zones
		}
	}
	return lacked
}

func (p *processor) sayLacked(names []string, zones map[string]int) {
	if len(names) == 0 {
		p.log.Info("the rule set has every decision profile that zones ask for", "rules", p.flags.rules.ID())
		return
	}
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = fmt.Sprintf("%s: %s", name, counted(zones[name], "zone"))
	}
	p.log.Warn("zones ask for decision profiles that the rule set lacks, and are judged by default: correct the zones, or give the profiles to the rule set",
		"rules", p.flags.rules.ID(), "profiles", strings.Join(list, ", "))
}
