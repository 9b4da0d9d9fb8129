package pipeline

import (
	"fmt"
	"testing"
	"time"

	"cordon/alerting"
	"cordon/geofence"
	"cordon/ingest"
)

// BenchmarkCheckpoint measures the encoding and reading of a whole checkpoint of 100,000 tags, and its size. One tag in
// fifty is inside a zone. "append" is the form of the tags alone, "encode" everything before a checkpoint is sent.
func BenchmarkCheckpoint(b *testing.B) {
	const tags = 100_000
	p := checkpointed(b, tags)
	perTag := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tags), "ns/tag")
	}
	var room []byte
	all := make([]*tag, 0, tags)
	for _, t := range p.tags {
		all = append(all, t)
	}
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			room = room[:0]
			for _, t := range all {
				room = t.append(room)
			}
		}
		perTag(b)
		b.ReportMetric(float64(len(room))/tags, "bytes/tag")
	})
	p.whole = true
	d := &alerting.Delta{Whole: true}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.encode(d, nil)
		}
		perTag(b)
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for device, state := range d.Changed {
				if _, err := parseTag(device, state); err != nil {
					b.Fatal(err)
				}
			}
		}
		perTag(b)
	})
}

// checkpointed is a partition that has heard 20 pings of each of so many tags.
func checkpointed(b *testing.B, tags int) *Partition {
	c := newTown(b, 1)
	c.options.Rules = alerting.DefaultRules()
	zone, ok := c.view.ZoneAt("school", 0)
	if !ok {
		b.Fatal("no school")
	}
	var acts []geofence.ActivationRevision
	for i := range tags {
		id := fmt.Sprintf("act-%06d", i)
		acts = append(acts, geofence.ActivationRevision{ID: id, Number: 1, Activation: &geofence.Activation{
			ID: id, Wearer: fmt.Sprintf("wearer-%06d", i), Device: fmt.Sprintf("tag-%06d", i), Removed: geofence.Always, Tier: 2, Revision: 1}})
	}
	c.view = geofence.NewView([]geofence.ZoneRevision{zone}, acts)
	p, _, _, err := takeOver(b.Context(), &c.options, c.logs[0], 0)
	if err != nil {
		b.Fatal(err)
	}
	from := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	f := ingest.Fetched{Records: make([]ingest.Record, tags)}
	for n := range 20 {
		at := from.Add(time.Duration(n) * 15 * time.Second)
		for i := range tags {
			lon := 0.5
			if i%50 == 0 && n > 5 {
				lon = 0.005
			}
			r := &f.Records[i]
			r.Offset, r.Appended = int64(n*tags+i), at.UnixMilli()+int64(i%1000)
			r.Value = fmt.Appendf(r.Value[:0], `{"device_id":"tag-%06d","seq":%d,"fix_time":%q,"lat":0.00512%d,"lon":%g,"accuracy_m":6.5,"source":"gnss","battery_pct":81,"strap":"closed"}`,
				i, n, at.UTC().Format("2006-01-02T15:04:05.000Z"), n%10, lon)
		}
		if err := p.decide(b.Context(), f.Records); err != nil {
			b.Fatal(err)
		}
		p.watch.Take()
		p.watch.Changed()
	}
	return p
}
