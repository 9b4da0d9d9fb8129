//go:build system

package system

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/alerting"
	"cordon/benchmarks/harness"
	"cordon/deploy/local"
)

// These are the rows of the table "When something breaks".

func TestFailure_oneBadPingIsRejectedAndDelaysNobody(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.append(0, now, "tag-1", `{"device_id":"tag-1","fix_time":`)
	s.append(0, now, "tag-1", strings.Repeat("noise ", 20_000))
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.says("breach inside school ann")
	reasons := map[string]string{}
	for _, rec := range s.rejects(2) {
		h := map[string]string{}
		for _, header := range rec.Headers {
			h[header.Key] = string(header.Value)
		}
		reasons[h["cordon-offset"]] = h["cordon-reason"]
	}
	if fmt.Sprint(reasons) != "map[1:malformed 2:too_large]" {
		t.Errorf("rejects: %v", reasons)
	}
}

func TestFailure_redisAwayDoesNotStopAlerts(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.drained()
	s.must(s.redis.Kill())
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.says("breach inside school ann")
	s.problem(p, "checkpoint")
	if _, end, _ := s.broker.Bounds(s.ctx(), s.Pings(), 0); end != 2 {
		t.Fatalf("%d pings", end)
	}
	if at, err := s.broker.Committed(s.ctx(), s.Prefix, s.Pings(), 0); err != nil || at != 1 {
		t.Errorf("the group's offset moved to %d without a checkpoint (%v)", at, err)
	}
	s.must(s.redis.Restart(s.ctx()))
	s.drained() // it is the checkpoint that lets the offset move
	s.must(p.Ready(s.ctx()))
	p.Kill()
	s.ready()
	s.ping("tag-1", now.Add(2*time.Second), street)
	s.says("breach inside school ann", "breach_ended left school ann")
}

func TestFailure_redisAwayAtStartIsWaitedFor(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.ping("tag-1", time.Now(), inSchool)
	s.must(s.redis.Kill())
	p := s.start()
	s.problem(p, "edis")
	s.must(s.redis.Restart(s.ctx()))
	s.must(p.Ready(s.ctx()))
	s.says("breach inside school ann")
}

func TestFailure_redisAwayAtTakeoverIsWaitedFor(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	owner := s.ready()
	now := time.Now()
	s.ping("tag-1", now, inSchool)
	s.drained()
	other := s.start()
	s.must(other.Ready(s.ctx())) // it has joined: before, it would wait for Redis without taking anything over
	s.must(owner.Ready(s.ctx()))
	if _, err := other.Metric(s.ctx(), `cordon_partition_lag{partition="0"}`); err == nil { // the group may hand the partition on
		owner, other = other, owner
	}
	s.must(s.redis.Kill())
	owner.Kill()
	s.ping("tag-1", now.Add(time.Second), street)
	s.problem(other, "taking over")
	s.must(s.redis.Restart(s.ctx()))
	s.says("breach inside school ann", "breach_ended left school ann")
}

func TestFailure_redisEmptiedForgetsNoZoneAndNoEpisode(t *testing.T) {
	s := newSite(t, 2)
	s.publish()
	zones, wearers := s.cordon("zones", "export", "--history"), s.cordon("wearers", "export", "--history")
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, inSchool)
	s.ping("tag-2", now, inSchool)
	s.alerts(2)
	s.drained()
	s.must(s.redis.Kill())
	s.must(s.redis.Wipe())
	s.must(s.redis.Restart(s.ctx()))
	s.problem(p, "restore")
	s.ping("tag-1", now.Add(time.Second), street) // its zone is remembered, and so is its stay
	s.alerts(3)
	s.drained() // the checkpoints have been written anew
	s.feed(zones, "zones", "import", "--restore", "-")
	s.feed(wearers, "wearers", "import", "--restore", "-")
	s.must(p.Ready(s.ctx()))
	p.Kill()
	s.ready()
	s.ping("tag-2", now.Add(2*time.Second), street)
	alerts := s.alerts(4)
	ended := map[string]string{}
	for _, a := range alerts {
		if a.Kind == alerting.BreachEnded {
			ended[a.EpisodeID] = a.WearerID
		}
	}
	for _, a := range alerts {
		if a.Kind == alerting.Breach && ended[a.EpisodeID] != a.WearerID {
			t.Errorf("the stay of %s did not end under its own id", a.WearerID)
		}
	}
}

