package geofence

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// season is a span of days in which the local clock of a time zone does something unusual.
type season struct {
	timezone string
	from     string
}

// In each season two weeks begin in which the clock jumps: by an hour, by half an hour (Lord Howe), by a whole day (Apia, which
// had no 30 December 2011), by two hours (Troll), or by an odd number of seconds (Monrovia in 1972). Casablanca changes around
// Ramadan, Kathmandu never. 2028 and 2096 are leap years that are decided by the rule of a time zone and not by its list of changes.
var seasons = []season{
	{"Europe/London", "2026-03-20"}, {"Europe/London", "2026-10-19"}, {"Europe/London", "2028-12-22"}, {"Europe/London", "2096-12-24"},
	{"Europe/London", "2099-12-25"}, {"Europe/London", "1969-12-25"}, {"Europe/London", "2100-03-24"},
	{"America/New_York", "2026-03-02"}, {"America/New_York", "2027-10-30"},
	{"Australia/Lord_Howe", "2026-03-30"}, {"Australia/Lord_Howe", "2026-09-28"}, {"Australia/Lord_Howe", "2040-12-22"},
	{"Pacific/Apia", "2011-12-22"}, {"Antarctica/Troll", "2026-03-20"}, {"Africa/Casablanca", "2026-02-10"},
	{"Africa/Monrovia", "1971-12-30"}, {"Asia/Kathmandu", "2026-01-01"}, {"UTC", "2026-01-01"},
}

// drawTimetable draws a zone with a timetable that is about the season, and the instant at which that begins.
func drawTimetable(rt *rapid.T, t *testing.T) (*Zone, int64) {
	s := rapid.SampledFrom(seasons).Draw(rt, "season")
	z := &Zone{Location: in(t, s.timezone)}
	begin := instant(t, s.from+"T00:00:00Z").UnixMilli()
	times := rapid.Custom(func(rt *rapid.T) int { // mostly of a few whole hours, so that windows touch
		return rapid.OneOf(rapid.Map(rapid.IntRange(0, 5), func(h int) int { return 60 * h }), rapid.IntRange(0, dayMinutes-1)).Draw(rt, "minute")
	})
	for range rapid.IntRange(0, 5).Draw(rt, "windows") {
		w := Window{From: times.Draw(rt, "from"), To: times.Draw(rt, "to")}
		for d := range w.Days {
			w.Days[d] = rapid.Bool().Draw(rt, "day")
		}
		z.Schedule = append(z.Schedule, w)
	}
	moment := func(label string) time.Time {
		ms := begin + int64(rapid.IntRange(0, 14*24*4).Draw(rt, label))*15*minute
		return time.UnixMilli(ms + int64(rapid.SampledFrom([]int{0, 0, 0, 1, 59_999}).Draw(rt, "ms"))).UTC()
	}
	for range rapid.IntRange(0, 6).Draw(rt, "exceptions") {
		from := moment("exception")
		z.Exceptions = append(z.Exceptions, Exception{From: from, To: from.Add(time.Duration(rapid.SampledFrom([]int{1, 15, 60, 600, 5000}).Draw(rt, "length")) * time.Minute)})
	}
	if rapid.IntRange(0, 2).Draw(rt, "bounded") == 0 {
		z.ActiveFrom = moment("active from")
	}
	if rapid.IntRange(0, 2).Draw(rt, "bounded") == 0 {
		z.ActiveTo = moment("active to") // before ActiveFrom, now and then
	}
	return z, begin
}

// sameTimes compares what a zone and its rival say at an instant, and returns the boundary after it.
func sameTimes(rt rapid.TB, z *Zone, ms int64) (int64, bool) {
	rival := slow{z}
	if got, want := z.AppliesAt(ms), rival.appliesAt(ms); got != want {
		rt.Fatalf("applies at %v: %v, the rival says %v", time.UnixMilli(ms).UTC(), got, want)
	}
	at, ok := z.NextBoundary(ms)
	want, wantOK := rival.nextBoundary(ms)
	if at != want || ok != wantOK {
		rt.Fatalf("after %v comes %v (%v), the rival finds %v (%v)", time.UnixMilli(ms).UTC(), time.UnixMilli(at).UTC(), ok, time.UnixMilli(want).UTC(), wantOK)
	}
	return at, ok
}

func TestZone_timetableSaysWhatLookingAtEveryWindowSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		z, begin := drawTimetable(rt, t)
		ms := begin + int64(rapid.IntRange(-int(2*dayMinutes*minute), int(14*dayMinutes*minute)).Draw(rt, "instant"))
		for range 40 { // from boundary to boundary, with the ms before and after each
			next, ok := sameTimes(rt, z, ms)
			if !ok {
				return
			}
			sameTimes(rt, z, next-1)
			sameTimes(rt, z, next+1)
			ms = next
		}
	})
}

