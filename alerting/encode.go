package alerting

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"cordon/geofence"
)

// ErrState is returned for encoded state that cannot be read.
var ErrState = errors.New("alerting: unreadable tag state")

const stateVersion = 4

// AppendTag appends the encoding of t's state, which is kept in checkpoints: a version byte, then varints and
// length-prefixed text in the order of the fields. The device is not part of it.
func AppendTag(b []byte, t *Tag) []byte {
	b = append(b, stateVersion)
	for _, v := range []int64{t.LastAppended, t.LastLate} {
		b = binary.AppendVarint(b, v)
	}
	b = binary.AppendUvarint(b, uint64(1+slices.Index(t.Wearings, t.heardBy)))
	b = binary.AppendUvarint(b, uint64(len(t.Wearings)))
	for _, w := range t.Wearings {
		b = appendWearing(b, w)
	}
	return b
}

func appendWearing(b []byte, w *Wearing) []byte {
	b = appendText(b, w.Subject)
	b = appendText(b, w.Wearer)
	b = appendBool(append(b, byte(w.Tier)), w.Assigned)
	b = binary.AppendVarint(b, w.LastFix)
	for _, v := range []int64{w.LastOther, w.LastUsable, w.Heard, w.HistoryLast, w.LastAppended} {
		b = appendSince(b, v, w.LastFix)
	}
	b = append(b, w.Cadence.N, w.Cadence.Next)
	for _, v := range w.Cadence.Intervals[:w.Cadence.N] {
		b = binary.AppendUvarint(b, uint64(v))
	}
	b = appendAnchor(b, &w.Last)
	b = binary.AppendUvarint(b, uint64(len(w.Open)))
	for _, e := range w.Open {
		b = appendEpisode(b, e)
	}
	b = binary.AppendUvarint(b, uint64(len(w.Stays)))
	for _, s := range w.Stays {
		b = appendText(b, s.Zone)
		b = binary.AppendVarint(b, s.Opened)
		b = binary.AppendVarint(b, s.Exit)
		b = binary.AppendVarint(b, s.Closed)
	}
	return appendCondition(b, &w.Condition, w.LastFix)
}

func appendAnchor(b []byte, a *Anchor) []byte {
	b = binary.AppendUvarint(b, a.Seq)
	b = appendBool(appendBool(b, a.HasSeq), a.Assumed)
	return appendFloats(b, a.Lat, a.Lon, a.AccuracyM, a.AccuracyLevel)
}

func appendEpisode(b []byte, e *Episode) []byte {
	b = appendText(b, e.Zone)
	b = binary.AppendUvarint(b, e.ZoneRevision)
	b = appendText(b, e.ZoneKind)
	b = appendBool(b, e.History)
	b = appendText(b, e.Profile)
	b = append(b, byte(e.Tier), byte(e.Phase))
	b = appendBool(b, e.Cold)
	for _, v := range []int64{int64(e.Ins), int64(e.Deeps), int64(e.Outs), e.FirstIn, e.FirstOut} {
		b = binary.AppendVarint(b, v)
	}
	b = appendOpening(b, &e.Opening)
	for _, v := range []int64{e.Since, e.LastInside} {
		b = binary.AppendVarint(b, v)
	}
	b = appendFloats(b, e.Lat, e.Lon, e.MaxDepth)
	b = binary.AppendVarint(b, e.Breached)
	b = append(appendText(b, string(e.Severity)), byte(e.Escalations))
	b = binary.AppendUvarint(b, uint64(len(e.Seen)))
	for i := range e.Seen {
		b = appendSeen(b, &e.Seen[i])
	}
	return b
}

// appendSeen leaves out what no alert says of a fix that did not decide it.
func appendSeen(b []byte, s *Seen) []byte {
	b = binary.AppendVarint(b, s.Time)
	b = binary.AppendUvarint(b, s.Seq)
	b = appendBool(appendBool(b, s.HasSeq), s.Assumed)
	b = appendText(appendText(b, s.Source), string(s.Class))
	return appendFloats(b, s.Lat, s.Lon, s.AccuracyM, s.AccuracyLevel, s.Distance)
}

// appendSince appends a time as its distance from another, which is mostly short.
func appendSince(b []byte, v, from int64) []byte {
	if v == never || from == never {
		return binary.AppendVarint(append(b, 0), v)
	}
	return binary.AppendVarint(append(b, 1), v-from)
}

func appendFloats(b []byte, values ...float64) []byte {
	for _, f := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// ParseTag reads what AppendTag wrote. It does not keep b.
func ParseTag(device string, b []byte) (*Tag, error) {
	r := reader{b: b}
	if v := r.byte(); v != stateVersion {
		return nil, fmt.Errorf("%w: version %d, this program reads %d", ErrState, v, stateVersion)
	}
	t := &Tag{Device: device, LastAppended: r.varint(), LastLate: r.varint()}
	heardBy := r.count()
	for range r.count() {
		t.add(r.wearing())
	}
	switch {
	case heardBy > len(t.Wearings):
		r.take(-1)
	case heardBy > 0:
		t.heardBy = t.Wearings[heardBy-1]
	}
	if r.bad || len(r.b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes, cut short or too long", ErrState, len(b))
	}
	return t, nil
}

// reader takes values off the front of b; after the first that is not there, bad stays set and all are zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) wearing() *Wearing {
	w := &Wearing{Subject: r.text(), Wearer: r.text(), Tier: int(r.byte()), Assigned: r.byte() == 1, LastFix: r.varint()}
	for _, v := range []*int64{&w.LastOther, &w.LastUsable, &w.Heard, &w.HistoryLast, &w.LastAppended} {
		*v = r.since(w.LastFix)
	}
	w.Cadence.N, w.Cadence.Next = r.byte(), r.byte()
	if w.Cadence.N > remembered || w.Cadence.Next >= remembered {
		r.take(-1)
		return w
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
	return w
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
	if n > mostSeen || e.Phase > Open || e.Phase == Dormant && n == 0 {
		r.take(-1)
		return e
	}
	for range n {
		e.Seen = append(e.Seen, r.seen())
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

func (r *reader) float() float64 {
	if b := r.take(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

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

// count reads a number of elements; each takes at least a byte, so that more than is left is an error.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.take(-1)
		return 0
	}
	return int(n)
}

func (r *reader) text() string { return string(r.take(r.count())) }