func TestFailure_anotherStoreIsNotTakenUntilItIsAccepted(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	s.must(s.redis.Kill())
	s.must(s.redis.Wipe())
	s.must(s.redis.Restart(s.ctx()))
	s.feed(register, "wearers", "import", "-")
	s.feed(zone("park", 0.02, ""), "zones", "import", "-") // as if the school had never been
	s.problem(p, "--accept-store")
	now := time.Now()
	s.ping("tag-1", now, inPark)
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.says("breach inside school ann")
	s.must(p.Stop(s.ctx()))
	identity := strings.Fields(s.feed(register, "wearers", "import", "-"))
	var id string
	for _, word := range identity {
		if word = strings.Trim(word, ",;:."); len(word) == 32 {
			id = word
		}
	}
	s.ready("--accept-store", id)
}

func TestFailure_redisComesBackOlderAndIsNotTaken(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	zones, wearers := s.cordon("zones", "export", "--history"), s.cordon("wearers", "export", "--history")
	s.feed(zone("park", 0.02, ""), "zones", "import", "-")
	newer := s.cordon("zones", "export", "--history")
	p := s.ready()
	s.must(s.redis.Kill())
	s.must(s.redis.Wipe())
	s.must(s.redis.Restart(s.ctx()))
	s.feed(zones, "zones", "import", "--restore", "-")
	s.feed(wearers, "wearers", "import", "--restore", "-")
	s.problem(p, "restore")
	s.ping("tag-1", time.Now(), inPark) // the park is only in the newer state
	s.says("breach inside park ann")
	s.feed(newer, "zones", "import", "--restore", "-")
	s.must(p.Ready(s.ctx()))
}

func TestFailure_nothingPublishedYetConsumesNothing(t *testing.T) {
	s := newSite(t, 1)
	s.ping("tag-1", time.Now(), inSchool)
	p := s.start()
	s.problem(p, "cordon zones import")
	s.feed(zone("school", 0, ""), "zones", "import", "-")
	s.problem(p, "cordon wearers import")
	if at, err := s.broker.Committed(s.ctx(), s.Prefix, s.Pings(), 0); err != nil || at != -1 {
		t.Errorf("consumed up to %d (%v)", at, err)
	}
	s.feed(register, "wearers", "import", "-")
	s.must(p.Ready(s.ctx()))
}

func TestFailure_brokerAwayLosesNothing(t *testing.T) {
	servers := local.Test(t)
	s := siteOn(t, servers.Kafka, servers.Redis, 2)
	s.publish()
	p := s.ready("--session-timeout", "3s")
	now := time.Now()
	s.ping("tag-1", now, inSchool)
	s.ping("tag-2", now, street)
	s.drained()
	s.must(servers.Kafka.Stop(s.ctx()))
	s.problem(p, "kafka")
	select { // the outage itself: thirty seconds in which nothing answers
	case <-t.Context().Done():
	case <-time.After(30 * time.Second):
	}
	s.must(servers.Kafka.Restart(s.ctx()))
	s.ping("tag-1", now.Add(time.Second), street)
	s.ping("tag-2", now.Add(time.Second), inSchool)
	s.alerts(3)
	s.drained()
	s.must(p.Ready(s.ctx()))
	if got := s.alerts(3); len(got) != 3 {
		t.Errorf("alerts: %s", said(got))
	}
}

func TestFailure_brokerRefusingAlertsIsNotCheckpointedPast(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.drained()
	s.configure(s.Alerts(), "max.message.bytes", "200") // no alert is as short
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.ping("tag-1", now.Add(2*time.Second), street)
	s.must(harness.Until(s.ctx(), "the alerts are refused", func() error {
		if b := p.Written(); !strings.Contains(b, "not acknowledged") {
			return errors.New("not yet")
		}
		return nil
	}))
	s.problem(p, "not acknowledged")
	if at, err := s.broker.Committed(s.ctx(), s.Prefix, s.Pings(), 0); err != nil || at != 1 {
		t.Errorf("the offset moved to %d (%v)", at, err)
	}
	s.configure(s.Alerts(), "max.message.bytes", "1048576")
	s.says("breach inside school ann", "breach_ended left school ann")
	s.drained()
}

