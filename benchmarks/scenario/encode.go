package scenario

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"cordon/ingest"
)

type format int

const (
	cordonJSON format = iota
	traccarJSON
	mdssJSON
	protobuf
)

type headers = []ingest.Header

// headers name the format of every other record; protobuf must always say that it is.
func (p *sample) headers() headers {
	if p.format == protobuf {
		return headers{{Key: "content-type", Value: []byte("application/x-protobuf")}}
	}
	if p.fix/7%2 == 0 {
		return nil
	}
	return headers{{Key: "cordon-format", Value: []byte([]string{"cordon", "traccar", "mdss"}[p.format])}}
}

func (p *sample) append(b []byte, t *tagRun) []byte {
	switch p.format {
	case traccarJSON:
		return p.appendTraccar(b, t)
	case mdssJSON:
		return p.appendMDSS(b, t)
	case protobuf:
		return p.appendProtobuf(b, t)
	}
	return p.appendCordon(b, t)
}

func (p *sample) appendCordon(b []byte, t *tagRun) []byte {
	b = append(append(b, `{"device_id":"`...), t.id...)
	b = append(appendWire(append(b, `","fix_time":"`...), p.fix), '"')
	if !p.status {
		b = appendE7(append(b, `,"lat":`...), p.at.lat)
		b = appendE7(append(b, `,"lon":`...), p.at.lon)
	}
	if t.hasSeq {
		b = strconv.AppendUint(append(b, `,"seq":`...), p.seq, 10)
	}
	if p.source != "gnss" || !p.barely {
		b = append(append(append(b, `,"source":"`...), p.source...), '"')
	}
	if p.accuracy > 0 {
		b = strconv.AppendFloat(append(b, `,"accuracy_m":`...), float64(p.accuracy)/10, 'f', -1, 64)
		if p.level > 0 {
			b = strconv.AppendInt(append(b, `,"accuracy_level":0.`...), int64(p.level), 10)
		}
	}
	if p.received != 0 {
		b = append(appendWire(append(b, `,"received_time":"`...), p.received), '"')
	}
	if !p.barely {
		b = append(b, `,"speed_mps":1.2,"heading_deg":181,"satellites":9,"battery_pct":`...)
		b = strconv.AppendInt(b, p.battery, 10)
		b = appendAnswer(b, `,"motion":`, p.motion)
		b = appendAnswer(b, `,"charging":`, p.charging)
		b = appendAnswer(b, `,"jamming":`, p.jamming)
		if p.strap != "" {
			b = append(append(append(b, `,"strap":"`...), p.strap...), '"')
		}
	}
	return append(b, '}')
}

func appendAnswer(b []byte, name string, answer says) []byte {
	if answer == nothing {
		return b
	}
	return strconv.AppendBool(append(b, name...), answer == yes)
}

func (p *sample) appendTraccar(b []byte, t *tagRun) []byte {
	knots := float64(p.seq%7) * 0.7
	fixed, extra, network := p.fix, "", "null"
	valid, outdated := true, false
	switch {
	case p.status:
		fixed -= 10 * minute
		valid = p.seq%2 == 0
		outdated = valid
	case p.source != "gnss":
		extra = `,"approximate":true`
		outdated = p.seq%2 == 0
		network = `{"radioType":"gsm","cellTowers":[{"cellId":17,"locationAreaCode":3}]}`
		if p.source == "wifi" {
			network = `{"wifiAccessPoints":[{"macAddress":"00:00:5e:00:53:01","signalStrength":-61}]}`
		}
	}
	lat, lon := string(appendE7(nil, p.at.lat)), string(appendE7(nil, p.at.lon))
	return fmt.Appendf(b, `{"position":{"id":0,"attributes":{"batteryLevel":%d%s%s,"distance":12.5},"deviceId":%d,`+
		`"protocol":"gt06","serverTime":"%s","deviceTime":"%s","fixTime":"%s","outdated":%t,"valid":%t,"latitude":%s,"longitude":%s,`+
		`"altitude":31.0,"speed":%.2f,"course":90.0,"address":null,"accuracy":%.1f,"network":%s,"geofenceIds":null},`+
		`"device":{"id":%d,"attributes":{},"groupId":0,"name":"tag","uniqueId":"%s","status":"online","lastUpdate":null}}`,
		p.battery, p.attributes(), extra, p.seq%1000, wire(p.received), wire(p.fix), wire(fixed), outdated, valid, lat, lon,
		knots, float64(p.accuracy)/10, network, p.seq%1000, t.id)
}

