package main

import (
	"context"
	"testing"

	"cordon/alerting"
	"cordon/geofence/redisindex"
	"cordon/ingest"
)

func TestFaults_goOnAsLongAsAnotherProcessorKnowsMore(t *testing.T) {
	published := redisindex.Standing{Published: true, Revision: 10}
	whole := redisindex.Status{Identity: "a", Zones: published, Register: published}
	unloaded := redisindex.Status{Zones: published, Register: published}
	emptied := redisindex.Status{}
	unreadable := whole
	unreadable.Unenforced = []redisindex.Unenforced{{ID: "z1"}}
	accepted := whole
	accepted.Zones.Accepted = 500
	missing := alerting.Fault{Part: "zones", Reason: alerting.ZonesMissing, Opened: 100, Seq: 10}
	newer := missing
	newer.Seq = 11
	for name, c := range map[string]struct {
		status   redisindex.Status
		accepted bool
		fault    alerting.Fault
		want     bool
	}{
		"the store is whole":                            {whole, false, missing, false},
		"the store was seen at a later revision":        {whole, false, newer, true},
		"that one was given up":                         {accepted, false, newer, false},
		"it is another store, which was accepted":       {whole, true, newer, false},
		"the store is empty":                            {emptied, true, missing, true},
		"the register is missing in an empty store":     {emptied, false, alerting.Fault{Part: "register", Reason: alerting.RegisterMissing}, true},
		"a zone is unreadable":                          {unreadable, false, alerting.Fault{Part: "zones/z1", Reason: alerting.ZoneUnreadable}, true},
		"whether a zone is readable is not known yet":   {unloaded, false, alerting.Fault{Part: "zones/z1", Reason: alerting.ZoneUnreadable}, true},
		"a zone is readable again":                      {unreadable, false, alerting.Fault{Part: "zones/z2", Reason: alerting.ZoneUnreadable}, false},
		"not so many zones are unreadable any more":     {unreadable, false, alerting.Fault{Part: "zones/", Reason: alerting.ZoneUnreadable}, false},
		"a part that only a later program knows of":     {whole, true, alerting.Fault{Part: "clocks", Reason: alerting.FutureRecords}, true},
		"superseded revisions are missing and are back": {whole, false, alerting.Fault{Part: "zones_history", Reason: alerting.ZonesMissing}, false},
	} {
		if got := lasting(c.status, c.accepted)(c.fault); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFaults_areCriticalOnlyWhereSomebodyIsUnprotected(t *testing.T) {
	for of, want := range map[string]alerting.Fault{
		"zones":            {Reason: alerting.ZonesMissing, Unprotected: true},
		"zones_history":    {Reason: alerting.ZonesMissing},
		"register":         {Reason: alerting.RegisterMissing, Unprotected: true},
		"register_history": {Reason: alerting.RegisterMissing},
	} {
		f := faultOfLoss(redisindex.Loss{Of: of, Held: 1, Recorded: 2, WholeAt: 7, Revision: 3})
		if f.Part != of || f.Reason != want.Reason || f.Unprotected != want.Unprotected || f.Opened != 7 || f.Seq != 3 || !f.Exact {
			t.Errorf("%s: %+v", of, f)
		}
	}
}

// alertLog is a log of alerts, by the partition header of each: empty for none.
type alertLog []string

func (l alertLog) Bounds(context.Context) (int64, int64, error) { return 0, int64(len(l)), nil }

func (l alertLog) OffsetAt(context.Context, int64) (int64, error) { return 0, nil }

func (l alertLog) Fetch(_ context.Context, from int64) (ingest.Fetched, error) {
	f := ingest.Fetched{Next: min(from+30, int64(len(l)))} // fewer than are asked for
	for i := from; i < f.Next; i++ {
		rec := ingest.Record{Offset: i}
		if l[i] != "" {
			rec.Headers = []ingest.Header{{Key: "cordon-partition", Value: []byte(l[i])}}
		}
		f.Records = append(f.Records, rec)
	}
	return f, nil
}

func TestLayout_isReadFromTheNewestAlertThatTellsIt(t *testing.T) {
	for alerts, want := range map[int]int{0: 12, 1: 12, 99: 12, 100: 12, 101: 12, 450: 12} { // so many about the system come last
		log := alertLog{"0/8", "3/12"}
		for range alerts {
			log = append(log, "")
		}
		if got, err := lastHome(t.Context(), log); err != nil || got != want {
			t.Errorf("after %d alerts: %d, %v", alerts, got, err)
		}
	}
	if got, err := lastHome(t.Context(), make(alertLog, 250)); err != nil || got != 0 {
		t.Errorf("none says so: %d, %v", got, err)
	}
	if got, err := lastHome(t.Context(), alertLog{}); err != nil || got != 0 {
		t.Errorf("an empty log: %d, %v", got, err)
	}
}

func TestFaultStore_readsBackWhatItWrote(t *testing.T) {
	want := alerting.Fault{Part: "zones/ä\"", Reason: alerting.ZoneUnreadable, Detail: "x", Opened: -1, Seq: 1 << 63, Unprotected: true, NotCovered: 3}
	if got, err := parseFault(faultText(want)); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := parseFault("{"); err == nil {
		t.Error("taken")
	}
}
