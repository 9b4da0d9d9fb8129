package scenario

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"
	_ "time/tzdata" // the answer must not depend on the machine's zone files
)

const (
	minute = int64(60_000)
	day    = 24 * 60 * minute
)

// zoneTimes are the properties of a zone's Feature that say when it applies.
type zoneTimes struct {
	ActiveFrom string      `json:"active_from"`
	ActiveTo   string      `json:"active_to"`
	Schedule   []window    `json:"schedule"`
	Timezone   string      `json:"timezone"`
	Exceptions []exception `json:"exceptions"`
}

type window struct {
	Days []string `json:"days"`
	From string   `json:"from"`
	To   string   `json:"to"`
}

type exception struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// span is half-open.
type span struct{ from, to int64 }

// timetable says when a zone applies.
type timetable struct {
	active     span
	exceptions []span
	week       *week   // nil: at any hour
	flips      []int64 // the instants at which the answer changes, ascending
}

func newTimetable(d zoneTimes, all *weeks) (*timetable, error) {
	if d.ActiveFrom == "" && d.ActiveTo == "" && len(d.Schedule) == 0 && len(d.Exceptions) == 0 {
		return nil, nil
	}
	t := &timetable{active: span{math.MinInt64, forever}}
	var err error
	if d.ActiveFrom != "" {
		if t.active.from, err = parseTime(d.ActiveFrom); err != nil {
			return nil, err
		}
	}
	if d.ActiveTo != "" {
		if t.active.to, err = parseTime(d.ActiveTo); err != nil {
			return nil, err
		}
	}
	for _, e := range d.Exceptions {
		var s span
		if s.from, err = parseTime(e.From); err != nil {
			return nil, err
		}
		if s.to, err = parseTime(e.To); err != nil {
			return nil, err
		}
		t.exceptions = append(t.exceptions, s)
	}
	if len(d.Schedule) > 0 {
		if t.week, err = all.read(d.Schedule, cmp.Or(d.Timezone, "Europe/London")); err != nil {
			return nil, err
		}
	}
	t.findFlips()
	return t, nil
}

func (t *timetable) applies(at int64) bool {
	if at < t.active.from || at >= t.active.to {
		return false
	}
	if slices.ContainsFunc(t.exceptions, func(e span) bool { return e.from <= at && at < e.to }) {
		return false
	}
	return t.week == nil || t.week.open(at)
}

// findFlips keeps of all the ends of all spans those at which the answer changes: two windows that touch have no boundary between them.
func (t *timetable) findFlips() {
	candidates := []int64{t.active.from, t.active.to}
	for _, e := range t.exceptions {
		candidates = append(candidates, e.from, e.to)
	}
	if t.week != nil {
		candidates = append(candidates, t.week.flips...)
	}
	slices.Sort(candidates)
	for _, b := range slices.Compact(candidates) {
		if b != math.MinInt64 && b != forever && t.applies(b-1) != t.applies(b) {
			t.flips = append(t.flips, b)
		}
	}
}

// next returns the first boundary after the instant.
func (t *timetable) next(after int64) int64 {
	i, _ := slices.BinarySearch(t.flips, after+1)
	if i == len(t.flips) {
		return forever
	}
	return t.flips[i]
}

// ceases returns the first instant in (after, upTo] at which the zone ceases to apply, or upTo.
func (t *timetable) ceases(after, upTo int64) int64 {
	for b := t.next(after); b <= upTo; b = t.next(b) {
		if !t.applies(b) {
			return b
		}
	}
	return upTo
}

// week is a weekly schedule on a local clock.
type week struct {
	location *time.Location
	rows     []row
	flips    []int64
}

type row struct {
	days     [7]bool
	from, to int // minutes after midnight
}

// open asks the local clock: a skipped hour is never shown, a repeated one is shown twice.
func (w *week) open(at int64) bool {
	local := time.UnixMilli(at).In(w.location)
	now, today := local.Hour()*60+local.Minute(), int(local.Weekday())
	yesterday := (today + 6) % 7
	return slices.ContainsFunc(w.rows, func(r row) bool {
		if r.from < r.to {
			return r.days[today] && r.from <= now && now < r.to
		}
		return r.days[today] && now >= r.from || r.days[yesterday] && now < r.to
	})
}

// weeks remembers what was worked out minute by minute for a schedule, since many zones share one.
type weeks struct {
	from, to int64
	known    map[string]*week
}

func newWeeks(from, to int64) *weeks {
	return &weeks{from: from - from%minute, to: to, known: map[string]*week{}}
}

func (all *weeks) read(windows []window, zone string) (*week, error) {
	text, err := json.Marshal(windows)
	if err != nil {
		return nil, err
	}
	key := zone + string(text)
	if w := all.known[key]; w != nil {
		return w, nil
	}
	w := &week{}
	if w.location, err = time.LoadLocation(zone); err != nil {
		return nil, err
	}
	for _, d := range windows {
		r, err := readRow(d)
		if err != nil {
			return nil, err
		}
		w.rows = append(w.rows, r)
	}
	before := w.open(all.from - 1)
	for t := all.from; t < all.to; t += minute {
		if now := w.open(t); now != before {
			w.flips, before = append(w.flips, t), now
		}
	}
	all.known[key] = w
	return w, nil
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func readRow(d window) (row, error) {
	var r row
	for _, name := range d.Days {
		i := slices.Index(dayNames, name)
		if i < 0 {
			return r, fmt.Errorf("schedule: no day is called %q", name)
		}
		r.days[i] = true
	}
	var err error
	if r.from, err = readClock(d.From); err != nil {
		return r, err
	}
	r.to, err = readClock(d.To)
	return r, err
}

func readClock(s string) (int, error) {
	var h, m int
	if _, err := fmt.Sscanf(s, "%d:%d", &h, &m); err != nil {
		return 0, fmt.Errorf("schedule: %q is not HH:MM: %w", s, err)
	}
	return h*60 + m, nil
}
