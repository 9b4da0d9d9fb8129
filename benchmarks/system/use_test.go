//go:build system

package system

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"cordon/alerting"
	"cordon/benchmarks/harness"
	"cordon/ingest"
)

func TestUse_aZoneImportedWhilePingsFlowBindsTheNextPingAppended(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	s.ping("tag-1", time.Now(), inPark)
	s.drained()
	before, err := p.Metric(s.ctx(), "cordon_zone_index_revision")
	s.must(err)
	s.feed(zone("park", 0.02, ""), "zones", "import", "-")
	ctx := s.ctx()
	s.must(harness.Until(ctx, "the processor reports the revision", func() error {
		at, err := p.Metric(ctx, "cordon_zone_index_revision")
		if err == nil && at <= before {
			err = fmt.Errorf("at %g", at)
		}
		return err
	}))
	s.ping("tag-1", time.Now(), inPark)
	alerts := s.says("breach inside park ann")
	if alerts[0].ZoneRevision != 1 {
		t.Errorf("revision %d", alerts[0].ZoneRevision)
	}
	if n, err := p.Metric(s.ctx(), "cordon_zone_propagation_seconds_count"); err != nil || n != 1 {
		t.Errorf("cordon_zone_propagation_seconds_count %g (%v)", n, err)
	}
	s.cordon("zones", "delete", "park")
	s.says("breach inside park ann", "breach_ended zone_withdrawn park ann")
}

func TestUse_everyAlertMatchesTheSchemaAndCarriesCloudEvents(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.ready()
	now := time.Now()
	s.ping("tag-1", now, inSchool)
	s.ping("tag-9", now, inSchool) // nobody's
	s.ping("tag-1", now.Add(time.Second), street)
	s.alerts(3)
	schema := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(alerting.Schema))
	s.must(err)
	s.must(schema.AddResource("alert", doc))
	compiled, err := schema.Compile("alert")
	s.must(err)
	s.must(s.broker.ReadTopic(s.ctx(), s.Alerts(), func(rec *ingest.Record) error {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(rec.Value))
		if err != nil {
			return err
		}
		if err := compiled.Validate(value); err != nil {
			t.Errorf("%s: %v", rec.Value, err)
		}
		var a alerting.Alert
		if err := json.Unmarshal(rec.Value, &a); err != nil {
			return err
		}
		h := map[string]string{}
		for _, header := range rec.Headers {
			h[header.Key] = string(header.Value)
		}
		if h["ce_id"] != a.AlertID || h["ce_type"] != "cordon.alert."+string(a.Kind)+".v1" || h["ce_specversion"] != "1.0" ||
			h["content-type"] != "application/json" || string(rec.Key) != a.WearerID {
			t.Errorf("headers %v, key %s of %s", h, rec.Key, rec.Value)
		}
		return nil
	}))
}

