package pipeline

import (
	"context"
	"errors"

	"cordon/ingest"
)

// replay decides the window again after the count of partitions has changed: it reads the pings of all partitions in
// appended order, and keeps the tags whose newest ping is on this one. It returns the offset to go on from.
func (p *Partition) replay(ctx context.Context, previous int, from int64) (int64, error) {
	p.log.Info("the count of partitions has changed: deciding the window of all of them again", "previous", previous)
	feeds, earliest := make([]*feed, p.o.Partitions), from
	p.committed = make([]int64, p.o.Partitions)
	for n := range feeds {
		f := &feed{p: p, log: p.o.Cluster.Pings(n)}
		err := retry(ctx, p.log, "the broker", func() (err error) {
			if p.committed[n], err = p.o.Cluster.Committed(ctx, n); err != nil {
				return err
			}
			f.start, f.end, err = f.log.Bounds(ctx)
			return err
		})
		begins := from
		if err == nil {
			f.next, begins, err = p.windowOf(ctx, f.log, f.start, p.committed[n], from)
		}
		if err != nil {
			return 0, err
		}
		earliest = min(earliest, begins)
		feeds[n] = f
	}
	p.quietBefore = from + quietSpan.Milliseconds()
	newest, err := p.newest(ctx, feeds)
	if err != nil {
		return 0, err
	}
	here := func(_ *ingest.Record, device string) bool {
		n, heard := newest[device]
		return heard && n == p.number || !heard && p.o.Cluster.PartitionOf(device) == p.number
	}
	if err := p.recall(ctx, earliest, here); err != nil {
		return 0, err
	}
	p.keep, p.rebuiltBelow = newest, 0
	if err := p.merge(ctx, feeds); err != nil {
		return 0, err
	}
	p.collect()
	p.keep, p.committed, p.mode, p.rebuiltBelow = nil, nil, mode{}, -1
	p.last = proof{offset: -1} // the last record decided may have been another partition's
	return feeds[p.number].end, nil
}

// newest returns the partition of each tag's newest ping.
func (p *Partition) newest(ctx context.Context, feeds []*feed) (map[string]int, error) {
	type heard struct {
		appended  int64
		partition int
	}
	last := map[string]heard{}
	decoder := ingest.NewDecoder(p.o.Decoder)
	var ping ingest.Ping
	for n, f := range feeds {
		err := readAll(ctx, p, f.log, f.next, func(rec *ingest.Record) error {
			if decoder.Decode(rec, &ping) != nil {
				return nil
			}
			if h, ok := last[string(ping.Device)]; !ok || rec.Appended >= h.appended {
				last[string(ping.Device)] = heard{rec.Appended, n}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	partitions := make(map[string]int, len(last))
	for device, h := range last {
		partitions[device] = h.partition
	}
	return partitions, nil
}

// merge decides the records of all feeds in appended order; of equal times the lower partition goes first.
func (p *Partition) merge(ctx context.Context, feeds []*feed) error {
	for {
		var first *feed
		for _, f := range feeds {
			rec, err := f.peek(ctx)
			if err != nil {
				return err
			}
			if rec != nil && (first == nil || rec.Appended < first.records[0].Appended) {
				first = f
			}
		}
		if first == nil {
			return nil
		}
		p.decide(first.records[:1])
		first.records = first.records[1:]
		if p.collect(); len(p.said) >= 1000 || len(p.rejects) >= 1000 {
			if err := p.publish(ctx); err != nil {
				return err
			}
		}
	}
}

// feed is one partition of the window, read record by record up to the end it had.
type feed struct {
	p                *Partition
	log              Log
	start, end, next int64
	records          []ingest.Record
}

// peek returns the next record, nil at the end.
func (f *feed) peek(ctx context.Context) (*ingest.Record, error) {
	for len(f.records) == 0 && f.next < f.end {
		var got ingest.Fetched
		err := retry(ctx, f.p.log, "the broker", func() (err error) { got, err = f.log.Fetch(ctx, f.next); return err })
		if errors.Is(err, ingest.ErrLogMoved) { // retention was quicker
			if f.start, _, err = f.log.Bounds(ctx); err == nil && f.start > f.next {
				f.p.notCovered(f.start-f.next, 0)
				f.next = f.start
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		f.records, f.next = got.Records, max(f.next, got.Next)
	}
	if len(f.records) == 0 || f.records[0].Offset >= f.end {
		f.records, f.next = nil, f.end
		return nil, nil
	}
	return &f.records[0], nil
}

var _ ingest.Handler = (*Partition)(nil)
