package pipeline

import (
	"context"
	"errors"
	"fmt"

	"cordon/ingest"
)

// replay decides the window again after the count of partitions has changed: it reads the pings of all partitions in
// appended order, and keeps the tags whose newest ping is on this one. It returns the offset to go on from.
func (p *Partition) replay(ctx context.Context, previous int, from int64) (int64, error) {
	p.log.Info("the count of partitions has changed: deciding the window of all of them again", "previous", previous)
	feeds, earliest, begin := make([]*feed, p.o.Partitions), from, make(map[int]int64, p.o.Partitions)
	p.committed = make([]int64, p.o.Partitions)
	for n := range feeds {
		f := &feed{p: p, number: n, log: p.o.Cluster.Pings(n)}
		err := p.retry(ctx, "the broker", func() (err error) {
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
		feeds[n], begin[n] = f, f.next
	}
	if err := p.readRefused(ctx, earliest-refusedBeforeWindow.Milliseconds(), begin); err != nil {
		return 0, err
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
	p.refused = map[int]spans{p.number: p.refused[p.number]}
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
	p.readAt(p.o.now())
	for n, f := range feeds {
		p.progress.take(fmt.Sprintf("looking for the newest ping of each tag, partition %d of %d", n+1, len(feeds)))
		err := readAll(ctx, p, f.log, "the pings", f.next, func(rec *ingest.Record) error {
			if p.refused[n].find(rec) != nil || rec.Appended > p.latest {
				return nil // its time does not say how new it is
			}
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
	p.progress.take("deciding the window of all partitions again")
	left := int64(0)
	for _, f := range feeds {
		left += max(0, f.end-f.next)
	}
	for done := int64(0); ; done++ {
		if done%1000 == 0 {
			p.progress.reach(done, left)
		}
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
		if err := p.decide(ctx, first.records[:1]); err != nil {
			return err
		}
		first.records = first.records[1:]
		if p.collect(); len(p.said) >= 1000 || len(p.rejects)+len(p.urgent) >= 1000 {
			if err := p.publish(ctx); err != nil {
				return err
			}
		}
	}
}

// feed is one partition of the window, read record by record up to the end it had.
type feed struct {
	p                *Partition
	number           int
	log              Log
	start, end, next int64
	records          []ingest.Record
}

// peek returns the next record that is to be decided, nil at the end. It skips a record that is rejected for its time:
// otherwise that record would hold back those behind it until the other feeds reach its time.
func (f *feed) peek(ctx context.Context) (*ingest.Record, error) {
	for {
		rec, err := f.head(ctx)
		if rec == nil || err != nil {
			return nil, err
		}
		if f.p.refused[f.number].find(rec) == nil && rec.Appended <= f.p.latest {
			return rec, nil
		}
		f.p.enter(rec)
		f.p.admits(rec)
		f.records = f.records[1:]
	}
}

// head returns the next record, nil at the end.
func (f *feed) head(ctx context.Context) (*ingest.Record, error) {
	for len(f.records) == 0 && f.next < f.end {
		var got ingest.Fetched
		err := f.p.retry(ctx, "the broker", func() (err error) { got, err = f.log.Fetch(ctx, f.next); return err })
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
		if got.SetAside != nil {
			f.p.setAside(f.number, got.SetAside)
		}
		f.p.readAt(f.p.o.now())
		f.records, f.next = got.Records, max(f.next, got.Next)
	}
	if len(f.records) == 0 || f.records[0].Offset >= f.end {
		f.records, f.next = nil, f.end
		return nil, nil
	}
	return &f.records[0], nil
}

var _ ingest.Handler = (*Partition)(nil)
