package ingest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
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

// BenchmarkDecode reads pings that differ as those of many tags do. The rivals are the readers that know everything, and
// encoding/json.
func BenchmarkDecode(b *testing.B) {
	for name, write := range map[string]func([]byte, *Ping) []byte{
		"cordon": AppendCordonJSON, "traccar": AppendTraccarJSON, "mdss": AppendMDSSJSON, "protobuf": AppendProto,
	} {
		records := manyRecords(write)
		format := FormatUnknown
		if name == "protobuf" {
			format = Proto
		}
		d := NewDecoder(DefaultDecoderOptions())
		read := func(reader string, decode func(*Record, *Ping) *Rejection) {
			b.Run(name+"/"+reader, func(b *testing.B) {
				b.ReportAllocs()
				var got Ping
				for i := 0; b.Loop(); i++ {
					if no := decode(&records[i%len(records)], &got); no != nil {
						b.Fatal(no)
					}
				}
			})
		}
		read("ours", d.Decode)
		read("rival=wholly", func(rec *Record, p *Ping) *Rejection { return d.wholly(rec.Value, format, p) })
		if name == "cordon" {
			read("rival=encoding-json", func(rec *Record, _ *Ping) *Rejection {
				var got plainPing
				if err := json.Unmarshal(rec.Value, &got); err != nil {
					b.Fatal(err)
				}
				return nil
			})
		}
	}
}

// manyRecords are those of some tags over some minutes.
func manyRecords(write func([]byte, *Ping) []byte) []Record {
	rng := rand.New(rand.NewPCG(1, 2))
	records := make([]Record, 4096)
	for i := range records {
		p := typicalPing()
		p.Device = fmt.Appendf(nil, "tag-%06d", rng.IntN(100_000))
		p.FixTime += rng.Int64N(600_000)
		p.ReceivedTime = p.FixTime + rng.Int64N(3000)
		p.Seq = rng.Uint64N(200_000)
		p.Lat = math.Round(51e7+rng.Float64()*1e7) / 1e7
		p.Lon = math.Round(1e7-rng.Float64()*2e7) / 1e7
		p.AccuracyM, p.SpeedMPS = float64(3+rng.IntN(20)), float64(rng.IntN(60))/10
		p.HeadingDeg, p.Satellites, p.BatteryPct = float64(rng.IntN(360)), uint16(6+rng.IntN(10)), float32(rng.IntN(101))
		p.Motion, p.Strap = Yes, StrapClosed
		records[i] = Record{Value: write(nil, &p), Appended: p.FixTime}
		if p := string(write(nil, &p)); p[0] != '{' {
			records[i].Headers = []Header{{ContentTypeHeader, []byte(ProtoContentType)}}
		}
	}
	return records
}

// typicalPing is about 230 bytes of Cordon JSON.
func typicalPing() Ping {
	o := DefaultDecoderOptions()
	return Ping{
		Device: []byte("tag-000042"), FixTime: 1795430645123, ReceivedTime: 1795430646456, Seq: 123456,
		Lat: 51.5073512, Lon: -0.1277583, AccuracyM: 8.5, AccuracyLevel: o.AccuracyLevel, SpeedMPS: 1.4, HeadingDeg: 271.5,
		Satellites: 11, BatteryPct: 87,
		Has: HasPosition | HasSeq | HasReceived | HasAccuracy | HasSpeed | HasHeading | HasSatellites | HasBattery,
	}
}
