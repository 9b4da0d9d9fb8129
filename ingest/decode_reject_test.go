package ingest

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// with is Cordon JSON of a good ping, with members put behind the others (the last of repeated keys counts).
func with(members string) string {
	return `{"device_id":"a","fix_time":"2026-11-23T12:00:00Z","lat":51,"lon":0,` + members + `}`
}

func TestDecoder_rejectsCordonJSONForTheRightReason(t *testing.T) {
	for _, c := range []struct {
		value string
		want  Reason
		about string // in the detail
	}{
		{`{"device_id":"a","x":"` + strings.Repeat("x", maxRecord) + `"}`, TooLarge, "16 KiB"},
		{strings.Repeat("\x00", maxRecord+1), TooLarge, "16 KiB"},
		{``, Malformed, "empty"},
		{`null`, Malformed, "not a JSON object"},
		{`[{}]`, Malformed, "not a JSON object"},
		{with(`"lat":NaN`), Malformed, "byte"},
		{with(`"lat":Infinity`), Malformed, "byte"},
		{with(`"seq":1`) + `{}`, Malformed, "follows"},
		{with("\"x\":\"\xff\""), Malformed, "UTF-8"},
		{`{"fix_time":"2026-11-23T12:00:00Z"}`, MissingDevice, "device_id"},
		{with(`"device_id":null`), MissingDevice, "device_id"},
		{with(`"device_id":""`), MissingDevice, "device_id"},
		{with(`"device_id":7`), BadField, "device_id"},
		{with(`"device_id":"` + strings.Repeat("x", 65) + `"`), BadField, "device_id"},
		{with(`"device_id":"` + strings.Repeat("x", 64) + `"`), "", ""},
		{with(`"device_id":"` + strings.Repeat(`\u0078`, 64) + `"`), "", ""},
		{`{"device_id":"a"}`, MissingTime, "fix_time"},
		{with(`"fix_time":null`), MissingTime, "fix_time"},
		{with(`"fix_time":""`), BadField, "fix_time"},
		{with(`"fix_time":"yesterday"`), BadField, "fix_time"},
		{with(`"fix_time":1795435200000`), BadField, "fix_time"},
		{with(`"fix_time":"2026-11-23T12:00:00"`), BadField, "fix_time"},
		{with(`"lat":null`), BadCoordinates, "lon without lat"},
		{with(`"lon":null`), BadCoordinates, "lat without lon"},
		{with(`"lat":"51"`), BadCoordinates, "lat"},
		{with(`"lat":"NaN"`), BadCoordinates, "lat"},
		{with(`"lat":true`), BadCoordinates, "lat"},
		{with(`"lat":1e999`), BadCoordinates, "lat"},
		{with(`"lat":90.0000001`), BadCoordinates, "lat"},
		{with(`"lat":-90,"lon":-180`), "", ""},
		{with(`"lat":90,"lon":180`), "", ""},
		{with(`"lon":-180.01`), BadCoordinates, "lon"},
		{with(`"accuracy_m":0`), BadAccuracy, "accuracy_m"},
		{with(`"accuracy_m":-5`), BadAccuracy, "accuracy_m"},
		{with(`"accuracy_m":1e400`), BadAccuracy, "accuracy_m"},
		{with(`"accuracy_m":"5"`), BadAccuracy, "accuracy_m"},
		{with(`"accuracy_level":0`), BadAccuracy, "accuracy_level"},
		{with(`"accuracy_level":1`), BadAccuracy, "accuracy_level"},
		{with(`"accuracy_level":95`), BadAccuracy, "accuracy_level"},
		{with(`"accuracy_level":false`), BadAccuracy, "accuracy_level"},
		{with(`"seq":-1`), BadField, "seq"},
		{with(`"seq":1.0`), BadField, "seq"},
		{with(`"seq":1e3`), BadField, "seq"},
		{with(`"seq":"1"`), BadField, "seq"},
		{with(`"seq":18446744073709551616`), BadField, "seq"},
		{with(`"received_time":"noon"`), BadField, "received_time"},
		{with(`"received_time":7`), BadField, "received_time"},
		{with(`"source":"gps"`), BadField, "source"},
		{with(`"source":"GNSS"`), BadField, "source"},
		{with(`"source":1`), BadField, "source"},
		{with(`"speed_mps":"fast"`), BadField, "speed_mps"},
		{with(`"speed_mps":-1e999`), BadField, "speed_mps"},
		{with(`"speed_mps":-1`), "", ""},
		{with(`"heading_deg":360`), BadField, "heading_deg"},
		{with(`"heading_deg":-0.1`), BadField, "heading_deg"},
		{with(`"heading_deg":359.999`), "", ""},
		{with(`"altitude_m":{}`), BadField, "altitude_m"},
		{with(`"satellites":-1`), BadField, "satellites"},
		{with(`"satellites":7.5`), BadField, "satellites"},
		{with(`"satellites":65536`), BadField, "satellites"},
		{with(`"satellites":7.0`), "", ""},
		{with(`"hdop":[]`), BadField, "hdop"},
		{with(`"battery_pct":-1`), BadField, "battery_pct"},
		{with(`"battery_pct":100.5`), BadField, "battery_pct"},
		{with(`"battery_pct":100`), "", ""},
		{with(`"charging":1`), BadField, "charging"},
		{with(`"motion":"yes"`), BadField, "motion"},
		{with(`"jamming":{}`), BadField, "jamming"},
		{with(`"strap":"cut"`), BadField, "strap"},
		{with(`"strap":true`), BadField, "strap"},
		{with(`"fix_time":"2026-11-23T12:02:00.000Z"`), "", ""},
		{with(`"fix_time":"2026-11-23T12:02:00.001Z"`), Future, "appended"},
		{with(`"fix_time":"2026-11-20T12:00:00.000Z"`), "", ""},
		{with(`"fix_time":"2026-11-20T11:59:59.999Z"`), TooOld, "appended"},
	} {
		expect(t, record(c.value), c.want, c.about)
	}
}

