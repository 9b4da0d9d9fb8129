package ingest

func mdssField(key []byte) field {
	switch string(key) {
	case "position_id":
		return mID
	case "position_latitude":
		return mLat
	case "position_longitude":
		return mLon
	case "position_precision":
		return mPrecision
	case "position_speed":
		return mSpeed
	case "position_direction":
		return mDirection
	case "position_satellite":
		return mSatellite
	case "position_hdop":
		return mHDOP
	case "position_lbs":
		return mLBS
	case "position_gps_date":
		return mGPSDate
	case "position_uploaded_date":
		return mUploaded
	}
	return noField
}

// mdss reads a line of the position feed in the order that doc.go gives. Feeds are exported by way of
// tables, so a number may come as a string, and an empty string is an empty cell.
func (d *Decoder) mdss(b []byte, p *Ping) (name []byte, no *Rejection) {
	d.lax = true
	if name, no = d.mdssName(b); no != nil {
		return nil, no
	}
	if !d.present(mGPSDate) {
		return nil, &Rejection{MissingTime, "position_gps_date is missing"}
	}
	if p.FixTime, no = d.moment(b, mGPSDate, true); no != nil {
		return nil, no
	}
	if no = d.coordinates(b, p, mLat, mLon); no != nil {
		return nil, no
	}
	if no = d.radius(b, p, mPrecision, true); no != nil {
		return nil, no
	}
	return name, d.mdssRest(b, p)
}

// mdssName reads the tag's name, a number in some feeds.
func (d *Decoder) mdssName(b []byte) ([]byte, *Rejection) {
	if v := &d.values[fDevice]; d.is(fDevice, isNumber) && v.marks&whole != 0 && v.marks&negative == 0 {
		return checkName(b[v.start:v.end], fDevice)
	}
	return d.name(b, fDevice)
}

func (d *Decoder) mdssRest(b []byte, p *Ping) (no *Rejection) {
	if d.present(mUploaded) {
		if p.ReceivedTime, no = d.moment(b, mUploaded, true); no != nil {
			return no
		}
		p.Has |= HasReceived
	}
	if no = d.mdssSource(b, p); no != nil {
		return no
	}
	if no = d.measure(b, p, mSpeed, HasSpeed, &p.SpeedMPS, &kmh); no != nil {
		return no
	}
	if no = d.measure(b, p, mDirection, HasHeading, &p.HeadingDeg, &course); no != nil {
		return no
	}
	if no = d.count(b, p, mSatellite); no != nil {
		return no
	}
	return d.measure(b, p, mHDOP, HasHDOP, &p.HDOP, &finite)
}

// mdssSource reads how the position was found. Codes that nobody has explained are kept as the coarsest source there
// is: nothing is known of their error, and none may speak with the voice of a satellite fix.
func (d *Decoder) mdssSource(b []byte, p *Ping) *Rejection {
	if !d.present(mLBS) {
		return nil
	}
	code, ok := d.number(b, mLBS)
	if !ok {
		return &Rejection{BadField, "position_lbs is not a number"}
	}
	switch code {
	case 1:
		p.Source = GNSS
	case 4:
		p.Source = Beacon
	case 6:
		p.Source = WiFi
	default:
		p.Source = Cell
	}
	return nil
}
