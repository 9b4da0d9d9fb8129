package geofence

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// timetable reads when the zone applies.
func (o object) timetable(z *Zone) {
	before := len(o.problems)
	z.ActiveFrom, z.ActiveTo = o.instant("active_from"), o.instant("active_to")
	if !z.ActiveFrom.IsZero() && !z.ActiveTo.IsZero() && !z.ActiveFrom.Before(z.ActiveTo) {
		o.refuse("put active_from before active_to", "active_from is not before active_to")
	}
	z.Location = o.timezone()
	z.Schedule = o.schedule()
	z.Exceptions = o.exceptions()
	if z.Overlong() && !o.stored {
		o.refuse(fmt.Sprintf("give the zone at most %d windows and exceptions together: one window can name several days, and past exceptions can be removed", MaxTimes),
			"schedule and exceptions have %d windows and exceptions", len(z.Schedule)+len(z.Exceptions))
	}
	if len(o.problems) == before && z.neverApplies() {
		o.refuse("check active_from, active_to, schedule and exceptions against each other", "the timetable never applies")
	}
}

// MaxTimes is the greatest number of windows and exceptions together of a zone that is imported.
const MaxTimes = 1000

// Overlong reports whether the zone has more windows and exceptions than an import accepts. A zone that was stored before
// the limit existed stays in force.
func (z *Zone) Overlong() bool { return len(z.Schedule)+len(z.Exceptions) > MaxTimes }

// neverApplies reports whether there is no instant at which the zone applies. A weekly schedule without a beginning
// has applied at some time, whatever exceptions there are.
func (z *Zone) neverApplies() bool {
	if z.ActiveFrom.IsZero() {
		return false
	}
	_, ok := newTimetable(z).begins(z.ActiveFrom.UnixMilli())
	return !ok
}

func (o object) timezone() *time.Location {
	name := o.text("timezone")
	if _, ok := o.get("timezone"); !ok {
		name = defaultTimezone
	}
	loc, err := location(name)
	if err != nil {
		o.refuse("use an IANA name such as "+defaultTimezone, "timezone is not known")
	}
	return loc
}

// locations remembers the time zones that were read: a store has many zones and few time zones, and LoadLocation reads
// its database anew each time.
var locations sync.Map // name → *time.Location

func location(name string) (*time.Location, error) {
	if loc, ok := locations.Load(name); ok {
		return loc.(*time.Location), nil
	}
	if name == "" || name == "Local" { // these LoadLocation takes for UTC and for the machine's own
		return nil, fmt.Errorf("geofence: unknown time zone %q", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	kept, _ := locations.LoadOrStore(name, loc)
	return kept.(*time.Location), nil
}

// dayNames are the days of a window as they are written, by time.Weekday.
func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func (o object) schedule() []Window {
	items, ok := o.list("schedule")
	if !ok {
		return nil
	}
	if len(items) == 0 {
		o.refuse("leave schedule out for a zone that always applies", "schedule is empty: the timetable never applies")
	}
	var windows []Window
	for i, raw := range items {
		in, ok := o.object(raw, fmt.Sprintf("schedule[%d]", i))
		if !ok {
			continue
		}
		in.path = fmt.Sprintf("schedule[%d].", i)
		in.only("days", "from", "to")
		windows = append(windows, Window{Days: in.days(), From: in.clock("from"), To: in.clock("to")})
	}
	return windows
}

func (o object) days() (days [7]bool) {
	const remedy = `list them as "mon", "tue", "wed", "thu", "fri", "sat", "sun"`
	items, ok := o.list("days")
	if _, present := o.get("days"); !present || ok && len(items) == 0 {
		o.refuse(remedy, "%sdays names no day: the timetable never applies", o.path)
	}
	for i, raw := range items {
		var name string
		day := -1
		if json.Unmarshal(raw, &name) == nil {
			day = slices.Index(dayNames(), name)
		}
		if day < 0 {
			o.refuse(remedy, "%sdays[%d] is not a day", o.path, i)
			continue
		}
		days[day] = true
	}
	return days
}

// clock reads a time of day as minutes after midnight.
func (o object) clock(key string) int {
	s := o.text(key)
	digit := func(i int) int { return int(s[i]) - '0' }
	if len(s) == 5 && s[2] == ':' && digits(s[:2]) && digits(s[3:]) {
		if h, m := digit(0)*10+digit(1), digit(3)*10+digit(4); h < 24 && m < 60 {
			return h*60 + m
		}
	}
	o.refuse(`write "HH:MM" from 00:00 to 23:59; a window to midnight ends at 00:00`, "%s%s is not a time of day", o.path, key)
	return 0
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func (o object) exceptions() []Exception {
	items, _ := o.list("exceptions")
	var exceptions []Exception
	for i, raw := range items {
		in, ok := o.object(raw, fmt.Sprintf("exceptions[%d]", i))
		if !ok {
			continue
		}
		in.path = fmt.Sprintf("exceptions[%d].", i)
		in.correct([]string{"from", "to", "reason"})
		before := len(in.problems)
		e := Exception{From: in.instant("from"), To: in.instant("to"), Reason: in.text("reason")}
		if len(in.problems) == before && (e.From.IsZero() || !e.From.Before(e.To)) {
			in.refuse("give both, from before to", "%sfrom is not before to", in.path)
		}
		exceptions = append(exceptions, e)
	}
	return exceptions
}
