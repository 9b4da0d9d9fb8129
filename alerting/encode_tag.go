package alerting

import "encoding/binary"

// appendCondition appends what is remembered of a tag besides where it was: a 0 when there is nothing. from is a time near
// its own.
func appendCondition(b []byte, c *Condition, from int64) []byte {
	if c.blank() {
		return append(b, 0)
	}
	odd := c.odd
	if odd == nil {
		odd = &Odd{}
	}
	b = appendSince(appendSince(append(b, 1), c.Newest, from), c.Heard, from)
	b = appendRhythm(appendRhythm(b, &c.Resting), &c.Moving)
	b = appendBool(appendBool(b, c.Moves), c.Anchored)
	if !c.Anchored {
		b = appendOpening(b, &odd.Last)
	}
	if b = binary.AppendVarint(b, int64(c.Frozen)); c.Frozen > 1 {
		b = appendSince(b, odd.FrozenSince, from)
	}
	if b = binary.AppendVarint(b, int64(c.Blind)); c.Blind > 0 {
		b = appendOpening(appendSince(b, odd.BlindSince, from), &odd.FirstBlind)
	}
	if b = appendBool(b, odd.Aside != nil); odd.Aside != nil {
		b = appendAnchor(binary.AppendVarint(b, odd.Aside.Time), &odd.Aside.Anchor)
	}
	b = binary.AppendUvarint(b, uint64(len(odd.Troubles)))
	for _, tr := range odd.Troubles {
		b = appendOpening(appendText(append(b, byte(tr.Cause), byte(tr.Tier)), string(tr.Reason)), &tr.Opening)
		b = binary.AppendVarint(binary.AppendVarint(appendBool(b, tr.Critical), int64(tr.Row)), tr.First)
	}
	return b
}

func appendRhythm(b []byte, r *Rhythm) []byte {
	b = binary.AppendVarint(b, int64(r.Day))
	for _, v := range [...]uint32{r.Today[0], r.Today[1], r.Before[0], r.Before[1]} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	return b
}

func appendOpening(b []byte, o *Opening) []byte {
	b = binary.AppendUvarint(binary.AppendVarint(b, o.FixTime), o.Seq)
	b = appendBool(appendBool(b, o.HasSeq), o.Blind)
	return binary.AppendVarint(binary.AppendVarint(b, o.LatE7), o.LonE7)
}

func (r *reader) condition(c *Condition, from int64) {
	if r.byte() == 0 {
		c.Newest, c.Heard = never, never
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
