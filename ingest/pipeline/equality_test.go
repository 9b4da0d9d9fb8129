package pipeline

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cordon/alerting"
	"cordon/benchmarks/scenario"
	"cordon/geofence"
	"cordon/ingest"
)

// played is a scenario as input of both a processor and the oracle.
type played struct {
	*town
	input scenario.Input
}

// play puts a scenario into logs in memory, with a view that holds every change at the time at which it is planned.
func play(t testing.TB, c scenario.Config) *played {
	t.Helper()
	s, err := scenario.New(c)
	if err != nil {
		t.Fatal(err)
	}
	p := &played{town: newTown(t, c.Partitions)}
	p.options.Rules, p.options.RebuildWindow = alerting.DefaultRules(), 20*365*24*time.Hour
	last := int64(0)
	for r := range s.Records(scenario.Planned) {
		l := p.logs[r.Partition]
		rec := ingest.Record{Partition: r.Partition, Offset: int64(len(l.records)), Appended: r.Appended, Key: r.Key, Value: r.Value, Headers: r.Headers}
		l.records = append(l.records, rec)
		last = max(last, r.Appended)
	}
	history := changes{t: t, numbers: map[string]uint64{}}
	history.make(scenario.Import{Zones: s.Zones(), Register: s.Register()}, c.Start.UnixMilli()-5*24*3600*1000)
	for _, change := range s.Changes() {
		history.make(change.Import(change.At), change.At.UnixMilli())
	}
	p.view = geofence.NewView(history.zones, history.acts)
	p.input = scenario.Input{Zones: history.zoneDocs, Register: history.actDocs, Until: last + 30*60*1000}
	p.input.Params.Rules = scenario.DefaultRules()
	p.input.Params.Rules.Tags = scenario.DefaultTagRules()
	for n, l := range p.logs {
		p.input.Partitions = append(p.input.Partitions, scenario.Partition{Number: n, Records: func(yield func(ingest.Record) bool) {
			for _, r := range l.records {
				if !yield(r) {
					return
				}
			}
		}})
	}
	return p
}

// changes are the revisions that imports make, as a view and the oracle read them.
type changes struct {
	t                 testing.TB
	numbers           map[string]uint64
	zones             []geofence.ZoneRevision
	acts              []geofence.ActivationRevision
	zoneDocs, actDocs []scenario.Revision
}

func (h *changes) make(i scenario.Import, at int64) {
	h.t.Helper()
	if i.Zones != nil {
		zones, _, err := geofence.ParseZones(i.Zones)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, z := range zones {
			h.zone(z.ID, at, z)
		}
	}
	for _, id := range i.Withdraw {
		h.zone(id, at, nil)
	}
	for line := range strings.Lines(string(i.Register)) {
		line = strings.TrimSpace(line)
		a, err := geofence.ParseActivation([]byte(line))
		if err != nil {
			h.t.Fatal(err)
		}
		h.activation(a.ID, at, a, []byte(line))
	}
	for _, id := range i.Delete {
		h.activation(id, at, nil, nil)
	}
}

func (h *changes) zone(id string, at int64, z *geofence.Zone) {
	h.numbers[id]++
	r, doc := geofence.ZoneRevision{ID: id, Number: h.numbers[id], Updated: at, Zone: z}, scenario.Revision{ID: id, Number: h.numbers[id], Updated: at}
	if z != nil {
		z.Revision, doc.Doc = r.Number, z.AppendJSON(nil)
		r = r.Packed(z.AppendCompact(nil))
	}
	h.zones, h.zoneDocs = append(h.zones, r), append(h.zoneDocs, doc)
}

func (h *changes) activation(id string, at int64, a *geofence.Activation, doc []byte) {
	h.numbers[id]++
	if a != nil {
		a.Revision = h.numbers[id]
	}
	h.acts = append(h.acts, geofence.ActivationRevision{ID: id, Number: h.numbers[id], Updated: at, Activation: a})
	h.actDocs = append(h.actDocs, scenario.Revision{ID: id, Number: h.numbers[id], Updated: at, Doc: doc})
}

// decideAll decides every partition to its end and what is due until the input's, a step of so many records at a time, and
// hands each partition over to another owner after each step if it is to change hands.
func (p *played) decideAll(t testing.TB, step int, handOver bool) {
	t.Helper()
	for n, l := range p.logs {
		part, next, _, err := takeOver(t.Context(), &p.options, l, n)
		if err != nil {
			t.Fatal(err)
		}
		for end := int64(len(l.records)); next < end; {
			to := min(next+int64(step), end)
			f := ingest.Fetched{Records: l.records[next:to], Next: to, HighWatermark: end}
			if err := part.Handle(t.Context(), &f); err != nil {
				t.Fatal(err)
			}
			next = to
			if !handOver {
				continue
			}
			if err := p.checkpoint(t, part, next); err != nil {
				t.Fatal(err)
			}
			part.release()
			if part, next, _, err = takeOver(t.Context(), &p.options, l, n); err != nil {
				t.Fatal(err)
			}
		}
		if err := part.Idle(t.Context(), time.UnixMilli(p.input.Until)); err != nil {
			t.Fatal(err)
		}
		part.release()
		p.store.wipe()
	}
}

