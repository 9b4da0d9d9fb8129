package scenario

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"cordon/ingest"
)

// Field numbers of cordon.v1.Ping, ingest/ping.proto.
const (
	pbDevice protowire.Number = iota + 1
	pbFixTime
	pbLat
	pbLon
	pbSeq
	pbReceived
	pbSource
	pbAccuracy
	pbLevel
	pbSpeed
	pbHeading
	pbAltitude
	pbSatellites
	pbHDOP
	pbBattery
	pbCharging
	pbMotion
	pbJamming
	pbStrap
)

var pbStraps = []string{"", "closed", "open", "tampered"}

var pbSources = map[string]uint64{"gnss": 1, "wifi": 2, "cell": 3, "beacon": 4}

// field is one field of a message: number, or text for what has a length.
type field struct {
	number uint64
	text   string
	kind   protowire.Type
}

func (f field) double() float64 { return math.Float64frombits(f.number) }

var pbTypes = map[protowire.Number]protowire.Type{
	pbDevice: protowire.BytesType, pbFixTime: protowire.VarintType, pbLat: protowire.Fixed64Type, pbLon: protowire.Fixed64Type,
	pbSeq: protowire.VarintType, pbReceived: protowire.VarintType, pbSource: protowire.VarintType,
	pbAccuracy: protowire.Fixed64Type, pbLevel: protowire.Fixed64Type, pbSpeed: protowire.Fixed64Type,
	pbHeading: protowire.Fixed64Type, pbAltitude: protowire.Fixed64Type, pbSatellites: protowire.VarintType,
	pbHDOP: protowire.Fixed64Type, pbBattery: protowire.Fixed32Type, pbCharging: protowire.VarintType,
	pbMotion: protowire.VarintType, pbJamming: protowire.VarintType, pbStrap: protowire.VarintType,
}

// fieldsOf takes a message apart; of a field that comes twice the last one counts.
func fieldsOf(b []byte) (map[protowire.Number]field, bool) {
	fields := map[protowire.Number]field{}
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, false
		}
		b = b[n:]
		f := field{kind: kind}
		switch kind {
		case protowire.VarintType:
			f.number, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			f.number, n = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.number = uint64(v)
		case protowire.BytesType:
			f.text, n = protowire.ConsumeString(b)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
		}
		if want, ours := pbTypes[number]; n < 0 || ours && want != kind {
			return nil, false
		}
		b = b[n:]
		fields[number] = f
	}
	return fields, true
}

func decodeProtobuf(b []byte) (p reading, reason reject) {
	fields, ok := fieldsOf(b)
	if !ok {
		return p, ingest.Malformed
	}
	p.device = fields[pbDevice].text
	if p.device == "" {
		return p, ingest.MissingDevice
	}
	at, timed := fields[pbFixTime]
	if !timed {
		return p, ingest.MissingTime
	}
	p.fix = int64(at.number)
	var f field
	if f, p.hasReceived = fields[pbReceived]; p.hasReceived {
		p.received = int64(f.number)
	}
	if f, p.hasSeq = fields[pbSeq]; p.hasSeq {
		p.seq = f.number
	}
	if f, p.hasAccuracy = fields[pbAccuracy]; p.hasAccuracy {
		p.accuracy = f.double()
	}
	if f, p.hasLevel = fields[pbLevel]; p.hasLevel {
		p.level = f.double()
	}
	if battery, there := fields[pbBattery]; there {
		if v := math.Float32frombits(uint32(battery.number)); !(v >= 0 && v <= 100) {
			return p, ingest.BadField
		}
		p.battery, p.hasBattery = float64(math.Float32frombits(uint32(battery.number))), true
	}
	answer := func(number protowire.Number, into *says) {
		if f, there := fields[number]; there {
			*into = said(f.number != 0)
		}
	}
	answer(pbCharging, &p.charging)
	answer(pbMotion, &p.motion)
	answer(pbJamming, &p.jamming)
	if n := fields[pbStrap].number; n < uint64(len(pbStraps)) {
		p.strap = pbStraps[n]
	} else {
		return p, ingest.BadField
	}
	lat, hasLat := fields[pbLat]
	lon, hasLon := fields[pbLon]
	if hasLat != hasLon {
		return p, ingest.BadCoordinates
	}
	p.positioned, p.lat, p.lon = hasLat, lat.double(), lon.double()
	return p, p.sourceFrom(fields[pbSource].number)
}

func (p *reading) sourceFrom(number uint64) reject {
	if number == 0 {
		p.source = "gnss"
		return ""
	}
	for name, n := range pbSources {
		if n == number {
			p.source = name
			return ""
		}
	}
	return ingest.BadField
}
