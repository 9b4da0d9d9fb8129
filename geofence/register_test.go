package geofence

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseRegister_readsBothForms(t *testing.T) {
	ndjson := `{"wearer_id":"w1","device_id":"d1","activation_id":"a1","fitted_time":"2026-01-01T00:00:00.000Z","removed_time":"2026-02-01T01:00:00+01:00","cohorts":["gang","north"],"tier":1}

{"wearer_id":"w2","device_id":"d1","activation_id":"a2","fitted_time":"2026-02-01T00:00:00Z","cohorts":[],"removed_time":null,"site":"x"}
`
	csv := "\ufeffactivation_id, wearer_id,device_id,fitted_time,removed_time,cohorts,tier,site\r\n" +
		"a1,w1,d1,2026-01-01T00:00:00.000Z,2026-02-01T00:00:00Z,gang; north;,1,\r\n" +
		"a2,w2,d1,2026-02-01T00:00:00Z,,,,\"x,y\"\r\n"
	want := []*Activation{
		{ID: "a1", Wearer: "w1", Device: "d1", Fitted: instant(t, "2026-01-01T00:00:00Z").UnixMilli(),
			Removed: instant(t, "2026-02-01T00:00:00Z").UnixMilli(), Cohorts: []string{"gang", "north"}, Tier: 1},
		{ID: "a2", Wearer: "w2", Device: "d1", Fitted: instant(t, "2026-02-01T00:00:00Z").UnixMilli(), Removed: Always, Tier: 3},
	}
	for form, data := range map[string]string{"NDJSON": ndjson, "CSV": csv} {
		got, notices, err := ParseRegister([]byte(data))
		if err != nil || len(notices) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v %v %v", form, got, notices, err)
		}
	}
	if err := CheckOverlaps(want); err != nil {
		t.Errorf("one tag refitted the moment it is removed: %v", err)
	}
	for _, a := range want {
		if again, err := ParseActivation(a.AppendJSON(nil)); err != nil || !reflect.DeepEqual(again, a) {
			t.Errorf("read back %+v, %v; want %+v", again, err, a)
		}
	}
}

func TestParseRegister_ofNothingIsNothing(t *testing.T) {
	got, notices, err := ParseRegister([]byte(" \n"))
	if err != nil || len(got) != 0 || len(notices) != 1 {
		t.Errorf("%v %v %v", got, notices, err)
	}
}

func TestParseRegister_refuses(t *testing.T) {
	const first = `{"wearer_id":"w","device_id":"d","activation_id":"a","fitted_time":"2026-01-01T00:00:00Z"}` + "\n"
	line := func(members string) string {
		return first + "{" + members + "}"
	}
	const ids = `"wearer_id":"w","device_id":"d","activation_id":"b"`
	const heads = "wearer_id,device_id,activation_id,fitted_time,removed_time,tier\n"
	tests := []struct{ name, data, feature, reason string }{
		{"no wearer", line(`"device_id":"d","activation_id":"b","fitted_time":"2026-01-01T00:00:00Z"`), "line 2", "wearer_id is missing"},
		{"no device", line(`"wearer_id":"w","activation_id":"b","fitted_time":"2026-01-01T00:00:00Z"`), "line 2", "device_id is missing"},
		{"no activation", line(`"wearer_id":"w","device_id":"d","fitted_time":"2026-01-01T00:00:00Z"`), "line 2", "activation_id is missing"},
		{"empty activation", line(`"wearer_id":"w","device_id":"d","activation_id":"","fitted_time":"2026-01-01T00:00:00Z"`), "line 2", "activation_id is empty"},
		{"a number for a wearer", line(`"wearer_id":7,"device_id":"d","activation_id":"b","fitted_time":"2026-01-01T00:00:00Z"`), "line 2", "wearer_id is not a string"},
		{"a wearer nobody is", line(`"wearer_id":"unassigned:d","device_id":"d","activation_id":"b","fitted_time":"2026-01-01T00:00:00Z"`), "line 2", "begins with unassigned:"},
		{"never fitted", line(ids), "line 2", "fitted_time is missing"},
		{"bad time", line(ids + `,"fitted_time":"1 January 2026"`), "line 2", "fitted_time is not a time"},
		{"removed before fitted", line(ids + `,"fitted_time":"2026-01-02T00:00:00Z","removed_time":"2026-01-01T00:00:00Z"`), "line 2", "removed_time is not after"},
		{"removed when fitted", line(ids + `,"fitted_time":"2026-01-02T00:00:00Z","removed_time":"2026-01-02T00:00:00Z"`), "line 2", "removed_time is not after"},
		{"tier 0", line(ids + `,"fitted_time":"2026-01-02T00:00:00Z","tier":0`), "line 2", "tier is not"},
		{"tier 4", line(ids + `,"fitted_time":"2026-01-02T00:00:00Z","tier":4`), "line 2", "tier is not"},
		{"half a tier", line(ids + `,"fitted_time":"2026-01-02T00:00:00Z","tier":1.5`), "line 2", "tier is not"},
		{"cohorts that are no list", line(ids + `,"fitted_time":"2026-01-02T00:00:00Z","cohorts":"x"`), "line 2", "cohorts is not a list"},
		{"misspelt removed_time", line(ids + `,"fitted_time":"2026-01-02T00:00:00Z","removed":"2026-01-01T00:00:00Z","remove_time":null`), "line 2", "remove_time looks like removed_time"},
		{"an activation twice", first + "\n" + first, "line 3", "also that of line 1"},
		{"cut off", first + `{"wearer_id":"w"`, "line 2", "not a JSON object"},
		{"text after a line", first + first[:len(first)-1] + " x", "line 2", "not a JSON object"},
		{"a JSON list", `[` + first + `]`, "line 1", "not newline-delimited"},
		{"CSV without a heading", "wearer_id,device_id,fitted_time\nw,d,2026-01-01T00:00:00Z\n", "line 1", "no heading activation_id"},
		{"CSV with a misspelt heading", heads[:len(heads)-1] + ",cohort\n", "line 1", "column 7 looks like cohorts"},
		{"CSV with a heading twice", heads[:len(heads)-1] + ",tier\n", "line 1", "column 7 is there twice"},
		{"CSV with a short row", heads + "w,d,a,2026-01-01T00:00:00Z,,\nw,d,b\n", "line 3", "3 fields under 6 headings"},
		{"CSV with a bad row", heads + "w,d,a,2026-01-01T00:00:00Z,,x\n", "line 2", "tier is not"},
		{"CSV with a missing field", heads + "w,,a,2026-01-01T00:00:00Z,,\n", "line 2", "device_id is missing"},
		{"CSV with a bad quote", heads + "w,d,a\"b,2026-01-01T00:00:00Z,,\n", "line 2", "not valid CSV"},
		{"CSV cut off in a quote", heads + "w,d,a,2026-01-01T00:00:00Z,,\nw,d,\"b", "line 3", "not valid CSV"},
		{"noise", "\x00\x01\x02", "line 1", "no heading wearer_id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := ParseRegister([]byte(tt.data))
			list := problems(t, err)
			if list[0].Feature != tt.feature || !strings.Contains(list[0].Reason, tt.reason) || list[0].Remedy == "" {
				t.Errorf("problems %+v, want %s: %s", list, tt.feature, tt.reason)
			}
			if got != nil {
				t.Errorf("%d activations in spite of the error", len(got))
			}
		})
	}
}

