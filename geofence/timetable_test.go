package geofence

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, ok := parseInstant(s)
	if !ok {
		t.Fatalf("%q is not a time", s)
	}
	return at
}

func in(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := location(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func everyDay() [7]bool { return [7]bool{true, true, true, true, true, true, true} }

func on(days ...time.Weekday) (set [7]bool) {
	for _, d := range days {
		set[d] = true
	}
	return set
}

// hm is a time of day in minutes.
func hm(h, m int) int { return h*60 + m }

// In London the clock goes from 01:00 to 02:00 on 29 March 2026 (01:00 UTC) and from 02:00 to 01:00 on 25 October
// 2026 (01:00 UTC).
func TestZone_AppliesAt(t *testing.T) {
	night := Window{Days: on(time.Saturday), From: hm(22, 0), To: hm(6, 0)}
	tests := []struct {
		name    string
		windows []Window
		at      map[string]bool
	}{
		{"half-open", []Window{{everyDay(), hm(9, 0), hm(17, 0)}}, map[string]bool{
			"2026-01-05T08:59:59.999Z": false, "2026-01-05T09:00:00Z": true,
			"2026-01-05T16:59:59.999Z": true, "2026-01-05T17:00:00Z": false,
		}},
		{"local clock in summer", []Window{{everyDay(), hm(9, 0), hm(17, 0)}}, map[string]bool{
			"2026-07-05T07:59:59Z": false, "2026-07-05T08:00:00Z": true, "2026-07-05T16:00:00Z": false,
		}},
		{"past midnight belongs to the day it begins on", []Window{night}, map[string]bool{
			"2026-01-03T21:59:00Z": false, "2026-01-03T22:00:00Z": true, // Saturday
			"2026-01-04T05:59:00Z": true, "2026-01-04T06:00:00Z": false, "2026-01-04T22:00:00Z": false,
			"2026-01-03T05:00:00Z": false,
		}},
		{"to equal to from is a day", []Window{{on(time.Monday), hm(8, 0), hm(8, 0)}}, map[string]bool{
			"2026-01-05T07:59:00Z": false, "2026-01-05T08:00:00Z": true, // Monday
			"2026-01-06T07:59:00Z": true, "2026-01-06T08:00:00Z": false,
		}},
		{"a window in the skipped hour does not exist", []Window{{everyDay(), hm(1, 15), hm(1, 45)}}, map[string]bool{
			"2026-03-28T01:30:00Z": true, "2026-03-29T00:30:00Z": false, "2026-03-29T01:00:00Z": false,
			"2026-03-29T01:30:00Z": false, "2026-03-30T00:30:00Z": true,
		}},
		{"a window over the skipped hour is shorter", []Window{{everyDay(), hm(0, 30), hm(2, 30)}}, map[string]bool{
			"2026-03-29T00:30:00Z": true, "2026-03-29T00:59:59Z": true, "2026-03-29T01:00:00Z": true,
			"2026-03-29T01:29:59Z": true, "2026-03-29T01:30:00Z": false,
		}},
		{"a window in the repeated hour counts twice", []Window{{everyDay(), hm(1, 15), hm(1, 45)}}, map[string]bool{
			"2026-10-25T00:14:00Z": false, "2026-10-25T00:15:00Z": true, "2026-10-25T00:45:00Z": false,
			"2026-10-25T01:14:00Z": false, "2026-10-25T01:15:00Z": true, "2026-10-25T01:45:00Z": false,
		}},
		{"a night over the repeated hour is longer", []Window{night}, map[string]bool{
			"2026-10-24T20:59:00Z": false, "2026-10-24T21:00:00Z": true, // 22:00 BST
			"2026-10-25T05:59:00Z": true, "2026-10-25T06:00:00Z": false, // 06:00 GMT
		}},
	}
	for _, tt := range tests {
		z := &Zone{Schedule: tt.windows, Location: in(t, "Europe/London")}
		for at, want := range tt.at {
			if got := z.AppliesAt(instant(t, at).UnixMilli()); got != want {
				t.Errorf("%s: applies at %s is %v", tt.name, at, got)
			}
		}
	}
}

func TestZone_NextBoundary(t *testing.T) {
	london := in(t, "Europe/London")
	from, to := instant(t, "2026-01-01T00:00:00Z"), instant(t, "2027-01-01T00:00:00Z")
	tests := []struct {
		name        string
		zone        *Zone
		after, want string // want "": no boundary
	}{
		{"no timetable", &Zone{}, "2026-01-05T12:00:00Z", ""},
		{"begins", &Zone{ActiveFrom: from, ActiveTo: to}, "2025-06-01T00:00:00Z", "2026-01-01T00:00:00.000Z"},
		{"ends", &Zone{ActiveFrom: from, ActiveTo: to}, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00.000Z"},
		{"over", &Zone{ActiveFrom: from, ActiveTo: to}, "2027-01-01T00:00:00Z", ""},
		{"exception begins", &Zone{Exceptions: []Exception{{From: from, To: to}}}, "2025-06-01T00:00:00Z", "2026-01-01T00:00:00.000Z"},
		{"exception ends", &Zone{Exceptions: []Exception{{From: from, To: to}}}, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00.000Z"},
		{"exceptions that follow one another are one", &Zone{Exceptions: []Exception{
			{From: from, To: instant(t, "2026-05-01T00:00:00Z")}, {From: instant(t, "2026-05-01T00:00:00Z"), To: to},
		}}, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00.000Z"},
		{"exception to the end", &Zone{ActiveTo: to, Exceptions: []Exception{{From: from, To: to}}}, "2026-02-01T00:00:00Z", ""},
		{"a schedule of all hours", &Zone{Schedule: []Window{{everyDay(), 0, 0}}, Location: london}, "2026-01-05T12:00:00Z", ""},
		{"a schedule of all hours in two windows", &Zone{Schedule: []Window{{everyDay(), hm(8, 0), hm(20, 0)}, {everyDay(), hm(20, 0), hm(8, 0)}}, Location: london},
			"2026-01-05T12:00:00Z", ""},
		{"spring: straight to the end of a window that covers the gap", &Zone{Schedule: []Window{{everyDay(), hm(0, 30), hm(2, 30)}}, Location: london},
			"2026-03-29T00:30:00Z", "2026-03-29T01:30:00.000Z"},
		{"spring: a window that ends in the gap ends with it", &Zone{Schedule: []Window{{everyDay(), hm(0, 30), hm(1, 30)}}, Location: london},
			"2026-03-29T00:30:00Z", "2026-03-29T01:00:00.000Z"},
		{"spring: a window that begins in the gap begins after it", &Zone{Schedule: []Window{{everyDay(), hm(1, 30), hm(3, 0)}}, Location: london},
			"2026-03-28T12:00:00Z", "2026-03-29T01:00:00.000Z"},
		{"spring: a window in the gap waits a week", &Zone{Schedule: []Window{{on(time.Sunday), hm(1, 15), hm(1, 45)}}, Location: london},
			"2026-03-23T00:00:00Z", "2026-04-05T00:15:00.000Z"},
		{"spring: a window to the gap and one from it on touch", &Zone{Schedule: []Window{{everyDay(), hm(0, 30), hm(1, 0)}, {everyDay(), hm(2, 0), hm(3, 0)}}, Location: london},
			"2026-03-29T00:30:00Z", "2026-03-29T02:00:00.000Z"},
		{"autumn: the first time round", &Zone{Schedule: []Window{{everyDay(), hm(1, 15), hm(1, 45)}}, Location: london},
			"2026-10-25T00:15:00Z", "2026-10-25T00:45:00.000Z"},
		{"autumn: the second time round", &Zone{Schedule: []Window{{everyDay(), hm(1, 15), hm(1, 45)}}, Location: london},
			"2026-10-25T00:45:00Z", "2026-10-25T01:15:00.000Z"},
		{"autumn: a window ends, and its end is repeated", &Zone{Schedule: []Window{{everyDay(), hm(0, 0), hm(1, 30)}}, Location: london},
			"2026-10-25T00:30:00Z", "2026-10-25T01:00:00.000Z"},
	}
	for _, tt := range tests {
		at, ok := tt.zone.NextBoundary(instant(t, tt.after).UnixMilli())
		got := ""
		if ok {
			got = time.UnixMilli(at).UTC().Format(timeLayout)
		}
		if got != tt.want {
			t.Errorf("%s: after %s comes %q, want %q", tt.name, tt.after, got, tt.want)
		}
	}
}
