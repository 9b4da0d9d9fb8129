//go:build system

package system

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/scenario"
	"cordon/deploy/local"
)

// pings is how many the equality test decides: CORDON_PINGS, or two million.
func pings(t *testing.T) int {
	text := os.Getenv("CORDON_PINGS")
	if text == "" {
		return 2_000_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("CORDON_PINGS: %v", err)
	}
	return n
}

// TestSystem_alertsEqualTheOraclesOverABacklog decides a backlog of days, in which zones and register change, and compares
// every alert and every reject with those of the independent oracle. One ping in two hundred is of an invented tag, and
// there are more such tags than the limits allow.
func TestSystem_alertsEqualTheOraclesOverABacklog(t *testing.T) {
	n := pings(t)
	t.Run("default", func(t *testing.T) { equalOverABacklog(t, "default", n) })
	t.Run("plain", func(t *testing.T) { equalOverABacklog(t, "plain", n/4) })
}

func equalOverABacklog(t *testing.T, rules string, n int) {
	s := newSite(t, 8)
	s.Rules, s.MaxUnassigned, s.UnassignedAlerts = rules, 100, 20
	s.configure(s.Pings(), "retention.ms", "-1")
	const tags = 5000
	span := time.Duration(n/tags+1) * time.Minute
	start := time.Now().Add(-span - 6*time.Hour).Truncate(time.Minute)
	sc, err := scenario.New(scenario.Config{Seed: 20261124, Tags: tags, Pings: n, Invented: n / 400, Partitions: 8, Start: start})
	s.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	s.must(s.Publish(ctx, sc, start.Add(-time.Hour)))
	for _, change := range sc.Changes() {
		s.must(s.Import(ctx, change.Import(change.At), change.At))
	}
	began := time.Now()
	feed := harness.Feed{Site: s.Site, Broker: s.broker, Scenario: sc, Clock: scenario.Planned}
	s.must(feed.Run(ctx))
	t.Logf("%d records produced in %s", feed.Sent(), time.Since(began).Round(time.Millisecond))
	began = time.Now()
	p := s.ready("--rebuild-window", (span + 12*time.Hour).String(), "--max-age", "72h")
	s.must(s.Drained(ctx, s.broker))
	t.Logf("decided in %s", time.Since(began).Round(time.Millisecond))
	v, err := s.Judge(ctx, s.broker, harness.Done{}, p)
	s.must(err)
	t.Logf("judged: %d pings, %d alerts, %d rejects, %d late, %d duplicate", v.Pings, v.Alerts, v.Rejects, v.Counts.Late, v.Counts.Duplicate)
	report(t, v)
	if v.Comparison.Repeats > 0 {
		t.Errorf("%d repeats without a crash", v.Comparison.Repeats)
	}
	if v.Alerts == 0 || v.Rejects == 0 || v.Counts.Late == 0 || v.Counts.Duplicate == 0 {
		t.Error("the scenario has nothing to compare")
	}
}

// report fails the test with the first differences.
func report(t *testing.T, v *harness.Verdict) {
	t.Helper()
	all := v.Differences()
	words, number, count := regexp.MustCompile(`"kind":"\w+"|"reason":"\w+"`), regexp.MustCompile(`[0-9]+`), map[string]int{}
	for _, d := range v.Comparison.Differences {
		count[fmt.Sprint(d.Way, " ", number.ReplaceAllString(d.Field, "n"), " ", words.FindAllString(d.Want+d.Got, 2))]++
	}
	for _, what := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%6d %s", count[what], what)
	}
	for _, d := range all[:min(20, len(all))] {
		t.Error(d)
	}
	if len(all) > 20 {
		t.Errorf("and %d more", len(all)-20)
	}
}

// TestSystem_survivesKills is a short `make chaos`.
func TestSystem_survivesKills(t *testing.T) {
	servers := local.TestCluster(t)
	s := siteOn(t, servers.Kafka, servers.Redis, 8, "--replication", fmt.Sprint(len(servers.Brokers)))
	s.Rules = "default"
	sc, err := scenario.New(scenario.Config{Seed: 7, Tags: 500, Pings: 200_000, Partitions: 8, Start: time.Now(), Changes: 6})
	s.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	c := harness.Chaos{Site: s.Site, Broker: s.broker, Scenario: sc, Redis: servers.Redis, Seed: 7, Rate: 4000, Processors: 2,
		Outage: 3 * time.Second, Hold: 12 * time.Second, Say: t.Logf, Args: []string{"--session-timeout", "2s"},
		Deeds: harness.Deeds{Kills: 4, Stops: 2, BrokerKills: len(servers.Brokers), RedisOutages: 1, Wipes: 1, PartialLosses: 2,
			Bombs: 1, Aborted: 4, Committed: 4, Strangers: 4}}
	for _, b := range servers.Brokers {
		c.Brokers = append(c.Brokers, b)
	}
	r, err := c.Run(ctx)
	s.must(err)
	t.Logf("%d pings, %d alerts, %d kills, %d repeats; %+v", r.Pings, r.Alerts, r.Kills, r.Comparison.Repeats, r.Readiness)
	report(t, r.Verdict)
	if r.Alerts == 0 || r.Readiness.Unready == 0 {
		t.Error("the scenario has nothing to compare")
	}
}

func TestSystem_anotherTakesOverAfterAKillAndAfterAStop(t *testing.T) {
	for name, end := range map[string]func(context.Context, *harness.Processor) error{
		"kill": func(_ context.Context, p *harness.Processor) error { p.Kill(); return nil },
		"stop": func(ctx context.Context, p *harness.Processor) error { return p.Stop(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, 4)
			m := harness.Takeover{Site: s.Site, Broker: s.broker, Rounds: 1, Args: []string{"--session-timeout", "2s"}}
			took, err := m.Run(s.ctx(), end)
			s.must(err)
			t.Logf("taken over after %v", took)
		})
	}
}
