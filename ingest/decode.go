package ingest

import "time"

const (
	maxRecord = 16 << 10 // bytes of a ping
	maxName   = 64       // bytes of a tag's name
)

// Decoder turns records into pings. It is for one goroutine.
type Decoder struct {
	maxAge, maxFuture int64
	assumed           [4]float64
	assumedLevel      float64

	values  [numFields]value // of the record at hand; those not noted are of earlier ones
	noted   uint64           // a bit for each field that the record at hand has
	lax     bool             // numbers may come as strings
	scratch []byte           // a text without its escape sequences
	shapes  [numLevels]shape // of the records before
	day     day              // of the last time
}

// NewDecoder returns a Decoder. The options must be valid.
func NewDecoder(o DecoderOptions) *Decoder {
	return &Decoder{
		maxAge:       int64(o.MaxAge / time.Millisecond),
		maxFuture:    int64(o.MaxFuture / time.Millisecond),
		assumed:      o.Accuracy,
		assumedLevel: o.AccuracyLevel,
	}
}

// Decode turns rec into a ping and fills p wholly; p is valid as long as rec is. After a rejection p is not to be used.
// The rejection is the first of those that doc.go lists.
func (d *Decoder) Decode(rec *Record, p *Ping) *Rejection {
	b := rec.Value
	if len(b) > maxRecord {
		return &Rejection{TooLarge, "more than 16 KiB"}
	}
	format, ok := headerFormat(rec.Headers)
	if !ok {
		return &Rejection{Malformed, FormatHeader + " is none of cordon, traccar, mdss"}
	}
	if len(b) == 0 && format != Proto {
		return &Rejection{Malformed, "the record is empty"}
	}
	if !d.quickly(b, format, p) {
		if no := d.wholly(b, format, p); no != nil {
			return no
		}
	}
	if no := d.inTime(p, rec.Appended); no != nil {
		return no
	}
	d.assume(p)
	return nil
}

// Detect tells the format of a JSON record by its content. Protobuf cannot be told by looking: it is FormatUnknown, as
// anything is that is not a JSON object or larger than a ping may be.
func (d *Decoder) Detect(b []byte) Format {
	if len(b) > maxRecord {
		return FormatUnknown
	}
	if _, f := d.text(b); f != sound {
		return FormatUnknown
	}
	return d.look()
}

// look tells the format of the record that was just read.
func (d *Decoder) look() Format {
	const feed = 1<<mID | 1<<mLat | 1<<mLon | 1<<mGPSDate
	switch {
	case d.is(tPosition, isObject) && d.is(tDevice, isObject):
		return Traccar
	case d.noted&feed != 0 && d.noted&(1<<fFixTime) == 0:
		return MDSS
	}
	return Cordon
}

// wholly reads a record with the readers that know everything.
func (d *Decoder) wholly(b []byte, format Format, p *Ping) *Rejection {
	*p = Ping{}
	name, no := d.fill(b, format, p)
	p.Device = name
	return no
}

// fill reads everything but the tag's name into p, and returns the name.
func (d *Decoder) fill(b []byte, format Format, p *Ping) ([]byte, *Rejection) {
	if format == Proto {
		if no := d.wire(b); no != nil {
			return nil, no
		}
		return d.cordon(b, p)
	}
	if at, f := d.text(b); f != sound {
		return nil, notJSON(at, f)
	}
	if format == FormatUnknown {
		format = d.look()
	}
	switch format {
	case Traccar:
		return d.traccar(b, p)
	case MDSS:
		return d.mdss(b, p)
	default:
		return d.cordon(b, p)
	}
}

// inTime compares a fix with the record's time. Both bounds themselves are accepted.
func (d *Decoder) inTime(p *Ping, appended int64) *Rejection {
	switch {
	case p.FixTime > appended+d.maxFuture:
		return &Rejection{Future, "the fix lies too far after the time the record was appended: check the tag's clock"}
	case p.FixTime < appended-d.maxAge:
		return &Rejection{TooOld, "the fix lies too far before the time the record was appended"}
	}
	return nil
}

// assume fills in what a ping does not say about its accuracy.
func (d *Decoder) assume(p *Ping) {
	if !p.With(HasAccuracy) {
		p.AccuracyM = d.assumed[p.Source]
	}
	if !p.With(HasAccuracyLevel) {
		p.AccuracyLevel = d.assumedLevel
	}
}
