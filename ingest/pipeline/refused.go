package pipeline

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"cordon/alerting"
	"cordon/ingest"
)

const (
	// How long before the checkpoint was written, or before the window begins, reading of the rejects starts: owners' clocks
	// differ, and a record may be stamped ahead by as much as the topic accepts.
	refusedBeforeCheckpoint = 10 * time.Minute
	refusedBeforeWindow     = 2 * time.Hour

	appendedHeader = "cordon-appended-time"
	lastHeader     = "cordon-offset-last"
)

// readRefused reads from the rejects topic which records of the given partitions, from the given offsets on, have been
// rejected. since (ms) is the earliest time at which they can have been.
func (p *Partition) readRefused(ctx context.Context, since int64, from map[int]int64) error {
	p.progress.take("asking for the partitions of the rejects")
	var logs []Log
	err := p.retry(ctx, "the rejects topic", func() (err error) { logs, err = p.o.Cluster.Rejects(ctx); return err })
	if err != nil {
		return err
	}
	found, dropped := map[int]spans{}, false
	for i, log := range logs {
		p.progress.take(fmt.Sprintf("reading the rejects, partition %d of %d", i+1, len(logs)))
		var start int64
		err := p.retry(ctx, "the broker", func() (err error) { start, err = log.OffsetAt(ctx, since); return err })
		if err != nil {
			return err
		}
		err = readAll(ctx, p, log, "the rejects topic", start, func(rec *ingest.Record) error {
			partition, s, ok := p.parseReject(rec)
			if first, wanted := from[partition]; !ok || !wanted || s.last < first {
				return nil
			}
			var full bool
			found[partition], full = found[partition].add(s, mostSpans)
			dropped = dropped || full
			return nil
		})
		if err != nil {
			return err
		}
	}
	for partition, s := range found {
		found[partition] = s.sorted()
	}
	if p.refused = found; len(found) == 0 {
		p.refused = nil
	}
	if dropped {
		p.log.Warn("too many rejects to remember: records that show why they were rejected are decided again", "most", mostSpans)
	}
	return nil
}

// parseReject returns which records of the pings a reject is about.
func (p *Partition) parseReject(rec *ingest.Record) (partition int, s span, ok bool) {
	number := func(key string) int64 {
		n, err := strconv.ParseInt(headerOf(rec, key), 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	partition, s.first = int(number("cordon-partition")), number("cordon-offset")
	if partition < 0 || s.first < 0 || headerOf(rec, "cordon-topic") != p.o.Topic {
		return 0, s, false
	}
	s.last, s.reason = s.first, ingest.Reason(headerOf(rec, "cordon-reason"))
	if p.o.Metrics.rejects[s.reason] == nil {
		return 0, s, false
	}
	if last := number(lastHeader); last >= s.first { // a batch that could not be read: its records are not known
		s.last, s.from, s.to, s.lasting = last, math.MinInt64, rec.Appended+defaultAhead.Milliseconds(), true
		return partition, s, true
	}
	appended, err := time.Parse(time.RFC3339, headerOf(rec, appendedHeader))
	if err != nil {
		return 0, s, false // of an earlier version: its record shows why it was rejected
	}
	s.from, s.to = appended.UnixMilli(), appended.UnixMilli()
	s.ahead = headerOf(rec, readHeader) != ""
	s.lasting = s.ahead
	return partition, s, true
}

// rejectTimes returns the header that says when a rejected record was appended.
func rejectTimes(appended int64) alerting.Header {
	return header(appendedHeader, alerting.Time(appended).String())
}
