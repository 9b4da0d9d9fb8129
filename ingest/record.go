package ingest

import "time"

// Record is one record of the ping topic as it was read. The slices belong to the fetch they came with and are valid
// until the next one.
type Record struct {
	Partition int
	Offset    int64
	Appended  int64 // the record's timestamp, ms since the Unix epoch, UTC: the producer's, or the broker's where the topic says LogAppendTime
	Key       []byte
	Value     []byte
	Headers   []Header
}

// Header is one record header.
type Header struct {
	Key   string
	Value []byte
}

// Fetched is what one fetch of a partition returned: the records from the offset asked for on, in offset order.
type Fetched struct {
	Records       []Record
	Next          int64 // offset to ask for next
	HighWatermark int64 // the last stable offset: records of open transactions begin there and are not read
	LogStart      int64 // offset of the oldest record there is
	End           int64 // offset of the next record to be appended; above HighWatermark while a transaction is open, 0: not known

	// SetAside is a batch that cannot be read. There are no records with it, and Next is the offset after it.
	SetAside *SetAside
	// Read is the wall clock when the records were read. Decisions use this time; the zero time means that it is not known.
	Read time.Time
}

// SetAside is a range of offsets that is skipped because its records cannot be read.
type SetAside struct {
	First, Last int64  // offsets, both included
	Appended    int64  // the greatest timestamp in the range, ms; 0: not known
	Reason      Reason // TooLarge or Malformed
	Detail      string
}

// Count returns how many offsets are skipped.
func (s *SetAside) Count() int64 { return s.Last - s.First + 1 }

// Reason is why a ping was rejected: a closed set, the same words in the header, the metric and the log.
type Reason string

// The reasons, see doc.go.
const (
	Malformed      Reason = "malformed"
	TooLarge       Reason = "too_large"
	MissingDevice  Reason = "missing_device"
	MissingTime    Reason = "missing_time"
	BadCoordinates Reason = "bad_coordinates"
	BadAccuracy    Reason = "bad_accuracy"
	BadField       Reason = "bad_field"
	Future         Reason = "future"
	TooOld         Reason = "too_old"
)

// Reasons lists every Reason.
var Reasons = []Reason{Malformed, TooLarge, MissingDevice, MissingTime, BadCoordinates, BadAccuracy, BadField, Future, TooOld}

// Rejection is the error of a ping that cannot be used.
type Rejection struct {
	Reason Reason
	Detail string // what was wrong and where, without the wearer's position
}

func (r *Rejection) Error() string { return string(r.Reason) + ": " + r.Detail }
