package pipeline

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"cordon/alerting"
	"cordon/ingest"
)

const (
	// defaultAhead is how far a record may be stamped ahead of the processor's clock.
	defaultAhead = 2 * time.Minute
	// aheadOver is how long records must have been read without one stamped ahead until the fault ends.
	aheadOver = 15 * time.Minute

	futureRecords = "future_records" // part of the fault
)

// admission rejects records that must not change any state: those stamped ahead of the processor's clock, whose time does
// not say when they were appended, and those that were rejected before. Whether a record is ahead depends on when it was
// read. To keep the decision the same, the rejects topic stores it: such a reject is on the broker before any alert of its
// step, and a later owner that decides about the record again uses the reject.
type admission struct {
	read    int64              // the wall clock when the current records were read, ms; 0: not known
	latest  int64              // a record appended after this (ms) is ahead
	refused map[int]spans      // what the rejects topic holds, by partition of the pings
	urgent  []alerting.Message // rejects that must be on the broker before the alerts
	guarded bool               // a record has to be checked for more than its time
}

// readAt sets when the records to be decided next were read.
func (p *Partition) readAt(t time.Time) {
	p.read, p.latest = 0, math.MaxInt64
	if !t.IsZero() {
		p.read = t.UnixMilli()
		p.latest = p.read + cmp.Or(p.o.MaxAhead, defaultAhead).Milliseconds()
	}
	if s := p.refused[p.number]; p.keep == nil && (len(s) == 0 || s[len(s)-1].reach <= p.last.offset) {
		p.refused = nil // all of them are behind
	}
	p.guard()
}

func (p *Partition) guard() {
	p.guarded = len(p.refused) > 0 || p.hasFault(p.part(futureRecords))
}

// admits reports whether a record is decided. A record that is not is rejected, and changes neither the clock nor the state
// of its tag.
func (p *Partition) admits(rec *ingest.Record) bool {
	if s := p.refused[rec.Partition].find(rec); s != nil {
		if s.ahead {
			p.noteAhead(rec)
		}
		if !p.mode.again && rec.Partition == p.number {
			p.countReject(s.reason) // it is on the topic already
		}
		return false
	}
	if rec.Appended > p.latest {
		p.rejectAhead(rec)
		return false
	}
	p.endAhead(rec)
	return true
}

// readHeader says when a record that is stamped ahead was read.
const readHeader = "cordon-read-time"

var ahead = &ingest.Rejection{Reason: ingest.Future, Detail: "the record is stamped ahead of the processor's clock"}

// rejectAhead rejects a record that is stamped ahead. It writes the reject even if the record was decided before: a record
// that the rejects topic does not name is accepted once its time has come.
func (p *Partition) rejectAhead(rec *ingest.Record) {
	p.noteAhead(rec)
	if rec.Partition != p.number {
		return // the partition's owner does it
	}
	p.countReject(ahead.Reason)
	p.urgent = append(p.urgent, p.rejectOf(rec, ahead, header(readHeader, alerting.Time(p.read).String())))
}

// noteAhead raises the fault of records that are stamped ahead, unless it is open.
func (p *Partition) noteAhead(rec *ingest.Record) {
	if rec.Partition != p.number {
		return
	}
	p.aheadSeen, p.aheadRead = 0, max(p.aheadRead, p.read)
	p.raiseFault(alerting.Fault{
		Part: p.part(futureRecords), Reason: alerting.FutureRecords, Opened: writable(rec.Appended), Seq: uint64(rec.Offset),
		Detail: "records of partition " + strconv.Itoa(p.number) + " are stamped ahead of the processor's clock and rejected: correct the clock of the gateway that writes them, or give the topic message.timestamp.type=LogAppendTime",
	}, p.clock)
	p.guarded = true
}

// writable limits an instant (ms) to the years that RFC 3339 can express. A producer may claim any other.
func writable(ms int64) int64 {
	const last = 253_402_300_799_999 // of the year 9999
	return max(0, min(ms, last))
}

// endAhead ends the fault when records have been read for long enough after the last one that was ahead, by the partition's
// own clock.
func (p *Partition) endAhead(rec *ingest.Record) {
	i := slices.IndexFunc(p.faults, func(f alerting.Fault) bool { return f.Part == p.part(futureRecords) })
	if i < 0 || rec.Partition != p.number || uint64(rec.Offset) < p.faults[i].Seq {
		return
	}
	clock := max(p.clock, rec.Appended)
	if p.aheadSeen == 0 {
		p.aheadSeen = clock
	}
	p.endAheadAt(p.aheadSeen, clock)
}

// endAheadIdle does the same by the wall clock, when the log has been read to its end.
func (p *Partition) endAheadIdle(due time.Time) {
	if due.IsZero() || !p.hasFault(p.part(futureRecords)) {
		return
	}
	if p.aheadSeen == 0 && p.aheadRead == 0 {
		p.aheadRead = due.UnixMilli()
	}
	p.endAheadAt(max(p.aheadSeen, p.aheadRead), due.UnixMilli())
}

func (p *Partition) endAheadAt(last, now int64) {
	over := last + aheadOver.Milliseconds()
	if now < over {
		return
	}
	p.endFault(p.part(futureRecords), over)
	p.aheadSeen, p.aheadRead = 0, 0
	p.guard()
}
