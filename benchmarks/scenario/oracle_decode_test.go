package scenario

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"cordon/ingest"
)

func TestDecode_everyFormat(t *testing.T) {
	type headerList = []ingest.Header
	named := func(format string) headerList { return headerList{{Key: "cordon-format", Value: []byte(format)}} }
	message := appendNumber(appendText(nil, pbDevice, "T"), pbFixTime, uint64(noon))
	message = appendDouble(appendDouble(message, pbLat, 51.5), pbLon, -0.1)
	message = slices.Clip(message) // the cases append to it
	protobufType := headerList{{Key: "content-type", Value: []byte("application/x-protobuf")}}
	fixed := reading{device: "T", fix: noon, positioned: true, lat: 51.5, lon: -0.1, source: "gnss"}
	with := func(change func(*reading)) reading {
		p := fixed
		change(&p)
		return p
	}
	traccar := func(position string) string {
		return `{"device":{"id":3,"uniqueId":"T"},"position":{"id":0,"latitude":51.5,"longitude":-0.1,"fixTime":"2026-11-25T12:00:00.000+00:00",` +
			`"deviceTime":"2026-11-25T12:01:00.000+00:00","serverTime":"2026-11-25T12:02:00.000+00:00","accuracy":0.0` + position + `}}`
	}
	served := func(p *reading) { p.hasReceived, p.received = true, noon+2*minute }
	for _, c := range []struct {
		what    string
		value   string
		headers headerList
		want    reading
		reason  ingest.Reason
	}{
		{"cordon", `{"device_id":"T","fix_time":"2026-11-25T13:00:00+01:00","lat":51.5,"lon":-0.1,"more":[1]}`, nil, fixed, ""},
		{"cordon, all that counts", `{"device_id":"T","fix_time":"2026-11-25T12:00:00Z","lat":51.5,"lon":-0.1,"seq":18446744073709551615,` +
			`"source":"wifi","accuracy_m":4.5,"accuracy_level":0.68,"received_time":"2026-11-25T12:02:00Z"}`, named("cordon"), with(func(p *reading) {
			served(p)
			p.hasSeq, p.seq, p.source = true, 1<<64-1, "wifi"
			p.hasAccuracy, p.accuracy, p.hasLevel, p.level = true, 4.5, true, 0.68
		}), ""},
		{"traccar", traccar(`,"valid":true,"outdated":false,"speed":5`), nil, with(served), ""},
		{"traccar with its accuracy", traccar(`,"valid":true,"accuracy":12`), nil, with(func(p *reading) {
			served(p)
			p.hasAccuracy, p.accuracy = true, 12
		}), ""},
		{
			"traccar by wifi", traccar(`,"valid":true,"outdated":true,"attributes":{"approximate":true},"network":{"wifiAccessPoints":[{}]}`),
			named("traccar"), with(func(p *reading) { served(p); p.source = "wifi" }), "",
		},
		{
			"traccar by cell", traccar(`,"valid":true,"attributes":{"approximate":true},"network":{"cellTowers":[{}],"wifiAccessPoints":[{}]}`),
			nil, with(func(p *reading) { served(p); p.source = "cell" }), "",
		},
		{"traccar status", traccar(`,"valid":true,"outdated":true`), nil, with(func(p *reading) {
			served(p)
			p.positioned, p.lat, p.lon, p.fix = false, 0, 0, noon+minute
		}), ""},
		{"mdss", `{"position_id":9,"device_id":"T","position_latitude":51.5,"position_longitude":-0.1,"position_lbs":6,"position_precision":20,` +
			`"position_gps_date":"2026-11-25 12:00:00","position_uploaded_date":"2026-11-25T12:02:00Z"}`, nil, with(func(p *reading) {
			served(p)
			p.source, p.hasAccuracy, p.accuracy = "wifi", true, 20
		}), ""},
		{"protobuf", string(message), protobufType, fixed, ""},
		{"protobuf with a field unknown", string(appendText(message, 99, "x")), protobufType, fixed, ""},
		{"protobuf with a wrong type", string(appendText(message, pbSeq, "x")), protobufType, reading{}, ingest.Malformed},
		{"protobuf cut short", string(message[:len(message)-1]), protobufType, reading{}, ingest.Malformed},
		{
			"protobuf without a device", string(protowire.AppendVarint(protowire.AppendTag(nil, pbFixTime, protowire.VarintType), 1)),
			protobufType,
			reading{},
			ingest.MissingDevice,
		},
		{"traccar without a device", `{"device":{"id":3},"position":{"valid":true}}`, nil, reading{}, ingest.MissingDevice},
		{"an array", `[{"device_id":"T"}]`, nil, reading{}, ingest.Malformed},
	} {
		got, reason := decode(ingest.Record{Value: []byte(c.value), Headers: c.headers, Appended: noon + minute}, defaultLimits(t))
		if reason != c.reason || reason == "" && got != c.want {
			t.Errorf("%s: %q, %+v, want %q, %+v", c.what, reason, got, c.reason, c.want)
		}
	}
}

func TestReadHistory(t *testing.T) {
	list, err := ReadHistory([]byte(`{"cordon":"zones","version":1,"count":2}
{"id":"a","revision":1,"updated_time":"2026-11-25T12:00:00.000Z","sequence":4,"document":{"type":"Feature"}}
{"id":"a","revision":2,"updated_time":"2026-11-25T12:01:00.000Z","sequence":5}
`))
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if a, b := list[0], list[1]; a.ID != "a" || a.Updated != noon || string(a.Doc) != `{"type":"Feature"}` || b.Number != 2 || b.Doc != nil {
		t.Errorf("%+v", list)
	}
	if _, err := ReadHistory([]byte("{}\n{}\n")); err == nil {
		t.Error("a line without an id was taken")
	}
}
