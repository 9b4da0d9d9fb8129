// Command chaos feeds a seeded scenario to processors while processors, brokers and the store are killed, stopped, emptied
// or lose a part, and while other producers write records that must not count: batches that unpack to 300 MiB, aborted
// transactions, timestamps ahead of the clock. The oracle judges the alerts. The command compares what /readyz said with
// what was protected, measures takeovers, and writes benchmarks/results/chaos.json.
//
// Kafka is three brokers on this machine, with three copies of every partition. At the default rate of 4,000 pings a
// second the default run takes less than a quarter of an hour on two cores.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
	"cordon/benchmarks/scenario"
	"cordon/deploy/local"
)

type options struct {
	pings, tags, changes, partitions, brokers, rounds int
	rate                                              float64
	seed                                              uint64
	session, outage, hold                             time.Duration
	rules, out                                        string
	deeds                                             harness.Deeds
}

func main() {
	var o options
	flag.IntVar(&o.pings, "pings", 2_000_000, "records to feed")
	flag.IntVar(&o.tags, "tags", 5000, "tags")
	flag.IntVar(&o.changes, "changes", 14, "changes of zones and register during the feed")
	flag.IntVar(&o.partitions, "partitions", 8, "partitions of the topics")
	flag.IntVar(&o.brokers, "brokers", 3, "Kafka brokers")
	flag.Float64Var(&o.rate, "rate", 4000, "records a second")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the scenario and of the faults")
	flag.DurationVar(&o.session, "session-timeout", 2*time.Second, "of the processors")
	flag.StringVar(&o.rules, "rules", "default", "built-in rule set of the processors")
	flag.IntVar(&o.deeds.Kills, "kills", 20, "processors to kill -9, besides those killed while the store is away or incomplete")
	flag.IntVar(&o.deeds.Stops, "stops", 4, "processors to stop in order")
	flag.IntVar(&o.deeds.BrokerKills, "broker-kills", 3, "brokers to kill -9 and start again, one after the other")
	flag.IntVar(&o.deeds.BrokerStops, "broker-stops", 1, "brokers to stop in order and start again")
	flag.DurationVar(&o.outage, "outage", 10*time.Second, "how long a broker is away")
	flag.IntVar(&o.deeds.RedisOutages, "redis-outages", 1, "times to kill Redis and start it again with its data")
	flag.IntVar(&o.deeds.Wipes, "wipes", 2, "times to empty Redis")
	flag.IntVar(&o.deeds.PartialLosses, "partial-losses", 2, "times to delete one hash of the store, or a third of it")
	flag.DurationVar(&o.hold, "hold", 36*time.Second, "how long Redis is away, empty or incomplete; longer than a processor may stay ready in that state")
	flag.IntVar(&o.deeds.Bombs, "bombs", 6, "batches that unpack to 300 MiB")
	flag.IntVar(&o.deeds.Aborted, "aborted", 40, "transactions of 250 pings to abort")
	flag.IntVar(&o.deeds.Committed, "committed", 20, "transactions of 250 pings to commit")
	flag.IntVar(&o.deeds.Strangers, "strangers", 60, "times to write 5 records whose timestamps are ahead of the clock")
	flag.IntVar(&o.rounds, "rounds", 5, "takeovers to measure, of each kind")
	flag.StringVar(&o.out, "out", "", "file to write the figures to, instead of benchmarks/results/chaos.json")
	flag.Parse()
	fed := time.Duration(float64(o.pings) / o.rate * float64(time.Second))
	harness.Main("chaos", 3*fed+30*time.Minute, func(ctx context.Context) error { return run(ctx, o) })
}

func run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "cordon-chaos-")
	if err != nil {
		return err
	}
	servers, err := local.Start(ctx, local.Options{Dir: dir, KafkaNodes: o.brokers, Log: slog.New(slog.DiscardHandler), RequireReal: true})
	if err != nil {
		return err
	}
	defer func() {
		harness.Stop(&err, servers.Stop)
		if err == nil {
			err = os.RemoveAll(dir)
		} else {
			harness.Say("the logs are in %s", dir)
		}
	}()
	broker := harness.Dial(servers.Kafka.Addr())
	at := func(prefix string, partitions int) (*harness.Site, error) {
		s := &harness.Site{
			Binary: os.Getenv("CORDON_BIN"), Kafka: servers.Kafka.Addr(), Redis: servers.Redis.URL(), Prefix: prefix,
			Dir: filepath.Join(dir, prefix), Rules: o.rules,
		}
		if err := os.MkdirAll(s.Dir, 0o700); err != nil {
			return nil, err
		}
		_, err := s.Cordon(ctx, nil, "topics", "create", "--partitions", fmt.Sprint(partitions), "--replication", fmt.Sprint(min(3, o.brokers)))
		return s, err
	}
	site, err := at("chaos", o.partitions)
	if err != nil {
		return err
	}
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
		site.Rules = "" // every fix says something
		took, err := measure(ctx, o, site, broker, way)
		if err != nil {
			return err
		}
		figures = append(figures, took...)
	}
	if err := write(o, results.New(figures...)); err != nil {
		return err
	}
	if n := len(report.Differences()); n > 0 {
		return fmt.Errorf("%d differences from what must be", n)
	}
	if n := report.Readiness.Violations; n > 0 {
		return fmt.Errorf("at %d instants a processor was ready though somebody had been unprotected for more than %s", n, harness.MostReady)
	}
	return nil
}

