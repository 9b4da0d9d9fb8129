package alerting

import (
	"encoding/binary"
	"math"
	"slices"
)

// appendOldTag writes the form before protobuf, like the last version that used it.
func appendOldTag(b []byte, t *Tag, recent []uint64) []byte {
	b = append(b, byte(len(recent)))
	for _, hash := range recent {
		b = binary.LittleEndian.AppendUint64(b, hash)
	}
	b = append(b, oldVersion)
	for _, v := range []int64{t.LastAppended, t.LastLate} {
		b = binary.AppendVarint(b, v)
	}
	b = binary.AppendUvarint(b, uint64(1+slices.Index(t.Wearings, t.heardBy)))
	b = binary.AppendUvarint(b, uint64(len(t.Wearings)))
	for _, w := range t.Wearings {
		b = appendOldWearing(b, w)
	}
	return b
}

func appendOldWearing(b []byte, w *Wearing) []byte {
	b = appendOldText(b, w.Subject)
	b = appendOldText(b, w.Wearer)
	b = appendOldBool(append(b, byte(w.Tier)), w.Assigned)
	b = binary.AppendVarint(b, w.LastFix)
	for _, v := range []int64{w.LastOther, w.LastUsable, w.Heard, w.HistoryLast, w.LastAppended} {
		b = appendOldSince(b, v, w.LastFix)
	}
	b = append(b, w.Cadence.N, w.Cadence.Next)
	for _, v := range w.Cadence.Intervals[:w.Cadence.N] {
		b = binary.AppendUvarint(b, uint64(v))
	}
	b = appendOldAnchor(b, &w.Last)
	b = binary.AppendUvarint(b, uint64(len(w.Open)))
	for _, e := range w.Open {
		b = appendOldEpisode(b, e)
	}
	b = binary.AppendUvarint(b, uint64(len(w.Stays)))
	for _, s := range w.Stays {
		b = appendOldText(b, s.Zone)
		b = binary.AppendVarint(b, s.Opened)
		b = binary.AppendVarint(b, s.Exit)
		b = binary.AppendVarint(b, s.Closed)
	}
	return appendOldCondition(b, &w.Condition, w.LastFix)
}

func appendOldAnchor(b []byte, a *Anchor) []byte {
	b = binary.AppendUvarint(b, a.Seq)
	b = appendOldBool(appendOldBool(b, a.HasSeq), a.Assumed)
	return appendOldFloats(b, a.Lat, a.Lon, a.AccuracyM, a.AccuracyLevel)
}

func appendOldEpisode(b []byte, e *Episode) []byte {
	b = appendOldText(b, e.Zone)
	b = binary.AppendUvarint(b, e.ZoneRevision)
	b = appendOldText(b, e.ZoneKind)
	b = appendOldBool(b, e.History)
	b = appendOldText(b, e.Profile)
	b = append(b, byte(e.Tier), byte(e.Phase))
	b = appendOldBool(b, e.Cold)
	for _, v := range []int64{int64(e.Ins), int64(e.Deeps), int64(e.Outs), e.FirstIn, e.FirstOut} {
		b = binary.AppendVarint(b, v)
	}
	b = appendOldOpening(b, &e.Opening)
	for _, v := range []int64{e.Since, e.LastInside} {
		b = binary.AppendVarint(b, v)
	}
	b = appendOldFloats(b, e.Lat, e.Lon, e.MaxDepth)
	b = binary.AppendVarint(b, e.Breached)
	b = append(appendOldText(b, string(e.Severity)), byte(e.Escalations))
	b = binary.AppendUvarint(b, uint64(len(e.Seen)))
	for i := range e.Seen {
		b = appendOldSeen(b, &e.Seen[i])
	}
	return b
}

func appendOldSeen(b []byte, s *Seen) []byte {
	b = binary.AppendVarint(b, s.Time)
	b = binary.AppendUvarint(b, s.Seq)
	b = appendOldBool(appendOldBool(b, s.HasSeq), s.Assumed)
	b = appendOldText(appendOldText(b, s.Source), string(s.Class))
	return appendOldFloats(b, s.Lat, s.Lon, s.AccuracyM, s.AccuracyLevel, s.Distance)
}

func appendOldSince(b []byte, v, from int64) []byte {
	if v == never || from == never {
		return binary.AppendVarint(append(b, 0), v)
	}
	return binary.AppendVarint(append(b, 1), v-from)
}

func appendOldFloats(b []byte, values ...float64) []byte {
	for _, f := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

func appendOldText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendOldBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendOldCondition(b []byte, c *Condition, from int64) []byte {
	if c.blank() {
		return append(b, 0)
	}
	odd := c.odd
	if odd == nil {
		odd = &Odd{}
	}
	b = appendOldSince(appendOldSince(append(b, 1), c.Newest, from), c.Heard, from)
	b = appendOldRhythm(appendOldRhythm(b, &c.Resting), &c.Moving)
	b = appendOldBool(appendOldBool(b, c.Moves), c.Anchored)
	if !c.Anchored {
		b = appendOldOpening(b, &odd.Last)
	}
	if b = binary.AppendVarint(b, int64(c.Frozen)); c.Frozen > 1 {
		b = appendOldSince(b, odd.FrozenSince, from)
	}
	if b = binary.AppendVarint(b, int64(c.Blind)); c.Blind > 0 {
		b = appendOldOpening(appendOldSince(b, odd.BlindSince, from), &odd.FirstBlind)
	}
	if b = appendOldBool(b, odd.Aside != nil); odd.Aside != nil {
		b = appendOldAnchor(binary.AppendVarint(b, odd.Aside.Time), &odd.Aside.Anchor)
	}
	b = binary.AppendUvarint(b, uint64(len(odd.Troubles)))
	for _, tr := range odd.Troubles {
		b = appendOldOpening(appendOldText(append(b, byte(tr.Cause), byte(tr.Tier)), string(tr.Reason)), &tr.Opening)
		b = binary.AppendVarint(binary.AppendVarint(appendOldBool(b, tr.Critical), int64(tr.Row)), tr.First)
	}
	return b
}

func appendOldRhythm(b []byte, r *Rhythm) []byte {
	b = binary.AppendVarint(b, int64(r.Day))
	for _, v := range [...]uint32{r.Today[0], r.Today[1], r.Before[0], r.Before[1]} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	return b
}

func appendOldOpening(b []byte, o *Opening) []byte {
	b = binary.AppendUvarint(binary.AppendVarint(b, o.FixTime), o.Seq)
	b = appendOldBool(appendOldBool(b, o.HasSeq), o.Blind)
	return binary.AppendVarint(binary.AppendVarint(b, o.LatE7), o.LonE7)
}
