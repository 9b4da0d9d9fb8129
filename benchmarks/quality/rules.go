package main

import (
	"fmt"

	"cordon/alerting"
	"cordon/benchmarks/quality/rivals"
)

// Names of the rules that targets speak of.
const (
	ours      = "deep or long"
	rawSat    = "point in polygon, satellite"
	twoAll    = "2 in a row, all pings"
	twoSat    = "2 in a row, satellite"
	fifth     = "5th point"
	filter    = "two-state Bayes filter"
	told      = "filter told the noise"
	oneForAll = "deep or long, one profile for all"
	apart     = "deep or long, deep 30 m from first to last"
	wary      = "deep or long, wary of how a stay begins"
)

// field are the rules without parameters to choose, ours first: the product itself.
func field(built *alerting.Rules) []rivals.Maker {
	row := func(name string, fixes rivals.Fixes, of int) rivals.Maker {
		return rivals.Maker{Name: name, New: func(*rivals.Case) rivals.Rule { return &rivals.InARow{Fixes: fixes, Of: of} }}
	}
	return []rivals.Maker{
		{Name: ours, New: func(c *rivals.Case) rivals.Rule { return rivals.NewProduct(built, c) }},
		row("point in polygon, all pings", rivals.AllPings, 1),
		row(rawSat, rivals.Satellite, 1),
		row("accuracy below 50 m, all kinds", rivals.Accurate, 1),
		row(twoAll, rivals.AllPings, 2),
		row(twoSat, rivals.Satellite, 2),
		row("3 in a row, satellite", rivals.Satellite, 3),
		row(fifth, rivals.Satellite, 5),
		deepOrLong(oneForAll, map[string]alerting.Profile{"default": built.Profiles["default"]}),
		{Name: apart, New: func(c *rivals.Case) rivals.Rule { return rivals.NewApart(slower(built.Profiles, c.Profile)) }},
		{Name: wary, New: func(c *rivals.Case) rivals.Rule { return rivals.NewWary(profileOf(built.Profiles, c.Profile)) }},
	}
}

func profileOf(profiles map[string]alerting.Profile, name string) alerting.Profile {
	p, ok := profiles[name]
	if !ok {
		p = profiles["default"]
	}
	return p
}

// slower are the settings of a study before this one, which waits for depth.
func slower(profiles map[string]alerting.Profile, name string) alerting.Profile {
	p := profileOf(profiles, name)
	p.DeepM, p.DeepS, p.LongS = 30, 25, 115
	if name == "beside_home" {
		p.DeepM, p.DeepS, p.LongS = 40, 115, 295
	}
	return p
}

// deepOrLong is the rule of the product with other profiles; a profile that is not among them counts as default.
func deepOrLong(name string, profiles map[string]alerting.Profile) rivals.Maker {
	return rivals.Maker{Name: name, New: func(c *rivals.Case) rivals.Rule {
		p := profileOf(profiles, c.Profile)
		return rivals.NewDeepOrLong(&p)
	}}
}

// sweep varies the profile default about the built-in one, with beside_home 15 m deeper and 15 s longer, as built in,
// and the same.
func sweep(built map[string]alerting.Profile) []rivals.Maker {
	var all []rivals.Maker
	add := func(name string, p, beside alerting.Profile) {
		all = append(all, deepOrLong(name, map[string]alerting.Profile{"default": p, "beside_home": beside}))
	}
	for _, deepM := range []float64{10, 15, 20, 25, 30, 40} {
		for _, deepS := range []float64{10, 25, 55} {
			for _, longS := range []float64{55, 115} {
				for _, coldS := range []float64{120, 300} {
					p := built["default"]
					p.DeepM, p.DeepS, p.LongS, p.ColdS = deepM, deepS, longS, coldS
					slower := p
					slower.DeepM, slower.DeepS = deepM+15, deepS+15
					name := fmt.Sprintf("deep %g m %g s, long %g s, cold %g s", deepM, deepS, longS, coldS)
					add(name+"; beside home slower", p, slower)
					add(name+"; beside home too", p, p)
				}
			}
		}
	}
	return all
}

// filters are the settings of the Bayes filter among which one is chosen.
func filters() []rivals.Maker {
	var all []rivals.Maker
	for _, sure := range []float64{0.8, 0.95, 0.99} {
		for _, temper := range []float64{10, 30, 90} {
			for _, visits := range []float64{1, 10, 100} {
				b := rivals.Bayes{Sure: sure, TemperS: temper, Visits: visits, Outlier: 0.001}
				name := fmt.Sprintf("Bayes %g sure, %g s, %g visits a day", sure, temper, visits)
				all = append(all, rivals.Maker{Name: name, New: func(*rivals.Case) rivals.Rule { return new(b) }})
			}
		}
	}
	return all
}

// tolds are the settings of the filter that is told the noise, among which one is chosen.
func tolds() []rivals.Maker {
	var all []rivals.Maker
	for _, sure := range []float64{0.5, 0.7, 0.9, 0.99} {
		for _, reluctance := range []float64{0.1, 0.5, 1} {
			name := fmt.Sprintf("told %g sure, reluctance %g", sure, reluctance)
			all = append(all, rivals.Maker{Name: name, New: func(c *rivals.Case) rivals.Rule {
				return &rivals.Told{Sure: sure, Reluctance: reluctance, Noise: c.Noise}
			}})
		}
	}
	return all
}

// family is settings of one rule, of which one is chosen.
type family struct {
	name   string // of the rule
	makers []rivals.Maker
}

func families(built map[string]alerting.Profile) []family {
	return []family{{ours, sweep(built)}, {filter, filters()}, {told, tolds()}}
}
