package ingest

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// noon is the appended time of the records in these tests: 2026-11-23T12:00:00Z.
const noon = 1795435200000

// record is a record appended at noon.
func record(value string, headers ...Header) *Record {
	return &Record{Value: []byte(value), Appended: noon, Headers: headers}
}

// decoded is what a new Decoder makes of a record.
func decoded(t *testing.T, rec *Record) Ping {
	t.Helper()
	var p Ping
	if no := NewDecoder(DefaultDecoderOptions()).Decode(rec, &p); no != nil {
		t.Fatalf("rejected: %v", no)
	}
	return p
}

// same compares what two pings say.
func same(a, b *Ping) bool { return reflect.DeepEqual(a, b) }

// sample reads a file of testdata, without its line end.
func sample(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(b))
}

var protobuf = Header{ContentTypeHeader, []byte(ProtoContentType)}

func TestDecoder_readsEveryFieldOfCordonJSON(t *testing.T) {
	got := decoded(t, record(` { "device_id" : "tag-1", "fix_time":"2026-11-23T11:59:58.125Z","lat":51.5,"lon":-1.25e-1,
		"seq":18446744073709551615,"received_time":"2026-11-23T12:59:59+01:00","source":"wifi","accuracy_m":30,
		"accuracy_level":0.68,"speed_mps":1.5,"heading_deg":359.9,"altitude_m":-3,"satellites":7,"hdop":0.8,
		"battery_pct":12.5,"charging":true,"motion":false,"jamming":true,"strap":"open","colour":{"a":[1,2,{}]}}
	`))
	want := Ping{
		Device: []byte("tag-1"), FixTime: noon - 1875, ReceivedTime: noon - 1000, Seq: 1<<64 - 1, Lat: 51.5, Lon: -0.125,
		AccuracyM: 30, AccuracyLevel: 0.68, SpeedMPS: 1.5, HeadingDeg: 359.9, AltitudeM: -3, HDOP: 0.8, Satellites: 7,
		BatteryPct: 12.5, Has: 1<<11 - 1, Source: WiFi, Strap: StrapOpen, Charging: Yes, Motion: No, Jamming: Yes,
	}
	if !same(&got, &want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDecoder_takesNullForAbsentAndAssumesTheAccuracy(t *testing.T) {
	for source, metres := range map[string]float64{"null": 15, `"gnss"`: 15, `"wifi"`: 50, `"cell"`: 1000, `"beacon"`: 10} {
		got := decoded(t, record(`{"device_id":"a","fix_time":"2026-11-23T12:00:00Z","lat":null,"lon":null,"seq":null,
			"received_time":null,"accuracy_m":null,"accuracy_level":null,"speed_mps":null,"heading_deg":null,"altitude_m":null,
			"satellites":null,"hdop":null,"battery_pct":null,"charging":null,"motion":null,"jamming":null,"strap":null,
			"source":`+source+`}`))
		want := Ping{Device: []byte("a"), FixTime: noon, AccuracyM: metres, AccuracyLevel: 0.95, Source: got.Source}
		if !same(&got, &want) {
			t.Errorf("source %s: got %+v, want %+v", source, got, want)
		}
	}
}

func TestDecoder_fillsAPingWholly(t *testing.T) {
	d, p := NewDecoder(DefaultDecoderOptions()), Ping{Seq: 4, Has: HasSeq | HasHDOP, HDOP: 9, Strap: StrapOpen, Jamming: Yes}
	first := record(`{"device_id":"a","fix_time":"2026-11-23T12:00:00Z","lat":1,"lon":2,"strap":"open","hdop":3}`)
	second := record(`{"device_id":"a","fix_time":"2026-11-23T12:00:01Z"}`)
	for _, rec := range []*Record{first, second} {
		if no := d.Decode(rec, &p); no != nil {
			t.Fatal(no)
		}
	}
	if want := (Ping{Device: []byte("a"), FixTime: noon + 1000, AccuracyM: 15, AccuracyLevel: 0.95}); !same(&p, &want) {
		t.Errorf("got %+v, want %+v", p, want)
	}
}

func TestDecoder_countsTheLastOfRepeatedKeysUnderAnySpelling(t *testing.T) {
	got := decoded(t, record(`{"device_id":7,"lat":"x","lon":[],"fix_time":"2026-11-23T12:00:00Z",
		"lat":1,"lon":2,"\u0064evice\u005fid":"\ud83d\ude00\t\u00e9\/","Device_ID":"other","seq":1,"seq":null}`))
	if string(got.Device) != "😀\té/" || got.Lat != 1 || got.Lon != 2 || got.With(HasSeq) {
		t.Errorf("got %+v", got)
	}
}

func TestDecoder_keepsTheNameWhenTheTimeIsEscapedToo(t *testing.T) {
	got := decoded(t, record(`{"device_id":"\u0061b","fix_time":"2026-11-23T12\u003a00:00Z","source":"wi\u0066i"}`))
	if string(got.Device) != "ab" || got.FixTime != noon || got.Source != WiFi {
		t.Errorf("got %+v", got)
	}
}

func TestDecoder_leavesTheNamesOfEarlierRecordsAlone(t *testing.T) {
	d := NewDecoder(DefaultDecoderOptions())
	var pings [64]Ping
	for i := range pings {
		format := `{"fix_time":"2026-11-23T12\u003a00:00Z","device_id":"tag-%d"}`
		if i%2 == 1 {
			format = strings.Replace(format, "tag", `\u0074ag`, 1)
		}
		if no := d.Decode(record(fmt.Sprintf(format, i)), &pings[i]); no != nil {
			t.Fatal(no)
		}
	}
	for i := range pings {
		if want := fmt.Sprintf("tag-%d", i); string(pings[i].Device) != want {
			t.Errorf("got %q, want %q", pings[i].Device, want)
		}
	}
}

func TestDecoder_tellsFormatsApart(t *testing.T) {
	feed := strings.SplitN(sample(t, "mdss.jsonl"), "\n", 2)[0]
	for _, c := range []struct {
		value string
		want  Format
	}{
		{sample(t, "traccar_gps.json"), Traccar},
		{feed, MDSS},
		{`{"device_id":"a","fix_time":"2026-11-23T12:00:00Z"}`, Cordon},
		{`{"device_id":"a","fix_time":"2026-11-23T12:00:00Z","position_id":4}`, Cordon},
		{`{"position":{},"device":"a"}`, Cordon},
		{`{}`, Cordon},
		{`{"position":{},"device":{}}`, Traccar},
		{`{"position":{},"device":{},"device":1}`, Cordon},
		{`[]`, FormatUnknown},
		{`{"a":1`, FormatUnknown},
		{``, FormatUnknown},
		{`{"a":"` + strings.Repeat("x", maxRecord) + `"}`, FormatUnknown},
		{string(AppendProto(nil, &Ping{Device: []byte("a")})), FormatUnknown},
	} {
		if got := NewDecoder(DefaultDecoderOptions()).Detect([]byte(c.value)); got != c.want {
			t.Errorf("%.60q: got %v, want %v", c.value, got, c.want)
		}
	}
}

func TestDecoder_believesTheHeaders(t *testing.T) {
	format := func(w string) Header { return Header{FormatHeader, []byte(w)} }
	cordon := `{"device_id":"a","fix_time":"2026-11-23T12:00:00Z","position":{},"device":{}}`
	p := Ping{Device: []byte("a"), FixTime: noon}
	wire := string(AppendProto(nil, &p))
	json := Header{ContentTypeHeader, []byte("application/json")}
	for _, c := range []struct {
		rec  *Record
		want Reason
	}{
		{record(cordon), MissingDevice}, // looks like Traccar's
		{record(cordon, format("cordon")), ""},
		{record(cordon, format("mdss")), MissingTime},
		{record(cordon, format("Cordon")), Malformed},
		{record(cordon, format("")), Malformed},
		{record(cordon, format("xml"), format("cordon")), ""},
		{record(cordon, format("cordon"), format("xml")), Malformed},
		{record(cordon, format("cordon"), protobuf), ""},
		{record(cordon, protobuf, format("cordon")), ""},
		{record(cordon, json), MissingDevice},
		{record(wire), Malformed},
		{record(wire, protobuf), ""},
		{record(wire, Header{"trace", []byte("1")}, Header{ContentTypeHeader, []byte("Application/X-Protobuf; charset=x")}), ""},
		{record(wire, json), Malformed},
		{record("", protobuf), MissingDevice},
	} {
		if got := reasonOf(c.rec); got != c.want {
			t.Errorf("%v %.40q: got %q, want %q", c.rec.Headers, c.rec.Value, got, c.want)
		}
	}
}

// reasonOf is why a record is rejected, "" when it is not.
func reasonOf(rec *Record) Reason {
	var p Ping
	if no := NewDecoder(DefaultDecoderOptions()).Decode(rec, &p); no != nil {
		return no.Reason
	}
	return ""
}

func TestFormat_isTheWordItIsParsedFrom(t *testing.T) {
	for f := Cordon; f <= Proto; f++ {
		if got, err := ParseFormat(f.String()); got != f || err != nil {
			t.Errorf("%v: got %v, %v", f, got, err)
		}
	}
	for _, word := range []string{"", "unknown", "JSON"} {
		if _, err := ParseFormat(word); err == nil {
			t.Errorf("%q is taken for a format", word)
		}
	}
}

func TestDecoderOptions_refusesWhatCannotBeMeant(t *testing.T) {
	for name, spoil := range map[string]func(*DecoderOptions){
		"age":      func(o *DecoderOptions) { o.MaxAge = 0 },
		"future":   func(o *DecoderOptions) { o.MaxFuture = -1 },
		"accuracy": func(o *DecoderOptions) { o.Accuracy[Cell] = 0 },
		"level":    func(o *DecoderOptions) { o.AccuracyLevel = 1 },
	} {
		o := DefaultDecoderOptions()
		if err := o.Validate(); err != nil {
			t.Fatal(err)
		}
		if spoil(&o); o.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
