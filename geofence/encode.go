package geofence

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/paulmach/orb"
)

// timeLayout is how times are written: RFC 3339 in UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// AppendJSON appends the zone as a GeoJSON Feature, always in the same form: properties in a fixed order and only those
// that differ from their defaults, without what the store adds. ParseZone reads it back to an equal zone.
func (z *Zone) AppendJSON(b []byte) []byte {
	b = append(b, `{"type":"Feature","id":`...)
	b = appendString(b, z.ID)
	b = append(b, `,"geometry":`...)
	b = z.Shape.appendGeometry(b)
	b = append(b, `,"properties":{`...)
	b = z.appendProperties(b)
	return append(b, `}}`...)
}

func (z *Zone) appendProperties(b []byte) []byte {
	b = z.Audience.append(append(b, `"applies_to":`...))
	if z.Kind == Inclusion {
		b = append(b, `,"kind":"inclusion"`...)
	}
	if z.Name != "" {
		b = appendString(append(b, `,"name":`...), z.Name)
	}
	if z.Shape.Radius > 0 {
		b = appendNumber(append(b, `,"radius_m":`...), z.Shape.Radius)
	}
	if z.BufferM > 0 {
		b = appendNumber(append(b, `,"buffer_m":`...), z.BufferM)
	}
	if !z.ActiveFrom.IsZero() {
		b = appendTime(append(b, `,"active_from":`...), z.ActiveFrom)
	}
	if !z.ActiveTo.IsZero() {
		b = appendTime(append(b, `,"active_to":`...), z.ActiveTo)
	}
	if len(z.Schedule) > 0 {
		b = appendList(append(b, `,"schedule":`...), z.Schedule, appendWindow)
	}
	if name := z.location().String(); name != defaultTimezone {
		b = appendString(append(b, `,"timezone":`...), name)
	}
	if len(z.Exceptions) > 0 {
		b = appendList(append(b, `,"exceptions":`...), z.Exceptions, appendException)
	}
	if z.Severity != "" && z.Severity != Critical {
		b = appendString(append(b, `,"severity":`...), string(z.Severity))
	}
	if z.Rule != "" && z.Rule != defaultRule {
		b = appendString(append(b, `,"rule":`...), z.Rule)
	}
	return b
}

func (a *Audience) append(b []byte) []byte {
	if a.Everyone {
		return append(b, `"everyone"`...)
	}
	b = append(b, '{')
	if len(a.Wearers) > 0 {
		b = appendList(append(b, `"wearers":`...), a.Wearers, appendString)
	}
	if len(a.Cohorts) > 0 {
		if len(a.Wearers) > 0 {
			b = append(b, ',')
		}
		b = appendList(append(b, `"cohorts":`...), a.Cohorts, appendString)
	}
	return append(b, '}')
}

func (s *Shape) appendGeometry(b []byte) []byte {
	switch {
	case s.Radius > 0:
		b = appendPoint(append(b, `{"type":"Point","coordinates":`...), s.Center)
	case len(s.Polygons) == 1:
		b = appendPolygon(append(b, `{"type":"Polygon","coordinates":`...), s.Polygons[0])
	default:
		b = appendList(append(b, `{"type":"MultiPolygon","coordinates":`...), s.Polygons, appendPolygon)
	}
	return append(b, '}')
}

func appendPolygon(b []byte, p orb.Polygon) []byte { return appendList(b, p, appendRing) }

func appendRing(b []byte, r orb.Ring) []byte { return appendList(b, r, appendPoint) }

func appendPoint(b []byte, p orb.Point) []byte {
	b = append(appendNumber(append(b, '['), p[0]), ',')
	return append(appendNumber(b, p[1]), ']')
}

func appendWindow(b []byte, w Window) []byte {
	var days []string
	for day, name := range dayNames() {
		if w.Days[day] {
			days = append(days, name)
		}
	}
	b = appendList(append(b, `{"days":`...), days, appendString)
	b = appendClock(append(b, `,"from":`...), w.From)
	b = appendClock(append(b, `,"to":`...), w.To)
	return append(b, '}')
}

func appendClock(b []byte, minutes int) []byte {
	h, m := minutes/60, minutes%60
	return append(b, '"', '0'+byte(h/10), '0'+byte(h%10), ':', '0'+byte(m/10), '0'+byte(m%10), '"')
}

func appendException(b []byte, e Exception) []byte {
	b = appendTime(append(b, `{"from":`...), e.From)
	b = appendTime(append(b, `,"to":`...), e.To)
	if e.Reason != "" {
		b = appendString(append(b, `,"reason":`...), e.Reason)
	}
	return append(b, '}')
}

func appendList[E any, L ~[]E](b []byte, list L, item func([]byte, E) []byte) []byte {
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = item(b, e)
	}
	return append(b, ']')
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), timeLayout), '"')
}

func appendNumber(b []byte, v float64) []byte { return strconv.AppendFloat(b, v, 'f', -1, 64) }

// appendString quotes as encoding/json does; a string cannot fail to marshal.
func appendString(b []byte, s string) []byte {
	quoted, _ := json.Marshal(s)
	return append(b, quoted...)
}
