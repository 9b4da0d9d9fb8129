package ingest

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// anyPing draws a ping that a Decoder with the default options could have given.
func anyPing(t *rapid.T) Ping {
	o := DefaultDecoderOptions()
	p := Ping{
		Device:  []byte(rapid.StringN(1, 16, 64).Draw(t, "device")),
		FixTime: rapid.Int64Range(noon-72*3_600_000, noon+120_000).Draw(t, "fix"),
		Source:  rapid.SampledFrom([]Source{GNSS, WiFi, Cell, Beacon}).Draw(t, "source"),
		Strap:   rapid.SampledFrom([]Strap{StrapUnknown, StrapClosed, StrapOpen, StrapTampered}).Draw(t, "strap"),
		Has:     Fields(rapid.Uint16Range(0, 1<<11-1).Draw(t, "has")),
	}
	for _, f := range []*Flag{&p.Charging, &p.Motion, &p.Jamming} {
		*f = rapid.SampledFrom([]Flag{Unsaid, No, Yes}).Draw(t, "flag")
	}
	p.AccuracyM, p.AccuracyLevel = o.Accuracy[p.Source], o.AccuracyLevel
	set := func(has Fields, v *float64, least, most float64) {
		if p.With(has) {
			*v = rapid.Float64Range(least, most).Draw(t, "number")
		}
	}
	set(HasPosition, &p.Lat, -90, 90)
	set(HasPosition, &p.Lon, -180, 180)
	set(HasAccuracy, &p.AccuracyM, math.SmallestNonzeroFloat64, math.MaxFloat64)
	set(HasAccuracyLevel, &p.AccuracyLevel, math.SmallestNonzeroFloat64, math.Nextafter(1, 0))
	set(HasSpeed, &p.SpeedMPS, -1e300, 1e300) // finite in every unit
	set(HasHeading, &p.HeadingDeg, 0, math.Nextafter(360, 0))
	set(HasAltitude, &p.AltitudeM, -math.MaxFloat64, math.MaxFloat64)
	set(HasHDOP, &p.HDOP, 0, 1e6)
	if p.With(HasSeq) {
		p.Seq = rapid.Uint64().Draw(t, "seq")
	}
	if p.With(HasReceived) {
		p.ReceivedTime = rapid.Int64Range(firstMs, lastMs).Draw(t, "received")
	}
	if p.With(HasSatellites) {
		p.Satellites = rapid.Uint16().Draw(t, "satellites")
	}
	if p.With(HasBattery) {
		p.BatteryPct = rapid.Float32Range(0, 100).Draw(t, "battery")
	}
	return p
}

func TestEncode_isUndoneByDecoding(t *testing.T) {
	d := NewDecoder(DefaultDecoderOptions())
	rapid.Check(t, func(t *rapid.T) {
		p := anyPing(t)
		for _, rec := range rewritten(&p) {
			var got Ping
			if no := d.Decode(&rec, &got); no != nil || !same(&got, &p) {
				t.Fatalf("%v: %q\ngot  %+v\nwant %+v", no, rec.Value, got, p)
			}
		}
	})
}

func TestEncode_foreignFormatsKeepWhatTheyHaveAPlaceFor(t *testing.T) {
	d := NewDecoder(DefaultDecoderOptions())
	rapid.Check(t, func(t *rapid.T) {
		p := anyPing(t)
		feed, traccar := feedOf(p), traccarOf(p)
		for value, want := range map[string]Ping{
			string(AppendMDSSJSON(nil, &p)):    feed,
			string(AppendTraccarJSON(nil, &p)): traccar,
		} {
			var got Ping
			if no := d.Decode(record(value), &got); no != nil {
				t.Fatalf("%v: %q", no, value)
			}
			if math.Abs(got.SpeedMPS-want.SpeedMPS) > math.Abs(want.SpeedMPS)*1e-15 {
				t.Fatalf("%q: speed %v, want %v", value, got.SpeedMPS, want.SpeedMPS)
			}
			if got.SpeedMPS = want.SpeedMPS; !same(&got, &want) {
				t.Fatalf("%q\ngot  %+v\nwant %+v", value, got, want)
			}
		}
	})
}

// feedOf is what a line of the position feed keeps of p.
func feedOf(p Ping) Ping {
	o := DefaultDecoderOptions()
	p.Has &^= HasSeq | HasAccuracyLevel | HasAltitude | HasBattery
	p.Seq, p.AccuracyLevel, p.AltitudeM, p.BatteryPct = 0, o.AccuracyLevel, 0, 0
	p.Strap, p.Charging, p.Motion, p.Jamming = StrapUnknown, Unsaid, Unsaid, Unsaid
	return p
}

// traccarOf is what a Traccar record keeps of p.
func traccarOf(p Ping) Ping {
	o := DefaultDecoderOptions()
	p.Has &^= HasAccuracyLevel | HasSeq
	p.AccuracyLevel, p.Seq = o.AccuracyLevel, 0
	if p.Source == Beacon || !p.With(HasPosition) {
		p.Source = GNSS
	}
	if !p.With(HasPosition) {
		p.Has &^= HasAccuracy
	}
	if !p.With(HasAccuracy) {
		p.AccuracyM = o.Accuracy[p.Source]
	}
	if !p.With(HasPosition) || p.Source != GNSS {
		p.Has &^= HasSpeed | HasHeading | HasAltitude
		p.SpeedMPS, p.HeadingDeg, p.AltitudeM = 0, 0, 0
	}
	if p.Strap != StrapTampered {
		p.Strap = StrapUnknown
	}
	if p.Jamming == No {
		p.Jamming = Unsaid
	}
	return p
}

func TestEncode_writesJSONThatOthersRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPing(t)
		for _, b := range [][]byte{AppendCordonJSON(nil, &p), AppendTraccarJSON(nil, &p), AppendMDSSJSON(nil, &p)} {
			if !json.Valid(b) {
				t.Fatalf("not JSON: %q", b)
			}
		}
	})
}

func TestAppendCordonJSON_writesTheContractsWords(t *testing.T) {
	p := typicalPing()
	got := string(AppendCordonJSON([]byte("> "), &p))
	want := `> {"device_id":"tag-000042","fix_time":"2026-11-23T10:44:05.123Z","lat":51.5073512,"lon":-0.1277583,"seq":123456,` +
		`"received_time":"2026-11-23T10:44:06.456Z","source":"gnss","accuracy_m":8.5,"speed_mps":1.4,"heading_deg":271.5,"satellites":11,"battery_pct":87}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
