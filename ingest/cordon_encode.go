package ingest

// AppendCordonJSON appends p as Cordon JSON. A Decoder with the same options gives back the same p. The
// numbers must be finite, the times in the years 1 to 9999, the name UTF-8.
func AppendCordonJSON(b []byte, p *Ping) []byte {
	o := object{append(b, '{')}
	o.name("device_id", p.Device)
	o.moment("fix_time", p.FixTime)
	if p.With(HasPosition) {
		o.number("lat", p.Lat)
		o.number("lon", p.Lon)
	}
	if p.With(HasSeq) {
		o.unsigned("seq", p.Seq)
	}
	if p.With(HasReceived) {
		o.moment("received_time", p.ReceivedTime)
	}
	if p.With(HasPosition) || p.Source != GNSS {
		o.text("source", p.Source.String())
	}
	if p.With(HasAccuracy) {
		o.number("accuracy_m", p.AccuracyM)
	}
	if p.With(HasAccuracyLevel) {
		o.number("accuracy_level", p.AccuracyLevel)
	}
	o.measures(p)
	o.flag("charging", p.Charging)
	o.flag("motion", p.Motion)
	o.flag("jamming", p.Jamming)
	if p.Strap != StrapUnknown {
		o.text("strap", strapNames[p.Strap])
	}
	return append(o.b, '}')
}

func (o *object) measures(p *Ping) {
	if p.With(HasSpeed) {
		o.number("speed_mps", p.SpeedMPS)
	}
	if p.With(HasHeading) {
		o.number("heading_deg", p.HeadingDeg)
	}
	if p.With(HasAltitude) {
		o.number("altitude_m", p.AltitudeM)
	}
	if p.With(HasSatellites) {
		o.unsigned("satellites", uint64(p.Satellites))
	}
	if p.With(HasHDOP) {
		o.number("hdop", p.HDOP)
	}
	if p.With(HasBattery) {
		o.percent("battery_pct", p.BatteryPct)
	}
}
