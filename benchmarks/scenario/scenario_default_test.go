package scenario

import (
	"fmt"
	"math"
	"testing"
	"time"

	"cordon/alerting"
)

// defaultSize is a scenario in which most tags take a fix every 15 to 60 s, decided by the rule set default.
func defaultSize(t testing.TB) produced {
	t.Helper()
	p := produce(t, Config{Seed: 7, Tags: 450, Pings: 180_000, Partitions: 8, Start: monday, Changes: 56, Cadence: 30 * time.Second})
	p.Params.Rules = DefaultRules()
	p.Params.Rules.Tags = DefaultTagRules()
	return p
}

func TestScenario_default(t *testing.T) {
	out, err := Decide(defaultSize(t).Input)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, a := range out.Alerts {
		what := fmt.Sprintf("%s %s", a.Kind, a.Reason)
		if a.Retrospective {
			what = "past " + what
		}
		seen[what]++
		switch {
		case a.Kind == alerting.BreachEscalated:
			seen[what+" to "+a.Severity]++
		case a.Kind == alerting.Approach:
			seen["approach at "+a.Severity]++
			seen[map[bool]string{true: "approach with a time", false: "approach without one"}[a.TimeToEdgeS != nil]]++
		case a.Kind == alerting.Crossed && a.Tier == 1:
			seen[what+" of tier 1"]++
		}
		for _, v := range a.Evidence {
			seen["evidence "+string(v.Class)]++
		}
		if len(a.Evidence) == mostEvidence {
			seen["evidence in full"]++
		}
	}
	seen["crossing in doubt"] = len(out.Doubtful)
	seen["by the gap"] = out.Counts.Gaps
	seen["by the timer"] = seen["breach lost_inside"] + seen["breach lost_outside"] - out.Counts.Gaps
	for _, o := range out.Open {
		seen[fmt.Sprintf("open, suspected: %t", o.Suspected)]++
	}
	t.Logf("%v %+v", seen, out.Counts)
	for _, w := range []struct {
		least int
		what  []string
	}{
		{100, []string{
			"breach_suspected inside", "breach_suspected outside", "suspicion_cleared left", "suspicion_cleared returned",
			"breach deep", "breach long", "breach_ended left", "breach_ended returned",
			"past breach_suspected inside", "past suspicion_cleared left", "past suspicion_cleared history_ends",
			"evidence in", "evidence out", "evidence line", "evidence deep", "evidence unusable", "evidence in full", "by the timer",
			"breach_escalated lasting", "approach in_ring", "approach_ended left", "approach_ended entered", "crossing between",
			"approach with a time", "approach without one", "breach_escalated lasting to critical", "approach at info", "approach at warning",
		}},
		{5, []string{
			"breach_suspected schedule_began", "breach_escalated lasting to warning", "crossing between of tier 1", "crossing in doubt", "breach lost_inside", "breach lost_outside", "by the gap",
			"breach_ended schedule_ended", "breach_ended tag_removed", "breach_ended tag_assigned", "breach_ended zone_changed",
			"suspicion_cleared schedule_ended", "suspicion_cleared zone_changed",
			"past breach_suspected outside", "past suspicion_cleared returned",
			"past breach deep", "past breach long", "past breach_ended left", "past breach_ended history_ends",
			"open, suspected: true", "open, suspected: false",
		}},
		{1, []string{
			"strap_tamper strap_open", "strap_tamper strap_tampered", "strap_restored strap_closed", "strap_restored tag_removed",
			"strap_restored tag_assigned", "battery_low discharging", "battery_critical discharging", "battery_restored charging",
			"battery_restored recovered", "battery_restored tag_assigned", "battery_restored tag_removed",
			"unassigned_device no_activation", "device_assigned tag_assigned", "position_lost no_position", "position_regained position",
			"position_regained tag_assigned", "position_regained tag_removed",
			"position_implausible jamming", "position_implausible teleport", "position_implausible frozen", "position_plausible no_jamming",
			"position_plausible steady", "position_plausible moved", "position_plausible tag_assigned", "position_plausible tag_removed",
			"tag_silent nothing_heard", "tag_resumed heard", "tag_resumed tag_assigned", "tag_resumed tag_removed",
			"feed_silent nothing_heard", "feed_resumed heard",
			"approach_ended schedule_ended", "approach_ended zone_withdrawn", "approach_ended zone_changed",
			"approach_ended tag_removed", "approach_ended tag_assigned",
			"breach_ended zone_withdrawn", "suspicion_cleared zone_withdrawn", "suspicion_cleared tag_assigned", "suspicion_cleared tag_removed",
			"past suspicion_cleared schedule_ended", "past suspicion_cleared zone_changed", "past suspicion_cleared zone_withdrawn", "past breach_ended returned",
		}},
	} {
		for _, what := range w.what {
			if seen[what] < w.least {
				t.Errorf("%d of %q, want %d", seen[what], what, w.least)
			}
		}
	}
}

// No decision hangs on how a distance is rounded: no fix lies within half a centimetre of where its class changes,
// nor of the edge of a warning ring.
func TestScenario_keepsClearOfThresholds(t *testing.T) {
	p := defaultSize(t)
	out, err := Decide(p.Input)
	if err != nil {
		t.Fatal(err)
	}
	rings := map[string]float64{}
	for _, r := range p.Zones {
		z := zoneRevision{id: r.ID}
		if r.Doc != nil && z.read(r.Doc, newWeeks(p.Until, p.Until)) == nil {
			rings[fmt.Sprint(r.ID, r.Number)] = z.buffer
		}
	}
	looked := 0
	for _, a := range out.Alerts {
		for _, v := range a.Evidence {
			if v.Class == alerting.ClassUnusable {
				continue
			}
			looked++
			radius := *v.AccuracyM * math.Sqrt(math.Log(0.05)/math.Log(1-*v.AccuracyLevel))
			if ring := rings[fmt.Sprint(a.ZoneID, a.ZoneRevision)]; ring > 0 && math.Abs(v.DistanceM-ring) < 0.005 {
				t.Errorf("%s: a fix at %v m, beside a ring of %v m", a.ZoneID, v.DistanceM, ring)
			}
			for _, threshold := range []float64{rounded(radius), 30, 40} {
				if math.Abs(math.Abs(v.DistanceM)-threshold) < 0.005 {
					t.Errorf("%s: a fix at %v m with a circle of %.2f m", a.ZoneID, v.DistanceM, radius)
				}
			}
		}
	}
	if looked < 10_000 {
		t.Errorf("only %d fixes", looked)
	}
}

// Some spans are exactly those at which the rules decide.
func TestScenario_hasSpansOfExactlyAThreshold(t *testing.T) {
	out, err := Decide(defaultSize(t).Input)
	if err != nil {
		t.Fatal(err)
	}
	exact := map[string]int{}
	for _, a := range out.Alerts {
		if a.FixTime == nil {
			continue
		}
		for _, v := range a.Evidence {
			exact[fmt.Sprintf("%s %d", a.Reason, *a.FixTime-v.FixTime)]++
		}
	}
	for _, want := range []string{"deep 25000", "long 115000", "long 300000", "left 55000", "deep 115000", "long 295000"} {
		if exact[want] == 0 {
			t.Errorf("no span of %s ms", want)
		}
	}
}