func TestDecoder_takesARecordOfExactly16KiB(t *testing.T) {
	for _, more := range []int{0, 1} {
		start, end := `{"x":"`, `","device_id":"a","fix_time":"2026-11-23T12:00:00Z","lat":51,"lon":-1}`
		value := start + strings.Repeat("x", maxRecord-len(start)-len(end)+more) + end
		want := map[int]Reason{0: "", 1: TooLarge}[more]
		expect(t, record(value), want, "16 KiB")
		if want == "" {
			if p := decoded(t, record(value)); string(p.Device) != "a" || p.Lon != -1 {
				t.Errorf("got %+v", p)
			}
		}
	}
}

// expect fails unless a record has the reason, "" for none, with a detail about something.
func expect(t *testing.T, rec *Record, want Reason, about string) {
	t.Helper()
	var p Ping
	no := NewDecoder(DefaultDecoderOptions()).Decode(rec, &p)
	switch {
	case no == nil && want != "":
		t.Errorf("%.200q: accepted, want %s", rec.Value, want)
	case no != nil && (no.Reason != want || !strings.Contains(no.Detail, about)):
		t.Errorf("%.200q: got %v, want %s about %q", rec.Value, no, want, about)
	}
}

func TestDecoder_givesTheFirstReasonOfTheOrder(t *testing.T) {
	// Each row takes away what the row before was rejected for.
	members := []struct {
		bad, good string
		want      Reason
	}{
		{`"x":01`, `"x":1`, Malformed},
		{`"device_id":""`, `"device_id":"a"`, MissingDevice},
		{`"fix_time":null`, `"fix_time":"2031-01-01T00:00:00Z"`, MissingTime},
		{`"lat":91`, `"lat":1`, BadCoordinates},
		{`"accuracy_m":0`, `"accuracy_m":1`, BadAccuracy},
		{`"strap":"cut"`, `"strap":"closed"`, BadField},
	}
	for good := range len(members) + 1 {
		var list []string
		want := Future
		for i, m := range members {
			if i < good {
				list = append(list, m.good)
			} else {
				list = append([]string{m.bad}, list...) // the order in the record does not matter
			}
			if i == good {
				want = m.want
			}
		}
		expect(t, record(`{"lon":1,`+strings.Join(list, ",")+`}`), want, "")
	}
}