func TestParseActivation_namesTheActivation(t *testing.T) {
	_, err := ParseActivation([]byte(`{"activation_id":"a7","wearer_id":"w","fitted_time":"x"}`))
	if list := problems(t, err); len(list) != 2 || list[0].Feature != "a7" || list[1].Feature != "a7" {
		t.Errorf("problems %+v", list)
	}
}

func TestCheckOverlaps_namesTheTagAndBothActivations(t *testing.T) {
	act := func(id, device string, fitted, removed int64) *Activation {
		return &Activation{ID: id, Wearer: "w", Device: device, Fitted: fitted, Removed: removed}
	}
	tests := []struct {
		name string
		acts []*Activation
		want []string // reasons
	}{
		{"one after the other", []*Activation{act("a", "d", 10, 20), act("b", "d", 20, Always), act("c", "d", 0, 10)}, nil},
		{"two tags", []*Activation{act("a", "d", 10, Always), act("b", "e", 10, Always)}, nil},
		{"still worn", []*Activation{act("b", "d", 20, 30), act("a", "d", 10, Always)}, []string{"activations a and b of tag d overlap"}},
		{"by a millisecond", []*Activation{act("a", "d", 10, 21), act("b", "d", 20, 30)}, []string{"activations a and b of tag d overlap"}},
		{"one holds two", []*Activation{act("a", "d", 10, 100), act("b", "d", 20, 30), act("c", "d", 40, 50)},
			[]string{"activations a and b of tag d overlap", "activations a and c of tag d overlap"}},
	}
	for _, tt := range tests {
		err := CheckOverlaps(tt.acts)
		var got []string
		if err != nil {
			for _, p := range problems(t, err) {
				got = append(got, p.Reason)
			}
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzParseRegister(f *testing.F) {
	f.Add([]byte(`{"wearer_id":"w","device_id":"d","activation_id":"a","fitted_time":"2026-01-01T00:00:00Z","cohorts":["x"],"tier":2}`))
	f.Add([]byte("wearer_id,device_id,activation_id,fitted_time,removed_time,cohorts,tier\nw,d,a,2026-01-01T00:00:00Z,,x;y,1\n"))
	f.Add([]byte("wearer_id,device_id,activation_id,fitted_time\n\"w,d\",\"a\"\"\nb\",c,2026-01-01T00:00:00Z\n\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		acts, _, err := ParseRegister(data)
		if err != nil {
			if text := err.Error(); strings.Contains(text, "\n") {
				t.Errorf("an error of two lines: %q", text)
			}
			return
		}
		for _, a := range acts {
			doc := a.AppendJSON(nil)
			again, err := ParseActivation(doc)
			if err != nil || !reflect.DeepEqual(again, a) {
				t.Errorf("%s read back: %v\n%+v\n%+v", doc, err, again, a)
			}
		}
		if err := CheckOverlaps(acts); err != nil {
			problems(t, err)
		}
	})
}