// equals compares the alerts with those of the oracle.
func (p *played) equals(t testing.TB) scenario.Output {
	t.Helper()
	want, err := scenario.Decide(p.input)
	if err != nil {
		t.Fatal(err)
	}
	var got []alerting.Alert
	for _, m := range p.alerts.messages {
		var a alerting.Alert
		if err := json.NewDecoder(bytes.NewReader(m.Value)).Decode(&a); err != nil {
			t.Fatal(err)
		}
		got = append(got, a)
	}
	c := scenario.Compare(want.Alerts, got, want.Doubtful, nil)
	for _, d := range c.Differences[:min(10, len(c.Differences))] {
		t.Error(d)
	}
	if n := len(c.Differences); n > 10 {
		t.Errorf("and %d more differences", n-10)
	}
	if c.Repeats > 0 {
		t.Errorf("%d repeats without a crash", c.Repeats)
	}
	return want
}

// A scenario begins on a Monday.
var monday = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

func TestHandle_saysWhatTheOracleSays(t *testing.T) {
	p := play(t, scenario.Config{Seed: 7, Tags: 150, Pings: 20_000, Partitions: 4, Start: monday, Changes: 28, Cadence: 30 * time.Second})
	p.decideAll(t, 5000, false)
	if out := p.equals(t); len(out.Alerts) < 1000 {
		t.Errorf("%d alerts", len(out.Alerts))
	}
}

func TestTakeOver_afterEveryStepChangesNothingOfWhatIsSaid(t *testing.T) {
	p := play(t, scenario.Config{Seed: 8, Tags: 60, Pings: 8000, Partitions: 1, Start: monday, Changes: 14, Cadence: 30 * time.Second})
	p.decideAll(t, 20, true)
	if out := p.equals(t); len(out.Alerts) < 100 {
		t.Errorf("%d alerts", len(out.Alerts))
	}
}

// flood is a scenario with thousands of unknown tags, many more than its limits allow.
func flood(t testing.TB, partitions int) *played {
	p := play(t, scenario.Config{Seed: 9, Tags: 24, Pings: 15_000, Invented: 1500, Partitions: partitions, Start: monday, Changes: 14, Cadence: 30 * time.Second})
	p.options.Limits = alerting.Limits{UnassignedTags: 60, UnassignedAlerts: 20}
	p.input.Params.MaxUnassigned, p.input.Params.UnassignedAlerts = 60, 20
	return p
}

// floods fails the test unless the scenario really exceeds the limits.
func floods(t testing.TB, out scenario.Output) {
	t.Helper()
	seen := map[string]int{}
	for _, a := range out.Alerts {
		seen[string(a.Kind)+" "+string(a.Reason)]++
	}
	for _, want := range []string{"system_fault unassigned_flood", "system_restored unassigned_flood", "unassigned_device no_activation",
		"device_assigned tag_assigned", "device_assigned forgotten", "strap_restored forgotten", "battery_restored forgotten",
		"position_plausible forgotten", "breach_ended forgotten"} {
		if seen[want] == 0 {
			t.Errorf("nothing says %s", want)
		}
	}
	if n := seen["unassigned_device no_activation"]; out.Counts.Forgotten < 500 || n > 500 {
		t.Errorf("%d tags forgotten, %d alerted of", out.Counts.Forgotten, n)
	}
}

func TestHandle_saysWhatTheOracleSaysInAFlood(t *testing.T) {
	p := flood(t, 2)
	p.decideAll(t, 5000, false)
	floods(t, p.equals(t))
}

func TestTakeOver_afterEveryStepChangesNothingInAFlood(t *testing.T) {
	p := flood(t, 1)
	p.decideAll(t, 20, true)
	floods(t, p.equals(t))
}

func TestHandle_forgetsTheSameUnassignedTagsByPlainRules(t *testing.T) {
	p := flood(t, 1)
	p.options.Rules, p.input.Params.Rules = alerting.PlainRules(), scenario.Rules{}
	p.decideAll(t, 50, true)
	ended := 0
	out := p.equals(t)
	for _, a := range out.Alerts {
		if a.Reason == alerting.Forgotten {
			ended++
		}
	}
	if ended == 0 || out.Counts.Forgotten < 500 {
		t.Errorf("%d tags forgotten, %d breaches ended by that", out.Counts.Forgotten, ended)
	}
}
