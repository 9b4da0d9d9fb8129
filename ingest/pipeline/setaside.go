package pipeline

import (
	"context"
	"fmt"
	"strconv"

	"cordon/alerting"
	"cordon/ingest"
)

// skip passes over what could not be read, and says so on the broker.
func (p *Partition) skip(ctx context.Context, f *ingest.Fetched) error {
	p.waited = false
	p.setAside(p.number, f.SetAside)
	return p.publish(ctx)
}

// setAside says that a batch of the pings could not be read: a reject that names its offsets, and a fault that is over as
// it is noticed. Where it was decided before, it has been said and counted, and the fault is said again under its id.
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
	p.log.Error("a record batch cannot be read and is passed over: its pings are not judged",
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
		Detail: fmt.Sprintf("%d records of partition %d, from offset %d to %d, cannot be read and were passed over: %s", s.Count(), p.number, s.First, s.Last, s.Detail),
	}, p.clock)
}

// marker is the reject that stands for a batch.
func (p *Partition) marker(s *ingest.SetAside, opened int64) alerting.Message {
	return alerting.Message{Value: []byte{}, Headers: []alerting.Header{
		header("cordon-reason", string(s.Reason)), header("cordon-detail", s.Detail), header("cordon-topic", p.o.Topic),
		header("cordon-partition", strconv.Itoa(p.number)), header("cordon-offset", strconv.FormatInt(s.First, 10)),
		header(lastHeader, strconv.FormatInt(s.Last, 10)), rejectTimes(opened),
	}}
}

// covers reports whether a marker of the very range is there.
func (s spans) covers(aside *ingest.SetAside) bool {
	for i := range s {
		if s[i].lasting && s[i].first <= aside.First && s[i].last >= aside.Last {
			return true
		}
	}
	return false
}
