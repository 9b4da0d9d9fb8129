package main

import (
	"strconv"

	"cordon/benchmarks/results"
)

func perSecond(rounds []round) []float64 {
	return column(rounds, func(r round) float64 { return r.perSecond })
}

func column(rounds []round, of func(round) float64) []float64 {
	var all []float64
	for _, r := range rounds {
		all = append(all, of(r))
	}
	return all
}

// quotients divides round by round: rounds that follow each other find the machine in the same mood.
func quotients(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] / b[i]
	}
	return all
}

// What is to be reached: shares of the rival's rate, and milliseconds at half of that rate.
const (
	jsonTarget     = 0.45
	protobufTarget = 0.6
	p50Target      = 3
	p99Target      = 10
	decideTarget   = 0.9 // of the rate under plain rules, under the rules that decide by default
)

// figures are medians over the rounds; their standard errors are those of the mean.
func (b *bench) figures() []results.Figure {
	var all []results.Figure
	var starts []float64
	for _, o := range b.outcomes {
		of := func(name, unit, better string, samples []float64) results.Figure {
			f := results.Of(name, unit, samples...).With("format", o.format.name)
			f.Value, f.Better = median(samples), better
			return f
		}
		for _, rules := range ruleSets {
			rounds := o.rounds[rules]
			ratio := of(o.format.name+"_drain_ratio", "", results.Higher, column(rounds, func(r round) float64 { return r.ratio }))
			ratio.Labels = map[string]string{"rival": "Conn.ReadBatch"}
			ratio = ratio.Aim(results.Higher, o.format.target)
			speed := of("pings_per_s", "1/s", results.Higher, perSecond(rounds)).With("rival", "Conn.ReadBatch").Against(median(o.rivals))
			cpu := of("cpu_us_per_ping", "µs", results.Lower, column(rounds, func(r round) float64 { return r.cpu }))
			for _, f := range []results.Figure{ratio, speed, cpu} {
				all = append(all, f.With("rules", rules))
			}
			starts = append(starts, column(rounds, func(r round) float64 { return r.start })...)
		}
		cost := of("default_over_plain", "", results.Higher, quotients(perSecond(o.rounds["default"]), perSecond(o.rounds["plain"])))
		all = append(all, cost.Aim(results.Higher, decideTarget))
		for _, l := range o.lives {
			all = append(all, l.figures(o.format.name, median(o.rivals)/2)...)
		}
	}
	start := results.Of("start_s", "s", starts...).With("zones", strconv.Itoa(b.flags.Tags*b.flags.Zones))
	start.Value, start.Better = median(starts), results.Lower
	return append(all, start)
}

func (l *live) figures(format string, half float64) []results.Figure {
	of := func(name, unit string, value float64) results.Figure {
		f := results.Figure{Name: name, Unit: unit, Value: value, N: len(l.arrivals), Better: results.Lower}
		return f.With("format", format).With("load", l.load)
	}
	rate := of("latency_pings_per_s", "1/s", l.reached)
	rate.N, rate.Better = 0, ""
	p50, p99 := of("latency_p50_ms", "ms", quantile(l.arrivals, 0.5)), of("latency_p99_ms", "ms", quantile(l.arrivals, 0.99))
	if l.heavy {
		rate, p50, p99 = rate.Aim(results.Higher, half), p50.Aim(results.Lower, p50Target), p99.Aim(results.Lower, p99Target)
	}
	return []results.Figure{rate, p50, p99}
}
