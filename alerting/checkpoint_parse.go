package alerting

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"cordon/geofence"
)

// ErrState is returned for a stored tag state that cannot be read.
var ErrState = errors.New("alerting: unreadable tag state")

// ParseTag reads what AppendTag wrote, or the form before protobuf, and appends the hashes of the tag's last pings to recent.
// It does not keep b.
//
// Of what a later version wrote it reads what this version knows. It skips unknown fields, and tag episodes about unknown
// issues, which this version could never end. Of lists that are longer than this version keeps, it takes the newest entries.
// A value without which the rest is wrong is an error: an activation without a subject, an episode without a zone or in an
// unknown phase, a reference to a missing activation.
func ParseTag(device string, b []byte, recent []uint64) (*Tag, []uint64, error) {
	if len(b) == 0 {
		return nil, recent, fmt.Errorf("%w: it is empty", ErrState)
	}
	t := NewTag(device)
	if b[0] <= oldMostRecent {
		return parseOldTag(t, b, recent)
	}
	var heardBy uint64
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case tagRecent<<3 | wireBytes:
			recent = f.appendPacked(recent)
		case tagRecent<<3 | wireFixed64:
			recent = append(recent, f.number)
		case tagLastAppended<<3 | wireFixed64:
			t.LastAppended = f.time()
		case tagLastLate<<3 | wireFixed64:
			t.LastLate = f.time()
		case tagHeardBy<<3 | wireVarint:
			heardBy = f.number
		case tagActivation<<3 | wireBytes:
			f.take(t.room().parse(f.bytes))
		}
	}
	if f.err == nil && heardBy > uint64(len(t.Wearings)) {
		f.err = fmt.Errorf("the last ping is of activation %d of %d", heardBy, len(t.Wearings))
	}
	if f.err != nil {
		return nil, recent, fmt.Errorf("%w: %w", ErrState, f.err)
	}
	if heardBy > 0 {
		t.heardBy = t.Wearings[heardBy-1]
	}
	return t, recent, nil
}

// room adds an empty activation.
func (t *Tag) room() *Wearing {
	w := &t.first
	if len(t.Wearings) > 0 {
		w = &Wearing{}
	}
	w.forget()
	t.Wearings = append(t.Wearings, w)
	return w
}

func (w *Wearing) parse(b []byte) error {
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case actSubject<<3 | wireBytes:
			w.Subject = f.text()
		case actWearer<<3 | wireBytes:
			w.Wearer = f.text()
		case actTier<<3 | wireVarint:
			w.Tier = int(uint32(f.number))
		case actAssigned<<3 | wireVarint:
			w.Assigned = f.bool()
		case actLastFix<<3 | wireFixed64:
			w.LastFix = f.time()
		case actLastOther<<3 | wireFixed64:
			w.LastOther = f.time()
		case actLastUsable<<3 | wireFixed64:
			w.LastUsable = f.time()
		case actHeard<<3 | wireFixed64:
			w.Heard = f.time()
		case actHistoryLast<<3 | wireFixed64:
			w.HistoryLast = f.time()
		case actLastAppended<<3 | wireFixed64:
			w.LastAppended = f.time()
		case actInterval<<3 | wireFixed32:
			w.Cadence.Note(int64(f.number))
		case actInterval<<3 | wireBytes:
			f.take(w.Cadence.parse(f.bytes))
		case actLast<<3 | wireBytes:
			f.take(w.Last.parse(f.bytes))
		case actOpen<<3 | wireBytes:
			e := &Episode{}
			f.take(e.parse(f.bytes))
			w.insert(e)
		case actHealth<<3 | wireBytes:
			f.take(w.Condition.parse(f.bytes))
		case actStay<<3 | wireBytes:
			var s Stay
			f.take(s.parse(f.bytes))
			w.Stays = append(w.Stays, s)
		}
	}
	w.Condition.settle()
	return cmp.Or(f.err, w.sound())
}

// sound returns an error if nothing can be decided about the activation.
func (w *Wearing) sound() error {
	if w.Subject == "" {
		return errors.New("an activation has no subject")
	}
	return nil
}

// parse reads packed intervals. If there are more than are kept, it takes the last ones.
func (c *Cadence) parse(b []byte) error {
	for len(b) > 0 {
		v, n := protowire.ConsumeFixed32(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		c.Note(int64(v))
	}
	return nil
}

func (a *Anchor) parse(b []byte) error {
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case anchorLat<<3 | wireFixed64:
			a.Lat = f.double()
		case anchorLon<<3 | wireFixed64:
			a.Lon = f.double()
		case anchorAccuracyM<<3 | wireFixed64:
			a.AccuracyM = f.double()
		case anchorAccuracyLevel<<3 | wireFixed64:
			a.AccuracyLevel = f.double()
		case anchorSeq<<3 | wireVarint:
			a.Seq = f.number
		case anchorHasSeq<<3 | wireVarint:
			a.HasSeq = f.bool()
		case anchorAssumed<<3 | wireVarint:
			a.Assumed = f.bool()
		}
	}
	return f.err
}

