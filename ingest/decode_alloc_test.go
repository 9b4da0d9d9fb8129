package ingest

import (
	"fmt"
	"strings"
	"testing"
)

func TestDecoder_allocatesNothingForAnAcceptedPing(t *testing.T) {
	d := NewDecoder(DefaultDecoderOptions())
	var recent Recent
	check := func(name string, rec *Record) {
		var p Ping
		if no := d.Decode(rec, &p); no != nil {
			t.Fatalf("%s: %v", name, no)
		}
		n := testing.AllocsPerRun(100, func() {
			if no := d.Decode(rec, &p); no != nil {
				t.Fatal(no)
			}
			recent.Seen(&p)
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	i := 0
	addSeeds(t, func(value []byte, proto bool) {
		rec := Record{Value: value, Appended: noon}
		if proto {
			rec.Headers = []Header{protobuf}
		}
		check(fmt.Sprintf("sample %d", i), &rec)
		i++
	})
	check("numbers that strconv has to read", record(with(`"lat":51.50735123456789012345678,"lon":-1.234567890123456789e-30`)))
	check("texts that are escaped", record(with(`"\u0061ltitude_m":4,"source":"\u0067nss"`)))
	check("a header that settles it", record(with(`"seq":1`), Header{FormatHeader, []byte("cordon")}))
}

func TestDecoder_readsRecordsOfManyShapesAlike(t *testing.T) {
	// One Decoder that guesses from record to record, against a new one for each record.
	one := NewDecoder(DefaultDecoderOptions())
	var values []string
	addSeeds(t, func(value []byte, proto bool) {
		if !proto {
			values = append(values, string(value))
		}
	})
	many := `{` + strings.Repeat(`"x":1,`, 40) + `"device_id":"m","` + strings.Repeat("y", 40) + `":2,"fix_time" : "2026-11-23T12:00:00Z"}`
	feed := `{"device_id":"a","position_gps_date":"2026-11-23 12:00:00","position_uploaded_date":"2026-11-23 12:00:00"}`
	values = append(values, feed, strings.ReplaceAll(feed, `uploaded_date":`, `uploaded_date" :`))
	values = append(values, with(`"seq":1`), with(` "seq" : 2`), with(`"se\u0071":3`), with(`"seq":4`), many, many, with(`"\u0073eq":5`), with(`"seq":6`))
	for round := range values {
		for i := range values {
			value := values[(i*(round+1))%len(values)]
			var got, want Ping
			if no := one.Decode(record(value), &got); no != nil {
				t.Fatal(no)
			}
			if want = decoded(t, record(value)); !same(&got, &want) {
				t.Fatalf("%q\ngot  %+v\nwant %+v", value, got, want)
			}
		}
	}
}
