package alerting

import (
	"slices"
	"strings"
	"testing"
)

func TestFault_hasTheIdsOfItsPartAndOpening(t *testing.T) {
	f := Fault{Part: "pings/3/log_truncated", Reason: LogTruncated, Detail: "5 pings are gone", Opened: 1000, Seq: 10}
	// printf '\0\0\0\2v1\0\0\0\014system_fault\0\0\0\034system:pings/3/log_truncated\0\0\0\0\0\0\0\0041000\0\0\0\00210\0\0\0\0\0\0\0\0\0\0\0\0' | sha256sum
	if got, want := f.Alert(5000, PlainRules()).AlertID, "38b1a6773bc7299a650421f284f7603a"; got != want {
		t.Errorf("alert id %s, want %s", got, want)
	}
	began, ended := f.Alert(5000, PlainRules()), f.Restored(9000, PlainRules())
	if began.EpisodeID != ended.EpisodeID || began.AlertID == ended.AlertID || began.Key() != ended.Key() || began.Key() == "" {
		t.Errorf("%+v and %+v", began, ended)
	}
	checkSchema(t, began, ended)
}

func TestRecall_knowsTheFaultsThatAreOpen(t *testing.T) {
	open := Fault{Part: "pings/3/future_records", Reason: FutureRecords, Detail: "a clock is ahead", Opened: 2000, Seq: 7, Unprotected: true, NotCovered: 2}
	over := Fault{Part: "pings/3/log_truncated", Reason: LogTruncated, Detail: "pings are gone", Opened: 1000, Seq: 10}
	other := Fault{Part: "pings/4/future_records", Reason: FutureRecords, Detail: "a clock is ahead", Opened: 2000, Seq: 7}
	alerts := []*Alert{over.Alert(1000, PlainRules()), over.Restored(1000, PlainRules()), open.Alert(2000, PlainRules()), other.Alert(2000, PlainRules())}
	for range 2 {
		r := NewRecall(5000)
		for _, a := range alerts {
			r.Note(a)
		}
		got := r.Faults(func(part string) bool { return strings.HasPrefix(part, "pings/3/") })
		if !slices.Equal(got, []Fault{open}) {
			t.Errorf("%+v", got)
		}
		slices.Reverse(alerts)
	}
}
