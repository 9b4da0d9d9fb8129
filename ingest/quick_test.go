package ingest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// identical compares two pings to the last bit, the sign of a zero included.
func identical(a, b *Ping) bool {
	return same(a, b) && bytes.Equal(AppendProto(nil, a), AppendProto(nil, b))
}

// agree fails if a quick reader reads a record differently from the full reader. It asks a new decoder, whose memory of
// earlier records is all zeros, and one that has read a ping, each twice: the second time the names are guessed. It reports
// whether the quick reader took the record each time.
func agree(t interface{ Fatalf(string, ...any) }, b []byte, format Format) bool {
	var full Ping
	no := NewDecoder(DefaultDecoderOptions()).wholly(b, format, &full)
	quick := true
	for _, d := range decoders(format) {
		for range 2 {
			var fast Ping
			took := d.quickly(b, format, &fast)
			if took && (no != nil || !identical(&fast, &full)) {
				t.Fatalf("%q: read quickly as\n%+v, wholly as\n%+v, %v", b, fast, full, no)
			}
			quick = quick && took
		}
	}
	return quick
}

// decoders are a fresh one and one that has read a ping; of protobuf no decoder remembers anything.
func decoders(format Format) []*Decoder {
	fresh := NewDecoder(DefaultDecoderOptions())
	if format == Proto {
		return []*Decoder{fresh}
	}
	warm := NewDecoder(DefaultDecoderOptions())
	var p Ping
	warm.quickly([]byte(with(`"seq":1,"received_time":"2026-11-23T12:00:01.000Z"`)), format, &p)
	return []*Decoder{fresh, warm}
}

// FuzzQuick holds the quick readers to what the others read.
func FuzzQuick(f *testing.F) {
	addSeeds(f, func(value []byte, proto bool) {
		f.Add(value, proto)
	})
	for _, s := range []string{
		with(`"accuracy_level":0.68,"speed_mps":-0.0,"hdop":1e-3,"strap":"tampered","source":"cell","seq":123456789012345`),
		with(`"x":{"a":[1]},"seq" : 7 , "charging":false,"motion":true`) + "\n",
		"{\"device_id\":\"a\",\"fix_time\":\"" + strings.Repeat("\x00", 11) + "12:00:00.000Z\"}",
		`{"device_id":"é","fix_time":"2026-11-23T12:00:00+01:00","received_time":"2024-02-29T23:59:60Z"}`,
	} {
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, b []byte, proto bool) {
		if len(b) == 0 || len(b) > maxRecord {
			return
		}
		format := FormatUnknown
		if proto {
			format = Proto
		}
		agree(t, b, format)
	})
}

// Values of members, good and bad, as text of JSON.
var (
	anyWhole  = []string{"0", "7", "11", "123456789012345", "1234567890123456", "12345678", "99999999", "18446744073709551615", "65535", "65536", "-1", "-0", "01", "1.0", "1e2", "00"}
	anyNumber = []string{
		"0", "-0", "0.0", "-0.0", "51.5073512", "-0.1277583", "90", "-90", "90.0000001", "180", "-180.5", "360", "359.99999999", "12345678.5", "1234567.12345678",
		"0.95", "1", "0.999999999999999999", "5e-324", "1e400", "-1e400", "100", "100.5", "1.", ".5", "-", "--1", "-.5", "01.5", "1.5e3", "1.5E-3", "1e", "+1",
		"51.507351234567891234", "0.12345678", "0.123456789", "1.25e+1", "7:", "0x10", "1 ", "12345678",
	}
	anyTimes = []string{
		`"2026-11-23T12:00:00.000Z"`, `"2026-11-23T23:59:59.999Z"`, `"2024-02-29T00:00:00.120Z"`, `"2026-02-29T00:00:00.120Z"`, `"2026-11-23T12:00:00Z"`,
		`"2026-11-23T24:00:00.000Z"`, `"2026-11-23T12:60:00.000Z"`, `"2026-11-23T12:00:60.000Z"`, `"2026-11-23T12:00:00.é0Z"`, `"2026-11-23T12:00:éZ.000Z"`, `"2016-12-31T23:59:60.000Z"`, `"2026-13-23T12:00:00.000Z"`, `"2026-11-23t12:00:00.000z"`,
		`"2026-11-23T12:00:00+01:00"`, `"2026-11-23T12:00:00.1234567Z"`, `"2026-11-23 12:00:00.000Z"`, `"0000-11-23T12:00:00.000Z"`, `"0001-01-01T00:00:00.000Z"`,
		`"2026-11-23T12;00:00.000Z"`, `"2026-11-23T12:00:00.0:0Z"`, `"2026-11-23T1::00:00.000Z"`, `"2026-11-23T12:00:00.000Z `, `"2026-11-23T12\u003a00:00Z"`,
		`"9999-12-31T23:59:59.999Z"`, `"2026-11/23T12:00:00.000Z"`, "\"2026-11-23T12:00:00.0\u00e9Z\"",
		`"1970-01-01T00:00:00.000Z"`, `"1970-01-01t00:00:00.000Z"`, "\"" + strings.Repeat("\x00", 11) + "12:00:00.000Z\"",
	}
	anyWord = []string{`"gnss"`, `"wifi"`, `"cell"`, `"beacon"`, `"beacons"`, `"closed"`, `"open"`, `"tampered"`, `"tamperex"`, `"tampered`, `""`, `"GNSS"`, `"gns`, `"\u0067nss"`}
	anyFlag = []string{"true", "false", "tru", "fals", "truee", "True", "1"}
	anyName = []string{
		`"a"`, `"tag-000042"`, `""`, `"` + strings.Repeat("x", 64) + `"`, `"` + strings.Repeat("x", 65) + `"`, `"é"`, `"a\"b"`, "\"a\x01\"", "\"\xff\"", `"12345678"`, `"1234567`, "7",
	}
	anyElse = []string{"null", `{}`, `{"a":[1,2,{"b":"c"}]}`, `[1,]`, `"x"`, "", " ", "\"\\ud800\"", "\x00"}
)