func TestDecoder_neverRepeatsWhatARecordHolds(t *testing.T) {
	for _, value := range []string{
		with(`"lat":912.3456`), with(`"lon":912.3456`), with(`"device_id":"912.3456` + strings.Repeat("x", 60) + `"`),
		with(`"strap":"912.3456"`), with(`"seq":912.3456`), `{"device_id":912.3456}`, `{912.3456}`, `912.3456`,
		`{"position":{"latitude":912.3456,"longitude":1,"fixTime":"2026-11-23T12:00:00Z"},"device":{"uniqueId":"a"}}`,
	} {
		var p Ping
		no := NewDecoder(DefaultDecoderOptions()).Decode(record(value), &p)
		if no == nil || strings.Contains(no.Detail, "912") {
			t.Errorf("%.60q: %v", value, no)
		}
	}
}

func TestDecoder_rejectsProtobufForTheRightReason(t *testing.T) {
	good := AppendProto(nil, &Ping{Device: []byte("a"), FixTime: noon})
	double := func(f field, v float64) string {
		return string(binary.LittleEndian.AppendUint64(appendTag(nil, f), math.Float64bits(v)))
	}
	varint := func(f field, v uint64) string { return string(appendVarint(nil, f, v)) }
	for _, c := range []struct {
		more  string
		want  Reason
		about string
	}{
		{"", "", ""},
		{"\x0a\x00", MissingDevice, "empty"},
		{"\x0a\x01\xff", Malformed, "UTF-8"},
		{"\x0a\x05ab", Malformed, "cut short"},
		{"\x0a", Malformed, "cut short"},
		{"\x80", Malformed, "number"},
		{"\x00\x00", Malformed, "number"},
		{"\x08\x01", Malformed, "device_id is written as another type"},
		{"\x1d\x00\x00\x00\x00", Malformed, "lat is written as another type"},
		{"\x19\x00\x00", Malformed, "lat is cut short"},
		{"\x7d\x00\x00", Malformed, "battery_pct is cut short"},
		{"\xa7\x01", Malformed, "unknown field"},
		{"\xa6\x01", Malformed, "unknown field"},
		{"\xa3\x01\x08\x01\xa4\x01", "", ""},
		{"\xa3\x01\x08\x01\xac\x01", Malformed, "unknown field"},
		{"\xa3\x01\x08\x01", Malformed, "unknown field"},
		{"\xa2\x01\x02ab\xa0\x01\x07\xa5\x01\x00\x00\x00\x00\xa1\x01\x00\x00\x00\x00\x00\x00\x00\x00", "", ""},
		{"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", Malformed, "fix_time"},
		{varint(fFixTime, math.MaxUint64>>1), BadField, "fix_time"},
		{varint(fReceived, math.MaxUint64>>1), BadField, "received_time"},
		{varint(fFixTime, noon+120_001), Future, ""},
		{varint(fFixTime, 0), TooOld, ""},
		{double(fLat, 1), BadCoordinates, "lat without lon"},
		{double(fLat, math.NaN()) + double(fLon, 1), BadCoordinates, "lat"},
		{double(fLat, 1) + double(fLon, math.Inf(1)), BadCoordinates, "lon"},
		{double(fAccuracy, math.NaN()), BadAccuracy, "accuracy_m"},
		{double(fAccuracy, math.Inf(1)), BadAccuracy, "accuracy_m"},
		{double(fLevel, math.NaN()), BadAccuracy, "accuracy_level"},
		{double(fSpeed, math.NaN()), BadField, "speed_mps"},
		{double(fHDOP, math.Inf(-1)), BadField, "hdop"},
		{varint(fSatellites, 65536), BadField, "satellites"},
		{varint(fSource, 5), BadField, "source"},
		{varint(fSource, 0), "", ""},
		{varint(fStrap, 4), BadField, "strap"},
		{varint(fStrap, 4) + varint(fStrap, 0), "", ""},
	} {
		expect(t, record(string(good)+c.more, protobuf), c.want, c.about)
	}
	if got := reasonOf(record(string(good[3:]), protobuf)); got != MissingDevice {
		t.Errorf("without a name: %q", got)
	}
	if got := reasonOf(record(string(good[:3]), protobuf)); got != MissingTime {
		t.Errorf("without a time: %q", got)
	}
}
