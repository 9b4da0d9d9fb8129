package ingest

import (
	"strings"
	"testing"
)

// at is a time of day on 2026-11-23, in ms since the Unix epoch.
func at(t *testing.T, clock string) int64 {
	t.Helper()
	ms, ok := ParseTime([]byte("2026-11-23T" + clock + "Z"))
	if !ok {
		t.Fatalf("no time: %s", clock)
	}
	return ms
}

func TestTraccar_samplesGoThroughUnchanged(t *testing.T) {
	knotsToMPS := func(v float64) float64 { return v * 0.514444 }
	for name, want := range map[string]Ping{
		"traccar_gps.json": {
			Device: []byte("990000000000017"), FixTime: at(t, "10:44:05"), ReceivedTime: at(t, "10:44:06.120"), Lat: 51.5079453,
			Lon: -0.1279870, AccuracyM: 15, AccuracyLevel: 0.95, SpeedMPS: knotsToMPS(2.7), HeadingDeg: 184, AltitudeM: 21,
			HDOP: 0.9, Satellites: 11, BatteryPct: 83, Charging: No, Motion: Yes,
			Has: HasPosition | HasReceived | HasSpeed | HasHeading | HasAltitude | HasHDOP | HasSatellites | HasBattery,
		},
		"traccar_network.json": {
			Device: []byte("990000000000018"), FixTime: at(t, "10:50:30"), ReceivedTime: at(t, "10:50:31.004"), Lat: 51.5033635,
			Lon: -0.1195253, AccuracyM: 42, AccuracyLevel: 0.95, BatteryPct: 40, Motion: No, Source: WiFi,
			Has: HasPosition | HasReceived | HasAccuracy | HasBattery,
		},
		"traccar_cell.json": {
			Device: []byte("990000000000018"), FixTime: at(t, "10:51:30"), ReceivedTime: at(t, "10:51:31.004"), Lat: 51.5055,
			Lon: -0.0754, AccuracyM: 870, AccuracyLevel: 0.95, Source: Cell, Has: HasPosition | HasReceived | HasAccuracy,
		},
		"traccar_outdated.json": {
			Device: []byte("990000000000018"), FixTime: at(t, "11:05:01"), ReceivedTime: at(t, "11:05:02.350"), AccuracyM: 15,
			AccuracyLevel: 0.95, BatteryPct: 39, Charging: Yes, Motion: No, Has: HasReceived | HasBattery,
		},
		"traccar_alarms.json": {
			Device: []byte("990000000000017"), FixTime: at(t, "11:06:00"), ReceivedTime: at(t, "11:06:00"), AccuracyM: 15,
			AccuracyLevel: 0.95, BatteryPct: 7, Strap: StrapTampered, Jamming: Yes, Has: HasReceived | HasBattery,
		},
	} {
		if got := decoded(t, record(sample(t, name))); !same(&got, &want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
		}
	}
}

// traccarWith is a good Traccar record with members put behind the others of its position.
func traccarWith(members string) string {
	return `{"device":{"uniqueId":"a"},"position":{"serverTime":"2026-11-23T11:59:59Z","deviceTime":"2026-11-23T11:59:58Z",
		"fixTime":"2026-11-23T11:59:57Z","valid":true,"latitude":1,"longitude":2,"accuracy":3,"speed":4,"course":5,` + members + `}}`
}

func TestTraccar_saysWhatAPositionStandsFor(t *testing.T) {
	both := `"network":{"cellTowers":[{}],"wifiAccessPoints":[{}]}`
	for _, c := range []struct {
		members  string
		position bool
		source   Source
		fix      string
	}{
		{`"id":0`, true, GNSS, "11:59:57"},
		{`"outdated":true`, false, GNSS, "11:59:58"},
		{`"valid":false`, false, GNSS, "11:59:58"},
		{`"valid":false,"deviceTime":null`, false, GNSS, "11:59:59"},
		{`"valid":false,"latitude":null,"accuracy":-1,"speed":"x"`, false, GNSS, "11:59:58"},
		{`"outdated":true,"attributes":{"approximate":true}`, true, Cell, "11:59:57"},
		{`"valid":false,"attributes":{"approximate":true}`, false, GNSS, "11:59:58"},
		{`"attributes":{"approximate":true},` + both, true, Cell, "11:59:57"},
		{`"attributes":{"approximate":true},"network":{"cellTowers":[],"wifiAccessPoints":[{}]}`, true, WiFi, "11:59:57"},
		{`"attributes":{"approximate":true},"network":{"cellTowers":null,"wifiAccessPoints":[{}]}`, true, WiFi, "11:59:57"},
		{`"attributes":{"approximate":true},"network":{"wifiAccessPoints":[]}`, true, Cell, "11:59:57"},
		{`"attributes":{"approximate":false},` + both, true, GNSS, "11:59:57"},
		{`"attributes":null,"network":null`, true, GNSS, "11:59:57"},
		{`"attributes":{"approximate":true},"attributes":{}`, true, GNSS, "11:59:57"},
	} {
		got := decoded(t, record(traccarWith(c.members)))
		if got.With(HasPosition) != c.position || got.Source != c.source || got.FixTime != at(t, c.fix) {
			t.Errorf("%s: got %+v", c.members, got)
		}
		if moving := HasSpeed | HasHeading; got.With(moving) != (c.position && c.source == GNSS) {
			t.Errorf("%s: speed and course of a network fix or a status report say nothing: %+v", c.members, got)
		}
	}
}

