package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"cordon/ingest"
)

// moment is one ping of a recording, on its way to the topic. It is valid until the next.
type moment struct {
	value   []byte
	key     []byte
	headers []ingest.Header
	ping    ingest.Ping
	wrong   *ingest.Rejection // why it cannot be decoded; ping is empty then
}

func (m *moment) decoded() bool { return m.wrong == nil }

// arrival is when the ping came in, as far as is known.
func (m *moment) arrival() int64 {
	if m.ping.With(ingest.HasReceived) {
		return m.ping.ReceivedTime
	}
	return m.ping.FixTime
}

// source yields the records of a recording one by one; io.EOF ends it. A record is valid until the next call.
type source interface {
	next() (entry, error)
}

type entry struct {
	value []byte
	place string // for messages, such as line 17
	long  bool   // too long for the topic: value is not whole
}

// recording decodes what a source yields, and leaves out what is not asked for.
type recording struct {
	plan    *replayPlan
	source  source
	decoder *ingest.Decoder
	counts  *replayCounts
	name    string // of the file
	filter  string // the only tag wanted, or empty
	headers []ingest.Header
	m       moment
}

// open returns the pings on a tape that is at its beginning.
func (p *replayPlan) open(t *tape, counts *replayCounts) (*recording, error) {
	format := p.Format
	if format == "auto" {
		var err error
		if format, err = t.sniff(); err != nil {
			return nil, err
		}
	}
	o := ingest.DefaultDecoderOptions()
	o.MaxAge, o.MaxFuture = math.MaxInt64, math.MaxInt64 // whether a recording is too old is for the processor to say
	r := &recording{plan: p, name: t.name, decoder: ingest.NewDecoder(o), counts: counts, filter: p.Device}
	switch format {
	case "csv":
		rows, err := newCSV(t.data, p.Device)
		if err != nil {
			return nil, t.explain(err)
		}
		r.source = rows
	case "gpx":
		r.source, r.filter = newGPX(t.data, p.Device), ""
	default:
		r.source = newLines(t.data)
	}
	if f, err := ingest.ParseFormat(p.Format); err == nil { // said, not found out: say it to the processor too
		r.headers = []ingest.Header{{Key: ingest.FormatHeader, Value: []byte(f.String())}}
	}
	r.source = explained{r.source, t}
	return r, nil
}

// next returns the next ping that is wanted.
func (r *recording) next() (*moment, error) {
	for {
		e, err := r.source.next()
		if err != nil {
			return nil, err
		}
		if e.long {
			if r.plan.Strict {
				return nil, fmt.Errorf("%s: %s: longer than the %d bytes that the topic takes", r.name, e.place, maxLine)
			}
			r.counts.long.Add(1)
			continue
		}
		r.decode(e.value)
		if !r.m.decoded() && r.plan.Strict {
			return nil, fmt.Errorf("%s: %s: %w", r.name, e.place, r.m.wrong)
		}
		if !r.wanted() {
			r.counts.filtered.Add(1)
			continue
		}
		if !r.m.decoded() {
			r.counts.undecodable.Add(1)
		}
		r.m.key = r.key()
		return &r.m, nil
	}
}

func (r *recording) decode(value []byte) {
	m := &r.m
	m.value, m.headers = value, r.headers
	// Appended at 0: with these options no fix is too old or too new for it.
	m.wrong = r.decoder.Decode(&ingest.Record{Value: value, Headers: r.headers}, &m.ping)
	if m.wrong != nil {
		m.ping = ingest.Ping{}
	}
}

// wanted reports whether a ping is asked for. One that cannot be decoded is: nobody knows what it says.
func (r *recording) wanted() bool {
	p := &r.m.ping
	switch {
	case !r.m.decoded():
		return true
	case r.filter != "" && string(p.Device) != r.filter:
		return false
	}
	return (r.plan.from == 0 || p.FixTime >= r.plan.from) && (r.plan.to == 0 || p.FixTime < r.plan.to)
}

// named is what JSON says of its tag in any format.
type named struct {
	DeviceID json.RawMessage `json:"device_id"`
	Device   struct {
		UniqueID json.RawMessage `json:"uniqueId"`
		ID       json.RawMessage `json:"id"`
	} `json:"device"`
}

// key returns the record's key; nil when nothing is known of the tag.
func (r *recording) key() []byte {
	original := r.plan.Key == "original"
	if r.m.decoded() && !original {
		return append(r.m.key[:0], r.m.ping.Device...)
	}
	var n named
	_ = json.Unmarshal(r.m.value, &n) // as far as it can be read
	keys := []json.RawMessage{n.DeviceID, n.Device.UniqueID}
	if original {
		keys = slices.Insert(keys, 0, n.Device.ID)
	}
	for _, k := range keys {
		if text := word(k); text != "" {
			return []byte(text)
		}
	}
	if r.m.decoded() {
		return slices.Clone(r.m.ping.Device)
	}
	return nil
}

// word is a JSON string or number as text.
func word(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// explained says of a source's errors how much of the file could be read.
type explained struct {
	source
	tape *tape
}

func (e explained) next() (entry, error) {
	x, err := e.source.next()
	return x, e.tape.explain(err)
}
