package ingest

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// addSeeds gives a record of each format, and whether it is protobuf.
func addSeeds(t testing.TB, add func(value []byte, proto bool)) {
	for _, name := range []string{"traccar_gps.json", "traccar_network.json", "traccar_cell.json", "traccar_outdated.json", "traccar_alarms.json"} {
		add([]byte(sample(t, name)), false)
	}
	for line := range strings.SplitSeq(sample(t, "mdss.jsonl"), "\n") {
		add([]byte(line), false)
	}
	full := typicalPing()
	full.Strap, full.Charging, full.Motion, full.Jamming, full.Source = StrapOpen, Yes, No, Yes, Beacon
	for _, p := range []Ping{full, typicalPing(), {Device: []byte("a"), FixTime: noon}} {
		add(AppendCordonJSON(nil, &p), false)
		add(AppendProto(nil, &p), true)
	}
}

// FuzzDecode throws bytes at every decoder: what is accepted keeps the promises of Ping and survives being written and
// read again, what is rejected has a reason of the closed set.
func FuzzDecode(f *testing.F) {
	addSeeds(f, func(value []byte, proto bool) {
		f.Add(value, uint8(FormatUnknown))
		if proto {
			f.Add(value, uint8(Proto))
		}
	})
	f.Fuzz(func(t *testing.T, value []byte, format uint8) {
		rec := Record{Value: value, Appended: noon}
		switch f := Format(format % 5); f {
		case FormatUnknown:
		case Proto:
			rec.Headers = []Header{protobuf}
		default:
			rec.Headers = []Header{{FormatHeader, []byte(f.String())}}
		}
		d := NewDecoder(DefaultDecoderOptions())
		var p Ping
		if no := d.Decode(&rec, &p); no != nil {
			checkRejection(t, no)
			return
		}
		checkPing(t, &p)
		for _, rec := range rewritten(&p) {
			var again Ping
			if no := d.Decode(&rec, &again); no != nil || !same(&again, &p) {
				t.Fatalf("%v\nwritten as %q\ngot  %+v\nwant %+v", no, rec.Value, again, p)
			}
		}
	})
}

// rewritten is p in the two formats that have a place for all of it.
func rewritten(p *Ping) []Record {
	return []Record{
		{Value: AppendCordonJSON(nil, p), Appended: noon},
		{Value: AppendProto(nil, p), Appended: noon, Headers: []Header{protobuf}},
	}
}

func checkRejection(t *testing.T, no *Rejection) {
	t.Helper()
	for _, r := range Reasons {
		if no.Reason == r && no.Detail != "" && utf8.ValidString(no.Detail) {
			return
		}
	}
	t.Fatalf("rejected for %q: %q", no.Reason, no.Detail)
}

func checkPing(t *testing.T, p *Ping) {
	t.Helper()
	sane := len(p.Device) > 0 && len(p.Device) <= 64 && utf8.Valid(p.Device) &&
		p.FixTime >= noon-72*3_600_000 && p.FixTime <= noon+120_000 &&
		math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180 && (p.With(HasPosition) || p.Lat == 0 && p.Lon == 0) &&
		p.AccuracyM > 0 && !math.IsInf(p.AccuracyM, 1) && p.AccuracyLevel > 0 && p.AccuracyLevel < 1 &&
		p.HeadingDeg >= 0 && p.HeadingDeg < 360 && p.BatteryPct >= 0 && p.BatteryPct <= 100 &&
		p.Source <= Beacon && p.Strap <= StrapTampered && max(p.Charging, p.Motion, p.Jamming) <= Yes &&
		!math.IsNaN(p.SpeedMPS+p.AltitudeM*0+p.HDOP*0)
	if !sane {
		t.Fatalf("accepted: %+v", p)
	}
}
