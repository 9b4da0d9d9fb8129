package scenario

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"cordon/ingest"
)

// decodeTraccar reads what a Traccar server forwards.
func decodeTraccar(o object) (p reading, reason reject) {
	var position, device, attributes object
	if json.Unmarshal(o["position"], &position) != nil || json.Unmarshal(o["device"], &device) != nil {
		return p, ingest.Malformed
	}
	read(position, "attributes", &attributes, &reason)
	p.readAttributes(attributes, &reason)
	if !read(device, "uniqueId", &p.device, &reason) && reason == "" {
		return p, ingest.MissingDevice
	}
	p.hasReceived = readTime(position, "serverTime", parseTime, &p.received, &reason)
	p.source = "gnss"
	approximate := flag(attributes, "approximate", false)
	if approximate {
		p.source = networkSource(position)
	}
	clocks := []string{"fixTime"}
	if !flag(position, "valid", true) || !approximate && flag(position, "outdated", false) {
		clocks = []string{"deviceTime", "serverTime"}
	} else {
		p.positioned = true
		if !(read(position, "latitude", &p.lat, &reason) && read(position, "longitude", &p.lon, &reason)) {
			return p, cmp.Or(reason, ingest.BadCoordinates)
		}
		p.hasAccuracy = read(position, "accuracy", &p.accuracy, &reason) && p.accuracy != 0
	}
	for _, name := range clocks {
		if readTime(position, name, parseTime, &p.fix, &reason) {
			return p, reason
		}
	}
	return p, cmp.Or(reason, ingest.MissingTime)
}

// readAttributes reads how the tag is. A strap that is cut is not told from one that was tampered with.
func (p *reading) readAttributes(attributes object, reason *reject) {
	p.readBattery(attributes, "batteryLevel", reason)
	readAnswer(attributes, "charge", &p.charging, reason)
	readAnswer(attributes, "motion", &p.motion, reason)
	var alarms string
	read(attributes, "alarm", &alarms, reason)
	for alarm := range strings.SplitSeq(alarms, ",") {
		switch strings.TrimSpace(alarm) {
		case "tampering", "removing":
			p.strap = "tampered"
		case "jamming":
			p.jamming = yes
		}
	}
}

func flag(o object, name string, otherwise bool) bool {
	var reason reject
	yes := otherwise
	read(o, name, &yes, &reason)
	return yes
}

func networkSource(position object) string {
	var network object
	if json.Unmarshal(position["network"], &network) != nil {
		return "cell"
	}
	var cells, points []json.RawMessage
	var reason reject
	read(network, "cellTowers", &cells, &reason)
	read(network, "wifiAccessPoints", &points, &reason)
	if len(points) > 0 && len(cells) == 0 {
		return "wifi"
	}
	return "cell"
}

var lbsSources = map[int]string{1: "gnss", 4: "beacon", 5: "cell", 6: "wifi"}

// decodeMDSS reads a line of the position feed. A row's id is the database's, not the tag's counter.
func decodeMDSS(o object) (p reading, reason reject) {
	if !read(o, "device_id", &p.device, &reason) && reason == "" {
		return p, ingest.MissingDevice
	}
	if !readTime(o, "position_gps_date", parseFeedTime, &p.fix, &reason) && reason == "" {
		return p, ingest.MissingTime
	}
	p.hasReceived = readTime(o, "position_uploaded_date", parseFeedTime, &p.received, &reason)
	var lbs int
	read(o, "position_lbs", &lbs, &reason)
	p.source = cmp.Or(lbsSources[lbs], "gnss")
	p.hasAccuracy = read(o, "position_precision", &p.accuracy, &reason)
	p.positioned = o.has("position_latitude") || o.has("position_longitude")
	if reason == "" && p.positioned &&
		!(read(o, "position_latitude", &p.lat, &reason) && read(o, "position_longitude", &p.lon, &reason)) {
		return p, cmp.Or(reason, ingest.BadCoordinates)
	}
	return p, reason
}

// parseFeedTime takes UTC when no offset is given.
func parseFeedTime(s string) (int64, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, fmt.Errorf("scenario: %q is not a time", s)
}
