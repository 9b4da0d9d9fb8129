package pipeline

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"cordon/alerting"
	"cordon/geofence"
	"cordon/ingest"
)

// Limits, in bytes, of the heap that a tag with no zone near and none of its own may use. The package's doc comment names
// the measured values.
const (
	mostOfATag     = 850
	mostUnassigned = 1250 // whose unassigned_device is open
	mostHeldBack   = 950  // whose unassigned_device was held back
	mostStored     = 300  // of a checkpoint
)

// tags is how many the test remembers: CORDON_TAGS, or 20,000.
func tags(t *testing.T) int {
	text := os.Getenv("CORDON_TAGS")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("CORDON_TAGS: %v", err)
	}
	return n
}

func heapBytes() int64 {
	runtime.GC()
	runtime.GC() // what the first one finalised
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestTag_costsNoMoreMemoryThanIsSaid(t *testing.T) {
	n := tags(t)
	for _, tt := range []struct {
		name   string
		worn   bool
		limits alerting.Limits
		most   int64
	}{
		{"assigned", true, alerting.Limits{}, mostOfATag},
		{"unassigned", false, alerting.Limits{UnassignedTags: n, UnassignedAlerts: n}, mostUnassigned},
		{"held back", false, alerting.Limits{UnassignedTags: n, UnassignedAlerts: 1}, mostHeldBack},
	} {
		c := newTown(t, 1)
		c.options.Rules, c.options.Limits = alerting.DefaultRules(), tt.limits
		if tt.worn {
			c.view = c.view.With(nil, fittings(n))
		}
		p := newPartition(&c.options, c.logs[0], 0, nil)
		before := heapBytes()
		for minute := range 3 {
			p.hearEach(n, minute)
		}
		cost := (heapBytes() - before) / int64(n)
		stored := 0
		for _, tag := range p.tags {
			stored += len(tag.append(nil))
		}
		stored /= n
		t.Logf("%s: %d bytes a tag of %d, %d in a checkpoint", tt.name, cost, n, stored)
		if cost > tt.most || stored > mostStored || len(p.tags) != n {
			t.Errorf("%s: %d tags, %d bytes each, want at most %d, %d in a checkpoint", tt.name, len(p.tags), cost, tt.most, stored)
		}
	}
}

// fittings gives each of n tags to a wearer.
func fittings(n int) []geofence.ActivationRevision {
	acts := make([]geofence.ActivationRevision, n)
	for i := range acts {
		a := &geofence.Activation{ID: fmt.Sprintf("act-%07d", i), Wearer: fmt.Sprintf("wearer-%07d", i), Device: fmt.Sprintf("tag-%07d", i),
			Removed: geofence.Always, Tier: 2, Revision: 1}
		acts[i] = geofence.ActivationRevision{ID: a.ID, Number: 1, Activation: a}
	}
	return acts
}

// hearEach decides one ping of each of n tags, on its way far from all zones, and forgets what was said.
func (p *Partition) hearEach(n, minute int) {
	const batch = 1000
	at := alerting.Time(monday.Add(time.Duration(minute) * time.Minute).UnixMilli())
	for from := 0; from < n; from += batch {
		var records []ingest.Record
		for i := from; i < min(from+batch, n); i++ {
			records = append(records, ingest.Record{Appended: int64(at), Value: fmt.Appendf(nil,
				`{"device_id":"tag-%07d","fix_time":%q,"lat":51.5%03d,"lon":-0.12,"battery_pct":80,"motion":true}`, i, at, minute)})
		}
		_ = p.decide(context.Background(), records) // a context that does not end
		p.collect()
		p.said = nil
		p.watch.Changed()
	}
	p.fresh, p.dropped = map[string]struct{}{}, nil
}
