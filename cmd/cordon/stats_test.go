package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cordon/alerting"
	"cordon/alerting/stats"
)

// someBreaches publishes 8 breaches of two wearers, of which 6 ended after a minute, each alert twice.
func someBreaches(s *kafkaShell) {
	for i := range 8 {
		wearer := fmt.Sprint("w", i%2+1)
		r := breachRecord(alerting.Breach, wearer, i)
		s.publish("cordon.alerts", r, r)
		if i < 6 {
			r := breachRecord(alerting.BreachEnded, wearer, i)
			s.publish("cordon.alerts", r, r)
		}
	}
}

func TestStats_countsDistinctAlertsAndTakesTagDaysFromTheRegister(t *testing.T) {
	s := newKafkaShell(t).withTopics(3)
	someBreaches(s)
	s.in = `{"wearer_id":"w1","device_id":"tag-w1","activation_id":"act-w1","fitted_time":"2026-02-20T00:00:00Z","removed_time":"2026-03-03T00:00:00Z","cohorts":["a","b"]}
{"wearer_id":"w2","device_id":"tag-w2","activation_id":"act-w2","fitted_time":"2026-03-01T12:00:00Z","removed_time":"2026-03-02T00:00:00Z"}
`
	s.run(exitDone, "wearers", "import", "-")
	out, _ := s.run(exitDone, "stats", "--from", "2026-03-01", "--by", "cohort,hour,kind", "--suppress", "0", "--format", "json")
	var r readReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if l := r.Total; l.Breaches != 8 || l.Open != 2 || l.DwellMedianS != 60 || l.RateN != 8 || l.TagDays != 2.5 {
		t.Errorf("%s", out)
	}
	if len(r.Read) != 3 || r.RuleRevisions[0] != "plain@1" {
		t.Errorf("%s", out)
	}
	s.wants(out, `"bucket": "a"`, `"bucket": "(no cohort)"`, `"bucket": "10"`, `"bucket": "breach_ended"`)
}

// readReport is what a reader of the JSON takes from it.
type readReport struct {
	Total struct {
		Breaches     int     `json:"breaches"`
		Open         int     `json:"open"`
		RateN        int     `json:"rate_n"`
		DwellMedianS float64 `json:"dwell_median_s"`
		TagDays      float64 `json:"tag_days"`
	} `json:"total"`
	Read          []stats.Read `json:"read"`
	RuleRevisions []string     `json:"rule_revisions"`
}

func TestStats_goesOnWithoutARegisterAndSaysWhy(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	someBreaches(s)
	out, _ := s.run(exitDone, "stats", "--redis-url", "redis://127.0.0.1:1")
	s.wants(out, "There are no rates", "is it running", "plain@1", "offsets 0 to before 28", "2026-03-01T10:00:00.000Z")
	out, _ = s.run(exitDone, "stats")
	s.wants(out, "There are no rates: the register is empty", "wearers import")
	if strings.Contains(out, "/0.0") {
		t.Errorf("a rate without a register:\n%s", out)
	}
}

func TestStats_csvIsOneTableThatSaysWhereItComesFrom(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	someBreaches(s)
	s.publish("cordon.alerts", outgoing{value: []byte("{}")})
	out, errs := s.run(exitDone, "stats", "--by", "zone,month", "--format", "csv")
	s.wants(errs, "1 record of cordon.alerts could not be read")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]string{}
	for _, r := range rows {
		cells[r[0]] = r[1] + "|" + r[3] + "|" + r[4]
	}
	for by, want := range map[string]string{"total": "all|8|*", "zone": "zone-1|8|*", "month": "2026-03|8|*", "rules": "plain@1||"} {
		if cells[by] != want {
			t.Errorf("%s is %q, want %q", by, cells[by], want)
		}
	}
	s.wants(cells["read"], "offsets 0 to before 29")
}
