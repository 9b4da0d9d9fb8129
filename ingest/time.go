package ingest

import "time"

const (
	msPerMinute = 60_000
	msPerDay    = 86_400_000

	firstMs = -62_135_596_800_000 // 0001-01-01T00:00:00Z
	lastMs  = 253_402_300_799_999 // 9999-12-31T23:59:59.999Z
)

// ParseTime reads a time as RFC 3339 has it and returns milliseconds since the Unix epoch, further digits cut off. T and
// Z may be small letters. A leap second (60, at the end of a UTC day only) is the last millisecond before it, since
// milliseconds of the Unix epoch have no other place for it. Years run from 1 to 9999.
func ParseTime(b []byte) (ms int64, ok bool) { return parseTime(b, false) }

// parseTime with loose also takes what Traccar and the position feed write: a space for the T, an offset without its
// colon or of hours alone, and no offset at all, which is UTC.
func parseTime(b []byte, loose bool) (int64, bool) {
	if len(b) < len("2006-01-02T15:04:05") || b[4] != '-' || b[7] != '-' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	if c := b[10]; c|0x20 != 't' && (!loose || c != ' ') {
		return 0, false
	}
	century, year, month, day := pair(b[0:]), pair(b[2:]), pair(b[5:]), pair(b[8:])
	hour, minute, second := pair(b[11:]), pair(b[14:]), pair(b[17:])
	if century|year|month|day|hour|minute|second >= noPair || hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	days, ok := daysOf(int(century*100+year), int(month), int(day))
	if !ok {
		return 0, false
	}
	fraction, rest, ok := parseFraction(b[19:])
	if !ok {
		return 0, false
	}
	offset, ok := parseOffset(rest, loose)
	if !ok {
		return 0, false
	}
	leap := second == 60
	if leap {
		second, fraction = 59, 999
	}
	ms := days*msPerDay + int64(hour*60+minute)*msPerMinute + int64(second)*1000 + fraction - offset*msPerMinute
	if leap && (ms+1)%msPerDay != 0 || ms < firstMs || ms > lastMs {
		return 0, false
	}
	return ms, true
}

// noPair has a bit that no pair of digits has.
const noPair = 128

// pair reads two digits; noPair when they are none.
func pair(b []byte) uint {
	tens, units := b[0]-'0', b[1]-'0'
	if tens > 9 || units > 9 {
		return noPair
	}
	return uint(tens)*10 + uint(units)
}

var monthDays = [...]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// daysOf counts the days from 1970-01-01 to a day of the Gregorian calendar. Years are taken to begin in March, so that
// the leap day comes last and the months before it follow a straight line (Hinnant, "chrono-compatible low-level date
// algorithms").
func daysOf(year, month, day int) (int64, bool) {
	if year == 0 || month == 0 || month > 12 || day == 0 {
		return 0, false
	}
	if most := monthDays[month]; day > most && (month != 2 || day > 29 || year%4 != 0 || year%100 == 0 && year%400 != 0) {
		return 0, false
	}
	if month <= 2 {
		year--
		month += 12
	}
	leaps := year/4 - year/100 + year/400
	return int64(365*year + leaps + (153*(month-3)+2)/5 + day - 1 - 719468), true
}

// parseFraction reads the digits after a full stop, if there is one, as milliseconds.
func parseFraction(b []byte) (ms int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b, true
	}
	i, weight := 1, int64(100)
	for ; i < len(b) && isDigit(b[i]); i++ {
		ms += int64(b[i]-'0') * weight
		weight /= 10
	}
	return ms, b[i:], i > 1
}

// parseOffset reads what follows the digits of a time, as minutes ahead of UTC.
func parseOffset(b []byte, loose bool) (minutes int64, ok bool) {
	switch {
	case len(b) == 0:
		return 0, loose
	case len(b) == 1:
		return 0, b[0]|0x20 == 'z'
	case b[0] != '+' && b[0] != '-':
		return 0, false
	}
	var hour, minute uint
	switch {
	case len(b) == 6 && b[3] == ':':
		hour, minute = pair(b[1:]), pair(b[4:])
	case loose && len(b) == 5:
		hour, minute = pair(b[1:]), pair(b[3:])
	case loose && len(b) == 3:
		hour = pair(b[1:])
	default:
		return 0, false
	}
	if hour > 23 || minute > 59 {
		return 0, false
	}
	minutes = int64(hour*60 + minute)
	if b[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}

// AppendTime appends milliseconds since the Unix epoch as times are written on the wire: RFC 3339, UTC, milliseconds.
func AppendTime(b []byte, ms int64) []byte {
	return time.UnixMilli(ms).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
}
