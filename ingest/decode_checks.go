package ingest

import "math"

// These read one field each, check it, and return why it cannot be used. What is absent leaves p as it is.

// name reads the tag's name. It is valid as long as the record is: one that is escaped has memory of its own.
func (d *Decoder) name(b []byte, f field) ([]byte, *Rejection) {
	switch {
	case !d.has(f):
		return nil, &Rejection{MissingDevice, f.String() + " is missing"}
	case d.values[f].kind != isText:
		return nil, &Rejection{BadField, f.String() + " is not a string"}
	}
	v := &d.values[f]
	if v.marks&escaped == 0 {
		return checkName(b[v.start:v.end], f)
	}
	return checkName(unescape(nil, b[v.start:v.end]), f)
}

func checkName(name []byte, f field) ([]byte, *Rejection) {
	switch {
	case len(name) == 0:
		return nil, &Rejection{MissingDevice, f.String() + " is empty"}
	case len(name) > maxName:
		return nil, &Rejection{BadField, f.String() + " is longer than 64 bytes"}
	}
	return name, nil
}

// moment reads a time. A format that is loose takes more ways to write one.
func (d *Decoder) moment(b []byte, f field, loose bool) (int64, *Rejection) {
	v := &d.values[f]
	switch v.kind {
	case isText:
		if ms, ok := parseTime(d.content(b, v), loose); ok {
			return ms, nil
		}
	case isMillis:
		if ms := int64(v.bits); ms >= firstMs && ms <= lastMs {
			return ms, nil
		}
	case isNumber:
		// Some versions of Traccar write milliseconds since the Unix epoch.
		if ms, ok := v.unsigned(b); loose && ok && ms <= lastMs {
			return int64(ms), nil
		}
	}
	return 0, &Rejection{BadField, f.String() + " is not a time"}
}

// present reports whether a field says something. Where numbers may come as strings, an empty one says nothing.
func (d *Decoder) present(f field) bool {
	return d.has(f) && (!d.lax || d.values[f].kind != isText || d.values[f].start != d.values[f].end)
}

// number reads a number, which may be infinite or (protobuf) not a number at all.
func (d *Decoder) number(b []byte, f field) (float64, bool) {
	switch v := &d.values[f]; v.kind {
	case isNumber:
		return v.float(b), true
	case isReal:
		return math.Float64frombits(v.bits), true
	case isText:
		if n, ok := d.written(b, v); ok {
			return n.float(b), true
		}
	}
	return 0, false
}

// written reads the number that a string holds, where numbers may come as strings.
func (d *Decoder) written(b []byte, v *value) (n value, ok bool) {
	if !d.lax || v.start == v.end {
		return n, false
	}
	end, f := n.scanNumber(b[:v.end], int(v.start))
	return n, f == sound && end == int(v.end)
}

// coordinates reads a position, if there is one.
func (d *Decoder) coordinates(b []byte, p *Ping, lat, lon field) *Rejection {
	switch hasLat, hasLon := d.present(lat), d.present(lon); {
	case !hasLat && !hasLon:
		return nil
	case !hasLat:
		return &Rejection{BadCoordinates, lon.String() + " without " + lat.String()}
	case !hasLon:
		return &Rejection{BadCoordinates, lat.String() + " without " + lon.String()}
	}
	var ok bool
	if p.Lat, ok = d.degrees(b, lat, 90); !ok {
		return &Rejection{BadCoordinates, lat.String() + " is not a number from -90 to 90"}
	}
	if p.Lon, ok = d.degrees(b, lon, 180); !ok {
		return &Rejection{BadCoordinates, lon.String() + " is not a number from -180 to 180"}
	}
	p.Has |= HasPosition
	return nil
}

func (d *Decoder) degrees(b []byte, f field, most float64) (float64, bool) {
	v, ok := d.number(b, f)
	return v, ok && v >= -most && v <= most // false for NaN
}

// radius reads the accuracy. A format in which zero means that nothing is known sets zeroUnknown.
func (d *Decoder) radius(b []byte, p *Ping, f field, zeroUnknown bool) *Rejection {
	if !d.present(f) {
		return nil
	}
	m, ok := d.number(b, f)
	if ok && m == 0 && zeroUnknown {
		return nil
	}
	if !ok || !(m > 0) || math.IsInf(m, 1) {
		return &Rejection{BadAccuracy, f.String() + " is not a number above zero"}
	}
	p.AccuracyM = m
	p.Has |= HasAccuracy
	return nil
}

// measure reads a number, turns it into our unit and checks its limits.
func (d *Decoder) measure(b []byte, p *Ping, f field, has Fields, to *float64, r *limits) *Rejection {
	if !d.present(f) {
		return nil
	}
	v, ok := d.number(b, f)
	if ok && r.wraps && v == 360 {
		v = 0
	}
	if v = v * r.times / r.per; !ok || !(v >= r.least && v < r.below) {
		return &Rejection{BadField, f.String() + r.wrong}
	}
	*to = v
	p.Has |= has
	return nil
}

// limits are what a measure may be, and its unit.
type limits struct {
	least, below float64 // in our unit
	times, per   float64 // ours is the sender's number × times / per
	wraps        bool    // 360 is written for 0
	wrong        string
}

const notFinite = " is not a finite number"

var (
	finite  = limits{-math.MaxFloat64, math.Inf(1), 1, 1, false, notFinite}
	knots   = limits{-math.MaxFloat64, math.Inf(1), 0.514444, 1, false, notFinite}
	kmh     = limits{-math.MaxFloat64, math.Inf(1), 1, 3.6, false, notFinite}
	heading = limits{0, 360, 1, 1, false, " is not a number from 0 to below 360"}
	course  = limits{0, 360, 1, 1, true, " is not a number from 0 to 360"}
)

// count reads the number of satellites.
func (d *Decoder) count(b []byte, p *Ping, f field) *Rejection {
	if !d.present(f) {
		return nil
	}
	n, ok := d.number(b, f)
	if !ok || !(n >= 0 && n <= math.MaxUint16) || n != math.Trunc(n) {
		return &Rejection{BadField, f.String() + " is not a whole number from 0 to 65535"}
	}
	p.Satellites = uint16(n)
	p.Has |= HasSatellites
	return nil
}

// battery reads a charge in per cent.
func (d *Decoder) battery(b []byte, p *Ping, f field) *Rejection {
	if !d.present(f) {
		return nil
	}
	v, ok := d.number(b, f)
	if !ok || !(v >= 0 && v <= 100) {
		return &Rejection{BadField, f.String() + " is not a number from 0 to 100"}
	}
	p.BatteryPct = float32(v)
	p.Has |= HasBattery
	return nil
}

// flag reads a yes or a no.
func (d *Decoder) flag(f field, to *Flag) *Rejection {
	switch {
	case !d.has(f):
	case d.values[f].kind == isTrue:
		*to = Yes
	case d.values[f].kind == isFalse:
		*to = No
	default:
		return &Rejection{BadField, f.String() + " is neither true nor false"}
	}
	return nil
}