func write(o options, f results.File) error {
	if o.out != "" {
		return f.WriteFile(o.out)
	}
	return f.Write("chaos")
}

func disturb(ctx context.Context, o options, servers *local.Servers, site *harness.Site, broker *harness.Broker) (*harness.Report, error) {
	cadence := time.Duration(float64(o.tags) / o.rate * float64(time.Second))
	changes := o.changes
	if changes == 0 {
		changes = -1
	}
	sc, err := scenario.New(scenario.Config{
		Seed: o.seed, Tags: o.tags, Pings: o.pings, Partitions: o.partitions, Start: time.Now(), Cadence: cadence, Changes: changes,
	})
	if err != nil {
		return nil, err
	}
	c := harness.Chaos{
		Site: site, Broker: broker, Scenario: sc, Redis: servers.Redis, Seed: o.seed, Rate: o.rate, Processors: 2,
		Deeds: o.deeds, Outage: o.outage, Hold: o.hold, Args: []string{"--session-timeout", o.session.String()}, Say: harness.Say,
	}
	for _, b := range servers.Brokers {
		c.Brokers = append(c.Brokers, b)
	}
	report, err := c.Run(ctx)
	if err != nil {
		if report != nil {
			sayReadiness(report.Readiness)
		}
		return nil, err
	}
	harness.Say("%d pings, %d alerts, %d rejects; %d repeats", report.Pings, report.Alerts, report.Rejects, report.Comparison.Repeats)
	sayReadiness(report.Readiness)
	const most = 40
	differences := report.Differences()
	for _, d := range differences[:min(most, len(differences))] {
		harness.Say("%s", d)
	}
	return report, nil
}

func sayReadiness(r harness.ReadinessReport) {
	harness.Say("readiness: %d instants, not ready at %d, violations %d (%s), unprotected and ready for %s at most, brokers not seen for %s at most",
		r.Instants, r.Unready, r.Violations, r.First, r.Longest.Round(time.Millisecond), r.Blind.Round(time.Millisecond))
}

func figures(r *harness.Report) []results.Figure {
	missing := 0
	for _, d := range r.Comparison.Differences {
		if d.Way == scenario.Missing {
			missing++
		}
	}
	wrong := len(r.Differences()) - missing
	count := func(name string, n int) results.Figure { return results.Of(name, "", float64(n)) }
	seconds := func(name string, d time.Duration) results.Figure { return results.Of(name, "s", d.Seconds()) }
	unprotected := count("ready_while_unprotected", r.Readiness.Violations).Aim(results.Lower, 0)
	unprotected.N = r.Readiness.Instants
	return []results.Figure{
		count("pings", r.Pings), count("alerts", r.Alerts), count("kills", r.Kills).Aim(results.Higher, 20), count("stops", r.Stops),
		count("broker_kills", r.BrokerKills), count("broker_restarts", r.BrokerRestarts), count("redis_outages", r.RedisOutages),
		count("redis_wipes", r.Wipes), count("partial_losses", r.PartialLosses), count("bombs", r.SetAside),
		count("aborted_pings", r.Aborted), count("committed_pings", r.Committed), count("future_records", r.Foreign),
		count("late", r.Counts.Late), count("missing", missing).Aim(results.Lower, 0), count("wrong", wrong).Aim(results.Lower, 0),
		count("repeats", r.Comparison.Repeats), unprotected,
		seconds("ready_while_unprotected_longest_s", r.Readiness.Longest).Aim(results.Lower, harness.MostReady.Seconds()),
		seconds("readiness_unseen_longest_s", r.Readiness.Blind),
	}
}

// measure returns the median and the longest take-over after a kill or an orderly stop.
func measure(ctx context.Context, o options, site *harness.Site, broker *harness.Broker, way string) ([]results.Figure, error) {
	if o.rounds == 0 {
		return nil, nil
	}
	end, target := func(_ context.Context, p *harness.Processor) error { p.Kill(); return nil }, float64((o.session + time.Second).Milliseconds())
	if way == "stop" {
		end, target = func(ctx context.Context, p *harness.Processor) error { return p.Stop(ctx) }, 500
	}
	t := harness.Takeover{Site: site, Broker: broker, Rounds: o.rounds, Args: []string{"--session-timeout", o.session.String()}}
	took, err := t.Run(ctx, end)
	if err != nil {
		return nil, err
	}
	harness.Say("taken over after a %s: %v", way, took)
	slices.Sort(took)
	figure := func(of string, d time.Duration) results.Figure {
		f := results.Of("takeover_"+way+"_ms", "ms", float64(d.Milliseconds())).With("of", of).Aim(results.Lower, target)
		f.N = len(took)
		return f
	}
	return []results.Figure{figure("median", took[len(took)/2]), figure("longest", took[len(took)-1])}, nil
}
