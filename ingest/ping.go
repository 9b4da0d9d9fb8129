package ingest

import "math"

// Source is how a position was found.
type Source uint8

// The sources of a ping, in the order a position is trusted. The zero value is the default.
const (
	GNSS Source = iota
	WiFi
	Cell
	Beacon
)

var sourceNames = [...]string{GNSS: "gnss", WiFi: "wifi", Cell: "cell", Beacon: "beacon"}

// String returns the word used on the wire.
func (s Source) String() string { return sourceNames[s] }

// Strap is the state of the strap that holds the tag.
type Strap uint8

// Strap states; StrapUnknown is what a ping without the field says.
const (
	StrapUnknown Strap = iota
	StrapClosed
	StrapOpen
	StrapTampered
)

// Flag is a yes, a no, or nothing said.
type Flag uint8

// Flag values; the zero value is "nothing said".
const (
	Unsaid Flag = iota
	No
	Yes
)

// Fields says which optional members of a Ping were present. Unknown is absent, never 0.
type Fields uint16

// One bit for each optional numeric member.
const (
	HasPosition Fields = 1 << iota
	HasSeq
	HasReceived
	HasAccuracy
	HasAccuracyLevel
	HasSpeed
	HasHeading
	HasAltitude
	HasSatellites
	HasHDOP
	HasBattery
)

// Ping is what a tag sent, in one shape whatever format it came in. Times are milliseconds since the Unix epoch, UTC.
//
// Device points into the value of the record that the ping was decoded from (or, when the name has escape sequences,
// to memory of its own), so that it is valid as long as the record is and must not be written to.
type Ping struct {
	Device        []byte  // the tag, 1–64 bytes
	FixTime       int64   // when the position was taken (a status report: when it was made), by the tag's clock
	ReceivedTime  int64   // when the gateway got it
	Seq           uint64  // the tag's own counter
	Lat, Lon      float64 // WGS84 degrees
	AccuracyM     float64 // radius of the circle the tag claims, metres
	AccuracyLevel float64 // chance that the circle holds the truth, (0,1)
	SpeedMPS      float64 // metres per second
	HeadingDeg    float64 // degrees clockwise from north, [0,360)
	AltitudeM     float64 // metres
	HDOP          float64
	Satellites    uint16
	BatteryPct    float32 // 0–100
	Has           Fields
	Source        Source
	Strap         Strap
	Charging      Flag
	Motion        Flag
	Jamming       Flag
}

// With reports whether every field of f was present.
func (p *Ping) With(f Fields) bool { return p.Has&f == f }

// E7 rounds degrees to whole units of 1e-7, the resolution in which alert ids name a position.
func E7(deg float64) int64 { return int64(math.Round(deg * 1e7)) }