func (s *site) configure(topic, name, value string) {
	s.t.Helper()
	ctx := s.ctx()
	resp, err := s.broker.Client().IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
		Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: name, Value: value, ConfigOperation: kafka.ConfigOperationSet}},
	}}})
	s.must(err)
	s.must(resp.Resources[0].Error)
}

func TestFailure_aRejectTooLargeForItsTopicIsCutAndMarked(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.configure(s.Rejects(), "max.message.bytes", "40000")
	s.ready()
	now := time.Now()
	s.append(0, now, "tag-1", strings.Repeat("x", 100_000))
	s.ping("tag-1", now, inSchool)
	s.says("breach inside school ann")
	cut := 0
	for _, rec := range s.rejects(1) {
		for _, h := range rec.Headers {
			if h.Key == "cordon-truncated" && len(rec.Value) == 16<<10 {
				cut++
			}
		}
	}
	if cut != 1 {
		t.Errorf("%d rejects cut", cut)
	}
}

func TestFailure_checkpointBelowTheLogSaysWhatWasNotJudged(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	now := time.Now().Add(-time.Minute)
	s.ping("tag-1", now, street)
	s.drained()
	s.must(p.Stop(s.ctx()))
	for i := range 5 {
		s.ping("tag-1", now.Add(time.Duration(i+1)*time.Second), inSchool)
	}
	s.truncate(4)
	s.ready()
	alerts := s.says("system_fault log_truncated", "system_restored log_truncated", "breach inside school ann")
	if n := *alerts[1].NotCoveredPings; n != 3 {
		t.Errorf("%d pings not covered", n)
	}
}

func TestFailure_retentionShorterThanTheWindowIsSaid(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	now := time.Now()
	s.ping("tag-1", now.Add(-2*time.Hour), street)
	s.ping("tag-1", now.Add(-time.Hour), inSchool)
	s.truncate(1)
	p := s.ready()
	s.says("breach inside school ann")
	if n, err := p.Metric(s.ctx(), "cordon_not_covered_seconds_total"); err != nil || n < 22*3600 {
		t.Errorf("cordon_not_covered_seconds_total %g (%v), want the 23 hours before the oldest ping", n, err)
	}
	if !strings.Contains(p.Written(), "shorter than the rebuild window") {
		t.Error("the log does not say so")
	}
}

func TestFailure_aTopicMadeAnewIsRebuilt(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	now := time.Now()
	for i := range 3 {
		s.ping("tag-1", now.Add(time.Duration(i)*time.Second), inSchool)
	}
	s.drained()
	s.must(p.Stop(s.ctx()))
	resp, err := s.broker.Client().DeleteTopics(s.ctx(), &kafka.DeleteTopicsRequest{Topics: []string{s.Pings()}})
	s.must(err)
	s.must(resp.Errors[s.Pings()])
	ctx := s.ctx()
	s.must(harness.Until(ctx, "the topic is made anew", func() error {
		_, err := s.Cordon(ctx, nil, "topics", "create", "--partitions", "1")
		if err != nil {
			return err
		}
		_, end, err := s.broker.Bounds(ctx, s.Pings(), 0)
		if err == nil && end != 0 {
			err = fmt.Errorf("the old one is still there, up to %d", end)
		}
		return err
	}))
	s.ping("tag-2", now.Add(10*time.Second), inSchool)
	next := s.ready()
	s.alerts(2)
	if !strings.Contains(next.Written(), "checkpoint discarded") {
		t.Error("the log does not say so")
	}
}

func TestFailure_aChangedPartitionCountStopsUntilItIsAccepted(t *testing.T) {
	s := newSite(t, 2)
	s.publish()
	p := s.ready()
	now := time.Now()
	for i := range 12 {
		s.ping(fmt.Sprintf("tag-%d", i), now, inSchool)
	}
	s.alerts(12)
	s.drained()
	resp, err := s.broker.Client().CreatePartitions(s.ctx(), &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: s.Pings(), Count: 5}}})
	s.must(err)
	s.must(resp.Errors[s.Pings()])
	words, code, err := p.Exit(s.ctx())
	if err != nil || code != 1 || !strings.Contains(words, "--accept-partitions") {
		t.Fatalf("it goes on, or does not say why: exit %d, %v: %s", code, err, words)
	}
	for i := range 12 { // the tags have moved
		s.ping(fmt.Sprintf("tag-%d", i), now.Add(time.Second), street)
	}
	words, code, err = s.exits()
	if err != nil || code != 1 || !strings.Contains(words, "--accept-partitions") {
		t.Fatalf("it starts, or does not say why: exit %d, %v: %s", code, err, words)
	}
	s.ready("--accept-partitions")
	ended := map[string]bool{}
	alerts := s.alerts(24)
	for _, a := range alerts {
		if a.Kind == alerting.BreachEnded {
			ended[a.EpisodeID] = true
		}
	}
	for _, a := range alerts {
		if !ended[a.EpisodeID] {
			t.Errorf("the stay of %s did not end under its own id", a.DeviceID)
		}
	}
	if len(alerts) != 24 {
		t.Errorf("%d alerts", len(alerts))
	}
}

