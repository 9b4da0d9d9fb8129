package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon/alerting"
	"cordon/ingest"
)

// partitionHeader says which partition of the pings an alert came from, and of how many: "3/8".
const partitionHeader = "cordon-partition"

// quietSpan is how much of the window only restores tracks, where the group's offset shows it was decided before.
const quietSpan = time.Hour

func (p *Partition) home() string {
	return strconv.Itoa(p.number) + "/" + strconv.Itoa(p.o.Partitions)
}

// rebuild prepares the partition to decide the window from an instant (ms) on again, and returns the offset to begin at. If
// the topic had another count of partitions before, the pings of all partitions are decided here.
func (p *Partition) rebuild(ctx context.Context, start, committed, from int64) (int64, error) {
	previous := 0
	err := p.retry(ctx, "Redis", func() (err error) { previous, err = p.o.Checkpoints.Previous(ctx); return err })
	if err != nil {
		return 0, err
	}
	p.whole, p.saved = true, proof{offset: -2}
	if previous != 0 {
		return p.replay(ctx, previous, from)
	}
	offset, from, err := p.windowOf(ctx, p.owned, start, committed, from)
	if err != nil {
		return 0, err
	}
	if offset == start && start > 0 {
		if err := p.reachesBack(ctx, start, from); err != nil {
			return 0, err
		}
	}
	p.rebuiltBelow, p.quietBefore = committed, from+quietSpan.Milliseconds()
	if err := p.recall(ctx, from, p.isHome); err != nil {
		return 0, err
	}
	if err := p.readRefused(ctx, from-refusedBeforeWindow.Milliseconds(), map[int]int64{p.number: offset}); err != nil {
		return 0, err
	}
	p.log.Info("deciding the window again", "from_offset", offset, "group_offset", committed, "from", alerting.Time(from))
	return offset, nil
}

// windowOf returns where the window that begins at the instant from (ms) begins in a log. What the group's offset shows
// was never decided belongs to it, however old: the instant then moves back to there.
func (p *Partition) windowOf(ctx context.Context, log Log, start, committed, from int64) (int64, int64, error) {
	var offset int64
	err := p.retry(ctx, "the broker", func() (err error) { offset, err = log.OffsetAt(ctx, from); return err })
	if err != nil {
		return 0, 0, err
	}
	offset = max(offset, start)
	if committed < start || committed >= offset {
		return offset, from, nil
	}
	at, err := appendedAt(ctx, p, log, committed)
	return committed, min(from, at), err
}

// reachesBack says when the log begins inside the window: something was deleted that should be decided again.
func (p *Partition) reachesBack(ctx context.Context, start, from int64) error {
	oldest, err := appendedAt(ctx, p, p.owned, start)
	if err != nil {
		return err
	}
	if oldest > from {
		span := time.Duration(oldest-from) * time.Millisecond
		p.o.Metrics.lostTime.Add(span.Seconds())
		p.log.Error("the log is shorter than the rebuild window: lengthen the topic's retention", "not_covered", span)
	}
	return nil
}

// recall takes the episodes that were open at the instant (ms), and the stays still remembered then, from the alerts.
func (p *Partition) recall(ctx context.Context, at int64, mine func(rec *ingest.Record, device string) bool) error {
	p.progress.take("asking for the partitions of the alerts")
	var logs []Log
	err := p.retry(ctx, "the alerts topic", func() (err error) { logs, err = p.o.Cluster.Alerts(ctx); return err })
	if err != nil {
		return err
	}
	recalled := alerting.NewRecall(at)
	for i, log := range logs {
		p.progress.take(fmt.Sprintf("reading the alerts, partition %d of %d", i+1, len(logs)))
		if err := p.readAlerts(ctx, log, recalled, mine); err != nil {
			return err
		}
	}
	p.begin(at, recalled.Feed(p.number), recalled.Flood(p.number))
	p.clock, p.swept = at, at
	p.notePartial()
	p.faults = recalled.Faults(func(part string) bool {
		return strings.HasPrefix(part, p.partPrefix()) && part != p.part(string(alerting.UnassignedFlood)) // the watch keeps that one
	})
	p.raiseUnreadable()
	for _, state := range recalled.Tags() {
		p.tags[state.Device] = &tag{state: state}
		p.fresh[state.Device] = struct{}{}
		p.watch.Adopt(state)
	}
	p.watch.Settle()
	return nil
}

func (p *Partition) readAlerts(ctx context.Context, log Log, into *alerting.Recall, mine func(rec *ingest.Record, device string) bool) error {
	return readAll(ctx, p, log, "the alerts topic", 0, func(rec *ingest.Record) error {
		var a alerting.Alert
		if err := json.Unmarshal(rec.Value, &a); err != nil {
			p.log.Warn("unreadable record in the alerts topic skipped", "partition", rec.Partition, "offset", rec.Offset)
			return nil
		}
		if a.DeviceID != "" && !mine(rec, a.DeviceID) { // which feed an alert is about its ids tell
			return nil
		}
		if o, err := alerting.ParseOpening(headerOf(rec, openingHeader)); err == nil {
			a.Opening = &o
		}
		if text := headerOf(rec, clockHeader); text != "" {
			var clock alerting.Time
			if clock.UnmarshalText([]byte(text)) == nil {
				a.Clock = int64(clock)
			}
		}
		into.Note(&a)
		return nil
	})
}

// isHome reports whether the alert came from this partition. One that does not say so of the present count of
// partitions is looked for where our own producers would put the tag.
func (p *Partition) isHome(rec *ingest.Record, device string) bool {
	if number, of, ok := HomeOf(rec); ok && of == p.o.Partitions {
		return number == p.number
	}
	return p.o.Cluster.PartitionOf(device) == p.number
}

// HomeOf returns from which partition of the pings an alert came, and of how many.
func HomeOf(rec *ingest.Record) (number, of int, ok bool) {
	n, err := fmt.Sscanf(headerOf(rec, partitionHeader), "%d/%d", &number, &of)
	return number, of, n == 2 && err == nil
}

func headerOf(rec *ingest.Record, key string) string {
	if i := slices.IndexFunc(rec.Headers, func(h ingest.Header) bool { return h.Key == key }); i >= 0 {
		return string(rec.Headers[i].Value)
	}
	return ""
}

// readAll passes every record from an offset to the current end to do. It skips batches that cannot be read.
func readAll(ctx context.Context, p *Partition, log Log, what string, from int64, do func(*ingest.Record) error) error {
	var start, end int64
	err := p.retry(ctx, "the broker", func() (err error) { start, end, err = log.Bounds(ctx); return err })
	if err != nil {
		return err
	}
	for next := max(from, start); next < end; {
		p.progress.reach(next, end)
		var f ingest.Fetched
		err := p.retry(ctx, "the broker", func() (err error) { f, err = log.Fetch(ctx, next); return err })
		if errors.Is(err, ingest.ErrLogMoved) { // retention was quicker
			if start, _, err = log.Bounds(ctx); err == nil && start > next {
				p.notCovered(start-next, 0)
				next = start
				continue
			}
		}
		if err != nil {
			return err
		}
		if s := f.SetAside; s != nil {
			p.log.Error("a record batch cannot be read and is skipped", "of", what, "first_offset", s.First, "last_offset", s.Last, "why", s.Detail)
		}
		for i := range f.Records {
			if f.Records[i].Offset >= end {
				return nil
			}
			if err := do(&f.Records[i]); err != nil {
				return err
			}
		}
		next = max(next, f.Next)
	}
	return nil
}