func TestTraccar_findsAlarmsInLists(t *testing.T) {
	for alarm, want := range map[string]struct {
		strap   Strap
		jamming Flag
	}{
		`"tampering"`:              {StrapTampered, Unsaid},
		`"removing"`:               {StrapTampered, Unsaid},
		`"jamming"`:                {StrapUnknown, Yes},
		`"sos,jamming, tampering"`: {StrapTampered, Yes},
		`"lowBattery"`:             {StrapUnknown, Unsaid},
		`"tamperings,xjamming,"`:   {StrapUnknown, Unsaid},
		`""`:                       {StrapUnknown, Unsaid},
		`null`:                     {StrapUnknown, Unsaid},
	} {
		got := decoded(t, record(traccarWith(`"attributes":{"alarm":`+alarm+`}`)))
		if got.Strap != want.strap || got.Jamming != want.jamming {
			t.Errorf("%s: got strap %d, jamming %d", alarm, got.Strap, got.Jamming)
		}
	}
}

func TestTraccar_rejectsForTheRightReason(t *testing.T) {
	for _, c := range []struct {
		value string
		want  Reason
		about string
	}{
		{`{"position":{},"device":{}}`, MissingDevice, "device.uniqueId"},
		{`{"position":{},"device":{"uniqueId":""}}`, MissingDevice, "device.uniqueId"},
		{`{"position":{},"device":{"uniqueId":17}}`, BadField, "device.uniqueId"},
		{`{"position":{},"device":{"uniqueId":"a"}}`, MissingTime, "position.fixTime"},
		{traccarWith(`"fixTime":null`), MissingTime, "position.fixTime"},
		{traccarWith(`"valid":false,"deviceTime":null,"serverTime":null`), MissingTime, "position.serverTime"},
		{traccarWith(`"fixTime":"x"`), BadField, "position.fixTime"},
		{traccarWith(`"fixTime":1.5`), BadField, "position.fixTime"},
		{traccarWith(`"valid":1`), BadField, "position.valid"},
		{traccarWith(`"outdated":"no"`), BadField, "position.outdated"},
		{traccarWith(`"attributes":{"approximate":1}`), BadField, "position.attributes.approximate"},
		{traccarWith(`"latitude":91`), BadCoordinates, "position.latitude"},
		{traccarWith(`"latitude":"1"`), BadCoordinates, "position.latitude"},
		{traccarWith(`"longitude":null`), BadCoordinates, "position.longitude"},
		{traccarWith(`"latitude":null,"longitude":null`), BadCoordinates, "missing from a fix"},
		{traccarWith(`"accuracy":-1`), BadAccuracy, "position.accuracy"},
		{traccarWith(`"accuracy":0.0`), "", ""},
		{traccarWith(`"speed":"1"`), BadField, "position.speed"},
		{traccarWith(`"course":361`), BadField, "position.course"},
		{traccarWith(`"course":360.0`), "", ""},
		{traccarWith(`"altitude":true`), BadField, "position.altitude"},
		{traccarWith(`"serverTime":"x"`), BadField, "position.serverTime"},
		{traccarWith(`"attributes":[]`), BadField, "position.attributes"},
		{traccarWith(`"attributes":{"batteryLevel":101}`), BadField, "position.attributes.batteryLevel"},
		{traccarWith(`"attributes":{"sat":1.5}`), BadField, "position.attributes.sat"},
		{traccarWith(`"attributes":{"hdop":"1"}`), BadField, "position.attributes.hdop"},
		{traccarWith(`"attributes":{"charge":"1"}`), BadField, "position.attributes.charge"},
		{traccarWith(`"attributes":{"motion":1}`), BadField, "position.attributes.motion"},
		{traccarWith(`"attributes":{"alarm":["sos"]}`), BadField, "position.attributes.alarm"},
		{traccarWith(`"fixTime":"2026-11-23T12:05:00.000+0000"`), Future, ""},
	} {
		expect(t, record(c.value), c.want, c.about)
	}
	forced := record(`{"device_id":"a"}`, Header{FormatHeader, []byte("traccar")})
	expect(t, forced, MissingDevice, "device.uniqueId")
	if deep := traccarWith(`"attributes":{"x":` + strings.Repeat("[", 61) + strings.Repeat("]", 61) + `}`); reasonOf(record(deep)) != "" {
		t.Error("64 levels are too many")
	}
	if deep := traccarWith(`"attributes":{"x":` + strings.Repeat("[", 62) + strings.Repeat("]", 62) + `}`); reasonOf(record(deep)) != Malformed {
		t.Error("65 levels are accepted")
	}
}
