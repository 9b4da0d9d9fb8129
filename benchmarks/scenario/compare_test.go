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
	c := Compare(want, got, nil, nil)
	if len(c.Differences) != 0 || c.Repeats != 2 {
		t.Errorf("%d repeats, %v", c.Repeats, c.Differences)
	}
}

func TestCompare_findsEveryWay(t *testing.T) {
	want := decided(t)
	ways := func(got []alerting.Alert) map[Way]int {
		n := map[Way]int{}
		for _, d := range Compare(want, got, nil, nil).Differences {
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
	if d := Compare(want, got, nil, map[string]bool{got[0].AlertID: true}).Differences; len(d) > 0 {
		t.Errorf("one of them is late: %v", d)
	}
}

// What is worked out from rounded distances may differ by a little, and what is doubtful may be there or not.
func TestCompare_allowsWhatRoundingDoes(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	alert := func(speed, time, likelihood float64) []alerting.Alert {
		a := alerting.Alert{AlertID: "a", ClosingSpeedMPS: number(speed), Likelihood: number(likelihood)}
		if time > 0 {
			a.TimeToEdgeS = number(time)
		}
		return []alerting.Alert{a}
	}
	for _, c := range []struct {
		name      string
		want, got []alerting.Alert
		differ    int
	}{
		{"a little", alert(1, 10, 0.9), alert(1.02, 10.2, 0.92), 0},
		{"a little the other way", alert(1, 10, 0.9), alert(0.98, 9.8, 0.88), 0},
		{"a long time by its share", alert(1, 1000, 0.9), alert(1, 1009, 0.9), 0},
		{"too fast", alert(1, 10, 0.9), alert(1.03, 10, 0.9), 1},
		{"too long", alert(1, 10, 0.9), alert(1, 10.3, 0.9), 1},
		{"too likely", alert(1, 10, 0.9), alert(1, 10, 0.93), 1},
		{"no time", alert(1, 10, 0.9), alert(1, 0, 0.9), 1},
		{"no time of one who stands still", alert(0.01, 5000, 0.9), alert(0, 0, 0.9), 0},
	} {
		if d := Compare(c.want, c.got, nil, nil).Differences; len(d) != c.differ {
			t.Errorf("%s: %v", c.name, d)
		}
	}
	some := alert(1, 10, 0.9)
	for _, c := range []struct{ want, got []alerting.Alert }{{some, nil}, {nil, some}, {some, some}} {
		if d := Compare(c.want, c.got, map[string]bool{"a": true}, nil).Differences; len(d) != 0 {
			t.Errorf("doubtful: %v", d)
		}
	}
	if d := Compare(some, alert(1, 10, 0.5), map[string]bool{"a": true}, nil).Differences; len(d) != 1 {
		t.Errorf("doubtful, and not the same: %v", d)
	}
}
