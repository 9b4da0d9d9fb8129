package ingest

import (
	"encoding/binary"
	"math"
)

// The quick readers read Cordon's fields in one pass, straight into a Ping, from records that are written as most are:
// JSON without escape sequences and nulls, protobuf without unknown fields, every value of the usual type. At the
// first surprise they give up and the reader that knows everything begins anew: it alone says why a record is rejected.
// What they accept, it accepts with the same result; FuzzQuick holds them to that.

// quick is what a quick reader has read of a record.
type quick struct {
	seen     uint64                // a bit for each field
	decimals [fBattery + 1]float64 // of the fields that come asDecimal
}

// sort is how the value of a field is written.
type sort uint8

const (
	notOurs sort = iota // a field of another format
	asAnything
	asText
	asMoment
	asDecimal
	asWhole
	asWord
	asFlag
)

// sorts says what the quick readers take for each field.
var sorts = [numFields + 1]sort{
	fDevice: asText, fFixTime: asMoment, fLat: asDecimal, fLon: asDecimal, fSeq: asWhole, fReceived: asMoment, fSource: asWord,
	fAccuracy: asDecimal, fLevel: asDecimal, fSpeed: asDecimal, fHeading: asDecimal, fAltitude: asDecimal, fSatellites: asWhole,
	fHDOP: asDecimal, fBattery: asDecimal, fCharging: asFlag, fMotion: asFlag, fJamming: asFlag, fStrap: asWord, noField: asAnything,
}

// bounds are the least and the greatest that a decimal may be.
var bounds = [fBattery + 1][2]float64{
	fLat: {-90, 90}, fLon: {-180, 180}, fAccuracy: {math.SmallestNonzeroFloat64, math.MaxFloat64},
	fLevel: {math.SmallestNonzeroFloat64, 1 - 1.0/(1<<53)}, fSpeed: {-math.MaxFloat64, math.MaxFloat64},
	fHeading: {0, 360 - 1.0/(1<<44)}, fAltitude: {-math.MaxFloat64, math.MaxFloat64},
	fHDOP: {-math.MaxFloat64, math.MaxFloat64}, fBattery: {0, 100},
}

// quickly reads a record with a quick reader if it can. If not, p is left in disorder.
func (d *Decoder) quickly(b []byte, format Format, p *Ping) bool {
	*p = Ping{}
	switch {
	case len(b) < 8:
		return false
	case format == Proto:
		return quickProto(b, p)
	case format == Cordon || format == FormatUnknown: // what is accepted has a fix_time: it is none of the feed's
		return d.quickJSON(b, p)
	}
	return false
}

// fill puts what was read into p, if nothing is missing.
func (q *quick) fill(p *Ping) bool {
	const needed = 1<<fDevice | 1<<fFixTime
	if q.seen&needed != needed || (q.seen>>fLat^q.seen>>fLon)&1 != 0 {
		return false
	}
	v := &q.decimals
	p.Lat, p.Lon, p.AccuracyM, p.AccuracyLevel = v[fLat], v[fLon], v[fAccuracy], v[fLevel]
	p.SpeedMPS, p.HeadingDeg, p.AltitudeM, p.HDOP = v[fSpeed], v[fHeading], v[fAltitude], v[fHDOP]
	p.BatteryPct = float32(v[fBattery])
	// Fields stand in the order of their bits in Has, from lon on, but for the source, which has none.
	const beforeSource = 1<<(fSource-fLon) - 1
	has := q.seen >> fLon
	p.Has = Fields(has&beforeSource | has>>1&^beforeSource&(2*uint64(HasBattery)-1))
	return true
}

// decimal keeps a number and returns next, 0 when the field may not be what it says.
func (q *quick) decimal(f field, v float64, next int) int {
	q.decimals[f] = v
	if v >= bounds[f][0] && v <= bounds[f][1] { // not when it is no number
		return next
	}
	return 0
}

// whole sets seq or the number of satellites and returns next, 0 when there are too many.
func (p *Ping) whole(f field, v uint64, next int) int {
	if f == fSeq {
		p.Seq = v
		return next
	}
	p.Satellites = uint16(v)
	if v > math.MaxUint16 {
		return 0
	}
	return next
}

// flag sets a yes or a no.
func (p *Ping) flag(f field, yes bool) {
	said := No
	if yes {
		said = Yes
	}
	switch f {
	case fCharging:
		p.Charging = said
	case fMotion:
		p.Motion = said
	default:
		p.Jamming = said
	}
}

// eight returns the eight bytes from b[i] on, zeros after the end of b. b has at least eight.
func eight(b []byte, i int) uint64 {
	t := b[i:]
	if len(t) >= 8 {
		return binary.LittleEndian.Uint64(t)
	}
	return binary.LittleEndian.Uint64(b[len(b)-8:]) >> (64 - 8*uint(len(t)))
}
