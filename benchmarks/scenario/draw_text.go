package scenario

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// appendE7 writes 1e-7 degrees as degrees.
func appendE7(b []byte, v int64) []byte {
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	b = strconv.AppendInt(b, v/1e7, 10)
	digits := strconv.AppendInt(nil, 1e7+v%1e7, 10)
	return append(append(b, '.'), digits[1:]...)
}

// appendWire writes ms since the Unix epoch in the form of pings and alerts.
func appendWire(b []byte, ms int64) []byte {
	return time.UnixMilli(ms).UTC().AppendFormat(b, wireLayout)
}

func (p point) MarshalJSON() ([]byte, error) {
	b := append(appendE7([]byte{'['}, p.lon), ',')
	return append(appendE7(b, p.lat), ']'), nil
}

// collection writes zones as a GeoJSON FeatureCollection.
func collection(zones []*drawnZone) []byte {
	b := []byte(`{"type":"FeatureCollection","features":[`)
	for i, z := range zones {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, '\n'), z.feature()...)
	}
	return append(b, "\n]}\n"...)
}

// feature writes the zone as a GeoJSON Feature.
func (z *drawnZone) feature() []byte {
	type properties struct {
		Kind      string      `json:"kind,omitempty"`
		AppliesTo any         `json:"applies_to"`
		RadiusM   int         `json:"radius_m,omitempty"`
		BufferM   int         `json:"buffer_m,omitempty"`
		From      string      `json:"active_from,omitempty"`
		To        string      `json:"active_to,omitempty"`
		Schedule  []window    `json:"schedule,omitempty"`
		Timezone  string      `json:"timezone,omitempty"`
		Except    []exception `json:"exceptions,omitempty"`
		Severity  string      `json:"severity,omitempty"`
		Rule      string      `json:"rule,omitempty"`
	}
	type geometry struct {
		Type        string `json:"type"`
		Coordinates any    `json:"coordinates"`
	}
	g := geometry{"MultiPolygon", z.rings}
	if z.radius > 0 {
		g = geometry{"Point", z.center}
	} else if len(z.rings) == 1 {
		g = geometry{"Polygon", z.rings[0]}
	}
	return mustJSON(struct {
		Type       string     `json:"type"`
		ID         string     `json:"id"`
		Geometry   geometry   `json:"geometry"`
		Properties properties `json:"properties"`
	}{"Feature", z.id, g, properties{
		Kind: z.kind, AppliesTo: z.appliesTo(), RadiusM: z.radius, BufferM: z.buffer, From: z.times.ActiveFrom, To: z.times.ActiveTo,
		Schedule: z.times.Schedule, Timezone: z.times.Timezone, Except: z.times.Exceptions, Severity: z.severity, Rule: z.rule,
	}})
}

func (z *drawnZone) appliesTo() any {
	switch {
	case len(z.wearers) > 0:
		return map[string][]string{"wearers": z.wearers}
	case len(z.cohorts) > 0:
		return map[string][]string{"cohorts": z.cohorts}
	}
	return "everyone"
}

// registerLines writes activations as a register file.
func registerLines(list []activation) []byte {
	var b bytes.Buffer
	for _, a := range list {
		b.Write(a.line())
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// line writes the activation as a line of the register.
func (a activation) line() []byte {
	removed := ""
	if a.removed != forever {
		removed = wire(a.removed)
	}
	return mustJSON(struct {
		Wearer     string   `json:"wearer_id"`
		Device     string   `json:"device_id"`
		Activation string   `json:"activation_id"`
		Fitted     string   `json:"fitted_time"`
		Removed    string   `json:"removed_time,omitempty"`
		Cohorts    []string `json:"cohorts,omitempty"`
		Tier       int      `json:"tier,omitempty"`
	}{a.wearer, a.device, a.id, wire(a.fitted), removed, a.cohorts, a.tier})
}

// mustJSON encodes what is made of strings and numbers only.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
