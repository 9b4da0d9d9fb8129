package alerting

import (
	"encoding/binary"
	"fmt"
	"math"

	"cordon/geofence"
)

// The form before protobuf, state version 4: the number of hashes of pings, each hash in eight bytes, the version, then
// varints and length-prefixed text in the order of the fields. It is read but no longer written.

const (
	oldMostRecent = 16 // the greatest first byte of the form; a message Tag begins with a greater byte
	oldVersion    = 4
)

// parseOldTag reads the form into a tag that has not been heard.
func parseOldTag(t *Tag, b []byte, recent []uint64) (*Tag, []uint64, error) {
	r := reader{b: b}
	for range r.byte() {
		recent = append(recent, r.uint64())
	}
	if v := r.byte(); !r.bad && v != oldVersion {
		return nil, recent, fmt.Errorf("%w: version %d, this program reads %d and later ones", ErrState, v, oldVersion)
	}
	t.LastAppended, t.LastLate = r.varint(), r.varint()
	heardBy := r.count()
	for range r.count() {
		r.wearing(t.room())
	}
	switch {
	case heardBy > len(t.Wearings):
		r.take(-1)
	case heardBy > 0:
		t.heardBy = t.Wearings[heardBy-1]
	}
	if r.bad || len(r.b) > 0 {
		return nil, recent, fmt.Errorf("%w: %d bytes, cut short or too long", ErrState, len(b))
	}
	return t, recent, nil
}

// reader takes values off the front of b. After the first missing value bad stays set and all values are zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) wearing(w *Wearing) {
	w.Subject, w.Wearer, w.Tier, w.Assigned, w.LastFix = r.text(), r.text(), int(r.byte()), r.byte() == 1, r.varint()
	for _, v := range []*int64{&w.LastOther, &w.LastUsable, &w.Heard, &w.HistoryLast, &w.LastAppended} {
		*v = r.since(w.LastFix)
	}
	w.Cadence.N, w.Cadence.Next = r.byte(), r.byte()
	if w.Cadence.N > remembered || w.Cadence.Next >= remembered {
		r.take(-1)
		return
	}
	for i := range w.Cadence.Intervals[:w.Cadence.N] {
		w.Cadence.Intervals[i] = uint32(r.uvarint())
	}
	w.Last = r.anchor()
	for range r.count() {
		w.insert(r.episode())
	}
	for range r.count() {
		w.Stays = append(w.Stays, Stay{Zone: r.text(), Opened: r.varint(), Exit: r.varint(), Closed: r.varint()})
	}
	r.condition(&w.Condition, w.LastFix)
	w.Condition.settle()
	if w.sound() != nil {
		r.take(-1)
	}
}

func (r *reader) episode() *Episode {
	e := &Episode{Zone: r.text(), ZoneRevision: r.uvarint(), ZoneKind: r.text(), History: r.byte() == 1, Profile: r.text(),
		Tier: int(r.byte())}
	e.Phase, e.Cold = Phase(r.byte()), r.byte() == 1
	for _, v := range []*int32{&e.Ins, &e.Deeps, &e.Outs} {
		*v = int32(r.varint())
	}
	e.FirstIn, e.FirstOut = r.varint(), r.varint()
	e.Opening = r.opening()
	e.Since, e.LastInside = r.varint(), r.varint()
	e.Lat, e.Lon, e.MaxDepth = r.float(), r.float(), r.float()
	e.Breached, e.Severity, e.Escalations = r.varint(), geofence.Severity(r.text()), int(r.byte())
	n := r.count()
	if n > mostSeen || e.Phase > Open {
		r.take(-1)
		return e
	}
	for range n {
		e.Seen = append(e.Seen, r.seen())
	}
	if e.sound() != nil {
		r.take(-1)
	}
	return e
}

func (r *reader) seen() Seen {
	s := Seen{}
	s.Time, s.Seq, s.HasSeq, s.Assumed = r.varint(), r.uvarint(), r.byte() == 1, r.byte() == 1
	s.Source, s.Class = r.text(), Class(r.text())
	s.Lat, s.Lon, s.AccuracyM, s.AccuracyLevel, s.Distance = r.float(), r.float(), r.float(), r.float(), r.float()
	return s
}

func (r *reader) condition(c *Condition, from int64) {
	if r.byte() == 0 {
		return
	}
	c.Newest, c.Heard = r.since(from), r.since(from)
	c.Resting, c.Moving = r.rhythm(), r.rhythm()
	c.Moves, c.Anchored = r.byte() == 1, r.byte() == 1
	if !c.Anchored {
		c.rest().Last = r.opening()
	}
	if c.Frozen = int32(r.varint()); c.Frozen > 1 {
		c.rest().FrozenSince = r.since(from)
	}
	if c.Blind = int32(r.varint()); c.Blind > 0 {
		odd := c.rest()
		odd.BlindSince, odd.FirstBlind = r.since(from), r.opening()
	}
	if r.byte() == 1 {
		c.setAside(&Aside{r.varint(), r.anchor()})
	}
	for range r.count() {
		tr := &Trouble{Cause: Cause(r.byte()), Tier: int(r.byte()), Reason: Reason(r.text()), Opening: r.opening(),
			Critical: r.byte() == 1, Row: int32(r.varint()), First: r.varint()}
		if tr.Cause >= causes {
			r.take(-1)
			return
		}
		c.add(tr)
	}
}

func (r *reader) rhythm() Rhythm {
	return Rhythm{Day: int32(r.varint()), Today: [2]uint32{uint32(r.uvarint()), uint32(r.uvarint())},
		Before: [2]uint32{uint32(r.uvarint()), uint32(r.uvarint())}}
}

func (r *reader) opening() Opening {
	return Opening{FixTime: r.varint(), Seq: r.uvarint(), HasSeq: r.byte() == 1, Blind: r.byte() == 1, LatE7: r.varint(), LonE7: r.varint()}
}

func (r *reader) anchor() Anchor {
	return Anchor{Seq: r.uvarint(), HasSeq: r.byte() == 1, Assumed: r.byte() == 1,
		Lat: r.float(), Lon: r.float(), AccuracyM: r.float(), AccuracyLevel: r.float()}
}

// since reads an optional time, which is stored as its distance from another.
func (r *reader) since(from int64) int64 {
	relative, v := r.byte() == 1, r.varint()
	if relative {
		v += from
	}
	return v
}

func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) float() float64 { return math.Float64frombits(r.uint64()) }

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.take(-1)
		return 0
	}
	r.take(n)
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.take(-1)
		return 0
	}
	r.take(n)
	return v
}

// count reads a number of elements. Each takes at least a byte, so a number greater than the bytes left is an error.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.take(-1)
		return 0
	}
	return int(n)
}

func (r *reader) text() string { return string(r.take(r.count())) }
