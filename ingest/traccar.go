package ingest

import "bytes"

func traccarField(key []byte) field {
	switch string(key) {
	case "serverTime":
		return tServerTime
	case "deviceTime":
		return tDeviceTime
	case "fixTime":
		return tFixTime
	case "outdated":
		return tOutdated
	case "valid":
		return tValid
	case "latitude":
		return tLatitude
	case "longitude":
		return tLongitude
	case "altitude":
		return tAltitude
	case "speed":
		return tSpeed
	case "course":
		return tCourse
	case "accuracy":
		return tAccuracy
	case "network":
		return tNetwork
	case "attributes":
		return tAttributes
	}
	return noField
}

func attributeField(key []byte) field {
	switch string(key) {
	case "approximate":
		return tApproximate
	case "alarm":
		return tAlarm
	case "batteryLevel":
		return tBatteryLevel
	case "motion":
		return tMotion
	case "charge":
		return tCharge
	case "sat":
		return tSat
	case "hdop":
		return tHDOP
	}
	return noField
}

func networkField(key []byte) field {
	switch string(key) {
	case "cellTowers":
		return tCellTowers
	case "wifiAccessPoints":
		return tWiFi
	}
	return noField
}

// traccar reads the record that a Traccar server forwards in the order that doc.go gives.
func (d *Decoder) traccar(b []byte, p *Ping) (name []byte, no *Rejection) {
	d.lax = false
	d.inner(b, tDevice, levelDevice)
	d.inner(b, tPosition, levelPosition)
	d.inner(b, tAttributes, levelAttributes)
	d.inner(b, tNetwork, levelNetwork)
	if name, no = d.name(b, tUniqueID); no != nil {
		return nil, no
	}
	says, no := d.traccarSays()
	if no != nil {
		return nil, no
	}
	if p.FixTime, no = d.traccarTime(b, says); no != nil {
		return nil, no
	}
	if no = d.traccarPlace(b, p, says); no != nil {
		return nil, no
	}
	return name, d.traccarRest(b, p, says)
}

// says is what a Traccar position stands for.
type says uint8

const (
	saysFix     says = iota // a satellite fix
	saysNetwork             // a place worked out from the radio networks in sight
	saysStatus              // the last known place again: not a new fix
)

// traccarSays tells them apart. A network fix is one whatever outdated says: Traccar asks for it exactly when the tag's
// own position is out of date, and makes it valid when it has the answer.
func (d *Decoder) traccarSays() (says, *Rejection) {
	var approximate, valid, outdated Flag
	if no := d.flag(tApproximate, &approximate); no != nil {
		return 0, no
	}
	if no := d.flag(tValid, &valid); no != nil {
		return 0, no
	}
	if no := d.flag(tOutdated, &outdated); no != nil {
		return 0, no
	}
	switch {
	case valid == No:
		return saysStatus, nil
	case approximate == Yes:
		return saysNetwork, nil
	case outdated == Yes:
		return saysStatus, nil
	}
	return saysFix, nil
}

// traccarTime reads when the position was taken, or the status report made.
func (d *Decoder) traccarTime(b []byte, s says) (int64, *Rejection) {
	f := tFixTime
	if s == saysStatus {
		if f = tDeviceTime; !d.has(f) {
			f = tServerTime
		}
	}
	if !d.has(f) {
		return 0, &Rejection{MissingTime, f.String() + " is missing"}
	}
	return d.moment(b, f, true)
}

// traccarPlace reads the position of a fix and its accuracy.
func (d *Decoder) traccarPlace(b []byte, p *Ping, s says) *Rejection {
	switch s {
	case saysStatus:
		return nil
	case saysNetwork:
		p.Source = Cell
		if d.some(tWiFi) && !d.some(tCellTowers) {
			p.Source = WiFi
		}
	}
	if no := d.coordinates(b, p, tLatitude, tLongitude); no != nil {
		return no
	}
	if !p.With(HasPosition) {
		return &Rejection{BadCoordinates, "position.latitude and position.longitude are missing from a fix"}
	}
	return d.radius(b, p, tAccuracy, true)
}

// some reports whether a field is a list with something in it.
func (d *Decoder) some(f field) bool { return d.is(f, isArray) && d.values[f].marks&hollow == 0 }

// traccarRest reads the other fields. Traccar sets speed, course and altitude to 0 for a network fix and repeats the
// last known ones in a status report: both say nothing.
func (d *Decoder) traccarRest(b []byte, p *Ping, s says) (no *Rejection) {
	if d.has(tServerTime) {
		if p.ReceivedTime, no = d.moment(b, tServerTime, true); no != nil {
			return no
		}
		p.Has |= HasReceived
	}
	if s == saysFix {
		if no = d.traccarMoving(b, p); no != nil {
			return no
		}
	}
	if d.has(tAttributes) && !d.is(tAttributes, isObject) {
		return &Rejection{BadField, "position.attributes is not an object"}
	}
	if no = d.count(b, p, tSat); no != nil {
		return no
	}
	if no = d.measure(b, p, tHDOP, HasHDOP, &p.HDOP, &finite); no != nil {
		return no
	}
	if no = d.battery(b, p, tBatteryLevel); no != nil {
		return no
	}
	if no = d.flag(tCharge, &p.Charging); no != nil {
		return no
	}
	if no = d.flag(tMotion, &p.Motion); no != nil {
		return no
	}
	return d.traccarAlarm(b, p)
}

func (d *Decoder) traccarMoving(b []byte, p *Ping) *Rejection {
	if no := d.measure(b, p, tSpeed, HasSpeed, &p.SpeedMPS, &knots); no != nil {
		return no
	}
	if no := d.measure(b, p, tCourse, HasHeading, &p.HeadingDeg, &course); no != nil {
		return no
	}
	return d.measure(b, p, tAltitude, HasAltitude, &p.AltitudeM, &finite)
}

// traccarAlarm reads the alarms, one or several with commas between them.
func (d *Decoder) traccarAlarm(b []byte, p *Ping) *Rejection {
	if !d.has(tAlarm) {
		return nil
	}
	if !d.is(tAlarm, isText) {
		return &Rejection{BadField, "position.attributes.alarm is not a string"}
	}
	for list, more := d.content(b, &d.values[tAlarm]), true; more; {
		var alarm []byte
		alarm, list, more = bytes.Cut(list, []byte{','})
		switch string(bytes.TrimSpace(alarm)) {
		case "tampering", "removing":
			p.Strap = StrapTampered
		case "jamming":
			p.Jamming = Yes
		}
	}
	return nil
}
