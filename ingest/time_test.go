package ingest

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseTime_readsRFC3339(t *testing.T) {
	for text, want := range map[string]int64{
		"1970-01-01T00:00:00Z":              0,
		"2026-11-23T12:00:00.000Z":          noon,
		"2026-11-23t12:00:00z":              noon,
		"2026-11-23T12:00:00-00:00":         noon,
		"2026-11-23T13:30:00.1+01:30":       noon + 100,
		"2026-11-22T23:00:00.12-13:00":      noon + 120,
		"2026-11-23T12:00:00.123999999999Z": noon + 123,
		"1969-12-31T23:59:59.999Z":          -1,
		"2000-02-29T00:00:00Z":              951782400000,
		"2016-12-31T23:59:60Z":              1483228799999,
		"2017-01-01T00:59:60.5+01:00":       1483228799999,
		"0001-01-01T00:00:00Z":              firstMs,
		"9999-12-31T23:59:59.9999Z":         lastMs,
	} {
		if got, ok := ParseTime([]byte(text)); !ok || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, ok, want)
		}
	}
}

func TestParseTime_refusesWhatIsNoTime(t *testing.T) {
	for _, text := range []string{
		"", "2026-11-23", "2026-11-23T12:00Z", "2026-11-23T12:00:00", "2026-11-23 12:00:00Z", "2026-11-23T12:00:00.Z",
		"2026-11-23T12:00:00,5Z", "2026-11-23T12:00:00+0100", "2026-11-23T12:00:00+01", "2026-11-23T12:00:00+24:00",
		"2026-11-23T12:00:00+01:60", "2026-11-23T24:00:00Z", "2026-11-23T12:60:00Z", "2026-11-23T12:00:61Z",
		"2026-11-23T12:00:60Z", "2016-12-31T23:59:60+01:00", "2026-00-23T12:00:00Z", "2026-13-23T12:00:00Z",
		"2026-11-00T12:00:00Z", "2026-11-31T12:00:00Z", "2026-02-29T12:00:00Z", "1900-02-29T12:00:00Z",
		"2026-11-23T12:00:00ZZ", "2026-11-23T12:00:00 Z", "20a6-11-23T12:00:00Z", "2026-11-23T1 :00:00Z", "+026-11-23T12:00:00Z",
		"0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026/11/23T12:00:00Z", "1795435200000",
	} {
		if got, ok := ParseTime([]byte(text)); ok {
			t.Errorf("%q: accepted as %d", text, got)
		}
	}
}

func TestParseTime_looseTakesWhatTheFeedsWrite(t *testing.T) {
	for _, text := range []string{
		"2026-11-23T12:00:00", "2026-11-23 12:00:00", "2026-11-23 12:00:00.000", "2026-11-23T12:00:00.000+0000",
		"2026-11-23T12:00:00+00:00", "2026-11-23T13:00:00.000+01", "2026-11-23 12:00:00Z",
	} {
		if got, ok := parseTime([]byte(text), true); !ok || got != noon {
			t.Errorf("%s: got %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"2026-11-23 12:00", "2026-11-23 12:00:00+1", "2026-11-23x12:00:00", "2026-11-23 12:00:00+00:0"} {
		if got, ok := parseTime([]byte(text), true); ok {
			t.Errorf("%q: accepted as %d", text, got)
		}
	}
}

func TestParseTime_agreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(firstMs+msPerDay, lastMs-msPerDay).Draw(t, "ms")
		zone := time.FixedZone("", 60*rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "minutes"))
		text := time.UnixMilli(ms).In(zone).AppendFormat(nil, "2006-01-02T15:04:05.000Z07:00")
		if got, ok := ParseTime(text); !ok || got != ms {
			t.Fatalf("%s: got %d, %v, want %d", text, got, ok, ms)
		}
		if got, ok := ParseTime(AppendTime(nil, ms)); !ok || got != ms {
			t.Fatalf("%s: got %d, %v, want %d", AppendTime(nil, ms), got, ok, ms)
		}
	})
}

// FuzzParseTime lets nothing pass that the standard library refuses, leap seconds and small letters apart.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-11-23T12:00:00.000Z", "2024-02-29T23:59:59+01:00", "2016-12-31T23:59:60Z"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ms, ok := ParseTime(b)
		if len(b) > 19 && (b[10] == 't' || b[len(b)-1] == 'z' || b[17] == '6') {
			return
		}
		want, err := time.Parse(time.RFC3339Nano, string(b))
		if err != nil && ok {
			t.Fatalf("%q: accepted as %d, the standard library says %v", b, ms, err)
		}
		if ok && want.UnixMilli() != ms {
			t.Fatalf("%q: got %d, want %d", b, ms, want.UnixMilli())
		}
	})
}
