package ingest

// cordon reads the fields that Cordon JSON and protobuf share, in the order that doc.go gives.
func (d *Decoder) cordon(b []byte, p *Ping) (name []byte, no *Rejection) {
	d.lax = false
	if name, no = d.name(b, fDevice); no != nil {
		return nil, no
	}
	if !d.has(fFixTime) {
		return nil, &Rejection{MissingTime, "fix_time is missing"}
	}
	if p.FixTime, no = d.moment(b, fFixTime, false); no != nil {
		return nil, no
	}
	if no = d.coordinates(b, p, fLat, fLon); no != nil {
		return nil, no
	}
	if no = d.radius(b, p, fAccuracy, false); no != nil {
		return nil, no
	}
	if no = d.chance(b, p); no != nil {
		return nil, no
	}
	if d.noted&^(1<<fDevice|1<<fFixTime|1<<fLat|1<<fLon|1<<fAccuracy|1<<fLevel) != 0 {
		no = d.cordonRest(b, p)
	}
	return name, no
}

// chance reads the chance that the circle holds the truth.
func (d *Decoder) chance(b []byte, p *Ping) *Rejection {
	if !d.has(fLevel) {
		return nil
	}
	v, ok := d.number(b, fLevel)
	if !ok || !(v > 0 && v < 1) {
		return &Rejection{BadAccuracy, "accuracy_level is not a number between 0 and 1, both excluded"}
	}
	p.AccuracyLevel = v
	p.Has |= HasAccuracyLevel
	return nil
}

// cordonRest reads the other fields.
func (d *Decoder) cordonRest(b []byte, p *Ping) (no *Rejection) {
	if d.has(fSeq) {
		v := &d.values[fSeq]
		ok := v.kind == isNumber
		if ok {
			p.Seq, ok = v.unsigned(b)
		}
		if !ok {
			return &Rejection{BadField, "seq is not an unsigned integer of 64 bits"}
		}
		p.Has |= HasSeq
	}
	if d.has(fReceived) {
		if p.ReceivedTime, no = d.moment(b, fReceived, false); no != nil {
			return no
		}
		p.Has |= HasReceived
	}
	if no = d.source(b, p); no != nil {
		return no
	}
	if no = d.measure(b, p, fSpeed, HasSpeed, &p.SpeedMPS, &finite); no != nil {
		return no
	}
	if no = d.measure(b, p, fHeading, HasHeading, &p.HeadingDeg, &heading); no != nil {
		return no
	}
	if no = d.measure(b, p, fAltitude, HasAltitude, &p.AltitudeM, &finite); no != nil {
		return no
	}
	if no = d.count(b, p, fSatellites); no != nil {
		return no
	}
	if no = d.measure(b, p, fHDOP, HasHDOP, &p.HDOP, &finite); no != nil {
		return no
	}
	if no = d.battery(b, p, fBattery); no != nil {
		return no
	}
	if no = d.flag(fCharging, &p.Charging); no != nil {
		return no
	}
	if no = d.flag(fMotion, &p.Motion); no != nil {
		return no
	}
	if no = d.flag(fJamming, &p.Jamming); no != nil {
		return no
	}
	return d.strap(b, p)
}

// source reads how the position was found.
func (d *Decoder) source(b []byte, p *Ping) *Rejection {
	if !d.has(fSource) {
		return nil
	}
	code, ok := d.word(b, fSource, sourceNames[:])
	if !ok {
		return &Rejection{BadField, "source is none of gnss, wifi, cell, beacon"}
	}
	p.Source = Source(code)
	return nil
}

// strapNames are the words for a Strap; the first stands for what cannot be written.
var strapNames = [...]string{StrapClosed: "closed", StrapOpen: "open", StrapTampered: "tampered"}

// strap reads the state of the strap.
func (d *Decoder) strap(b []byte, p *Ping) *Rejection {
	if !d.has(fStrap) {
		return nil
	}
	code, ok := d.word(b, fStrap, strapNames[StrapClosed:])
	if !ok {
		return &Rejection{BadField, "strap is none of closed, open, tampered"}
	}
	p.Strap = StrapClosed + Strap(code)
	return nil
}

// word reads which of some words a field says. Protobuf numbers them from 1.
func (d *Decoder) word(b []byte, f field, words []string) (int, bool) {
	v := &d.values[f]
	if v.kind == isCode {
		return int(v.bits) - 1, v.bits-1 < uint64(len(words))
	}
	if v.kind != isText {
		return 0, false
	}
	said := d.content(b, v)
	for i, w := range words {
		if string(said) == w {
			return i, true
		}
	}
	return 0, false
}