func (o *Opening) parse(b []byte) error {
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case openingFixTime<<3 | wireFixed64:
			o.FixTime = f.time()
		case openingSeq<<3 | wireVarint:
			o.Seq = f.number
		case openingHasSeq<<3 | wireVarint:
			o.HasSeq = f.bool()
		case openingBlind<<3 | wireVarint:
			o.Blind = f.bool()
		case openingLatE7<<3 | wireVarint:
			o.LatE7 = f.sint()
		case openingLonE7<<3 | wireVarint:
			o.LonE7 = f.sint()
		}
	}
	return f.err
}

func (s *Stay) parse(b []byte) error {
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case stayZone<<3 | wireBytes:
			s.Zone = f.text()
		case stayOpened<<3 | wireFixed64:
			s.Opened = f.time()
		case stayExit<<3 | wireFixed64:
			s.Exit = f.time()
		case stayClosed<<3 | wireFixed64:
			s.Closed = f.time()
		}
	}
	return f.err
}

func (e *Episode) parse(b []byte) error {
	phase := uint64(None)
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case epZone<<3 | wireBytes:
			e.Zone = f.text()
		case epZoneRevision<<3 | wireVarint:
			e.ZoneRevision = f.number
		case epZoneKind<<3 | wireBytes:
			e.ZoneKind = f.word()
		case epHistory<<3 | wireVarint:
			e.History = f.bool()
		case epProfile<<3 | wireBytes:
			e.Profile = f.word()
		case epTier<<3 | wireVarint:
			e.Tier = int(uint32(f.number))
		case epPhase<<3 | wireVarint:
			phase = f.number
		case epOpening<<3 | wireBytes:
			f.take(e.Opening.parse(f.bytes))
		case epSince<<3 | wireFixed64:
			e.Since = f.time()
		case epLastInside<<3 | wireFixed64:
			e.LastInside = f.time()
		case epLat<<3 | wireFixed64:
			e.Lat = f.double()
		case epLon<<3 | wireFixed64:
			e.Lon = f.double()
		case epMaxDepthM<<3 | wireFixed64:
			e.MaxDepth = f.double()
		case epSeverity<<3 | wireBytes:
			e.Severity = geofence.Severity(f.word())
		case epFix<<3 | wireBytes:
			f.take(e.parseFix(f.bytes))
		case epBreached<<3 | wireFixed64:
			e.Breached = f.time()
		case epEscalations<<3 | wireVarint:
			e.Escalations = int(uint32(f.number))
		case epCold<<3 | wireVarint:
			e.Cold = f.bool()
		case epIns<<3 | wireVarint:
			e.Ins = f.int()
		case epDeeps<<3 | wireVarint:
			e.Deeps = f.int()
		case epOuts<<3 | wireVarint:
			e.Outs = f.int()
		case epFirstIn<<3 | wireFixed64:
			e.FirstIn = f.time()
		case epFirstOut<<3 | wireFixed64:
			e.FirstOut = f.time()
		}
	}
	if f.err == nil && phase > uint64(Open) {
		f.err = fmt.Errorf("an episode is in phase %d, this version knows up to %d", phase, Open)
	}
	e.Phase = Phase(phase)
	return cmp.Or(f.err, e.sound())
}

// sound returns an error if the episode cannot be continued.
func (e *Episode) sound() error {
	switch {
	case e.Zone == "":
		return errors.New("an episode has no zone")
	case e.Phase == Dormant && len(e.Seen) == 0:
		return errors.New("an episode waits for its zone to apply and has no fix")
	}
	return nil
}

// parseFix adds a fix. If there are more than are kept, it keeps the opening one and the last ones.
func (e *Episode) parseFix(b []byte) error {
	var s Seen
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case fixTime<<3 | wireFixed64:
			s.Time = f.time()
		case fixLat<<3 | wireFixed64:
			s.Lat = f.double()
		case fixLon<<3 | wireFixed64:
			s.Lon = f.double()
		case fixAccuracyM<<3 | wireFixed64:
			s.AccuracyM = f.double()
		case fixAccuracyLevel<<3 | wireFixed64:
			s.AccuracyLevel = f.double()
		case fixDistanceM<<3 | wireFixed64:
			s.Distance = f.double()
		case fixSource<<3 | wireBytes:
			s.Source = f.word()
		case fixClass<<3 | wireBytes:
			s.Class = Class(f.word())
		case fixSeq<<3 | wireVarint:
			s.Seq = f.number
		case fixHasSeq<<3 | wireVarint:
			s.HasSeq = f.bool()
		case fixAssumed<<3 | wireVarint:
			s.Assumed = f.bool()
		}
	}
	if len(e.Seen) == mostSeen {
		e.Seen = slices.Delete(e.Seen, 1, 2)
	}
	e.Seen = append(e.Seen, s)
	return f.err
}

