package main

import (
	"strings"
	"testing"
)

func TestTopics_createSetsWhatTheContractSays(t *testing.T) {
	s := newKafkaShell(t)
	out, _ := s.run(exitDone, "topics", "create", "--partitions", "3", "--pings-topic", "p")
	s.connect()
	if n := strings.Count(out, "\n"); n != 3 {
		t.Errorf("%d lines, want one a topic:\n%s", n, out)
	}
	for _, row := range []struct{ topic, setting, want string }{
		{"p", "retention.ms", "345600000"},
		{"p", "max.message.bytes", "262144"},
		{"cordon.alerts", "retention.ms", "-1"},
		{"cordon.rejects", "max.message.bytes", "1048576"},
		{"cordon.rejects", "retention.ms", "345600000"},
	} {
		if got := s.setting(row.topic, row.setting); got != row.want {
			t.Errorf("%s of %s is %s, want %s", row.setting, row.topic, got, row.want)
		}
		if n := s.partitions(row.topic); n != 3 {
			t.Errorf("%s has %d partitions", row.topic, n)
		}
	}
}

func TestTopics_createTwiceChangesNothing(t *testing.T) {
	s := newKafkaShell(t)
	s.run(exitDone, "topics", "create")
	out, _ := s.run(exitDone, "topics", "create")
	if strings.Count(out, "is there, as wanted (8 partitions") != 3 {
		t.Errorf("second time:\n%s", out)
	}
}

func TestTopics_createTellsInWhatAnExistingTopicDiffers(t *testing.T) {
	s := newKafkaShell(t)
	s.run(exitDone, "topics", "create", "--partitions", "2", "--alerts-topic", "x", "--rejects-topic", "y")
	out, _ := s.run(exitDone, "topics", "create", "--partitions", "4", "--alerts-topic", "cordon.pings", "--pings-topic", "x")
	s.wants(out, "x: is there and was left as it is, but it has 2 partitions, not 4", "retention.ms is -1, not 345600000",
		"kafka-configs --alter --topic x", "cordon.rejects: created")
	s.connect()
	if n := s.partitions("x"); n != 2 {
		t.Errorf("partitions were changed to %d", n)
	}
}

func TestKafkaCommands_tellWrongUsageAndMissingThingsInOneLine(t *testing.T) {
	s := newKafkaShell(t)
	s.in = ping("d", 1)
	for _, row := range []struct {
		code int
		args string
		says string
	}{
		{exitUsage, "topics create --partitions 0", "--partitions"},
		{exitUsage, "topics create --replication 0", "--replication"},
		{exitUsage, "replay", "file"},
		{exitUsage, "replay - --speed fast", "--speed"},
		{exitUsage, "replay - --speed 0", "--speed"},
		{exitUsage, "replay - --rate many", "--rate"},
		{exitUsage, "replay - --from yesterday", "--from"},
		{exitUsage, "replay - --from 2026-03-02 --to 2026-03-01", "--to"},
		{exitUsage, "replay - --key other", "--key"},
		{exitUsage, "replay - --format xml", "--format"},
		{exitUsage, "replay - --shift-to-now", "give a file"},
		{exitUsage, "replay - --batch-bytes 1", "--batch-bytes"},
		{exitFailed, "replay /nowhere/pings.ndjson", "no such file"},
		{exitFailed, "replay /tmp", "directory"},
		{exitFailed, "replay -", "cordon topics create"},
		{exitFailed, "replay - --kafka-brokers 127.0.0.1:1", "--kafka-brokers"},
		{exitUsage, "alerts --kind theft", "breach_ended"},
		{exitUsage, "alerts --since then", "--since"},
		{exitUsage, "alerts --format xml", "--format"},
		{exitFailed, "alerts", "cordon topics create"},
		{exitFailed, "alerts --kafka-brokers 127.0.0.1:1", "--kafka-brokers"},
		{exitUsage, "stats --by shoe", "shoe"},
		{exitUsage, "stats --by zone,zone", "twice"},
		{exitUsage, "stats --timezone Mars/Olympus", "--timezone"},
		{exitUsage, "stats --suppress=-1", "suppress"},
		{exitUsage, "stats --from 2026-03-02 --to 2026-03-01", "range"},
		{exitFailed, "stats", "cordon topics create"},
		{exitUsage, "rules show clever", "plain"},
		{exitFailed, "rules validate -", "not a usable rule set"},
	} {
		_, errs := s.run(row.code, strings.Fields(row.args)...)
		if !strings.Contains(strings.ToLower(errs), row.says) || strings.Count(strings.TrimSpace(errs), "\n") != 0 {
			t.Errorf("%s: want one line that says %q, got\n%s", row.args, row.says, errs)
		}
	}
}

func TestRules_whatIsShownIsValid(t *testing.T) {
	s := newShell(t)
	out, _ := s.run(exitDone, "rules", "show")
	s.wants(out, "default@2", "beside_home", "deep_m", "usable_m", "tags.silent_times", "tags.low_pct")
	plain, _ := s.run(exitDone, "rules", "show", "plain")
	s.wants(plain, "plain@1", "open_fixes")
	s.in, _ = s.run(exitDone, "rules", "show", "--format", "json")
	out, _ = s.run(exitDone, "rules", "validate", "-")
	s.wants(out, "valid, default@2")
	shown := s.in
	for _, row := range []struct{ from, to, says string }{
		{"deep_m", "deep_metres", "deep_metres"},
		{`"deep_m": 30`, `"deep_m": -30`, "profile beside_home: deep_m is -30: give a number from 0 to 1000"},
		{`"default": {`, `"usual": {`, "profile default is missing"},
		{`"usable_m": 50`, `"usable_m": 0`, "usable_m is 0"},
		{`"blind_s": 1800`, `"blind_s": 1`, "tags: blind_s is 1: give a number from 60 to 86400"},
		{`"low_pct": 15`, `"low_pct": 30`, "low_pct below restored_pct"},
		{`"revision": 2`, `"revision": 0`, "revision"},
		{`"name": "default"`, `"name": "plain"`, "built-in"},
		{`"name": "default"`, `"name": "A b"`, "name"},
		{"}\n", "}\n{}", "follows"},
	} {
		if s.in = strings.Replace(shown, row.from, row.to, 1); row.from == "}\n" {
			s.in = shown + "{}"
		}
		_, errs := s.run(exitFailed, "rules", "validate", "-")
		s.wants(errs, row.says)
		if n := strings.Count(strings.TrimSpace(errs), "\n"); n != 0 {
			t.Errorf("%d lines:\n%s", n+1, errs)
		}
	}
}
