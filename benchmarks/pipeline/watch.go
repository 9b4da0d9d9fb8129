package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon/benchmarks/harness"
)

const pollEvery = 25 * time.Millisecond

// sample is what a processor's metrics said at an instant.
type sample struct {
	at       time.Time
	pings    float64            // decided
	refused  float64            // of them, rejected or repeated
	cpu      float64            // seconds
	appended map[string]float64 // cordon_append_to_alert_seconds: cumulative counts by upper bound
}

func look(ctx context.Context, p *harness.Processor) (sample, error) {
	text, err := p.Metrics(ctx)
	s := sample{at: time.Now(), appended: map[string]float64{}}
	if err != nil {
		return s, err
	}
	for line := range strings.Lines(text) {
		name, number, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return s, fmt.Errorf("sample %s: %w", name, err)
		}
		metric, label, _ := strings.Cut(name, "{")
		switch metric {
		case "cordon_pings_total":
			s.pings += value
			if strings.Contains(label, "rejected") || strings.Contains(label, "duplicate") {
				s.refused += value
			}
		case "process_cpu_seconds_total":
			s.cpu = value
		case "cordon_append_to_alert_seconds_bucket":
			s.appended[strings.TrimSuffix(strings.TrimPrefix(label, `le="`), `"}`)] = value
		}
	}
	return s, nil
}

// watch looks at a processor, started at the instant, until it has decided the pings.
func watch(ctx context.Context, p *harness.Processor, pings int, started time.Time) (round, error) {
	var first, last sample
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for last.pings < float64(pings) {
		select {
		case <-ctx.Done():
			return round{}, fmt.Errorf("%.0f of %d pings decided: %w; the processor said: %s", last.pings, pings, ctx.Err(), p.Written())
		case <-tick.C:
		}
		s, err := look(ctx, p)
		if err != nil {
			return round{}, fmt.Errorf("%w; the processor said: %s", err, p.Written())
		}
		if first.pings == 0 {
			first = s
		}
		last = s
	}
	n, took := last.pings-first.pings, last.at.Sub(first.at).Seconds()
	if n < float64(pings)/2 {
		return round{}, fmt.Errorf("only %.0f of %d pings were decided between two looks: take more pings", n, pings)
	}
	return round{
		perSecond: n / took, cpu: (last.cpu - first.cpu) / n * 1e6,
		start: first.at.Sub(started).Seconds(), startCPU: first.cpu,
	}, nil
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// quantile returns the value below which the share q of the sorted values lies (nearest rank).
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func median(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
