package pipeline

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"cordon/alerting"
	"cordon/geofence"
	"cordon/ingest"
)

// BenchmarkHandle decides pings of as many wearers in random order, each with five zones of its own and outside of
// them, from Cordon JSON to the state of the track; nothing is published. ns/ping is the figure. What is remembered of
// 5,000 tags is in the processor's caches, of 100,000 it is not.
func BenchmarkHandle(b *testing.B) {
	for _, rules := range []*alerting.Rules{alerting.PlainRules(), alerting.DefaultRules()} {
		for _, tags := range []int{5000, 100_000} {
			b.Run(fmt.Sprint(rules.Name, "/", tags), func(b *testing.B) { benchmarkHandle(b, rules, tags) })
		}
	}
}

func benchmarkHandle(b *testing.B, rules *alerting.Rules, tags int) {
	c := newTown(b, 1)
	c.options.Rules = rules
	var zones []geofence.ZoneRevision
	var acts []geofence.ActivationRevision
	for i := range tags {
		wearer := fmt.Sprintf("wearer-%06d", i)
		acts = append(acts, geofence.ActivationRevision{ID: "act-" + wearer, Number: 1, Activation: &geofence.Activation{
			ID: "act-" + wearer, Wearer: wearer, Device: fmt.Sprintf("tag-%06d", i), Removed: geofence.Always, Tier: 2, Revision: 1}})
		for j := range 5 {
			west := float64(j) * 0.02
			zones = append(zones, geofence.ZoneRevision{ID: fmt.Sprintf("%s-%d", wearer, j), Number: 1, Zone: &geofence.Zone{
				ID: fmt.Sprintf("%s-%d", wearer, j), Kind: geofence.Exclusion, Audience: geofence.Audience{Wearers: []string{wearer}},
				Shape:    geofence.Shape{Polygons: orb.MultiPolygon{{{{west, 1}, {west + 0.01, 1}, {west + 0.01, 1.01}, {west, 1.01}, {west, 1}}}}},
				Location: time.UTC, Severity: geofence.Critical, Rule: "default", Revision: 1}})
		}
	}
	c.view = geofence.NewView(zones, acts)
	now := time.Now().UnixMilli()
	f := ingest.Fetched{HighWatermark: int64(tags)}
	for i := range tags {
		f.Records = append(f.Records, ingest.Record{Offset: int64(i), Key: fmt.Appendf(nil, "tag-%06d", i)})
	}
	p := newPartition(&c.options, c.logs[0], 0, nil)
	b.ReportAllocs()
	order := rand.New(rand.NewPCG(1, 2)).Perm(tags)
	round := func(n int) {
		for j, i := range order {
			r := &f.Records[j]
			r.Appended = now + int64(n)*1000
			r.Value = fmt.Appendf(r.Value[:0], `{"device_id":"tag-%06d","seq":%d,"fix_time":%q,"received_time":%[3]q,"lat":51.50721%d,"lon":-0.12761,"accuracy_m":6.5,"source":"gnss","speed_mps":1.2,"heading_deg":87,"satellites":11,"battery_pct":81,"strap":"closed"}`,
				i, n, time.UnixMilli(r.Appended).UTC().Format("2006-01-02T15:04:05.000Z"), n%10)
		}
	}
	handle := func() {
		if err := p.Handle(b.Context(), &f); err != nil {
			b.Fatal(err)
		}
		p.watch.Changed()
	}
	round(0)
	handle() // the tags are heard for the first time
	for n := 1; b.Loop(); n++ {
		b.StopTimer()
		round(n)
		b.StartTimer()
		handle()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tags), "ns/ping")
}
