package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

// The rival is encoding/csv, which also takes what no row of ours may have: line breaks in quotes.
func FuzzSplitCSV(f *testing.F) {
	for _, seed := range []string{"a,b", `"a","b""c",`, ",", `"`, `"a"b`, `a"b`, `"a,b",c`, " a, \"b\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, row string) {
		if row == "" || strings.ContainsAny(row, "\r\n") {
			t.Skip()
		}
		cells, ok := splitCSV(nil, []byte(row))
		want, err := csv.NewReader(strings.NewReader(row)).Read()
		if ok != (err == nil) {
			t.Fatalf("%q: accepted %v, encoding/csv says %v", row, ok, err)
		}
		if !ok {
			return
		}
		if len(cells) != len(want) {
			t.Fatalf("%q: %q, want %q", row, cells, want)
		}
		for i := range cells {
			if string(cells[i]) != want[i] {
				t.Errorf("%q: cell %d is %q, want %q", row, i, cells[i], want[i])
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("device_id,fix_time,lat,lon\na,2026-03-01T10:00:00Z,51.5,-0.1\n")
	f.Add("device_id,position_gps_date,position_lbs\n8,2026-03-01 10:00:00,1\n\"x\n")
	f.Add("device_id,fix_time,motion\n,,yes\n1,2,3,4\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := newCSV(bufio.NewReaderSize(strings.NewReader(text), 64), "tag")
		if err != nil {
			return
		}
		for {
			e, err := rows.next()
			if err != nil {
				return
			}
			whole := len(rows.cells) == len(rows.columns) && bytes.Equal(e.value, rows.json)
			if whole && !json.Valid(e.value) {
				t.Fatalf("not JSON: %q", e.value)
			}
			if !whole && !e.long && !strings.Contains(text, string(e.value)) {
				t.Fatalf("neither JSON nor as it was: %q", e.value)
			}
		}
	})
}

func FuzzGPX(f *testing.F) {
	f.Add(`<gpx><trk><name>a</name><trkseg><trkpt lat="1" lon="2"><time>2026-03-01T10:00:00Z</time><ele>x</ele></trkpt></trkseg></trk></gpx>`)
	f.Add(`<gpx><trkpt lat="&quot;" lon="1e999"><sat>1<x/>2</sat></trkpt>`)
	f.Fuzz(func(t *testing.T, text string) {
		points := newGPX(strings.NewReader(text), "tag")
		for {
			e, err := points.next()
			if err != nil {
				return
			}
			if !json.Valid(e.value) {
				t.Fatalf("not JSON: %q", e.value)
			}
		}
	})
}
