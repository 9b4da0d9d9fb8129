package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon/alerting"
)

// breachRecord is an alert of an episode n, published at n seconds past the hour.
func breachRecord(kind alerting.Kind, wearer string, n int) outgoing {
	at := alerting.Time(time.Date(2026, 3, 1, 10, 0, n, 0, time.UTC).UnixMilli())
	d := -12.5
	a := alerting.Alert{
		AlertID: alerting.AlertID(kind, wearer, "z", alerting.Opening{FixTime: int64(n)}, ""), EpisodeID: alerting.EpisodeID(wearer, "z", alerting.Opening{FixTime: int64(n)}),
		Kind: kind, Severity: "critical", Reason: alerting.Inside, WearerID: wearer, DeviceID: "tag-" + wearer, ActivationID: "act-" + wearer, ZoneID: "zone-1",
		OpenedFixTime: &at, FixTime: &at, RaisedTime: at, DistanceM: &d, RuleRevision: "plain@1",
	}
	if kind == alerting.BreachEnded {
		exit := at + 60_000
		a.ExitFixTime, a.Reason = &exit, alerting.Left
	}
	value, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return outgoing{key: []byte(wearer), value: value, at: int64(at)}
}

func TestAlerts_showsEachOnceInTheOrderOfPublication(t *testing.T) {
	s := newKafkaShell(t).withTopics(4)
	var want []string
	for i := range 30 {
		r := breachRecord(alerting.Breach, fmt.Sprint("w", i%7), i)
		want = append(want, string(r.value))
		s.publish("cordon.alerts", r, r)
	}
	s.publish("cordon.alerts", outgoing{value: []byte("noise"), at: 1})
	out, errs := s.run(exitDone, "alerts", "--format", "json")
	if got := strings.Split(strings.TrimSpace(out), "\n"); !slices.Equal(got, want) {
		t.Errorf("got %d lines:\n%s", len(got), out)
	}
	s.wants(errs, "1 record of cordon.alerts could not be read")
	out, _ = s.run(exitDone, "alerts")
	if n := strings.Count(out, "\n"); n != 31 {
		t.Errorf("%d lines:\n%s", n, out)
	}
	s.wants(out, "TIME", "2026-03-01T10:00:05.000Z  critical  breach             inside          w5                zone-1", "-12 m  tag-w5")
}

func TestAlerts_filters(t *testing.T) {
	s := newKafkaShell(t).withTopics(2)
	for i := range 10 {
		s.publish("cordon.alerts", breachRecord(alerting.Breach, fmt.Sprint("w", i%2), i))
	}
	s.publish("cordon.alerts", breachRecord(alerting.BreachEnded, "w1", 11))
	for _, row := range []struct {
		args string
		want int
	}{
		{"", 11}, {"--wearer w1", 6}, {"--kind breach_ended", 1}, {"--kind breach,breach_ended --wearer w0,w1", 11},
		{"--kind breach --wearer w1 --since 2026-03-01T10:00:05Z", 3}, {"--since 1h", 0}, {"--since 2026-03-01", 11},
	} {
		out, _ := s.run(exitDone, append([]string{"alerts", "--format", "json"}, strings.Fields(row.args)...)...)
		if n := strings.Count(out, "\n"); n != row.want {
			t.Errorf("%s: %d alerts, want %d", row.args, n, row.want)
		}
	}
}

func TestAlerts_quotesWhatWouldMoveTheCursor(t *testing.T) {
	if line := alertLine(&alerting.Alert{WearerID: "a\x1b[2J", Retrospective: true}); strings.Contains(line, "\x1b") || !strings.Contains(line, "(retrospective)") {
		t.Errorf("%q", line)
	}
}

func TestAlerts_followShowsWhatWasThereAndWhatComesUntilInterrupted(t *testing.T) {
	s := newKafkaShell(t).withTopics(2)
	s.publish("cordon.alerts", breachRecord(alerting.Breach, "w1", 1))
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	done := make(chan int)
	var errs bytes.Buffer
	go func() {
		done <- run(ctx, []string{"alerts", "--follow", "--format", "json"}, streams{nil, write, &errs})
		_ = write.Close()
	}()
	lines := json.NewDecoder(read)
	for _, want := range []string{"w1", "w2", "w3"} {
		var a alerting.Alert
		if err := lines.Decode(&a); err != nil || a.WearerID != want {
			t.Fatalf("%q, %v; want %s", a.WearerID, err, want)
		}
		s.publish("cordon.alerts", breachRecord(alerting.Breach, "w1", 1), breachRecord(alerting.Breach, "w2", 2))
		if want == "w2" {
			s.publish("cordon.alerts", breachRecord(alerting.Breach, "w3", 3))
		}
	}
	cancel()
	if code := <-done; code != exitDone {
		t.Errorf("exit %d: %s", code, &errs)
	}
}

func TestRecentIDs_forgetOnlyTheOldest(t *testing.T) {
	r := recentIDs{most: 10}
	for i := range 21 {
		if !r.add(fmt.Sprint(i)) {
			t.Fatalf("%d is new", i)
		}
	}
	if r.add("10") || !r.add("0") {
		t.Error("the last ten have to be remembered, and the first forgotten")
	}
}
