package ingest

// AppendTraccarJSON appends p as a Traccar server forwards it, for tests and demonstrations. Traccar has no place for
// seq, accuracy_level, a beacon (it becomes a satellite fix), a strap that is not tampered with and jamming that is not;
// a network fix has no speed, course and altitude, and a status report nothing that belongs to a place.
func AppendTraccarJSON(b []byte, p *Ping) []byte {
	o := object{append(b, `{"position":{"id":0,"attributes":{`...)}
	o.traccarAttributes(p)
	o.b = append(o.b, `},"deviceId":1,"protocol":"osmand"`...)
	if p.With(HasReceived) {
		o.moment("serverTime", p.ReceivedTime)
	}
	o.moment("deviceTime", p.FixTime)
	o.moment("fixTime", p.FixTime)
	if p.With(HasPosition) {
		o.traccarPlace(p)
	} else {
		o.b = append(o.b, `,"outdated":true,"valid":false`...)
	}
	o.b = append(o.b, `,"address":null},"device":{"id":1,"attributes":{}`...)
	o.name("name", p.Device)
	o.name("uniqueId", p.Device)
	return append(o.b, `,"status":"online"}}`...)
}

func (o *object) traccarAttributes(p *Ping) {
	if p.With(HasBattery) {
		o.percent("batteryLevel", p.BatteryPct)
	}
	o.flag("charge", p.Charging)
	o.flag("motion", p.Motion)
	if p.With(HasSatellites) {
		o.unsigned("sat", uint64(p.Satellites))
	}
	if p.With(HasHDOP) {
		o.number("hdop", p.HDOP)
	}
	if p.With(HasPosition) && (p.Source == WiFi || p.Source == Cell) {
		o.flag("approximate", Yes)
	}
	switch tampered, jamming := p.Strap == StrapTampered, p.Jamming == Yes; {
	case tampered && jamming:
		o.text("alarm", "tampering,jamming")
	case tampered:
		o.text("alarm", "tampering")
	case jamming:
		o.text("alarm", "jamming")
	}
}

func (o *object) traccarPlace(p *Ping) {
	o.b = append(o.b, `,"outdated":false,"valid":true`...)
	o.number("latitude", p.Lat)
	o.number("longitude", p.Lon)
	if p.With(HasAltitude) {
		o.number("altitude", p.AltitudeM)
	}
	if p.With(HasSpeed) {
		o.number("speed", p.SpeedMPS/knots.times)
	}
	if p.With(HasHeading) {
		o.number("course", p.HeadingDeg)
	}
	if p.With(HasAccuracy) {
		o.number("accuracy", p.AccuracyM)
	} else {
		o.b = append(o.b, `,"accuracy":0.0`...)
	}
	switch p.Source {
	case WiFi:
		o.b = append(o.b, `,"network":{"radioType":"gsm","considerIp":false,"wifiAccessPoints":[{"macAddress":"02:00:00:00:00:01","signalStrength":-61}]}`...)
	case Cell:
		o.b = append(o.b, `,"network":{"radioType":"gsm","considerIp":false,"cellTowers":[{"cellId":1,"locationAreaCode":1,"mobileCountryCode":234,"mobileNetworkCode":99}]}`...)
	default:
		o.b = append(o.b, `,"network":null`...)
	}
}
