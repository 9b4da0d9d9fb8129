package main

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// series is readings at instants, in hours.
type series struct{ at, value []float64 }

func (s *series) add(at, value float64) {
	s.at, s.value = append(s.at, at), append(s.value, value)
}

func (s *series) len() int { return len(s.at) }

// rounds returns the means of stretches of the given hours, as instant and value. An incomplete stretch at the end is left
// out.
func (s *series) rounds(hours float64) *series {
	means := &series{}
	if s.len() == 0 {
		return means
	}
	first := s.at[0]
	for i := 0; i < s.len(); {
		round := math.Floor((s.at[i] - first) / hours)
		at, value, from := 0.0, 0.0, i
		for ; i < s.len() && math.Floor((s.at[i]-first)/hours) == round; i++ {
			at, value = at+s.at[i], value+s.value[i]
		}
		if n := float64(i - from); i < s.len() {
			means.add(at/n, value/n)
		}
	}
	return means
}

// line returns the slope of the least-squares line and its standard error. With fewer than three points there is none.
func (s *series) line() (slope, stderr float64) {
	n := float64(s.len())
	x, y := mean(s.at), mean(s.value)
	var xx, xy float64
	for i := range s.at {
		xx += (s.at[i] - x) * (s.at[i] - x)
		xy += (s.at[i] - x) * (s.value[i] - y)
	}
	slope = xy / xx
	var rest float64
	for i := range s.at {
		off := s.value[i] - y - slope*(s.at[i]-x)
		rest += off * off
	}
	return slope, math.Sqrt(rest / (n - 2) / xx)
}

// growth is the growth of a series in a day, in percent of its mean, with the standard error.
type growth struct {
	level, perDay, stderr float64
	points                int
}

func (s *series) growth() growth {
	slope, stderr := s.line()
	level := mean(s.value)
	perDay := 24 * 100 / level
	return growth{level, slope * perDay, stderr * perDay, s.len()}
}

// falseAlarm is the chance that something is said to grow in a run in which nothing does, if the rounds are independent.
// They are not quite, which makes it up to five times as likely.
const falseAlarm = 0.01

// sure returns what the growth exceeds but for falseAlarm, at least 0: by Student's t for so few points, and by Bonferroni
// because every measure is looked at, of the processor that stays and of those that are replaced.
func (g *growth) sure() float64 {
	t := distuv.StudentsT{Sigma: 1, Nu: float64(g.points - 2)}
	return max(0, g.perDay-t.Quantile(1-falseAlarm/float64(2*len(measures)))*g.stderr)
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
