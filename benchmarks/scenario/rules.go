package scenario

import (
	"cmp"
	"fmt"

	"cordon/alerting"
)

// The names of the rule sets that the oracle knows.
const (
	Plain   = "plain"
	Default = "default"
)

// Rules are the rule set by which is decided. The zero value is plain, which has no parameters.
type Rules struct {
	Name     string             // Plain or Default; empty: Plain
	UsableM  float64            // metres: a satellite fix of a greater radius at 95 % decides nothing; 0: 50
	GraverS  float64            // seconds: a breach that lasts becomes graver as often; half of it for tier 1; 0: 900
	Crossing Crossing           // zero: the one built in
	Tags     *TagRules          // nil, or plain: nothing is told of tags and the feed
	Profiles map[string]Profile // by the property rule of a zone; nil: those built in. A name it lacks counts as default
	Truths   []alerting.Truth   // how often alerts were true, as the rule file in force says; nil: as the one built in does
}

// Crossing is what counts as a way through a zone.
type Crossing struct {
	MostS           float64 // seconds between the two fixes
	LeastLikelihood float64
	WanderM         float64 // metres that a wearer strays from the straight in a second; in t seconds √t times as many
}

// Profile is what counts as deep, long, cold, left and lost.
type Profile struct {
	DeepM       float64 // metres inside
	DeepS       float64 // seconds of a run that ends with two deep fixes
	LongS       float64 // seconds of any run
	ColdAfterS  float64 // a run is cold when the usable fix before it is more than this older
	ColdS       float64
	LeftS       float64
	LostS       float64 // seconds without a usable fix, and
	LostCadence float64 // as many of the median interval between usable fixes
	RecentS     float64 // how old a fix may be at the boundary where a zone begins to apply

	name string // in Rules
}

// TagRules are when a tag, or the feed, is in trouble and when it is no more. DefaultTagRules are those built in.
type TagRules struct {
	StrapClosedS float64 // seconds between two pings that say closed
	LowPct       float64
	CriticalPct  float64
	RestoredPct  float64
	BlindPings   int     // without a position, and
	BlindS       float64 // seconds since one with it
	ClearS       float64 // seconds between two pings that say that nothing jams
	TeleportM    float64 // metres from fix to fix, beyond their circles, and
	MaxMPS       float64 // metres a second
	SteadyFixes  int     // that are no teleports end one
	FrozenFixes  int     // at one place, and
	FrozenS      float64 // seconds, all in motion
	SilentLeastS float64
	SilentTimes  float64 // of the interval that is usual
	SilentNewS   float64 // where none is known
	FeedLeastS   float64
	FeedTimes    float64 // of the mean interval
	FeedPings    int     // so many are to be heard first
}

// DefaultTagRules returns the built-in parameters.
func DefaultTagRules() *TagRules {
	return &TagRules{
		StrapClosedS: 60, LowPct: 15, CriticalPct: 5, RestoredPct: 25, BlindPings: 3, BlindS: 1800, ClearS: 120,
		TeleportM: 1000, MaxMPS: 70, SteadyFixes: 3, FrozenFixes: 10, FrozenS: 600,
		SilentLeastS: 900, SilentTimes: 2.5, SilentNewS: 9000, FeedLeastS: 300, FeedTimes: 30, FeedPings: 64,
	}
}

// DefaultRules returns the rule set default with its built-in parameters.
func DefaultRules() Rules {
	usual := Profile{
		DeepM: 15, DeepS: 25, LongS: 115, ColdAfterS: 900, ColdS: 300, LeftS: 55, LostS: 300, LostCadence: 2.5, RecentS: 300,
	}
	beside := usual
	beside.DeepM, beside.DeepS = 30, 40
	return Rules{
		Name: Default, UsableM: 50, GraverS: 900, Crossing: Crossing{MostS: 300, LeastLikelihood: 0.9, WanderM: 3},
		Profiles: map[string]Profile{"default": usual, "beside_home": beside},
		Truths:   alerting.DefaultRules().Probability.Classes,
	}
}

func (r Rules) withDefaults() (Rules, error) {
	built := DefaultRules()
	switch r.Name {
	case "", Plain:
		return Rules{Name: Plain}, nil
	case Default:
	default:
		return r, fmt.Errorf("scenario: no rule set is called %q: there are %s and %s", r.Name, Plain, Default)
	}
	r.UsableM, r.GraverS = cmp.Or(r.UsableM, built.UsableM), cmp.Or(r.GraverS, built.GraverS)
	r.Crossing = cmp.Or(r.Crossing, built.Crossing)
	if r.Profiles == nil {
		r.Profiles = built.Profiles
	}
	if r.Truths == nil {
		r.Truths = built.Truths
	}
	if _, there := r.Profiles["default"]; !there {
		return r, fmt.Errorf("scenario: the rules have no profile default, which stands for every name they lack")
	}
	return r, nil
}

func (r Rules) plain() bool { return r.Name == Plain }

func (r Rules) revision() string {
	if r.Name == Default {
		return "default@2"
	}
	return r.Name + "@1"
}

func (r Rules) profile(name string) Profile {
	if _, there := r.Profiles[name]; !there {
		name = "default"
	}
	p := r.Profiles[name]
	p.name = name
	return p
}
