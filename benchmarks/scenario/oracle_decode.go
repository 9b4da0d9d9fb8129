package scenario

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"

	"cordon/ingest"
)

// reading is a ping in the oracle's own words: only what decides or is told in an alert.
type reading struct {
	device      string
	fix         int64
	received    int64
	seq         uint64
	lat, lon    float64
	accuracy    float64
	level       float64
	source      string
	positioned  bool
	hasSeq      bool
	hasReceived bool
	hasAccuracy bool
	hasLevel    bool

	strap      string // closed, open or tampered; "" where it says nothing
	battery    float64
	hasBattery bool
	charging   says
	motion     says
	jamming    says
}

// says is what a ping says of a question.
type says string

const (
	nothing says = ""
	yes     says = "yes"
	no      says = "no"
)

func said(answer bool) says {
	if answer {
		return yes
	}
	return no
}

// reject is why a record cannot be used; "" is no reason.
type reject = ingest.Reason

const largest = 16 << 10

// decode reads a record in whichever format it is.
func decode(r ingest.Record, limits Params) (reading, reject) {
	if len(r.Value) > largest {
		return reading{}, ingest.TooLarge
	}
	p, reason := decodeFormat(r)
	if reason == "" {
		reason = p.check()
	}
	switch {
	case reason != "":
	case p.fix > r.Appended+limits.MaxFuture.Milliseconds():
		reason = ingest.Future
	case p.fix < r.Appended-limits.MaxAge.Milliseconds():
		reason = ingest.TooOld
	}
	return p, reason
}

func decodeFormat(r ingest.Record) (reading, reject) {
	if header(r, "content-type") == "application/x-protobuf" {
		return decodeProtobuf(r.Value)
	}
	var o object
	if !bytes.HasPrefix(bytes.TrimSpace(r.Value), []byte("{")) || json.Unmarshal(r.Value, &o) != nil {
		return reading{}, ingest.Malformed
	}
	switch formatOf(r, o) {
	case "traccar":
		return decodeTraccar(o)
	case "mdss":
		return decodeMDSS(o)
	default:
		return decodeCordon(o)
	}
}

func formatOf(r ingest.Record, o object) string {
	if named := header(r, "cordon-format"); named != "" {
		return named
	}
	switch {
	case o.has("position") && o.has("device"):
		return "traccar"
	case slices.ContainsFunc([]string{"position_id", "position_gps_date", "position_latitude"}, o.has):
		return "mdss"
	}
	return "cordon"
}

func header(r ingest.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// check is the validation that all formats share.
func (p *reading) check() reject {
	switch {
	case p.device == "":
		return ingest.MissingDevice
	case len(p.device) > 64:
		return ingest.BadField
	case p.positioned && !(math.Abs(p.lat) <= 90 && math.Abs(p.lon) <= 180): // also of NaN
		return ingest.BadCoordinates
	case p.hasAccuracy && !(p.accuracy > 0 && !math.IsInf(p.accuracy, 0)):
		return ingest.BadAccuracy
	case p.hasLevel && !(p.level > 0 && p.level < 1):
		return ingest.BadAccuracy
	}
	return ""
}

// object is a JSON object whose members are still to be read. A member that is null is absent.
type object map[string]json.RawMessage

func (o object) has(name string) bool {
	raw, there := o[name]
	return there && string(raw) != "null"
}

// read puts a member into place and tells whether it was there; a member of another type is a bad_field.
func read[T any](o object, name string, into *T, reason *reject) bool {
	if !o.has(name) {
		return false
	}
	if json.Unmarshal(o[name], into) != nil {
		*reason = ingest.BadField
		return false
	}
	return true
}

// readTime is read for a time; parse says in which form.
func readTime(o object, name string, parse func(string) (int64, error), into *int64, reason *reject) bool {
	var text string
	if !read(o, name, &text, reason) {
		return false
	}
	t, err := parse(text)
	if err != nil {
		*reason = ingest.BadField
		return false
	}
	*into = t
	return true
}

func decodeCordon(o object) (p reading, reason reject) {
	p.source = "gnss"
	if !o.has("device_id") {
		return p, ingest.MissingDevice
	}
	if !o.has("fix_time") {
		return p, ingest.MissingTime
	}
	read(o, "device_id", &p.device, &reason)
	readTime(o, "fix_time", parseTime, &p.fix, &reason)
	p.hasReceived = readTime(o, "received_time", parseTime, &p.received, &reason)
	p.hasSeq = read(o, "seq", &p.seq, &reason)
	p.hasAccuracy = read(o, "accuracy_m", &p.accuracy, &reason)
	p.hasLevel = read(o, "accuracy_level", &p.level, &reason)
	read(o, "source", &p.source, &reason)
	checkRest(o, &p, &reason)
	if reason != "" {
		return p, reason
	}
	if !slices.Contains([]string{"gnss", "wifi", "cell", "beacon"}, p.source) {
		return p, ingest.BadField
	}
	p.positioned = o.has("lat") || o.has("lon")
	if p.positioned && !(read(o, "lat", &p.lat, &reason) && read(o, "lon", &p.lon, &reason)) {
		return p, ingest.BadCoordinates
	}
	return p, ""
}

// checkRest reads the members that say how the tag is, and looks at those that decide nothing and must still be what they
// are said to be.
func checkRest(o object, p *reading, reason *reject) {
	var number float64
	for _, name := range []string{"speed_mps", "heading_deg", "altitude_m", "hdop"} {
		read(o, name, &number, reason)
	}
	var count uint16
	read(o, "satellites", &count, reason)
	p.readBattery(o, "battery_pct", reason)
	readAnswer(o, "charging", &p.charging, reason)
	readAnswer(o, "motion", &p.motion, reason)
	readAnswer(o, "jamming", &p.jamming, reason)
	if read(o, "strap", &p.strap, reason) && !slices.Contains([]string{"closed", "open", "tampered"}, p.strap) {
		*reason = ingest.BadField
	}
}

func (p *reading) readBattery(o object, name string, reason *reject) {
	p.hasBattery = read(o, name, &p.battery, reason)
	if p.hasBattery && (p.battery < 0 || p.battery > 100) {
		*reason = ingest.BadField
	}
}

func readAnswer(o object, name string, into *says, reason *reject) {
	var answer bool
	if read(o, name, &answer, reason) {
		*into = said(answer)
	}
}
