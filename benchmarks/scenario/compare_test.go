package scenario

import (
	"slices"
	"testing"
	"time"

	"cordon/alerting"
)

func decided(t *testing.T) []alerting.Alert {
	t.Helper()
	c := midsize()
	c.Pings, c.Cadence = 5000, 30*time.Second
	p := produce(t, c)
	p.Params.Rules = DefaultRules()
	out, err := Decide(p.Input)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Alerts) < 50 {
		t.Fatalf("only %d alerts", len(out.Alerts))
	}
	return out.Alerts
}

func TestCompare_equalListsDoNotDiffer(t *testing.T) {
	want := decided(t)
	got := slices.Clone(want)
	for i := range got {
		got[i].RaisedTime = alerting.Time(i)
		if d := got[i].DistanceM; d != nil {
			near := *d + 0.01
			got[i].DistanceM = &near
		}
		got[i].Evidence = slices.Clone(got[i].Evidence)
		for j := range got[i].Evidence {
			got[i].Evidence[j].DistanceM -= 0.01
		}
	}
	got = append(got, got[3], got[7])
	c := Compare(want, got, nil)
	if len(c.Differences) != 0 || c.Repeats != 2 {
		t.Errorf("%d repeats, %v", c.Repeats, c.Differences)
	}
}

func TestCompare_findsEveryWay(t *testing.T) {
	want := decided(t)
	ways := func(got []alerting.Alert) map[Way]int {
		n := map[Way]int{}
		for _, d := range Compare(want, got, nil).Differences {
			n[d.Way]++
		}
		return n
	}
	if n := ways(want[1:]); len(n) != 1 || n[Missing] != 1 {
		t.Errorf("one left out: %v", n)
	}
	strange := want[0]
	strange.AlertID = "strange"
	if n := ways(append(slices.Clone(want), strange)); len(n) != 1 || n[Unexpected] != 1 {
		t.Errorf("one too many: %v", n)
	}
	altered := want[0]
	altered.Severity, altered.ZoneRevision = "other", 99
	if n := ways(append(slices.Clone(want), altered)); len(n) != 1 || n[OtherField] != 2 {
		t.Errorf("a repeat with two other fields: %v", n)
	}
	got := slices.Clone(want)
	other := slices.IndexFunc(got, func(a alerting.Alert) bool {
		return a.AlertID != got[0].AlertID && subjectOf(&a) == subjectOf(&got[0])
	})
	got[0], got[other] = got[other], got[0]
	if n := ways(got); len(n) != 1 || n[OutOfOrder] != 1 {
		t.Errorf("two that changed places: %v", n)
	}
}