// attributes are how the tag is, as Traccar says it: alarms are only told while they last.
func (p *sample) attributes() []byte {
	b := appendAnswer(nil, `,"motion":`, p.motion)
	b = appendAnswer(b, `,"charge":`, p.charging)
	var alarms []string
	if p.strap == "open" || p.strap == "tampered" {
		alarms = append(alarms, map[string]string{"open": "removing", "tampered": "tampering"}[p.strap])
	}
	if p.jamming == yes {
		alarms = append(alarms, "jamming")
	}
	if len(alarms) > 0 {
		b = fmt.Appendf(b, `,"alarm":%q`, strings.Join(alarms, ","))
	}
	return b
}

var sourceLBS = map[string]int{"gnss": 1, "beacon": 4, "cell": 5, "wifi": 6}

func (p *sample) appendMDSS(b []byte, t *tagRun) []byte {
	where := ""
	if !p.status {
		where = fmt.Sprintf(`"position_latitude":%s,"position_longitude":%s,`, appendE7(nil, p.at.lat), appendE7(nil, p.at.lon))
	}
	return fmt.Appendf(b, `{"position_id":%d,"device_id":"%s","person_id":7,%s"position_precision":%s,"position_speed":4.3,`+
		`"position_direction":181,"position_satellite":9,"position_hdop":0.9,"position_lbs":%d,"position_gps_date":"%s",`+
		`"position_recorded_date":"%s","position_uploaded_date":"%s"}`,
		p.seq, t.id, where, strconv.FormatFloat(float64(p.accuracy)/10, 'f', -1, 64), sourceLBS[p.source],
		feedTime(p.fix), wire(p.received), wire(p.received))
}

// feedTime leaves the offset out where it can.
func feedTime(ms int64) string {
	text := wire(ms)
	if ms%1000 != 0 {
		return text
	}
	return text[:10] + " " + text[11:19]
}

func (p *sample) appendProtobuf(b []byte, t *tagRun) []byte {
	b = appendText(b, pbDevice, t.id)
	b = appendNumber(b, pbFixTime, uint64(p.fix))
	if !p.status {
		b = appendDouble(b, pbLat, float64(p.at.lat)/1e7)
		b = appendDouble(b, pbLon, float64(p.at.lon)/1e7)
	}
	if t.hasSeq {
		b = appendNumber(b, pbSeq, p.seq)
	}
	if p.received != 0 {
		b = appendNumber(b, pbReceived, uint64(p.received))
	}
	if p.source != "gnss" || !p.barely {
		b = appendNumber(b, pbSource, pbSources[p.source])
	}
	if p.accuracy > 0 {
		b = appendDouble(b, pbAccuracy, float64(p.accuracy)/10)
		if p.level > 0 {
			b = appendDouble(b, pbLevel, float64(p.level)/100)
		}
	}
	if !p.barely {
		b = appendDouble(b, pbSpeed, 1.2)
		b = protowire.AppendTag(b, pbBattery, protowire.Fixed32Type)
		b = protowire.AppendFixed32(b, math.Float32bits(float32(p.battery)))
		b = appendTold(b, pbCharging, p.charging)
		b = appendTold(b, pbMotion, p.motion)
		b = appendTold(b, pbJamming, p.jamming)
		if p.strap != "" {
			b = appendNumber(b, pbStrap, uint64(slices.Index(pbStraps, p.strap)))
		}
	}
	return b
}

func appendTold(b []byte, n protowire.Number, answer says) []byte {
	if answer == nothing {
		return b
	}
	return appendNumber(b, n, protowire.EncodeBool(answer == yes))
}

func appendText(b []byte, n protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), s)
}

func appendNumber(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func appendDouble(b []byte, n protowire.Number, v float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, n, protowire.Fixed64Type), math.Float64bits(v))
}
