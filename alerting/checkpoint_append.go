package alerting

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// AppendTag appends the stored form of a tag, the message Tag of checkpoint.proto: its state, and the hashes of its last
// pings, newest first. The device is not part of it. It allocates nothing where b has room.
func AppendTag(b []byte, t *Tag, recent []uint64) []byte {
	if len(recent) > 0 {
		b = appendLength(appendKey(b, tagRecent, wireBytes), 8*len(recent))
		for _, hash := range recent {
			b = protowire.AppendFixed64(b, hash)
		}
	}
	b = appendTime(b, tagLastAppended, t.LastAppended)
	b = appendTime(b, tagLastLate, t.LastLate)
	// It is written even if it is 0, so that no stored value is empty.
	b = appendLength(appendKey(b, tagHeardBy, wireVarint), 1+slices.Index(t.Wearings, t.heardBy))
	for _, w := range t.Wearings {
		var at int
		b, at = beginLong(b, tagActivation)
		b = endLong(appendActivation(b, w), at)
	}
	return b
}

func appendActivation(b []byte, w *Wearing) []byte {
	b = appendText(b, actSubject, w.Subject)
	b = appendText(b, actWearer, w.Wearer)
	b = appendUint(b, actTier, uint64(w.Tier))
	b = appendBool(b, actAssigned, w.Assigned)
	b = appendTime(b, actLastFix, w.LastFix)
	b = appendTime(b, actLastOther, w.LastOther)
	b = appendTime(b, actLastUsable, w.LastUsable)
	b = appendTime(b, actHeard, w.Heard)
	b = appendTime(b, actHistoryLast, w.HistoryLast)
	b = appendTime(b, actLastAppended, w.LastAppended)
	b = appendIntervals(b, &w.Cadence)
	b = appendAnchor(b, actLast, &w.Last)
	for _, e := range w.Open {
		var at int
		b, at = beginLong(b, actOpen)
		b = endLong(appendEpisode(b, e), at)
	}
	if c := &w.Condition; !c.blank() {
		var at int
		b, at = beginMessage(b, actHealth)
		b = endMessage(appendHealth(b, c), at)
	}
	for i := range w.Stays {
		s := &w.Stays[i]
		var at int
		b, at = beginMessage(b, actStay)
		b = appendText(b, stayZone, s.Zone)
		b = appendInstant(b, stayOpened, s.Opened)
		b = appendInstant(b, stayExit, s.Exit)
		b = endMessage(appendInstant(b, stayClosed, s.Closed), at)
	}
	return b
}

// appendIntervals appends the intervals, oldest first, packed.
func appendIntervals(b []byte, c *Cadence) []byte {
	if c.N == 0 {
		return b
	}
	b = appendLength(appendKey(b, actInterval, wireBytes), 4*int(c.N))
	oldest := uint8(0)
	if c.N == remembered {
		oldest = c.Next
	}
	for i := range c.N {
		b = protowire.AppendFixed32(b, c.Intervals[(oldest+i)%remembered])
	}
	return b
}

func appendAnchor(b []byte, num uint64, a *Anchor) []byte {
	if *a == (Anchor{}) {
		return b
	}
	b, at := beginMessage(b, num)
	b = appendDouble(b, anchorLat, a.Lat)
	b = appendDouble(b, anchorLon, a.Lon)
	b = appendDouble(b, anchorAccuracyM, a.AccuracyM)
	b = appendDouble(b, anchorAccuracyLevel, a.AccuracyLevel)
	b = appendUint(b, anchorSeq, a.Seq)
	b = appendBool(b, anchorHasSeq, a.HasSeq)
	return endMessage(appendBool(b, anchorAssumed, a.Assumed), at)
}

func appendOpening(b []byte, num uint64, o *Opening) []byte {
	if *o == (Opening{}) {
		return b
	}
	b, at := beginMessage(b, num)
	b = appendInstant(b, openingFixTime, o.FixTime)
	b = appendUint(b, openingSeq, o.Seq)
	b = appendBool(b, openingHasSeq, o.HasSeq)
	b = appendBool(b, openingBlind, o.Blind)
	b = appendSint(b, openingLatE7, o.LatE7)
	return endMessage(appendSint(b, openingLonE7, o.LonE7), at)
}

