package scenario

import (
	"slices"
	"testing"
	"time"
)

func TestTimetable_localClock(t *testing.T) {
	from, to := ms(t, "2026-03-20T00:00:00Z"), ms(t, "2026-11-10T00:00:00Z")
	table := func(zone, days, start, end string) *timetable {
		d := zoneTimes{Timezone: zone, Schedule: []window{{Days: []string{days}, From: start, To: end}}}
		if days == "all" {
			d.Schedule[0].Days = allDays
		}
		tt, err := newTimetable(d, newWeeks(from, to))
		if err != nil {
			t.Fatal(err)
		}
		return tt
	}
	for _, c := range []struct {
		what  string
		table *timetable
		flips []string // all between the first and the last
	}{
		{"summer and winter", table("Europe/London", "sat", "09:00", "10:00"), []string{
			"2026-03-21T09:00:00Z", "2026-03-21T10:00:00Z", "2026-03-28T09:00:00Z", "2026-03-28T10:00:00Z",
			"2026-04-04T08:00:00Z", "2026-04-04T09:00:00Z",
		}},
		{"past midnight, named by the day it begins", table("Europe/London", "fri", "22:00", "02:00"), []string{
			"2026-10-23T21:00:00Z", "2026-10-24T01:00:00Z", "2026-10-30T22:00:00Z", "2026-10-31T02:00:00Z",
		}},
		{"a skipped hour does not exist", table("Europe/London", "sun", "00:30", "01:30"), []string{
			"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-04-04T23:30:00Z",
		}},
		{"a repeated hour counts twice", table("Europe/London", "sun", "01:15", "01:45"), []string{
			"2026-10-25T00:15:00Z", "2026-10-25T00:45:00Z", "2026-10-25T01:15:00Z", "2026-10-25T01:45:00Z",
		}},
		{"half an hour of change", table("Australia/Lord_Howe", "sun", "01:40", "03:00"), []string{
			"2026-10-03T15:10:00Z", "2026-10-03T16:00:00Z",
		}},
		{"every hour", table("Europe/London", "all", "00:00", "00:00"), nil},
	} {
		if len(c.flips) == 0 {
			if len(c.table.flips) != 0 {
				t.Errorf("%s: %v", c.what, c.table.flips)
			}
			continue
		}
		first, last := ms(t, c.flips[0]), ms(t, c.flips[len(c.flips)-1])
		var got []string
		for _, b := range c.table.flips {
			if first <= b && b <= last {
				got = append(got, time.UnixMilli(b).UTC().Format(time.RFC3339))
			}
		}
		if !slices.Equal(got, c.flips) {
			t.Errorf("%s: %v, want %v", c.what, got, c.flips)
		}
		if !c.table.applies(first) || c.table.applies(first-1) {
			t.Errorf("%s: not half-open at %s", c.what, c.flips[0])
		}
	}
}

func TestTimetable_exceptionsAndActivity(t *testing.T) {
	tt, err := newTimetable(zoneTimes{
		ActiveFrom: "2026-11-25T10:00:00Z", ActiveTo: "2026-11-25T14:00:00Z",
		Exceptions: []exception{{"2026-11-25T11:00:00Z", "2026-11-25T12:00:00Z"}, {"2026-11-25T12:00:00Z", "2026-11-25T12:30:00Z"}},
	}, newWeeks(noon-day, noon+day))
	if err != nil {
		t.Fatal(err)
	}
	want := []int64{mins(-120), mins(-60), mins(30), mins(120)}
	if !slices.Equal(tt.flips, want) {
		t.Errorf("%v, want %v", tt.flips, want)
	}
	if got := tt.ceases(mins(-100), mins(500)); got != mins(-60) {
		t.Errorf("ceases at %v", got)
	}
	if got := tt.ceases(mins(-50), mins(100)); got != mins(100) {
		t.Errorf("ceases at %v", got)
	}
}

func ms(t *testing.T, s string) int64 {
	t.Helper()
	v, err := parseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
