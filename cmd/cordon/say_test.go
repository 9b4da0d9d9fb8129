package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"cordon/alerting"
)

// Ids that an import takes, and texts that a record on a topic can hold: they turn the line around, hide letters, clear the
// screen.
const (
	turned  = "z\u202e\u2066\u200b\ufe0f\u061c"
	clears  = "\x1b[2J\u009b31m\a\r\u2028" + turned
	formula = `=HYPERLINK("http://example.org")`
)

// wantsHarmless fails if text does anything to a terminal but be shown.
func wantsHarmless(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		for i, r := range strings.TrimSuffix(line, "\n") {
			switch {
			case r == utf8.RuneError && strings.HasPrefix(line[i:], "\ufffd"):
			case !unicode.IsPrint(r), unicode.In(r, unicode.Variation_Selector):
				t.Errorf("%s prints %+q in %+q", what, r, line)
			}
		}
	}
}

// prints runs a command and looks at both of its outputs.
func (s *shell) prints(code int, args ...string) string {
	s.t.Helper()
	out, errs := s.run(code, args...)
	wantsHarmless(s.t, "cordon "+strings.Join(args, " "), out+errs)
	return out + errs
}

// hostileRegister has an activation whose ids are turned, in a cohort that a spreadsheet would compute.
func hostileRegister() string {
	b, err := json.Marshal(map[string]any{"wearer_id": turned, "device_id": turned + "1", "activation_id": turned, "fitted_time": "2026-02-20T00:00:00Z", "cohorts": []string{turned, formula}})
	if err != nil {
		panic(err)
	}
	return string(b) + "\n"
}

func TestOutput_ofZonesAndWearersIsHarmless(t *testing.T) {
	s := newShell(t)
	zones := strings.ReplaceAll(collection(feature("Z", `"applies_to":{"wearers":["Z2"],"cohorts":["Zc"]},"name":"NAME"`),
		feature("Zb", `"applies_to":"everyone","rule":"beside_home"`)), "Z", turned)
	name, _ := json.Marshal(clears)
	zones = strings.ReplaceAll(zones, `"NAME"`, string(name))
	s.in = zones
	shown := `z\u202e\u2066\u200b\ufe0f\u061c`
	s.wants(s.prints(exitDone, "zones", "import", "--dry-run", "-"), "add "+shown)
	s.wants(s.prints(exitDone, "zones", "import", "-"), "bound by zone "+shown, "rule beside_home, of zone "+shown)
	s.in = hostileRegister()
	s.wants(s.prints(exitDone, "wearers", "import", "--dry-run", "-"), "add "+shown)
	s.run(exitDone, "wearers", "import", "-")
	s.wants(s.prints(exitDone, "zones", "list", "--names"), `"`+shown+`"`, `"\x1b[2J\u009b31m\x07\r\u2028`)
	s.wants(s.prints(exitDone, "wearers", "list"), `"`+shown+`"`)
	for _, kind := range []string{"zones", "wearers"} {
		for _, history := range [][]string{nil, {"--history"}} {
			export := append([]string{kind, "export"}, history...)
			out := s.prints(exitDone, export...)
			file := filepath.Join(s.dir, "export")
			s.run(exitDone, append(export, file)...)
			if b, err := os.ReadFile(file); err != nil || !bytes.Contains(b, []byte("\u202e")) || !sameJSON(t, string(b), out) {
				t.Errorf("%v: on the terminal another thing than in a file: %v\n%s\n%s", export, err, b, out)
			}
		}
	}
	s.wants(s.prints(exitFailed, "zones", "delete", turned+"none"), `\u202e`)
}

// sameJSON compares values that follow one another.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	x, y := json.NewDecoder(strings.NewReader(a)), json.NewDecoder(strings.NewReader(b))
	for x.More() || y.More() {
		var v, w any
		if err := x.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if err := y.Decode(&w); err != nil {
			t.Fatal(err)
		}
		v1, _ := json.Marshal(v)
		w1, _ := json.Marshal(w)
		if !bytes.Equal(v1, w1) {
			return false
		}
	}
	return true
}

