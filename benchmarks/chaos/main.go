// Command chaos feeds a seeded scenario to processors that are killed, stopped and cut off from their servers at random
// moments, has the oracle judge what came out, measures take-overs, and writes benchmarks/results/chaos.json.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
	"cordon/benchmarks/scenario"
	"cordon/deploy/local"
)

type options struct {
	pings, tags, kills, stops, restarts, wipes, rounds int
	rate                                               float64
	seed                                               uint64
	session                                            time.Duration
	rules                                              string
}

func main() {
	var o options
	flag.IntVar(&o.pings, "pings", 600_000, "records to feed")
	flag.IntVar(&o.tags, "tags", 5000, "tags")
	flag.IntVar(&o.kills, "kills", 24, "processors to kill -9")
	flag.IntVar(&o.stops, "stops", 4, "processors to stop in order")
	flag.IntVar(&o.restarts, "restarts", 2, "times to stop the broker, for 10 s")
	flag.IntVar(&o.wipes, "wipes", 2, "times to kill Redis and restart it empty")
	flag.IntVar(&o.rounds, "rounds", 5, "take-overs to measure, of either kind")
	flag.Float64Var(&o.rate, "rate", 5000, "records a second")
	flag.Uint64Var(&o.seed, "seed", 1, "of the scenario and of the disturbances")
	flag.DurationVar(&o.session, "session-timeout", 2*time.Second, "of the processors")
	flag.StringVar(&o.rules, "rules", "default", "built-in rule set of the processors")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "cordon-chaos-")
	if err != nil {
		return err
	}
	servers, err := local.Start(ctx, local.Options{Dir: dir, Log: slog.New(slog.DiscardHandler), RequireReal: true})
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, servers.Stop(context.WithoutCancel(ctx)))
		if err == nil {
			err = os.RemoveAll(dir) // after a failure the logs stay
		}
	}()
	broker := harness.Dial(servers.Kafka.Addr())
	at := func(prefix string, partitions int) (*harness.Site, error) {
		s := &harness.Site{Binary: os.Getenv("CORDON_BIN"), Kafka: servers.Kafka.Addr(), Redis: servers.Redis.URL(), Prefix: prefix, Dir: filepath.Join(dir, prefix)}
		if err := os.MkdirAll(s.Dir, 0o700); err != nil {
			return nil, err
		}
		_, err := s.Cordon(ctx, nil, "topics", "create", "--partitions", fmt.Sprint(partitions))
		return s, err
	}
	site, err := at("chaos", 8)
	if err != nil {
		return err
	}
	site.Rules = o.rules
	report, err := disturb(ctx, o, servers, site, broker)
	if err != nil {
		return err
	}
	figures := figures(report)
	for _, way := range []string{"kill", "stop"} {
		site, err := at("takeover-"+way, 4)
		if err != nil {
			return err
		}
		took, err := measure(ctx, o, site, broker, way)
		if err != nil {
			return err
		}
		figures = append(figures, took...)
	}
	if err := results.New(figures...).Write("chaos"); err != nil {
		return err
	}
	if n := len(report.Differences()); n > 0 {
		return fmt.Errorf("%d differences from what must be", n)
	}
	return nil
}

func disturb(ctx context.Context, o options, servers *local.Servers, site *harness.Site, broker *harness.Broker) (*harness.Report, error) {
	cadence := time.Duration(float64(o.tags) / o.rate * float64(time.Second))
	sc, err := scenario.New(scenario.Config{Seed: o.seed, Tags: o.tags, Pings: o.pings, Partitions: 8, Start: time.Now(), Cadence: cadence})
	if err != nil {
		return nil, err
	}
	c := harness.Chaos{
		Site: site, Broker: broker, Scenario: sc, Kafka: servers.Kafka, Redis: servers.Redis, Seed: o.seed, Rate: o.rate, Processors: 2,
		Kills: o.kills, Stops: o.stops, Restarts: o.restarts, Wipes: o.wipes, Outage: 10 * time.Second,
		Args: []string{"--session-timeout", o.session.String()}, Say: say,
	}
	report, err := c.Run(ctx)
	if err != nil {
		return nil, err
	}
	say("%d pings, %d alerts, %d rejects; %d repeats", report.Pings, len(report.Want.Alerts), len(report.Want.Rejects), report.Comparison.Repeats)
	for _, d := range report.Differences() {
		say("%s", d)
	}
	return report, nil
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func figures(r *harness.Report) []results.Figure {
	missing := 0
	for _, d := range r.Comparison.Differences {
		if d.Way == scenario.Missing {
			missing++
		}
	}
	wrong := len(r.Differences()) - missing
	count := func(name string, n int) results.Figure { return results.Of(name, "", float64(n)) }
	return []results.Figure{
		count("pings", r.Pings), count("alerts", len(r.Want.Alerts)), count("kills", r.Kills).Aim(results.Higher, 20), count("stops", r.Stops),
		count("broker_restarts", r.Restarts), count("redis_wipes", r.Wipes), count("missing", missing).Aim(results.Lower, 0),
		count("wrong", wrong).Aim(results.Lower, 0), count("repeats", r.Comparison.Repeats),
	}
}

// measure returns the median and the longest take-over after a kill or an orderly stop.
func measure(ctx context.Context, o options, site *harness.Site, broker *harness.Broker, way string) ([]results.Figure, error) {
	end, target := func(_ context.Context, p *harness.Processor) error { p.Kill(); return nil }, float64((o.session + time.Second).Milliseconds())
	if way == "stop" {
		end, target = func(ctx context.Context, p *harness.Processor) error { return p.Stop(ctx) }, 500
	}
	t := harness.Takeover{Site: site, Broker: broker, Rounds: o.rounds, Args: []string{"--session-timeout", o.session.String()}}
	took, err := t.Run(ctx, end)
	if err != nil {
		return nil, err
	}
	say("taken over after a %s: %v", way, took)
	slices.Sort(took)
	figure := func(of string, d time.Duration) results.Figure {
		f := results.Of("takeover_"+way+"_ms", "ms", float64(d.Milliseconds())).With("of", of).Aim(results.Lower, target)
		f.N = len(took)
		return f
	}
	return []results.Figure{figure("median", took[len(took)/2]), figure("longest", took[len(took)-1])}, nil
}
