package ingest

import (
	"strings"
	"testing"
)

func TestMDSS_aFileGoesThroughLineByLine(t *testing.T) {
	want := []Ping{
		{
			Device: []byte("70000123"), FixTime: at(t, "10:44:05"), ReceivedTime: at(t, "10:45:00"), Lat: 51.5138, Lon: -0.0984,
			AccuracyM: 8, AccuracyLevel: 0.95, SpeedMPS: 1.5, HeadingDeg: 92, HDOP: 1.1, Satellites: 9,
			Has: HasPosition | HasReceived | HasAccuracy | HasSpeed | HasHeading | HasSatellites | HasHDOP,
		},
		{
			Device: []byte("70000123"), FixTime: at(t, "10:46:05"), ReceivedTime: at(t, "10:47:00"), Lat: 51.5139, Lon: -0.0980,
			AccuracyM: 320, AccuracyLevel: 0.95, Source: Cell, Has: HasPosition | HasReceived | HasAccuracy,
		},
		{
			Device: []byte("70000123"), FixTime: at(t, "10:48:05.250"), Lat: 51.5140, Lon: -0.0979, AccuracyM: 50,
			AccuracyLevel: 0.95, Source: WiFi, Has: HasPosition | HasSpeed | HasHeading,
		},
		{
			Device: []byte("70000123"), FixTime: at(t, "10:50:05"), Lat: 51.5141, Lon: -0.0978, AccuracyM: 10, AccuracyLevel: 0.95,
			Source: Beacon, Has: HasPosition,
		},
		{
			Device: []byte("70000123"), FixTime: at(t, "10:52:05"), Lat: 51.5142, Lon: -0.0977, AccuracyM: 1000,
			AccuracyLevel: 0.95, Source: Cell, Has: HasPosition,
		},
	}
	lines := strings.Split(sample(t, "mdss.jsonl"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		if got := decoded(t, record(line)); !same(&got, &want[i]) {
			t.Errorf("line %d:\ngot  %+v\nwant %+v", i+1, got, want[i])
		}
	}
}

func TestMDSS_rejectsForTheRightReason(t *testing.T) {
	with := func(members string) string {
		return `{"position_id":1,"device_id":"a","position_gps_date":"2026-11-23 12:00:00","position_latitude":1,"position_longitude":2,` + members + `}`
	}
	for _, c := range []struct {
		value string
		want  Reason
		about string
	}{
		{with(`"x":1`), "", ""},
		{with(`"device_id":null`), MissingDevice, "device_id"},
		{with(`"device_id":-1`), BadField, "device_id"},
		{with(`"device_id":1.5`), BadField, "device_id"},
		{with(`"device_id":` + strings.Repeat("1", 65)), BadField, "device_id"},
		{with(`"position_gps_date":""`), MissingTime, "position_gps_date"},
		{with(`"position_gps_date":null`), MissingTime, "position_gps_date"},
		{with(`"position_gps_date":"23/11/2026"`), BadField, "position_gps_date"},
		{with(`"position_latitude":""`), BadCoordinates, "position_longitude without position_latitude"},
		{with(`"position_latitude":"","position_longitude":null`), "", ""},
		{with(`"position_latitude":"north"`), BadCoordinates, "position_latitude"},
		{with(`"position_latitude":"NaN"`), BadCoordinates, "position_latitude"},
		{with(`"position_latitude":"1 "`), BadCoordinates, "position_latitude"},
		{with(`"position_longitude":"181"`), BadCoordinates, "position_longitude"},
		{with(`"position_precision":-1`), BadAccuracy, "position_precision"},
		{with(`"position_precision":"0"`), "", ""},
		{with(`"position_speed":"fast"`), BadField, "position_speed"},
		{with(`"position_direction":-1`), BadField, "position_direction"},
		{with(`"position_satellite":"x"`), BadField, "position_satellite"},
		{with(`"position_hdop":true`), BadField, "position_hdop"},
		{with(`"position_lbs":"GPS"`), BadField, "position_lbs"},
		{with(`"position_uploaded_date":"x"`), BadField, "position_uploaded_date"},
		{with(`"position_id":{}`), "", ""},
		{with(`"position_gps_date":"2026-11-23 12:02:00.001"`), Future, ""},
	} {
		expect(t, record(c.value), c.want, c.about)
	}
}