// anyMember draws a member of a record, mostly one of ours with a value that it may have.
func anyMember(t *rapid.T, f field) string {
	pool := anyNumber
	switch sorts[f] {
	case asText:
		pool = anyName
	case asMoment:
		pool = anyTimes
	case asWhole:
		pool = anyWhole
	case asWord:
		pool = anyWord
	case asFlag:
		pool = anyFlag
	}
	if rapid.IntRange(0, 40).Draw(t, "odd") == 0 {
		pool = rapid.SampledFrom([][]string{anyNumber, anyName, anyTimes, anyWhole, anyWord, anyFlag, anyElse}).Draw(t, "pool")
	}
	i := 0 // the first of a pool is good
	if rapid.IntRange(0, 2).Draw(t, "plain") == 0 {
		i = rapid.IntRange(0, len(pool)-1).Draw(t, "value")
	}
	name := f.String()
	if rapid.IntRange(0, 30).Draw(t, "name") == 0 {
		name = rapid.SampledFrom([]string{"x", "position", "device", "position_id", "lat", "LAT", "lat ", "\\u006cat", "", "device_i", "received_times", "\xff"}).Draw(t, "name")
	}
	return `"` + name + `"` + anySpace(t) + ":" + anySpace(t) + pool[i]
}

func anySpace(t *rapid.T) string {
	if rapid.IntRange(0, 15).Draw(t, "space") > 0 {
		return ""
	}
	return rapid.SampledFrom([]string{" ", "\n", "\t ", "\r", "\v", "  "}).Draw(t, "spaces")
}

func TestQuick_readsJSONAsTheOtherReaderDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.Permutation([]field{
			fDevice, fFixTime, fLat, fLon, fSeq, fReceived, fSource, fAccuracy, fLevel, fSpeed, fHeading, fAltitude, fSatellites,
			fHDOP, fBattery, fCharging, fMotion, fJamming, fStrap,
		}).Draw(t, "fields")
		var members []string
		for _, f := range fields {
			if f == fDevice || f == fFixTime || rapid.Bool().Draw(t, "there") {
				members = append(members, anyMember(t, f))
			}
		}
		value := anySpace(t) + "{" + strings.Join(members, anySpace(t)+","+anySpace(t)) + anySpace(t) + "}" + anySpace(t)
		if rapid.IntRange(0, 20).Draw(t, "cut") == 0 {
			value = value[:rapid.IntRange(0, len(value)).Draw(t, "length")]
		}
		agree(t, []byte(value), FormatUnknown)
	})
}

func TestQuick_readsEachValueAsTheOtherReaderDoes(t *testing.T) {
	start := `{"device_id":"a","fix_time":"2026-11-23T12:00:00.000Z","lat":51,"lon":0,`
	for f := fDevice; f <= fStrap; f++ {
		for _, pool := range [][]string{anyNumber, anyName, anyTimes, anyWhole, anyWord, anyFlag, anyElse} {
			for _, v := range pool {
				m := `"` + f.String() + `":` + v
				for _, value := range []string{start + m + "}", start + m + `,"x":1}`, "{" + m + "," + start[1:] + m + "}", start + m + ` , "x":"1"}`} {
					agree(t, []byte(value), FormatUnknown)
				}
			}
		}
		agree(t, []byte(strings.ReplaceAll(start+`"x":1}`, f.String(), "x")), FormatUnknown)
	}
}

