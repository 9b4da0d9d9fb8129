package stats

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"cordon/alerting"
	"cordon/geofence"
)

func london(t *testing.T) *time.Location {
	t.Helper()
	at, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func ms(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// stay is an episode to be told by alerts.
type stay struct {
	zone, activation string
	opened           string
	seconds          int64 // 0: still open
	suspicion        bool  // never confirmed
	retrospective    bool
}

// alerts tells the stay. Each has an identity of its own.
func (s stay) alerts(t *testing.T, n int) []*alerting.Alert {
	t.Helper()
	opened := alerting.Time(ms(t, s.opened))
	o := alerting.Opening{FixTime: int64(opened), Seq: uint64(n), HasSeq: true}
	alert := func(k alerting.Kind) *alerting.Alert {
		return &alerting.Alert{
			AlertID: alerting.AlertID(k, s.activation, s.zone, o, ""), EpisodeID: alerting.EpisodeID(s.activation, s.zone, o), Kind: k,
			ActivationID: s.activation, ZoneID: s.zone, OpenedFixTime: &opened, FixTime: &opened, Retrospective: s.retrospective, RuleRevision: "plain@1",
		}
	}
	if s.suspicion {
		return []*alerting.Alert{alert(alerting.BreachSuspected), alert(alerting.SuspicionCleared)}
	}
	told := []*alerting.Alert{alert(alerting.Breach)}
	if s.seconds > 0 {
		end, exit := alert(alerting.BreachEnded), opened+alerting.Time(1000*s.seconds)
		end.ExitFixTime = &exit
		told = append(told, end)
	}
	return told
}

func options(t *testing.T, by ...Dimension) Options {
	return Options{By: by, Location: london(t), Until: ms(t, "2026-05-01T00:00:00Z")}
}

func report(t *testing.T, o Options, register Register, stays ...stay) *Report {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	tally := NewTally(o)
	for i, s := range stays {
		for _, a := range s.alerts(t, i) {
			for range 2 { // a repeat counts once
				if !tally.Add(a) {
					t.Fatalf("refused %+v", a)
				}
			}
		}
	}
	return tally.Report(register, nil)
}

// line is a row as text: bucket, breaches, open, closed, suspicions, retrospective.
func (r *Row) line() string {
	return fmt.Sprintf("%s %s %s %s %s %s", r.Bucket, r.Breaches, r.Open, r.Closed, r.Suspicions, r.Retrospective)
}

func wantRows(t *testing.T, rows []*Row, want ...string) {
	t.Helper()
	var got []string
	for _, r := range rows {
		got = append(got, r.line())
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestReport_keepsBreachesSuspicionsAndRetrospectiveOnesApart(t *testing.T) {
	r := report(t, options(t, ByZone, ByKind), Register{Missing: "none here"},
		stay{zone: "a", opened: "2026-03-01T10:00:00Z", seconds: 60},
		stay{zone: "a", opened: "2026-03-01T11:00:00Z"},
		stay{zone: "b", opened: "2026-03-01T12:00:00Z", suspicion: true},
		stay{zone: "b", opened: "2026-03-01T13:00:00Z", seconds: 5, retrospective: true},
	)
	wantRows(t, []*Row{r.Total}, "all 2 1 1 1 1")
	wantRows(t, r.Tables[0].Rows, "a 2 1 1 0 0", "b 0 0 0 1 1")
	kinds := ""
	for _, row := range r.Tables[1].Rows {
		kinds += fmt.Sprintf("%s %s %s\n", row.Bucket, row.Alerts, row.Retrospective)
	}
	if want := "breach 2 1\nbreach_ended 1 1\nbreach_suspected 1 0\nsuspicion_cleared 1 0\n"; kinds != want {
		t.Errorf("kinds\n%s", kinds)
	}
	if r.NoRates != "none here" || r.Total.Rate != nil || r.Total.RateN != nil || r.Total.TagDays != nil {
		t.Errorf("rates without a register: %+v", r.Total)
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "1 of 2 breaches are still open") {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestReport_countsAConfirmedSuspicionOnceAndAsABreach(t *testing.T) {
	tally := NewTally(options(t))
	s := stay{zone: "a", opened: "2026-03-01T10:00:00Z", seconds: 60}
	suspected := s
	suspected.suspicion = true
	for _, a := range append(s.alerts(t, 1), suspected.alerts(t, 1)[0]) {
		tally.Add(a)
	}
	wantRows(t, []*Row{tally.Report(Register{Missing: "-"}, nil).Total}, "all 1 0 1 0 0")
}

func TestReport_dwellIsOfTheEndedBreachesOnly(t *testing.T) {
	var stays []stay
	for _, s := range []int64{100, 200, 300, 400, 0} {
		stays = append(stays, stay{zone: "a", opened: "2026-03-01T10:00:00Z", seconds: s})
	}
	stays = append(stays, stay{zone: "a", opened: "2026-03-01T10:00:00Z", seconds: 9999, retrospective: true})
	r := report(t, options(t), Register{Missing: "-"}, stays...).Total
	// Type 7 of 100, 200, 300, 400: positions 0.75, 1.5 and 2.25.
	if *r.DwellQ1S != 175 || *r.DwellMedianS != 250 || *r.DwellQ3S != 325 {
		t.Errorf("quartiles %g %g %g", *r.DwellQ1S, *r.DwellMedianS, *r.DwellQ3S)
	}
}

func TestReport_endingWithoutAnExitCountsToItsDecidedTime(t *testing.T) {
	tally := NewTally(options(t))
	told := (stay{zone: "a", opened: "2026-03-01T10:00:00Z", seconds: 60}).alerts(t, 1)
	decided := *told[1].OpenedFixTime + 90_000
	told[1].ExitFixTime, told[1].DecidedTime = nil, &decided
	tally.Add(told[1]) // in any order
	tally.Add(told[0])
	if got := *tally.Report(Register{Missing: "-"}, nil).Total.DwellMedianS; got != 90 {
		t.Errorf("dwell %g s", got)
	}
}

func TestReport_saysOfEndingsThatTheirOpeningIsGone(t *testing.T) {
	tally := NewTally(options(t))
	tally.Add((stay{zone: "a", opened: "2026-03-01T10:00:00Z", seconds: 60}).alerts(t, 1)[1])
	r := tally.Report(Register{Missing: "-"}, nil)
	wantRows(t, []*Row{r.Total}, "all 0 0 0 0 0")
	if !strings.Contains(r.Notes[0], "1 ending of breaches whose opening is not on the topic") {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestReport_putsAnEpisodeIntoTheBucketOfItsOpeningOnTheLocalClock(t *testing.T) {
	o := options(t, ByMonth, ByHour)
	o.From, o.To = ms(t, "2026-03-01T00:00:00Z"), ms(t, "2026-04-01T00:00:00Z")
	r := report(t, o, Register{Missing: "-"},
		stay{zone: "a", opened: "2026-02-28T23:59:59Z"}, // before the range
		stay{zone: "a", opened: "2026-03-01T00:00:00Z"},
		stay{zone: "a", opened: "2026-03-31T23:30:00Z"}, // April 00:30, British Summer Time
		stay{zone: "a", opened: "2026-04-01T00:00:00Z"}, // after it
	)
	wantRows(t, r.Tables[0].Rows, "2026-03 1 1 0 0 0", "2026-04 1 1 0 0 0")
	if rows := r.Tables[1].Rows; len(rows) != 24 || rows[0].Breaches.N != 2 {
		t.Errorf("hours: %d rows, the first %s", len(rows), rows[0].line())
	}
}

func activation(t *testing.T, id, fitted, removed string, cohorts ...string) geofence.Activation {
	a := geofence.Activation{ID: id, Fitted: ms(t, fitted), Removed: geofence.Always, Cohorts: cohorts}
	if removed != "" {
		a.Removed = ms(t, removed)
	}
	return a
}

func TestReport_countsTagDaysWithinRangeAndReading(t *testing.T) {
	o := options(t, ByCohort, ByMonth, ByHour)
	o.From = ms(t, "2026-03-29T00:00:00Z")
	o.Until = ms(t, "2026-04-02T00:00:00Z")
	register := Register{Activations: []geofence.Activation{
		activation(t, "1", "2026-01-01T00:00:00Z", "", "x", "y"),                // 4 days
		activation(t, "2", "2026-03-31T12:00:00Z", "2026-04-01T12:00:00Z", "x"), // 1 day
		activation(t, "3", "2026-03-30T00:00:00Z", "2026-03-30T06:00:00Z"),      // 1/4 day
		activation(t, "4", "2026-01-01T00:00:00Z", "2026-03-29T00:00:00Z", "z"), // over before
		activation(t, "5", "2026-05-01T00:00:00Z", "", "z"),                     // not yet
	}}
	r := report(t, o, register,
		stay{zone: "a", activation: "1", opened: "2026-03-30T10:00:00Z"},
		stay{zone: "a", activation: "9", opened: "2026-03-30T10:00:00Z"},
	)
	wantDays := func(rows []*Row, want map[string]float64) {
		t.Helper()
		for _, row := range rows {
			if math.Abs(*row.TagDays-want[row.Bucket]) > 1e-9 {
				t.Errorf("%s: %g tag-days, want %g", row.Bucket, *row.TagDays, want[row.Bucket])
			}
			delete(want, row.Bucket)
		}
		for bucket := range want {
			t.Errorf("no row %s", bucket)
		}
	}
	if *r.Total.TagDays != 5.25 || r.Total.RateN.N != 1 || r.Total.Breaches.N != 2 || math.Abs(*r.Total.Rate-1000/5.25) > 1e-9 {
		t.Errorf("%s: %s/%g", r.Total.line(), r.Total.RateN, *r.Total.TagDays)
	}
	wantDays(r.Tables[0].Rows, map[string]float64{"x": 5, "y": 4, "(no cohort)": 0.25, "(not registered)": 0})
	wantRows(t, r.Tables[0].Rows, "(no cohort) 0 0 0 0 0", "(not registered) 1 1 0 0 0", "x 1 1 0 0 0", "y 1 1 0 0 0")
	// The clock goes forward on 29 March: April begins at 23:00 UTC.
	wantDays(r.Tables[1].Rows, map[string]float64{"2026-03": 2 + 23./24 + 11./24 + 0.25, "2026-04": 1 + 1./24 + 13./24})
	hours := 0.0
	for _, row := range r.Tables[2].Rows {
		hours += *row.TagDays * 24
	}
	if math.Abs(hours-5.25*24) > 1e-6 {
		t.Errorf("the hours add up to %g, want %g", hours, 5.25*24)
	}
	if r.TagDaysFrom.String() != "2026-03-29T00:00:00.000Z" || r.TagDaysTo.String() != "2026-04-02T00:00:00.000Z" {
		t.Errorf("tag-days from %s to %s", r.TagDaysFrom, r.TagDaysTo)
	}
}

func TestReport_hourThatDoesNotExistHasNoTagDays(t *testing.T) {
	o := options(t, ByHour)
	register := Register{Activations: []geofence.Activation{activation(t, "1", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z")}}
	for _, row := range report(t, o, register).Tables[0].Rows {
		want := 1. / 24
		switch row.Bucket {
		case "01": // skipped on the local clock
			want = 0
		case "00": // of the 29th, and of the 30th, which begins at 23:00 UTC
			want = 2. / 24
		}
		if math.Abs(*row.TagDays-want) > 1e-9 {
			t.Errorf("hour %s: %g hours", row.Bucket, *row.TagDays*24)
		}
	}
}

func TestTally_refusesWhatIsNoAlert(t *testing.T) {
	tally := NewTally(options(t))
	for _, a := range []*alerting.Alert{{}, {AlertID: "short", Kind: alerting.Breach}, {AlertID: strings.Repeat("g", 32), Kind: alerting.Breach}} {
		if tally.Add(a) {
			t.Errorf("took %+v", a)
		}
	}
}

func TestReport_jsonKeepsItsShape(t *testing.T) {
	o := options(t, ByZone, ByKind)
	o.Suppress = 5
	register := Register{Activations: []geofence.Activation{activation(t, "1", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")}}
	var stays []stay
	for i := range 6 {
		stays = append(stays, stay{zone: "a", activation: "1", opened: "2026-03-01T10:00:00Z", seconds: int64(60 * (i + 1))})
	}
	first := alerting.Time(ms(t, "2026-03-01T10:00:01Z"))
	r := report(t, o, register, stays...)
	r.Read = []Read{{Partition: 0, Start: 3, End: 15, First: &first, Last: &first}}
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"until":"2026-05-01T00:00:00.000Z","timezone":"Europe/London","suppress":5,` +
		`"read":[{"partition":0,"start":3,"end":15,"first_time":"2026-03-01T10:00:01.000Z","last_time":"2026-03-01T10:00:01.000Z"}],` +
		`"rule_revisions":["plain@1"],"tag_days_from":"2026-03-01T00:00:00.000Z","tag_days_to":"2026-03-02T00:00:00.000Z",` +
		`"total":{"bucket":"all","breaches":6,"open":0,"closed":6,"dwell_q1_s":135,"dwell_median_s":210,"dwell_q3_s":285,"suspicions":0,"retrospective":0,"rate_n":6,"tag_days":1,"rate_per_1000_tag_days":6000},` +
		`"tables":[{"by":"zone","rows":[{"bucket":"a","breaches":6,"open":0,"closed":6,"dwell_q1_s":135,"dwell_median_s":210,"dwell_q3_s":285,"suspicions":0,"retrospective":0,"rate_n":6,"tag_days":1,"rate_per_1000_tag_days":6000}]},` +
		`{"by":"kind","rows":[{"bucket":"breach","alerts":6,"retrospective":0},{"bucket":"breach_ended","alerts":6,"retrospective":0}]}],`
	if !strings.HasPrefix(string(got), want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReport_csvHasTheSameWidthInEveryRow(t *testing.T) {
	r := report(t, options(t, Dimensions...), Register{Missing: "none, \"really\""}, stay{zone: "a,b", opened: "2026-03-01T10:00:00Z"})
	r.Read = []Read{{Partition: 1}}
	var b bytes.Buffer
	if err := r.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll() // refuses rows of another width
	if err != nil {
		t.Fatal(err)
	}
	if rows[1][0] != "total" || rows[1][3] != "1" {
		t.Errorf("%q", rows)
	}
}