func TestUse_aPlainKafkaClientReadsAlertsAndHeaders(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.ready()
	s.ping("tag-1", time.Now(), inSchool)
	a := s.says("breach inside school ann")[0]
	kcat, err := exec.LookPath("kcat")
	if err != nil {
		if os.Getenv("REQUIRE_REAL") == "1" {
			t.Fatal("kcat is missing: install Debian's package kafkacat")
		}
		t.Log("kcat is missing: read with kafka-go only")
		return
	}
	out, err := exec.CommandContext(s.ctx(), kcat, "-b", s.Kafka, "-C", "-t", s.Alerts(), "-e", "-q", "-f", "%h %s\n").CombinedOutput()
	s.must(err)
	for _, want := range []string{"ce_id=" + a.AlertID, "ce_type=cordon.alert.breach.v1", `"zone_id":"school"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("kcat says %s, without %s", out, want)
		}
	}
}

// What a Traccar server forwards, as it forwards it, with its times of today and its place in the school.
const traccar = `{"position":{"id":0,"attributes":{"batteryLevel":81,"distance":0.0,"totalDistance":5230.1,"motion":true},"deviceId":17,"protocol":"osmand","serverTime":"%[1]s","deviceTime":"%[1]s","fixTime":"%[1]s","outdated":false,"valid":true,"latitude":0.005,"longitude":0.005,"altitude":12.0,"speed":2.2,"course":90.0,"address":null,"accuracy":6.0,"network":null,"geofenceIds":null},"device":{"id":17,"attributes":{},"groupId":0,"name":"Tag","uniqueId":"tag-1","status":"online","lastUpdate":"%[1]s","positionId":0,"phone":null,"model":null,"contact":null,"category":null,"disabled":false}}`

// A line of the position feed, out of the school again.
const mdss = `{"position_id":4711,"device_id":"tag-1","person_id":99,"position_latitude":0.005,"position_longitude":0.015,"position_precision":7,"position_speed":4.5,"position_direction":270,"position_satellite":9,"position_hdop":1.1,"position_lbs":1,"position_gps_date":"%[1]s","position_recorded_date":"%[1]s","position_uploaded_date":"%[1]s"}`

func TestUse_recordedTraccarAndMDSSGoThroughUnmodified(t *testing.T) {
	s := newSite(t, 2)
	s.publish()
	s.ready()
	now := time.Now().UTC().Add(-time.Minute)
	first := fmt.Sprintf(traccar, now.Format("2006-01-02T15:04:05.000+00:00"))
	second := fmt.Sprintf(mdss, now.Add(20*time.Second).Format("2006-01-02T15:04:05"))
	file := filepath.Join(t.TempDir(), "recorded.ndjson.gz")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(first + "\n" + second + "\n"))
	s.must(errors.Join(err, z.Close(), os.WriteFile(file, packed.Bytes(), 0o600)))
	s.cordon("replay", file)
	s.says("breach inside school ann", "breach_ended left school ann")
	var values []string
	s.must(s.broker.ReadTopic(s.ctx(), s.Pings(), func(rec *ingest.Record) error {
		values = append(values, string(rec.Value))
		return nil
	}))
	if len(values) != 2 || values[0] != first || values[1] != second {
		t.Errorf("on the topic: %q", values)
	}
}

func TestUse_alertsAndStatsReadWhatWasSaid(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.ready()
	now := time.Now()
	s.ping("tag-1", now, inSchool)
	s.ping("tag-1", now.Add(time.Second), street)
	s.ping("tag-2", now, inSchool)
	s.alerts(3)
	if out := s.cordon("alerts", "--kind", "breach", "--format", "json"); strings.Count(out, "\n") != 2 {
		t.Errorf("alerts: %s", out)
	}
	var report map[string]any
	s.must(json.Unmarshal([]byte(s.cordon("stats", "--by", "zone", "--suppress", "0", "--format", "json")), &report))
	if text := fmt.Sprint(report); !strings.Contains(text, "school") || !strings.Contains(text, "plain@1") {
		t.Errorf("stats: %s", text)
	}
}

func TestUse_badInputIsToldInOneLine(t *testing.T) {
	s := newSite(t, 1)
	truncated := filepath.Join(t.TempDir(), "cut.gz")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write(bytes.Repeat([]byte(`{"device_id":"tag-1","fix_time":"2026-11-23T10:44:05.000Z"}`+"\n"), 1000))
	s.must(errors.Join(err, z.Close(), os.WriteFile(truncated, packed.Bytes()[:packed.Len()/2], 0o600)))
	overlapping := strings.ReplaceAll(register, "tag-2", "tag-1")
	features := make([]string, 1000)
	for i := range features {
		features[i] = zone(fmt.Sprintf("z-%d", i), float64(i)*0.02, "")
	}
	features[500] = strings.Replace(features[500], "everyone", "evryone", 1)
	for name, c := range map[string]struct {
		stdin string
		args  []string
		code  string
		want  string
	}{
		"an unknown flag":          {"", []string{"process", "--no-such"}, "exit status 2", "--no-such"},
		"a flag out of bounds":     {"", []string{"process", "--rebuild-window", "-1h"}, "exit status 2", "rebuild-window"},
		"a rule set that is none":  {"", []string{"process", "--rules", "none"}, "exit status 2", "plain"},
		"an unreachable broker":    {"", []string{"process", "--kafka-brokers", "127.0.0.1:1"}, "exit status 1", "--kafka-brokers"},
		"an unreachable Redis":     {zone("z", 0, ""), []string{"zones", "import", "-", "--redis-url", "redis://127.0.0.1:1/0"}, "exit status 1", "--redis-url"},
		"a bad feature in 1,000":   {`{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`, []string{"zones", "import", "-"}, "exit status 1", "z-500"},
		"overlapping activations":  {overlapping, []string{"wearers", "import", "-"}, "exit status 1", "tag-1"},
		"a truncated gzip":         {"", []string{"replay", truncated}, "exit status 1", "cut.gz"},
		"alerts without its topic": {"", []string{"alerts", "--alerts-topic", "nowhere"}, "exit status 1", "cordon topics create"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(s.ctx(), s.Binary, c.args...)
			cmd.Env, cmd.Stdin = s.Environment(), strings.NewReader(c.stdin)
			var said bytes.Buffer
			cmd.Stderr = &said
			err := cmd.Run()
			if err == nil || err.Error() != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
			if text := said.String(); !strings.Contains(text, c.want) || strings.Count(text, "\n") != 1 {
				t.Errorf("it says %q, want one line with %q", text, c.want)
			}
		})
	}
	if out := s.cordon("zones", "list"); strings.Contains(out, "z-1") {
		t.Errorf("something of the bad import was kept: %s", out)
	}
}

func TestUse_missingTopicsAreSaidAtOnce(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.Prefix += "-nowhere"
	words, code, err := s.exits()
	if err != nil || code != 1 || !strings.Contains(words, "cordon topics create") {
		t.Errorf("exit %d (%v): %s", code, err, words)
	}
}

func TestUse_aTopicFullOfNoiseIsRejectedToTheLastRecord(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	now := time.Now()
	for i := range 300 {
		s.append(0, now, fmt.Sprint(i), fmt.Sprintf("noise \x00\xff %d {", i))
	}
	s.ping("tag-1", now, inSchool)
	p := s.ready()
	s.says("breach inside school ann")
	s.drained()
	if n, err := p.Metric(s.ctx(), `cordon_rejects_total{reason="malformed"}`); err != nil || n != 300 {
		t.Errorf("%g rejects (%v)", n, err)
	}
}

func TestUse_demoShowsItsFirstAlertWithinAMinuteAndNeedsNoServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary(t), "demo", "--duration", "15s", "--listen", "127.0.0.1:0").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"breach", "first alert after", "pings"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in: %s", want, out)
		}
	}
}
