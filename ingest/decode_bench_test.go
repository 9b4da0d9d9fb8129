package ingest

import (
	"encoding/json"
	"testing"
	"time"
)

// plainPing is what a straightforward program decodes Cordon JSON into.
type plainPing struct {
	DeviceID string    `json:"device_id"`
	FixTime  time.Time `json:"fix_time"`
	Lat      *float64  `json:"lat"`
	Lon      *float64  `json:"lon"`
	Seq      *uint64   `json:"seq"`
	Received time.Time `json:"received_time"`
	Source   string    `json:"source"`
	Accuracy *float64  `json:"accuracy_m"`
	Level    *float64  `json:"accuracy_level"`
	Speed    *float64  `json:"speed_mps"`
	Heading  *float64  `json:"heading_deg"`
	Battery  *float64  `json:"battery_pct"`
}

// BenchmarkDecode reads one ping in each format; the rival is encoding/json on the Cordon JSON.
func BenchmarkDecode(b *testing.B) {
	p := typicalPing()
	records := map[string]Record{
		"cordon":   {Value: AppendCordonJSON(nil, &p)},
		"traccar":  {Value: AppendTraccarJSON(nil, &p)},
		"mdss":     {Value: AppendMDSSJSON(nil, &p)},
		"protobuf": {Value: AppendProto(nil, &p), Headers: []Header{{ContentTypeHeader, []byte(ProtoContentType)}}},
	}
	for _, name := range []string{"cordon", "traccar", "mdss", "protobuf"} {
		b.Run(name, func(b *testing.B) {
			rec := records[name]
			rec.Appended = p.FixTime
			d := NewDecoder(DefaultDecoderOptions())
			b.SetBytes(int64(len(rec.Value)))
			b.ReportAllocs()
			var got Ping
			for b.Loop() {
				if no := d.Decode(&rec, &got); no != nil {
					b.Fatal(no)
				}
			}
		})
	}
	b.Run("rival=encoding-json", func(b *testing.B) {
		rec := records["cordon"]
		b.SetBytes(int64(len(rec.Value)))
		b.ReportAllocs()
		for b.Loop() {
			var got plainPing
			if err := json.Unmarshal(rec.Value, &got); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// typicalPing is about 230 bytes of Cordon JSON.
func typicalPing() Ping {
	o := DefaultDecoderOptions()
	return Ping{
		Device: "tag-000042", FixTime: 1795430645123, ReceivedTime: 1795430646456, Seq: 123456,
		Lat: 51.5073512, Lon: -0.1277583, AccuracyM: 8.5, AccuracyLevel: o.AccuracyLevel, SpeedMPS: 1.4, HeadingDeg: 271.5,
		Satellites: 11, BatteryPct: 87,
		Has: HasPosition | HasSeq | HasReceived | HasAccuracy | HasSpeed | HasHeading | HasSatellites | HasBattery,
	}
}
