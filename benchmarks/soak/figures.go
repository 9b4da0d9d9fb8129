package main

import (
	"math"
	"slices"
	"strconv"
	"time"

	"cordon/benchmarks/plot"
	"cordon/benchmarks/results"
)

const (
	mostGrowth = 5.0 // sure growth in percent a day
	points     = 30  // of each line of the plot
	mebibyte   = 1 << 20
)

// measures are the values read from a processor.
var measures = []struct {
	name, curve, unit string
	of                func(*reading) float64
	most              float64 // sure growth in a day, percent
}{
	{"resident_mb", "resident_by_minute_mb", "MiB", func(r *reading) float64 { return r.resident / mebibyte }, mostGrowth},
	{"heap_mb", "heap_by_minute_mb", "MiB", func(r *reading) float64 { return r.heap / mebibyte }, mostGrowth},
	{"goroutines", "goroutines_by_minute", "", func(r *reading) float64 { return r.goroutines }, 0},
	{"descriptors", "descriptors_by_minute", "", func(r *reading) float64 { return r.descriptors }, 0},
}

func (s *soak) figures() []results.Figure {
	one := func(name, unit string, value float64) results.Figure { return results.Of(name, unit, value) }
	sent := one("sent_per_s", "1/s", s.sent).Aim(results.Higher, 0.99*s.flags.Rate)
	all := []results.Figure{
		one("duration_s", "s", s.flags.Duration.Seconds()), one("pings", "", float64(s.feed.Sent())), sent,
		one("take_overs", "", float64(len(s.lives)-2)), one("zone_changes", "", float64(s.changes)),
	}
	for _, m := range measures {
		within := s.lives[0].series(m.of, s.flags.WarmUp)
		all = append(all, growthFigures(m.name, m.unit, "that stays", within.rounds(s.round()), m.most)...)
		all = append(all, growthFigures(m.name, m.unit, "replaced ones, at their ends", s.acrossLives(m.of), m.most)...)
	}
	return append(all, s.storeFigures()...)
}

// leastPoints is the least number of points that are compared.
const leastPoints = 4

// round is the time, in hours, of one takeover after an orderly stop and one after a kill.
func (s *soak) round() float64 { return 2 * s.flags.Replace.Hours() }

func growthFigures(name, unit, of string, s *series, most float64) []results.Figure {
	if s.len() < leastPoints {
		return nil
	}
	g := s.growth()
	level := results.Of(name, unit, g.level).With("processor", of)
	perDay := results.Of(name+"_growth_pct_per_day", "%", g.perDay).With("processor", of)
	perDay.Stderr = &g.stderr
	sure := results.Of(name+"_sure_growth_pct_per_day", "%", g.sure()).With("processor", of).Aim(results.Lower, most)
	all := []results.Figure{level, perDay, sure}
	for i := range all {
		all[i].N = g.points
	}
	return all
}

// series are the readings of a life after an instant.
func (l *life) series(of func(*reading) float64, since time.Duration) *series {
	s := &series{}
	for i := range l.readings {
		if r := &l.readings[i]; r.after >= since {
			s.add(r.after.Hours(), of(r))
		}
	}
	return s
}

// acrossLives returns the levels at which the lives of replaced processors end, after the warm-up: the median of the last
// third. The processor that was alive at the end of the run is left out.
func (s *soak) acrossLives(of func(*reading) float64) *series {
	across := &series{}
	for _, l := range s.lives[1:] {
		n := len(l.readings)
		if !l.over || n < 3 || l.readings[n-1].after < s.flags.WarmUp {
			continue
		}
		last := life{readings: l.readings[n-n/3:]}
		across.add(l.readings[n-1].after.Hours(), median(last.series(of, 0).value))
	}
	return across
}

// storeFigures returns the figures of Redis and of the lag, and the curves of the plot.
func (s *soak) storeFigures() []results.Figure {
	redis, lag := &series{}, &series{}
	for _, st := range s.stores {
		if st.after >= s.flags.WarmUp {
			redis.add(st.after.Hours(), st.redis/mebibyte)
			lag.add(st.after.Hours(), st.lag)
		}
	}
	all := []results.Figure{
		results.Of("redis_mb", "MiB", mean(redis.value)),
		results.Of("lag", "", median(lag.value)).With("of", "median"),
		results.Of("lag", "", slices.Max(lag.value)).With("of", "longest"),
	}
	if rounds := redis.rounds(s.round()); rounds.len() >= leastPoints {
		g := rounds.growth()
		perDay := results.Of("redis_mb_growth_pct_per_day", "%", g.perDay)
		perDay.Stderr, perDay.N = &g.stderr, g.points
		all = append(all, perDay)
	}
	curve := func(name, line string, of *series) {
		for _, p := range of.thinned(s.flags.Duration.Hours() / points) {
			f := results.Of(name, "", p[1]).With("minute", strconv.FormatFloat(60*p[0], 'f', 1, 64)).With("line", line)
			all = append(all, f)
		}
	}
	for _, m := range measures {
		for _, l := range s.lives {
			curve(m.curve, l.name, l.series(m.of, 0))
		}
	}
	whole := &series{}
	for _, st := range s.stores {
		whole.add(st.after.Hours(), st.redis/mebibyte)
	}
	curve("redis_by_minute_mb", plot.SoakStays, whole)
	return all
}

// thinned returns the medians of stretches of the given hours: instant and value.
func (s *series) thinned(hours float64) [][2]float64 {
	var all [][2]float64
	for i := 0; i < len(s.at); {
		part := &series{}
		stretch := math.Floor(s.at[i] / hours)
		for ; i < len(s.at) && math.Floor(s.at[i]/hours) == stretch; i++ {
			part.add(s.at[i], s.value[i])
		}
		all = append(all, [2]float64{median(part.at), median(part.value)})
	}
	return all
}