func TestQuick_readsEachFieldOfProtobufAsTheOtherReaderDoes(t *testing.T) {
	good := AppendProto(nil, &Ping{Device: []byte("a"), FixTime: noon})
	for f := fDevice; f <= fStrap; f++ {
		for _, x := range []uint64{0, 1, 2, 3, 4, 5, 64, 65, 127, 128, 65535, 65536, lastMs, lastMs + 1, 1<<32 + 1, 1<<56 - 1, 1 << 56, 1<<64 - 1, 0x3ff0000000000000, 0x7ff0000000000000, 0x42c8000042c80000, 0x42c8000142c80001} {
			var b []byte
			switch tag := appendTag(slices.Clone(good), f); protoFields[f].wire() {
			case wire64:
				b = binary.LittleEndian.AppendUint64(tag, x)
			case wire32:
				b = binary.LittleEndian.AppendUint32(tag, uint32(x))
			case wireBytes:
				b = append(binary.AppendUvarint(tag, x), bytes.Repeat([]byte("n"), int(min(x, 70)))...)
			default:
				b = binary.AppendUvarint(tag, x)
			}
			for n := len(good); n <= len(b); n++ {
				agree(t, b[:n], Proto)
				agree(t, append(b[:n:n], good...), Proto)
			}
		}
	}
}

func TestQuick_readsWhatOthersWrite(t *testing.T) {
	for _, value := range []string{
		with(`"seq":1`),
		`{"device_id": "a", "fix_time": "2026-11-23T12:00:00.123456+00:00", "lat": 51.50735123456789, "lon": -0.12775829999999998, "extra": {"a": [1]}}` + "\n",
		`{"fix_time":"2026-11-23T12:00:00Z","device_id":"a"}`,
		with(`"speed_mps":1e1,"hdop":0.123456789012,"strap":"closed"`),
	} {
		if !agree(t, []byte(value), FormatUnknown) {
			t.Errorf("%q is not read quickly", value)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := anyPing(t)
		p.Device, p.Seq = []byte("tag"), p.Seq>>16
		if p.ReceivedTime < 0 {
			p.ReceivedTime = -p.ReceivedTime >> 1
		}
		if v := AppendCordonJSON(nil, &p); !agree(t, v, FormatUnknown) && p.Seq < 1e15 {
			t.Errorf("%q is not read quickly", v)
		}
		if v := AppendProto(nil, &p); !agree(t, v, Proto) {
			t.Errorf("%q is not read quickly", v)
		}
	})
}

func TestQuick_readsProtobufAsTheOtherReaderDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPing(t)
		b := AppendProto(nil, &p)
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "change") {
			case 0:
				b[i] = rapid.Byte().Draw(t, "byte")
			case 1:
				b = append(b[:i:i], b[min(i+rapid.IntRange(1, 9).Draw(t, "gone"), len(b)):]...)
			case 2:
				b = append(b, b[i:]...)
			default:
				b = b[:i]
			}
			if len(b) == 0 {
				return
			}
		}
		agree(t, b, Proto)
	})
}

func TestQuick_aFreshDecoderKnowsNoDateThatIsNone(t *testing.T) {
	nulls := "\"" + strings.Repeat("\x00", 11) + "12:00:00.000Z\""
	for _, time := range []string{nulls, `"1970-01-01T12:00:00.000Z"`} {
		b := []byte(`{"device_id":"a","fix_time":` + time + `}`)
		var p Ping
		took := NewDecoder(DefaultDecoderOptions()).quickly(b, FormatUnknown, &p)
		if good := time != nulls; took != good || good && p.FixTime != 12*3_600_000 {
			t.Errorf("%q: accepted: %t, as %d", b, took, p.FixTime)
		}
	}
	rec := Record{Value: []byte(`{"device_id":"a","fix_time":` + nulls + `}`), Appended: 12 * 3_600_000}
	var p Ping
	if no := NewDecoder(DefaultDecoderOptions()).Decode(&rec, &p); no == nil || no.Reason != Malformed {
		t.Errorf("rejected for %v, want malformed: JSON has no control characters in a text", no)
	}
}

func TestDigits_areCountedAndRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{0,8}`).Draw(t, "digits")
		b := []byte(text + string(rapid.SliceOfN(rapid.Byte(), 9, 9).Draw(t, "behind")))
		var want uint64
		n := 0
		for ; n < 8 && isDigit(b[n]); n++ {
			want = want*10 + uint64(b[n]-'0')
		}
		if got, v := digits(eight(b, 0)); got != n || n > 0 && v != want {
			t.Fatalf("%q: %d digits, %d", b, got, v)
		}
	})
}

func TestQuickVarint_isWhatTheOtherReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.ByteRange(0x80, 0xff)), 8, 24).Draw(t, "bytes")
		i := rapid.IntRange(0, len(b)).Draw(t, "at")
		want, end := varint(b, i)
		if x, next := quickVarint(b, i); next <= len(b) && (end != next || x != want) {
			t.Fatalf("% x at %d: %d to %d, want %d to %d", b, i, x, next, want, end)
		}
	})
}