// The rival takes up to 50 ms for a question to a zone like this.
func TestZone_timetableNearTheLimitSaysWhatLookingAtEveryWindowSays(t *testing.T) {
	begin := instant(t, "2026-10-20T00:00:00Z").UnixMilli()
	for name, z := range map[string]*Zone{"windows": everySecondMinute(1000), "windows and exceptions": halfAndHalf(t)} {
		rng := rand.New(rand.NewPCG(1, 2))
		for range 12 {
			sameTimes(t, z, begin+rng.Int64N(weekLong))
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// everySecondMinute returns a zone with n windows of one minute, one minute apart.
func everySecondMinute(windows int) *Zone {
	z := &Zone{Location: time.UTC}
	for i := range windows {
		from := 2 * i % dayMinutes
		z.Schedule = append(z.Schedule, Window{Days: on(time.Weekday(2 * i / dayMinutes)), From: from, To: from + 1})
	}
	return z
}

// halfAndHalf is a zone of 500 windows, each at another time of one day, and 500 exceptions that begin in them.
func halfAndHalf(t testing.TB) *Zone {
	z := &Zone{Location: in(t, "Europe/London")}
	for i := range MaxTimes / 2 {
		from := 2 * i
		z.Schedule = append(z.Schedule, Window{Days: everyDay(), From: from, To: from + 1})
		began := instant(t, "2026-10-20T00:00:30Z").Add(time.Duration(i) * 14 * time.Minute)
		z.Exceptions = append(z.Exceptions, Exception{From: began, To: began.Add(time.Minute)})
	}
	return z
}

func TestZone_timetableOfAYearOfExceptionsFindsTheDayOnWhichItApplies(t *testing.T) {
	z := &Zone{Location: time.UTC, Schedule: []Window{{everyDay(), hm(9, 0), hm(10, 0)}}}
	for i := range 900 { // one in each night, and one on each morning but the last
		night := instant(t, "2026-01-01T00:00:00Z").AddDate(0, 0, i/2)
		if i%2 == 1 {
			night = night.Add(9 * time.Hour)
		}
		z.Exceptions = append(z.Exceptions, Exception{From: night, To: night.Add(time.Hour)})
	}
	last := z.Exceptions[899]
	z.Exceptions = z.Exceptions[:899]
	at, ok := z.NextBoundary(instant(t, "2025-12-31T12:00:00Z").UnixMilli())
	if !ok || at != last.From.UnixMilli() {
		t.Errorf("applies from %v (%v), want %v", time.UnixMilli(at).UTC(), ok, last.From)
	}
	if n := len(z.timetable().pauses); n != 1 {
		t.Errorf("%d pauses, between which the zone never applies", n)
	}
}

func TestZone_lastDayOfALeapYearHasAnEnd(t *testing.T) {
	z := &Zone{Location: in(t, "Europe/London"), Schedule: []Window{{everyDay(), hm(9, 0), hm(17, 0)}}}
	for _, year := range []int{2028, 2040, 2096, 2104} {
		noon := time.Date(year, 12, 31, 12, 0, 0, 0, time.UTC)
		if at, ok := z.NextBoundary(noon.UnixMilli()); !ok || at != noon.Add(5*time.Hour).UnixMilli() {
			t.Errorf("after %v comes %v, %v", noon, time.UnixMilli(at).UTC(), ok)
		}
	}
}

func TestOffsets_areThoseOfThePackageTime(t *testing.T) {
	for _, s := range seasons {
		o := offsetsOf(in(t, s.timezone))
		rapid.Check(t, func(rt *rapid.T) {
			ms := rapid.Int64Range(-3*tableEnd/2, 3*tableEnd/2).Draw(rt, "instant")
			ahead, until := o.at(ms)
			for _, at := range []int64{ms, until - 1} {
				if at == Always-1 {
					continue
				}
				if _, seconds := time.UnixMilli(at).In(o.location).Zone(); int64(seconds)*1000 != ahead {
					rt.Fatalf("%s at %v: %d ms, want %d s", s.timezone, time.UnixMilli(at).UTC(), ahead, seconds)
				}
			}
			if until <= ms {
				rt.Fatalf("%s: from %d until %d", s.timezone, ms, until)
			}
		})
	}
	if end := time.UnixMilli(tableEnd).UTC(); !end.Equal(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the table ends at %v", end)
	}
}

func TestZone_timetableIsNotMadeUntilItIsAskedAbout(t *testing.T) {
	z := wardOf("ann", 1)
	z.Schedule = []Window{{everyDay(), hm(9, 0), hm(17, 0)}}
	v, at := NewView([]ZoneRevision{packedRevision(z, 1)}, nil), middle()
	found := v.Bound("ann", nil).Near(nil, &at, 50, 9)
	if len(found) != 1 || found[0].Zone().times.Load() != nil {
		t.Fatalf("%d zones, or one whose timetable is made already", len(found))
	}
	noon := instant(t, "2026-01-05T12:00:00Z").UnixMilli()
	if !found[0].Zone().AppliesAt(noon) || found[0].Zone().times.Load() == nil {
		t.Error("the timetable was not kept")
	}
	shared := &Zone{ID: "z", Audience: Audience{Everyone: true}, Schedule: z.Schedule, Shape: z.Shape, Location: time.UTC}
	NewView([]ZoneRevision{{ID: "z", Number: 1, Zone: shared}}, nil)
	if shared.times.Load() == nil {
		t.Error("the timetable of a zone for everyone was left to the first ping")
	}
}

func TestZone_timetableAllocatesNothing(t *testing.T) {
	z, ms := halfAndHalf(t), instant(t, "2026-10-21T00:00:00Z").UnixMilli()
	if n := testing.AllocsPerRun(1000, func() { z.AppliesAt(ms); z.NextBoundary(ms); ms += 12_345_678 }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestZone_CloneCopiesEverything(t *testing.T) {
	z := &Zone{ID: "z", Kind: Inclusion, Name: "x", Audience: Audience{Everyone: true}, Shape: Shape{Radius: 1}, BufferM: 2,
		ActiveFrom: time.UnixMilli(1), ActiveTo: time.UnixMilli(2), Schedule: make([]Window, 1), Location: time.UTC,
		Exceptions: make([]Exception, 1), Severity: Info, Rule: "r", Revision: 3}
	z.AppliesAt(1)
	c := z.Clone()
	if c.times.Load() != nil {
		t.Error("a copy that may be changed has the timetable of the zone")
	}
	z.times.Store(nil)
	if !reflect.DeepEqual(c, z) {
		t.Errorf("copied %+v of %+v", c, z)
	}
	fields := reflect.TypeFor[Zone]()
	for i := range fields.NumField() {
		if f := fields.Field(i); f.IsExported() && reflect.ValueOf(c).Elem().Field(i).IsZero() {
			t.Errorf("%s is not tested", f.Name)
		}
	}
}

// withTimes is the text of a zone with so many windows and so many exceptions.
func withTimes(windows, exceptions int) string {
	w := slices.Repeat([]string{`{"days":["mon"],"from":"08:00","to":"09:00"}`}, windows)
	e := slices.Repeat([]string{`{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}`}, exceptions)
	list := func(items []string) (text string) {
		for i, item := range items {
			if i > 0 {
				text += ","
			}
			text += item
		}
		return "[" + text + "]"
	}
	props := `"exceptions":` + list(e)
	if windows > 0 {
		props += `,"schedule":` + list(w)
	}
	return feature("z", square, props)
}

func TestParseZones_limitsWindowsAndExceptionsButNotOfWhatIsStored(t *testing.T) {
	for _, n := range [][2]int{{1000, 0}, {0, 1000}, {400, 600}} {
		zones, _, err := ParseZones([]byte(withTimes(n[0], n[1])))
		if err != nil || zones[0].Overlong() {
			t.Errorf("%v: %v", n, err)
		}
	}
	for _, n := range [][2]int{{1001, 0}, {0, 1001}, {400, 601}} {
		doc := []byte(withTimes(n[0], n[1]))
		_, _, err := ParseZones(doc)
		if list := problems(t, err); len(list) != 1 || list[0].Reason != fmt.Sprintf("schedule and exceptions have %d windows and exceptions", n[0]+n[1]) || list[0].Remedy == "" {
			t.Errorf("%v: %v", n, list)
		}
		z, err := ParseZone(doc)
		if err != nil || !z.Overlong() {
			t.Errorf("%v, stored: %v", n, err)
		}
		if z, err = ParseCompact(z.AppendCompact(nil)); err != nil || !z.Overlong() {
			t.Errorf("%v, stored in compact form: %v", n, err)
		}
	}
}

// BenchmarkTimetable is a question to a zone, and making its timetable. A zone is asked about instants that lie together
// (now) or anywhere in a year.
func BenchmarkTimetable(b *testing.B) {
	office := &Zone{Location: in(b, "Europe/London"), Schedule: []Window{{on(1, 2, 3, 4, 5), hm(8, 0), hm(17, 0)}}}
	start := instant(b, "2026-10-20T00:00:00Z").UnixMilli()
	for _, c := range []struct {
		name string
		zone *Zone
	}{{"windows=1", office}, {"windows=1000", inLondon(b, everySecondMinute(1000))}, {"windows=500,exceptions=500", halfAndHalf(b)}} {
		for _, step := range []struct {
			name string
			ms   int64
		}{{"now", 15_000}, {"anywhere", 86_400_000*11 + 12_345_678}} {
			ask := func(name string, question func(ms int64)) {
				b.Run(c.name+"/"+name+"/"+step.name, func(b *testing.B) {
					b.ReportAllocs()
					ms := start
					for b.Loop() {
						question(ms)
						if ms += step.ms; ms > start+365*86_400_000 {
							ms -= 365 * 86_400_000
						}
					}
				})
			}
			ask("applies", func(ms int64) { c.zone.AppliesAt(ms) })
			ask("next", func(ms int64) { c.zone.NextBoundary(ms) })
		}
		b.Run(c.name+"/made", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				newTimetable(c.zone)
			}
		})
	}
}

func inLondon(tb testing.TB, z *Zone) *Zone {
	z.Location = in(tb, "Europe/London")
	return z
}
