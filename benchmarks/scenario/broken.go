package scenario

import (
	"bytes"
	"fmt"
	"math"

	"cordon/ingest"
)

// sendBroken sends a record that must be rejected, for one reason only.
func (f *feed) sendBroken(t *tagRun, p sample) {
	appended := f.clock(f.now)
	p.fix, p.format, p.status = appended-1000, cordonJSON, false
	reason := ingest.Reasons[f.rand.IntN(len(ingest.Reasons))]
	value, headers := f.breakIt(t, p, reason, appended)
	f.put(t, value, headers, appended, "broken:"+string(reason))
}

func (f *feed) breakIt(t *tagRun, p sample, reason ingest.Reason, appended int64) ([]byte, headers) {
	whole := p.append(nil, t)
	pick := func(list ...string) string { return list[f.rand.IntN(len(list))] }
	start := `{"device_id":"` + t.id + `","fix_time":"` + wire(p.fix) + `"`
	placed := start + `,"lat":51.5,"lon":-0.1`
	switch reason {
	case ingest.Malformed:
		return f.malformed(whole)
	case ingest.TooLarge:
		pad := bytes.Repeat([]byte("x"), largest-len(whole)+1+f.rand.IntN(20_000))
		return fmt.Appendf(whole[:len(whole)-1], `,"note":"%s"}`, pad), nil
	case ingest.MissingDevice:
		return []byte(`{` + pick(`"fix_time":"`+wire(p.fix)+`","lat":51.5,"lon":-0.1`,
			`"position":{"valid":true,"fixTime":"`+wire(p.fix)+`","latitude":51.5,"longitude":-0.1},"device":{"id":4}`) + `}`), nil
	case ingest.MissingTime:
		return []byte(`{` + pick(`"device_id":"`+t.id+`","lat":51.5,"lon":-0.1`,
			`"position_id":4,"device_id":"`+t.id+`","position_latitude":51.5,"position_longitude":-0.1`) + `}`), nil
	case ingest.BadCoordinates:
		if f.rand.IntN(4) == 0 {
			p.format, p.at = protobuf, point{}
			b := appendNumber(appendText(nil, pbDevice, t.id), pbFixTime, uint64(p.fix))
			return appendDouble(appendDouble(b, pbLat, math.NaN()), pbLon, 0), p.headers()
		}
		return []byte(start + pick(`,"lat":91,"lon":0`, `,"lat":51.5,"lon":180.0000001`, `,"lat":51.5`, `,"lon":-0.1`) + `}`), nil
	case ingest.BadAccuracy:
		return []byte(placed + `,"accuracy_m":` + pick(`0`, `-5`, `8,"accuracy_level":1`, `8,"accuracy_level":0`) + `}`), nil
	case ingest.BadField:
		return []byte(placed + pick(`,"source":"moon"`, `,"battery_pct":140`, `,"strap":"loose"`, `,"seq":-1`, `,"speed_mps":"fast"`) + `}`), nil
	case ingest.Future:
		p.fix = appended + 2*minute + 1 + f.rand.Int64N(10)*f.rand.Int64N(hour)
	case ingest.TooOld:
		p.fix = appended - 3*day - 1 - f.rand.Int64N(10)*f.rand.Int64N(day)
	}
	p.format = []format{cordonJSON, traccarJSON, mdssJSON, protobuf}[f.rand.IntN(4)]
	p.source, p.received, p.accuracy = "gnss", appended, 50
	return p.append(nil, t), p.headers()
}

// malformed is what is no ping of any format.
func (f *feed) malformed(whole []byte) ([]byte, headers) {
	switch f.rand.IntN(6) {
	case 0:
		return whole[:len(whole)-1-f.rand.IntN(len(whole)-1)], nil
	case 1:
		return append(whole, '}'), nil
	case 2:
		return []byte{}, nil
	case 3:
		return []byte(`[1,2]`), nil
	case 4: // a field number 0 there cannot be
		return []byte{0, 0, 0}, headers{{Key: "content-type", Value: []byte("application/x-protobuf")}}
	}
	noise := make([]byte, 1+f.rand.IntN(300))
	for i := range noise {
		noise[i] = byte(f.rand.Uint32())
	}
	noise[0] |= 0x80 // no JSON begins so
	return noise, nil
}