func TestOutput_ofErrorsThatQuoteInputIsHarmless(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	name, _ := json.Marshal(clears)
	bad := s.file("bad"+turned+".geojson", collection(feature(turned, `"applies_to":"everyone","severiti`+turned+`":1,"timezone":"`+turned+`"`), feature(turned, `"applies_to":"everyone"`)))
	s.prints(exitFailed, "zones", "validate", bad)
	s.prints(exitFailed, "zones", "validate", s.file("id.geojson", `{"type":"Feature","id":`+string(name)+`}`))
	s.prints(exitDone, "zones", "validate", s.file("good"+clears[3:8]+".geojson", collection(feature("z", `"applies_to":"everyone"`))))
	s.prints(exitFailed, "wearers", "import", s.file("bad.ndjson", strings.Repeat(hostileRegister(), 2)))
	s.prints(exitFailed, "replay", "--strict", s.file("bad"+turned+".ndjson", `{"device_id":`+string(name)+`,"fix_time":"`+turned+`"}`))
	s.prints(exitFailed, "replay", s.file("bad.csv", "device_id,fix_time,device_id,"+clears[:3]+"\n"))
	s.prints(exitFailed, "replay", "--format", "gpx", s.file("bad.gpx", "<"+turned+">"))
	s.prints(exitUsage, "alerts", "--kind", clears)
	s.prints(exitUsage, "alerts", "--since", clears)
	s.prints(exitUsage, "process", "--rules", clears)
	s.prints(exitUsage, "stats", "--timezone", clears)
	s.prints(exitUsage, clears)
	s.prints(exitUsage, "--"+clears)
	s.prints(exitFailed, "alerts", "--alerts-topic", turned)
	s.prints(exitFailed, "process", "--listen", clears)
	s.prints(exitFailed, "rules", "validate", s.file("rules.json", `{"`+turned+`":1}`))
}

// hostileAlert is an alert of which every text is hostile.
func hostileAlert(kind alerting.Kind, zone string, n int) outgoing {
	r := breachRecord(kind, turned, n)
	var a alerting.Alert
	if err := json.Unmarshal(r.value, &a); err != nil {
		panic(err)
	}
	a.ZoneID, a.RuleRevision, a.WearerID, a.DeviceID = zone, clears, clears, clears
	a.Severity, a.Reason = clears, alerting.Reason(clears)
	r.value, _ = json.Marshal(a)
	// As another program may write it: the characters themselves, a byte that is no UTF-8, line breaks between.
	for _, c := range "\u009b\u202e\u2028\u2066" {
		escaped, _ := json.Marshal(string(c))
		r.value = bytes.ReplaceAll(r.value, bytes.Trim(escaped, `"`), []byte(string(c)))
	}
	r.value = append([]byte("{\n"+`"other":"`+"\x9b\x7f\u202e"+`",`), r.value[1:]...)
	return r
}

func TestOutput_ofAlertsAndStatsIsHarmless(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	for i := range 9 {
		s.publish("cordon.alerts", hostileAlert(alerting.Breach, []string{turned, clears, formula}[i%3], i))
	}
	kind := hostileAlert(alerting.Breach, formula, 20)
	kind.value = bytes.Replace(kind.value, []byte(`"kind":"breach"`), []byte(`"kind":"`+turned+`"`), 1)
	s.publish("cordon.alerts", kind)
	s.in = hostileRegister()
	s.run(exitDone, "wearers", "import", "-")
	table := s.prints(exitDone, "alerts")
	if n := strings.Count(table, "\n"); n != 11 {
		t.Errorf("%d lines:\n%s", n, table)
	}
	s.wants(table, `"\x1b[2J\u009b31m`, `"z\u202e`)
	lines := s.prints(exitDone, "alerts", "--format", "json")
	var a alerting.Alert
	first, _, _ := strings.Cut(lines, "\n")
	if err := json.Unmarshal([]byte(first), &a); err != nil || a.WearerID != clears || strings.Count(lines, "\n") != 10 {
		t.Errorf("%v: the wearer is %+q in\n%s", err, a.WearerID, lines)
	}
	for _, format := range []string{"table", "csv", "json"} {
		out := s.prints(exitDone, "stats", "--by", "zone,cohort,kind", "--suppress", "0", "--format", format)
		s.wants(out, `\u202e`)
		switch format {
		case "csv":
			rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, row := range rows {
				found = found || row[1] == "'"+formula && row[3] == "3"
				if strings.ContainsAny(row[1][:1], "=+-@") {
					t.Errorf("a spreadsheet computes %q", row)
				}
			}
			if !found {
				t.Errorf("no row of %q with its three breaches:\n%s", formula, out)
			}
		case "json":
			if !strings.Contains(out, `"bucket": "=HYPERLINK(`) {
				t.Errorf("JSON is not exact:\n%s", out)
			}
		}
	}
}

func TestOutput_ofTheLogIsHarmless(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log, err := logFlags{LogFormat: format, LogLevel: "info"}.logger(&out)
		if err != nil {
			t.Fatal(err)
		}
		log.With("with", clears).Warn(clears, "text", clears, "err", usagef("quotes %s", clears), slog.Group("group", "in", clears))
		wantsHarmless(t, format, out.String())
		if n := strings.Count(out.String(), "\n"); n != 1 {
			t.Errorf("%d lines: %s", n, &out)
		}
	}
}
