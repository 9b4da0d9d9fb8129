package scenario

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const wireLayout = "2006-01-02T15:04:05.000Z"

func wire(ms int64) string { return time.UnixMilli(ms).UTC().Format(wireLayout) }

var timezones = []string{"", "", "", "Europe/London", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"}

var allDays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// drawTimes gives some zones a timetable with a boundary within the run.
func (s *Scenario) drawTimes(r *rand.Rand, z *drawnZone) {
	c := s.config
	within := func() int64 { return c.start() + r.Int64N(c.end()-c.start()) }
	switch r.IntN(12) {
	case 0:
		z.times = drawWeek(r, within(), 1)
	case 1:
		z.times = drawWeek(r, within(), 2)
	case 2:
		z.times.ActiveFrom = wire(within())
	case 3:
		z.times.ActiveTo = wire(within())
	case 4:
		z.times = drawWeek(r, within(), 1)
		z.times.Exceptions = s.drawExceptions(r, within)
	case 5:
		z.times.Exceptions = s.drawExceptions(r, within)
	case 6:
		if r.IntN(4) == 0 { // applies at every hour, in a roundabout way
			z.times.Schedule = []window{{Days: allDays, From: "00:00", To: "00:00"}}
		}
	}
}

func (s *Scenario) drawExceptions(r *rand.Rand, within func() int64) []exception {
	var list []exception
	for range 1 + r.IntN(2) {
		from := within()
		list = append(list, exception{wire(from), wire(from + (10+r.Int64N(80))*s.config.unit())})
	}
	return list
}

// drawWeek makes a schedule of which one window begins or ends at the instant, to the minute.
func drawWeek(r *rand.Rand, at int64, windows int) zoneTimes {
	t := zoneTimes{Timezone: timezones[r.IntN(len(timezones))]}
	location, err := time.LoadLocation(t.Timezone)
	if t.Timezone == "" || err != nil {
		location, _ = time.LoadLocation("Europe/London") // built in
	}
	local := time.UnixMilli(at).In(location)
	edge := local.Hour()*60 + local.Minute()
	for range windows {
		length := 20 + r.IntN(10*60)
		from, to := edge, edge+length
		if r.IntN(2) == 0 {
			from, to = edge-length, edge
		}
		t.Schedule = append(t.Schedule, window{Days: drawDays(r, local), From: clockText(from), To: clockText(to)})
		edge += length/2 + r.IntN(300) // the second may overlap the first, or not
	}
	return t
}

func clockText(minutes int) string {
	minutes = (minutes + 2*24*60) % (24 * 60)
	return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
}

// drawDays names all days, or the day and those beside it.
func drawDays(r *rand.Rand, local time.Time) []string {
	if r.IntN(2) == 0 {
		return allDays
	}
	today := int(local.Weekday())
	return []string{dayNames[(today+6)%7], dayNames[today], dayNames[(today+1)%7]}
}
