package ingest

import (
	"encoding/binary"
	"math"
)

// AppendProto appends p as the message of ping.proto. A Decoder with the same options gives back the same p.
func AppendProto(b []byte, p *Ping) []byte {
	b = appendTag(b, fDevice)
	b = binary.AppendUvarint(b, uint64(len(p.Device)))
	b = append(b, p.Device...)
	b = appendVarint(b, fFixTime, uint64(p.FixTime))
	b = appendDouble(b, p, HasPosition, fLat, p.Lat)
	b = appendDouble(b, p, HasPosition, fLon, p.Lon)
	if p.With(HasSeq) {
		b = appendVarint(b, fSeq, p.Seq)
	}
	if p.With(HasReceived) {
		b = appendVarint(b, fReceived, uint64(p.ReceivedTime))
	}
	if p.Source != GNSS {
		b = appendVarint(b, fSource, uint64(p.Source)+1)
	}
	b = appendDouble(b, p, HasAccuracy, fAccuracy, p.AccuracyM)
	b = appendDouble(b, p, HasAccuracyLevel, fLevel, p.AccuracyLevel)
	b = appendDouble(b, p, HasSpeed, fSpeed, p.SpeedMPS)
	b = appendDouble(b, p, HasHeading, fHeading, p.HeadingDeg)
	b = appendDouble(b, p, HasAltitude, fAltitude, p.AltitudeM)
	if p.With(HasSatellites) {
		b = appendVarint(b, fSatellites, uint64(p.Satellites))
	}
	b = appendDouble(b, p, HasHDOP, fHDOP, p.HDOP)
	if p.With(HasBattery) {
		b = binary.LittleEndian.AppendUint32(appendTag(b, fBattery), math.Float32bits(p.BatteryPct))
	}
	b = appendFlag(b, fCharging, p.Charging)
	b = appendFlag(b, fMotion, p.Motion)
	b = appendFlag(b, fJamming, p.Jamming)
	if p.Strap != StrapUnknown {
		b = appendVarint(b, fStrap, uint64(p.Strap))
	}
	return b
}

func appendTag(b []byte, f field) []byte {
	return binary.AppendUvarint(b, uint64(f+1)<<3|uint64(protoFields[f].wire()))
}

func appendVarint(b []byte, f field, x uint64) []byte {
	return binary.AppendUvarint(appendTag(b, f), x)
}

func appendDouble(b []byte, p *Ping, has Fields, f field, v float64) []byte {
	if !p.With(has) {
		return b
	}
	return binary.LittleEndian.AppendUint64(appendTag(b, f), math.Float64bits(v))
}

func appendFlag(b []byte, f field, said Flag) []byte {
	if said == Unsaid {
		return b
	}
	return appendVarint(b, f, uint64(said-No))
}
