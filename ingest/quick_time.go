package ingest

import "encoding/binary"

// day is the date of the last time read, and the instant at which that day began. Most pings are of the same day as the ping
// before. The characters are stored as their xor with 1970-01-01T, the day that began at 0: so the zero value is a correct
// entry, and a new decoder holds no invalid date.
type day struct {
	front, back uint64 // the first and the last eight of the eleven characters of 2006-01-02T, xor those of 1970-01-01T
	began       int64  // ms since the Unix epoch
}

// The first and the last eight characters of 1970-01-01T.
const (
	epochFront = '1' | '9'<<8 | '7'<<16 | '0'<<24 | '-'<<32 | '0'<<40 | '1'<<48 | '-'<<56
	epochBack  = '0' | '-'<<8 | '0'<<16 | '1'<<24 | '-'<<32 | '0'<<40 | '1'<<48 | 'T'<<56
)

// read reads a time in quotes, written as 2006-01-02T15:04:05.000Z; written otherwise, as parseTime has it.
func (d *day) read(b []byte, i int) (ms int64, next int) {
	const (
		colons, pairs = 0x0000ff0000ff0000, (0x80 - 10) * (ones &^ 0x0000010000010000)
		frame, framed = 0xffff000000ff0000, '.'<<16 | 'Z'<<48 | '"'<<56
		three         = 0x010101
	)
	if len(b)-i < 26 {
		return anyTime(b, i)
	}
	t := (*[26]byte)(b[i:])
	front, back := binary.LittleEndian.Uint64(t[1:])^epochFront, binary.LittleEndian.Uint64(t[4:])^epochBack
	clock := binary.LittleEndian.Uint64(t[12:]) ^ (zeros&^colons | ':'*0x0000010000010000)
	end := binary.LittleEndian.Uint64(t[18:])
	thirds := end>>24&0xffffff ^ '0'*three
	if t[0] != '"' || end&frame != framed || clock&colons|(clock+pairs|clock)&highs|(thirds+(0x80-10)*three|thirds)&(0x80*three) != 0 {
		return anyTime(b, i)
	}
	clock = clock*10 + clock>>8 // the pairs of digits, each in the place of its first
	hour, minute, second := clock&0xff, clock>>24&0xff, clock>>48&0xff
	if hour > 23 || minute > 59 || second > 59 || (front != d.front || back != d.back) && !d.turn(b[i+1:i+12], front, back) {
		return anyTime(b, i)
	}
	return d.began + int64((hour*60+minute)*msPerMinute+second*1000+thirds&0xff*100+thirds>>8&0xff*10+thirds>>16), i + 26
}

// turn makes another day the one that is known.
func (d *day) turn(date []byte, front, back uint64) bool {
	century, year, month, at := pair(date), pair(date[2:]), pair(date[5:]), pair(date[8:])
	if century|year|month|at >= noPair || date[4] != '-' || date[7] != '-' || date[10] != 'T' {
		return false
	}
	days, ok := daysOf(int(century*100+year), int(month), int(at))
	if ok {
		*d = day{front, back, days * msPerDay}
	}
	return ok
}

func anyTime(b []byte, i int) (ms int64, next int) {
	if b[i] != '"' {
		return 0, 0
	}
	end, esc, wrong := scanText(b, i+1)
	if wrong != sound || esc != 0 {
		return 0, 0
	}
	ms, ok := ParseTime(b[i+1 : end-1])
	if !ok {
		return 0, 0
	}
	return ms, end
}
