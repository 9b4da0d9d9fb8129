package ingest

// AppendMDSSJSON appends p as a line of the position feed, without its line end, for tests and
// demonstrations. The feed has no place for seq, accuracy_level, altitude, battery, strap and the yes-or-no members.
func AppendMDSSJSON(b []byte, p *Ping) []byte {
	o := object{append(b, '{')}
	o.name("device_id", p.Device)
	if p.With(HasPosition) {
		o.number("position_latitude", p.Lat)
		o.number("position_longitude", p.Lon)
	}
	if p.With(HasAccuracy) {
		o.number("position_precision", p.AccuracyM)
	}
	if p.With(HasSpeed) {
		o.number("position_speed", p.SpeedMPS*kmh.per)
	}
	if p.With(HasHeading) {
		o.number("position_direction", p.HeadingDeg)
	}
	if p.With(HasSatellites) {
		o.unsigned("position_satellite", uint64(p.Satellites))
	}
	if p.With(HasHDOP) {
		o.number("position_hdop", p.HDOP)
	}
	o.unsigned("position_lbs", lbsCodes[p.Source])
	o.moment("position_gps_date", p.FixTime)
	if p.With(HasReceived) {
		o.moment("position_uploaded_date", p.ReceivedTime)
	}
	return append(o.b, '}')
}

// lbsCodes are the feed's numbers for the sources.
var lbsCodes = [...]uint64{GNSS: 1, WiFi: 6, Cell: 5, Beacon: 4}