func appendEpisode(b []byte, e *Episode) []byte {
	b = appendText(b, epZone, e.Zone)
	b = appendUint(b, epZoneRevision, e.ZoneRevision)
	b = appendText(b, epZoneKind, e.ZoneKind)
	b = appendBool(b, epHistory, e.History)
	b = appendText(b, epProfile, e.Profile)
	b = appendUint(b, epTier, uint64(e.Tier))
	b = appendUint(b, epPhase, uint64(e.Phase))
	b = appendOpening(b, epOpening, &e.Opening)
	b = appendInstant(b, epSince, e.Since)
	b = appendInstant(b, epLastInside, e.LastInside)
	b = appendDouble(b, epLat, e.Lat)
	b = appendDouble(b, epLon, e.Lon)
	b = appendDouble(b, epMaxDepthM, e.MaxDepth)
	b = appendText(b, epSeverity, string(e.Severity))
	for i := range e.Seen {
		var at int
		b, at = beginMessage(b, epFix)
		b = endMessage(appendJudged(b, &e.Seen[i]), at)
	}
	b = appendInstant(b, epBreached, e.Breached)
	b = appendUint(b, epEscalations, uint64(e.Escalations))
	b = appendBool(b, epCold, e.Cold)
	b = appendInt(b, epIns, e.Ins)
	b = appendInt(b, epDeeps, e.Deeps)
	b = appendInt(b, epOuts, e.Outs)
	b = appendInstant(b, epFirstIn, e.FirstIn)
	return appendInstant(b, epFirstOut, e.FirstOut)
}

// appendJudged leaves out the received and the appended time: the evidence of an alert has neither.
func appendJudged(b []byte, s *Seen) []byte {
	b = appendInstant(b, fixTime, s.Time)
	b = appendDouble(b, fixLat, s.Lat)
	b = appendDouble(b, fixLon, s.Lon)
	b = appendDouble(b, fixAccuracyM, s.AccuracyM)
	b = appendDouble(b, fixAccuracyLevel, s.AccuracyLevel)
	b = appendDouble(b, fixDistanceM, s.Distance)
	b = appendText(b, fixSource, s.Source)
	b = appendText(b, fixClass, string(s.Class))
	b = appendUint(b, fixSeq, s.Seq)
	b = appendBool(b, fixHasSeq, s.HasSeq)
	return appendBool(b, fixAssumed, s.Assumed)
}

func appendHealth(b []byte, c *Condition) []byte {
	b = appendTime(b, healthNewest, c.Newest)
	b = appendTime(b, healthHeard, c.Heard)
	b = appendRhythm(b, healthResting, &c.Resting)
	b = appendRhythm(b, healthMoving, &c.Moving)
	b = appendBool(b, healthMoves, c.Moves)
	b = appendBool(b, healthAnchored, c.Anchored)
	b = appendInt(b, healthFrozen, c.Frozen)
	b = appendInt(b, healthBlind, c.Blind)
	odd := c.odd
	if odd == nil {
		return b
	}
	if !c.Anchored {
		b = appendOpening(b, healthLast, &odd.Last)
	}
	if c.Frozen > 1 {
		b = appendTime(b, healthFrozenSince, odd.FrozenSince)
	}
	if c.Blind > 0 {
		b = appendTime(b, healthBlindSince, odd.BlindSince)
		b = appendOpening(b, healthFirstBlind, &odd.FirstBlind)
	}
	if odd.Aside != nil {
		var at int
		b, at = beginMessage(b, healthAside)
		b = appendTime(b, asideTime, odd.Aside.Time)
		b = endMessage(appendAnchor(b, asideFix, &odd.Aside.Anchor), at)
	}
	for _, tr := range odd.Troubles {
		var at int
		b, at = beginMessage(b, healthEpisode)
		b = endMessage(appendTrouble(b, tr), at)
	}
	return b
}

func appendRhythm(b []byte, num uint64, r *Rhythm) []byte {
	if *r == (Rhythm{}) {
		return b
	}
	b, at := beginMessage(b, num)
	b = appendInt(b, intervalDay, r.Day)
	b = appendUint(b, intervalLongest, uint64(r.Today[0]))
	b = appendUint(b, intervalSecond, uint64(r.Today[1]))
	b = appendUint(b, intervalLongestBefore, uint64(r.Before[0]))
	return endMessage(appendUint(b, intervalSecondBefore, uint64(r.Before[1])), at)
}

func appendTrouble(b []byte, tr *Trouble) []byte {
	b = appendUint(b, issueIssue, uint64(tr.Cause))
	b = appendText(b, issueReason, string(tr.Reason))
	b = appendOpening(b, issueOpening, &tr.Opening)
	b = appendUint(b, issueTier, uint64(tr.Tier))
	b = appendBool(b, issueCritical, tr.Critical)
	b = appendInt(b, issueRow, tr.Row)
	return appendInstant(b, issueFirst, tr.First)
}
