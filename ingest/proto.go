package ingest

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"
)

// wire reads a protobuf message of ping.proto and notes its fields as object does those of JSON, so that both are
// checked by the same code. Of repeated fields the last counts.
func (d *Decoder) wire(b []byte) *Rejection {
	d.noted = 0
	for i := 0; i < len(b); {
		tag, next := varint(b, i)
		number := tag >> 3
		if next < 0 || number == 0 || number > maxFieldNumber {
			return notProto(i, "a field's number is cut short or not allowed")
		}
		if number > uint64(len(protoFields)) {
			end := skipField(b, next, number, wireType(tag&7), 0)
			if end < 0 {
				return notProto(i, "an unknown field is cut short or of no known wire type")
			}
			i = end
			continue
		}
		f := field(number - 1)
		if wireType(tag&7) != protoFields[f].wire() {
			return notProto(i, f.String()+" is written as another type")
		}
		end, wrong := d.wireField(b, next, f)
		if wrong != "" {
			return notProto(i, f.String()+wrong)
		}
		i = end
	}
	return nil
}

func notProto(at int, wrong string) *Rejection {
	return &Rejection{Malformed, "byte " + strconv.Itoa(at) + ": " + wrong}
}

// wireField reads what follows the tag of a known field.
func (d *Decoder) wireField(b []byte, i int, f field) (end int, wrong string) {
	t := protoFields[f]
	var x uint64
	switch t.wire() {
	case wireVarint, wireBytes:
		if x, end = varint(b, i); end < 0 {
			return 0, cutShort
		}
	case wire64:
		if end = i + 8; end > len(b) {
			return 0, cutShort
		}
		x = binary.LittleEndian.Uint64(b[i:])
	default:
		if end = i + 4; end > len(b) {
			return 0, cutShort
		}
		x = uint64(binary.LittleEndian.Uint32(b[i:]))
	}
	v := &d.values[f]
	d.noted |= 1 << f
	switch t {
	case protoString:
		if x > uint64(len(b)-end) {
			return 0, cutShort
		}
		*v = value{kind: isText, start: uint16(end), end: uint16(end + int(x))}
		end += int(x)
		if !utf8.Valid(b[v.start:v.end]) {
			return 0, " is not UTF-8"
		}
	case protoTime:
		*v = value{kind: isMillis, bits: x}
	case protoDouble:
		*v = value{kind: isReal, bits: x}
	case protoFloat:
		*v = value{kind: isReal, bits: math.Float64bits(float64(math.Float32frombits(uint32(x))))}
	case protoUint64:
		*v = value{kind: isNumber, marks: whole, bits: x}
	case protoUint32:
		*v = value{kind: isNumber, marks: whole, bits: uint64(uint32(x))} // longer ones are cut, as protobuf has it
	case protoBool:
		*v = value{kind: isFalse}
		if x != 0 {
			v.kind = isTrue
		}
	case protoEnum:
		*v = value{kind: isCode, bits: uint64(uint32(x))}
		if v.bits == 0 {
			v.kind = isNull
		}
	}
	return end, ""
}

const cutShort = " is cut short"

// protoType is the type of a field in ping.proto.
type protoType uint8

const (
	protoString protoType = iota
	protoTime             // int64
	protoUint64
	protoUint32
	protoBool
	protoEnum
	protoDouble
	protoFloat
)

// protoFields are the types by field number less one: ping.proto numbers the fields as they are numbered here.
var protoFields = [...]protoType{
	fDevice: protoString, fFixTime: protoTime, fLat: protoDouble, fLon: protoDouble, fSeq: protoUint64,
	fReceived: protoTime, fSource: protoEnum, fAccuracy: protoDouble, fLevel: protoDouble, fSpeed: protoDouble,
	fHeading: protoDouble, fAltitude: protoDouble, fSatellites: protoUint32, fHDOP: protoDouble, fBattery: protoFloat,
	fCharging: protoBool, fMotion: protoBool, fJamming: protoBool, fStrap: protoEnum,
}
