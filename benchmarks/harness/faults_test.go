package harness

import (
	"strings"
	"testing"

	"cordon/alerting"
	"cordon/benchmarks/scenario"
)

func TestJudgeFaults_wantsEachOnceAndEnded(t *testing.T) {
	fault := func(episode, part string, reason alerting.Reason) alerting.Alert {
		return alerting.Alert{Kind: alerting.SystemFault, EpisodeID: episode, Part: part, Reason: reason}
	}
	ended := func(a alerting.Alert) alerting.Alert {
		a.Kind = alerting.SystemRestored
		return a
	}
	aside := fault("a", "pings/3/batch_set_aside", alerting.BatchSetAside)
	expected := SetAside(map[scenario.At]bool{{Partition: 3, Offset: 17}: true})
	for name, c := range map[string]struct {
		got  []alerting.Alert
		want string
	}{
		"as expected, repeated": {[]alerting.Alert{aside, aside, ended(aside), ended(aside)}, ""},
		"none":                  {nil, "0 system faults"},
		"another one besides":   {[]alerting.Alert{aside, ended(aside), fault("b", "pings/3/batch_set_aside", alerting.BatchSetAside), ended(fault("b", "", ""))}, "2 system faults"},
		"of another partition":  {[]alerting.Alert{fault("a", "pings/31/x", alerting.BatchSetAside), ended(aside)}, "nothing was done"},
		"of another reason":     {[]alerting.Alert{aside, ended(aside), fault("l", "pings/3/log_truncated", alerting.LogTruncated)}, "nothing was done"},
		"open at the end":       {[]alerting.Alert{aside}, "is open at the end"},
		"ended, never raised":   {[]alerting.Alert{aside, ended(aside), ended(fault("b", "pings/3/x", alerting.BatchSetAside))}, "never raised"},
	} {
		t.Run(name, func(t *testing.T) {
			all := strings.Join(judgeFaults(c.got, expected), "\n")
			if (c.want == "") != (all == "") || !strings.Contains(all, c.want) {
				t.Errorf("%q, want %q", all, c.want)
			}
		})
	}
}

func TestFuture_wantsOneFaultAtLeastOfEachPartition(t *testing.T) {
	expected := Future(map[scenario.At]bool{{Partition: 1, Offset: 1}: true, {Partition: 1, Offset: 9}: true, {Partition: 2, Offset: 4}: true})
	if len(expected) != 2 || expected[0].Least != 1 || expected[0].Most != 2 || expected[1].Most != 1 {
		t.Errorf("%+v", expected)
	}
}