func TestFailure_aChangedPartitionCountIsNoticedThoughRedisWasEmptied(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	zones, wearers := s.cordon("zones", "export", "--history"), s.cordon("wearers", "export", "--history")
	p := s.ready()
	s.ping("tag-1", time.Now(), inSchool)
	s.says("breach inside school ann")
	s.drained()
	s.must(p.Stop(s.ctx()))
	s.must(s.redis.Kill())
	s.must(s.redis.Wipe())
	s.must(s.redis.Restart(s.ctx()))
	s.feed(zones, "zones", "import", "--restore", "-")
	s.feed(wearers, "wearers", "import", "--restore", "-")
	resp, err := s.broker.Client().CreatePartitions(s.ctx(), &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: s.Pings(), Count: 3}}})
	s.must(err)
	s.must(resp.Errors[s.Pings()])
	words, code, err := s.exits()
	if err != nil || code != 1 || !strings.Contains(words, "--accept-partitions") {
		t.Fatalf("it starts, or does not say why: exit %d, %v: %s", code, err, words)
	}
	s.ready("--accept-partitions")
}

func TestFailure_rebuildOverAZoneImportedHalfWayBreachesNothingFromBefore(t *testing.T) {
	s := newSite(t, 1)
	now := time.Now()
	s.feed(register, "wearers", "import", "--in-force-from", now.Add(-time.Hour).UTC().Format(time.RFC3339), "-")
	s.ping("tag-1", now.Add(-40*time.Minute), inPark)
	s.ping("tag-2", now.Add(-35*time.Minute), street)
	s.feed(zone("park", 0.02, ""), "zones", "import", "--in-force-from", now.Add(-30*time.Minute).UTC().Format(time.RFC3339), "-")
	s.ping("tag-1", now.Add(-20*time.Minute), street)
	s.ping("tag-2", now.Add(-20*time.Minute), inPark)
	s.ready()
	s.drained()
	s.says("breach inside park bob")
}

func TestFailure_aClockThatDiffersIsSaid(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	s.ping("tag-1", time.Now(), street)
	s.drained()
	ctx := s.ctx()
	s.must(harness.Until(ctx, "readiness speaks of the clock", func() error {
		s.ping("tag-1", time.Now().Add(-time.Minute), street)
		err := p.Readiness(ctx)
		if err == nil {
			return errors.New("it is ready")
		}
		if !strings.Contains(err.Error(), "clock") {
			return fmt.Errorf("it says: %w", err)
		}
		return nil
	}))
}

func TestFailure_rebalanceLosesAndRepeatsNothing(t *testing.T) {
	s := newSite(t, 4)
	s.publish()
	s.ready()
	now := time.Now()
	const tags = 20
	for i := range tags {
		s.ping(fmt.Sprintf("tag-%d", i), now, inSchool)
	}
	second := s.ready() // takes half of the partitions
	for i := range tags {
		s.ping(fmt.Sprintf("tag-%d", i), now.Add(time.Second), street)
	}
	s.must(second.Stop(s.ctx())) // and gives them back
	for i := range tags {
		s.ping(fmt.Sprintf("tag-%d", i), now.Add(2*time.Second), inSchool)
	}
	s.alerts(3 * tags)
	s.drained()
	all, err := s.broker.Alerts(s.ctx(), s.Alerts())
	s.must(err)
	if len(all) != 3*tags {
		t.Errorf("%d alerts, want %d: an orderly hand-over repeats nothing", len(all), 3*tags)
	}
}