func (c *Condition) parse(b []byte) error {
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case healthNewest<<3 | wireFixed64:
			c.Newest = f.time()
		case healthHeard<<3 | wireFixed64:
			c.Heard = f.time()
		case healthResting<<3 | wireBytes:
			f.take(c.Resting.parse(f.bytes))
		case healthMoving<<3 | wireBytes:
			f.take(c.Moving.parse(f.bytes))
		case healthMoves<<3 | wireVarint:
			c.Moves = f.bool()
		case healthAnchored<<3 | wireVarint:
			c.Anchored = f.bool()
		case healthLast<<3 | wireBytes:
			f.take(c.stored().Last.parse(f.bytes))
		case healthFrozen<<3 | wireVarint:
			c.Frozen = f.int()
		case healthFrozenSince<<3 | wireFixed64:
			c.stored().FrozenSince = f.time()
		case healthBlind<<3 | wireVarint:
			c.Blind = f.int()
		case healthBlindSince<<3 | wireFixed64:
			c.stored().BlindSince = f.time()
		case healthFirstBlind<<3 | wireBytes:
			f.take(c.stored().FirstBlind.parse(f.bytes))
		case healthAside<<3 | wireBytes:
			f.take(c.parseAside(f.bytes))
		case healthEpisode<<3 | wireBytes:
			f.take(c.parseTrouble(f.bytes))
		}
	}
	return f.err
}

// stored returns the part of the condition that few pings need. A new one has no known times.
func (c *Condition) stored() *Odd {
	if c.odd == nil {
		c.odd = &Odd{FrozenSince: never, BlindSince: never}
	}
	return c.odd
}

// settle restarts a row of pings whose beginning is not stored.
func (c *Condition) settle() {
	odd := c.odd
	if c.Frozen > 1 && (odd == nil || odd.FrozenSince == never) {
		c.Frozen = 0
	}
	if c.Blind > 0 && (odd == nil || odd.BlindSince == never || odd.FirstBlind == Opening{}) {
		c.Blind = 0
	}
	if odd != nil && c.Frozen <= 1 {
		odd.FrozenSince = 0
	}
	if odd != nil && c.Blind <= 0 {
		odd.BlindSince, odd.FirstBlind = 0, Opening{}
	}
}

func (c *Condition) parseAside(b []byte) error {
	a := c.stored().Aside
	if a == nil {
		a = &Aside{Time: never}
	}
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case asideTime<<3 | wireFixed64:
			a.Time = f.time()
		case asideFix<<3 | wireBytes:
			f.take(a.Anchor.parse(f.bytes))
		}
	}
	c.setAside(a)
	return f.err
}

func (r *Rhythm) parse(b []byte) error {
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case intervalDay<<3 | wireVarint:
			r.Day = f.int()
		case intervalLongest<<3 | wireVarint:
			r.Today[0] = uint32(f.number)
		case intervalSecond<<3 | wireVarint:
			r.Today[1] = uint32(f.number)
		case intervalLongestBefore<<3 | wireVarint:
			r.Before[0] = uint32(f.number)
		case intervalSecondBefore<<3 | wireVarint:
			r.Before[1] = uint32(f.number)
		}
	}
	return f.err
}

// parseTrouble adds a tag episode, unless its issue is unknown to this version. The alerts would not help to read it, so it
// is no reason to decide the window again.
func (c *Condition) parseTrouble(b []byte) error {
	tr, issue := &Trouble{}, uint64(0)
	f := fields{rest: b}
	for f.next() {
		switch f.key {
		case issueIssue<<3 | wireVarint:
			issue = f.number
		case issueReason<<3 | wireBytes:
			tr.Reason = Reason(f.text())
		case issueOpening<<3 | wireBytes:
			f.take(tr.Opening.parse(f.bytes))
		case issueTier<<3 | wireVarint:
			tr.Tier = int(uint32(f.number))
		case issueCritical<<3 | wireVarint:
			tr.Critical = f.bool()
		case issueRow<<3 | wireVarint:
			tr.Row = f.int()
		case issueFirst<<3 | wireFixed64:
			tr.First = f.time()
		}
	}
	if issue < uint64(causes) {
		c.stored()
		tr.Cause = Cause(issue)
		c.add(tr)
	}
	return f.err
}
