package pipeline

import (
	"context"
	"fmt"
	"strconv"

	"cordon/alerting"
	"cordon/ingest"
)

// skip skips a batch that could not be read, and reports it on the broker.
func (p *Partition) skip(ctx context.Context, f *ingest.Fetched) error {
	p.waited = false
	p.setAside(p.number, f.SetAside)
	return p.publish(ctx)
}

// setAside reports a batch of pings that could not be read: a reject that names its offsets, and a fault that ends at once.
// If the batch was already reported, before a rebuild, only the fault is raised again, with the same id.
func (p *Partition) setAside(partition int, s *ingest.SetAside) {
	opened := writable(s.Appended)
	if opened == 0 {
		opened = p.clock
		if p.last.offset >= 0 {
			opened = min(opened, p.last.appended)
		}
	}
	at := &ingest.Record{Partition: partition, Offset: s.First, Appended: opened}
	if p.rebuiltBelow >= 0 {
		p.enter(at)
	}
	p.log.Error("a record batch cannot be read and is skipped: its pings are not judged",
		"of_partition", partition, "first_offset", s.First, "last_offset", s.Last, "why", s.Detail)
	if partition != p.number {
		return
	}
	if !p.mode.again {
		p.o.Metrics.batchesAside.Inc()
		p.o.Metrics.lostPings.Add(float64(s.Count()))
		if !p.refused[partition].covers(s) {
			p.urgent = append(p.urgent, p.marker(s, opened))
		}
	}
	p.noteFault(alerting.Fault{
		Part: p.part("batch_set_aside"), Reason: alerting.BatchSetAside, Opened: opened, Seq: uint64(s.First), Unprotected: true, NotCovered: s.Count(),
		Detail: fmt.Sprintf("%d records of partition %d, from offset %d to %d, cannot be read and were skipped: %s", s.Count(), p.number, s.First, s.Last, s.Detail),
	}, p.clock)
}

// marker returns the reject that stands for a batch.
func (p *Partition) marker(s *ingest.SetAside, opened int64) alerting.Message {
	return alerting.Message{Value: []byte{}, Headers: []alerting.Header{
		header("cordon-reason", string(s.Reason)), header("cordon-detail", s.Detail), header("cordon-topic", p.o.Topic),
		header("cordon-partition", strconv.Itoa(p.number)), header("cordon-offset", strconv.FormatInt(s.First, 10)),
		header(lastHeader, strconv.FormatInt(s.Last, 10)), rejectTimes(opened),
	}}
}

// covers reports whether a marker covers the range.
func (s spans) covers(aside *ingest.SetAside) bool {
	for i := range s {
		if s[i].lasting && s[i].first <= aside.First && s[i].last >= aside.Last {
			return true
		}
	}
	return false
}
