package pipeline

import (
	"encoding/binary"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"cordon/alerting"
)

// The stored form of a position is the protobuf message Position of position.proto. Unknown fields are skipped and missing
// ones have their zero value, so neither an upgrade nor a downgrade loses state.

// Field numbers of Position.
const (
	posClock protowire.Number = iota + 1
	posLastOffset
	posLastAppended
	posLastHash
	posRebuiltBelow
	posQuietBefore
	posFeed
	posFault
	posAheadSeen
	posAheadRead
	posWrote
	posPartialSince
)

// posFlood is the field number of Position.flood.
const posFlood protowire.Number = 14

// Field numbers of Position.Flood.
const (
	floodSince protowire.Number = iota + 1
	floodSaid
	floodOpened
	floodHeldAt
	floodHeld
)

// Field numbers of Position.Feed.
const (
	feedPartition protowire.Number = iota + 1
	feedHeard
	feedMean
	feedCount
	feedResumed
	feedSilent
)

// Field numbers of Position.Fault.
const (
	faultPart protowire.Number = iota + 1
	faultReason
	faultDetail
	faultOpened
	faultSeq
	faultUnprotected
	faultNotCovered
)

// errPosition is returned for a checkpoint whose position cannot be read.
var errPosition = errors.New("pipeline: unreadable checkpoint")

// append appends the stored form.
func (s *position) append(b []byte) []byte {
	b = appendInt(b, posClock, s.clock)
	b = appendInt(b, posLastOffset, s.last.offset)
	b = appendInt(b, posLastAppended, s.last.appended)
	b = protowire.AppendTag(b, posLastHash, protowire.Fixed64Type)
	b = protowire.AppendFixed64(b, s.last.hash)
	b = appendInt(b, posRebuiltBelow, s.rebuiltBelow)
	b = appendInt(b, posQuietBefore, s.quietBefore)
	b = appendMessage(b, posFeed, func(b []byte) []byte {
		b = appendInt(b, feedPartition, s.feed.Partition)
		b = appendInt(b, feedHeard, s.feed.Heard)
		b = appendInt(b, feedMean, s.feed.Mean)
		b = appendInt(b, feedCount, s.feed.Count)
		b = appendInt(b, feedResumed, s.feed.Resumed)
		return appendBool(b, feedSilent, s.feed.Silent)
	})
	b = appendMessage(b, posFlood, func(b []byte) []byte {
		b = appendInt(b, floodSince, s.flood.Since)
		b = appendInt(b, floodSaid, s.flood.Said)
		b = appendInt(b, floodOpened, s.flood.Opened)
		b = appendInt(b, floodHeldAt, s.flood.HeldAt)
		return appendInt(b, floodHeld, s.flood.Held)
	})
	for i := range s.faults {
		f := &s.faults[i]
		b = appendMessage(b, posFault, func(b []byte) []byte {
			b = appendText(b, faultPart, f.Part)
			b = appendText(b, faultReason, string(f.Reason))
			b = appendText(b, faultDetail, f.Detail)
			b = appendInt(b, faultOpened, f.Opened)
			b = appendInt(b, faultSeq, int64(f.Seq))
			b = appendBool(b, faultUnprotected, f.Unprotected)
			return appendInt(b, faultNotCovered, f.NotCovered)
		})
	}
	b = appendInt(b, posAheadSeen, s.aheadSeen)
	b = appendInt(b, posAheadRead, s.aheadRead)
	b = appendInt(b, posWrote, s.wrote)
	if s.partialSince != 0 {
		b = appendInt(b, posPartialSince, s.partialSince)
	}
	return b
}

// parsePosition reads what append wrote, or the form before protobuf.
func parsePosition(b []byte) (position, error) {
	if len(b) > 0 && b[0] == oldPositionVersion {
		return parseOldPosition(b[1:])
	}
	s := position{last: proof{offset: -1}, rebuiltBelow: -1, feed: alerting.NewFeed(0), flood: alerting.NewFlood()}
	if len(b) == 0 {
		return s, fmt.Errorf("%w: it is empty", errPosition)
	}
	err := eachField(b, func(num protowire.Number, v value) error {
		switch num {
		case posClock:
			s.clock = v.int()
		case posLastOffset:
			s.last.offset = v.int()
		case posLastAppended:
			s.last.appended = v.int()
		case posLastHash:
			s.last.hash = v.number
		case posRebuiltBelow:
			s.rebuiltBelow = v.int()
		case posQuietBefore:
			s.quietBefore = v.int()
		case posFeed:
			return parseFeed(v.bytes, &s.feed)
		case posFlood:
			return parseFlood(v.bytes, &s.flood)
		case posFault:
			f, err := parseFault(v.bytes)
			s.faults = append(s.faults, f)
			return err
		case posAheadSeen:
			s.aheadSeen = v.int()
		case posAheadRead:
			s.aheadRead = v.int()
		case posWrote:
			s.wrote = v.int()
		case posPartialSince:
			s.partialSince = v.int()
		}
		return nil
	})
	return s, err
}

func parseFeed(b []byte, d *alerting.Feed) error {
	*d = alerting.Feed{}
	return eachField(b, func(num protowire.Number, v value) error {
		switch num {
		case feedPartition:
			d.Partition = v.int()
		case feedHeard:
			d.Heard = v.int()
		case feedMean:
			d.Mean = v.int()
		case feedCount:
			d.Count = v.int()
		case feedResumed:
			d.Resumed = v.int()
		case feedSilent:
			d.Silent = v.number != 0
		}
		return nil
	})
}

func parseFlood(b []byte, d *alerting.Flood) error {
	*d = alerting.NewFlood()
	return eachField(b, func(num protowire.Number, v value) error {
		switch num {
		case floodSince:
			d.Since = v.int()
		case floodSaid:
			d.Said = v.int()
		case floodOpened:
			d.Opened = v.int()
		case floodHeldAt:
			d.HeldAt = v.int()
		case floodHeld:
			d.Held = v.int()
		}
		return nil
	})
}

func parseFault(b []byte) (alerting.Fault, error) {
	var f alerting.Fault
	err := eachField(b, func(num protowire.Number, v value) error {
		switch num {
		case faultPart:
			f.Part = string(v.bytes)
		case faultReason:
			f.Reason = alerting.Reason(v.bytes)
		case faultDetail:
			f.Detail = string(v.bytes)
		case faultOpened:
			f.Opened = v.int()
		case faultSeq:
			f.Seq = uint64(v.int())
		case faultUnprotected:
			f.Unprotected = v.number != 0
		case faultNotCovered:
			f.NotCovered = v.int()
		}
		return nil
	})
	return f, err
}

// value is what a field holds: a number, or bytes.
type value struct {
	number uint64
	bytes  []byte
}

// int returns a number stored as sint64.
func (v value) int() int64 { return protowire.DecodeZigZag(v.number) }

// eachField calls do for every field of a message.
func eachField(b []byte, do func(num protowire.Number, v value) error) error {
	for len(b) > 0 {
		num, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("%w: %w", errPosition, protowire.ParseError(n))
		}
		b = b[n:]
		var v value
		switch kind {
		case protowire.VarintType:
			v.number, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			v.number, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			v.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, kind, b)
		}
		if n < 0 {
			return fmt.Errorf("%w: field %d: %w", errPosition, num, protowire.ParseError(n))
		}
		b = b[n:]
		if err := do(num, v); err != nil {
			return err
		}
	}
	return nil
}

// appendInt appends a field of type sint64. It writes 0 too: for some of these numbers a missing field means another value.
func appendInt(b []byte, num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), protowire.EncodeZigZag(v))
}

func appendBool(b []byte, num protowire.Number, v bool) []byte {
	if !v {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), 1)
}

func appendText(b []byte, num protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), s)
}

func appendMessage(b []byte, num protowire.Number, fill func([]byte) []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), fill(nil))
}

// oldPositionVersion is the first byte of the form before protobuf. No Position begins with it, because it is not a valid
// field tag.
const oldPositionVersion = 2

// parseOldPosition reads the form before protobuf, after its version byte: varints in the order of the fields, whether
// the feed is silent, and the hash.
func parseOldPosition(b []byte) (position, error) {
	s := position{flood: alerting.NewFlood()}
	for _, v := range []*int64{&s.clock, &s.last.offset, &s.last.appended, &s.rebuiltBelow, &s.quietBefore,
		&s.feed.Partition, &s.feed.Heard, &s.feed.Mean, &s.feed.Count, &s.feed.Resumed} {
		x, n := binary.Varint(b)
		if n <= 0 {
			return s, errPosition
		}
		*v, b = x, b[n:]
	}
	if len(b) != 9 {
		return s, errPosition
	}
	s.feed.Silent, s.last.hash = b[0] == 1, binary.LittleEndian.Uint64(b[1:])
	return s, nil
}
