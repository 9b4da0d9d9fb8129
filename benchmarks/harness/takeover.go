package harness

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"
)

// Takeover measures how long a partition is without an owner: from the kill, or the signal to stop, to the first alert
// that the new owner raises.
type Takeover struct {
	Site   *Site
	Broker *Broker
	Args   []string // of `cordon process`
	Rounds int
}

// probeZone is where the probes' alternation of inside and outside makes an alert of every ping.
const probeZone = `{"type":"Feature","id":"probe","geometry":{"type":"Polygon","coordinates":[[[0,0],[0.01,0],[0.01,0.01],[0,0.01],[0,0]]]},"properties":{"applies_to":"everyone"}}`

const probeRegister = `{"wearer_id":"nobody","device_id":"none","activation_id":"none","fitted_time":"2020-01-01T00:00:00Z"}`

// Run returns one duration for each round.
func (m *Takeover) Run(ctx context.Context, end func(ctx context.Context, p *Processor) error) ([]time.Duration, error) {
	if _, err := m.Site.Cordon(ctx, []byte(probeRegister), "wearers", "import", "-"); err != nil {
		return nil, err
	}
	if _, err := m.Site.Cordon(ctx, []byte(probeZone), "zones", "import", "-"); err != nil {
		return nil, err
	}
	var all []time.Duration
	staying, err := m.Site.Start(ctx, m.Args...)
	if err != nil {
		return nil, err
	}
	defer func() { staying.Kill() }()
	for range m.Rounds {
		leaving, err := m.Site.Start(ctx, m.Args...)
		if err != nil {
			return nil, err
		}
		took, err := m.round(ctx, staying, leaving, end)
		leaving.Kill()
		if err != nil {
			return nil, err
		}
		all = append(all, took)
	}
	return all, nil
}

// round ends one of two processors under a steady stream of probes.
func (m *Takeover) round(ctx context.Context, staying, leaving *Processor, end func(context.Context, *Processor) error) (time.Duration, error) {
	n := 0
	err := Until(ctx, "the topic is known", func() (err error) {
		n, err = m.Broker.Partitions(ctx, m.Site.Pings())
		return err
	})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, gctx := errgroup.WithContext(ctx)
	for p := range n {
		g.Go(func() error { return m.probe(gctx, p, n) })
	}
	var took time.Duration
	g.Go(func() error {
		defer cancel()
		var mine []int
		err := Until(gctx, "both processors own half", func() error {
			if err := leaving.Readiness(gctx); err != nil {
				return err
			}
			if err := staying.Readiness(gctx); err != nil {
				return err
			}
			mine = mine[:0]
			for p := range n {
				if _, err := leaving.Metric(gctx, fmt.Sprintf("cordon_partition_lag{partition=\"%d\"}", p)); err == nil {
					mine = append(mine, p)
				}
			}
			if len(mine) != n/2 {
				return fmt.Errorf("it owns %d of %d", len(mine), n)
			}
			return nil
		})
		if err != nil {
			return err
		}
		took, err = m.watch(gctx, mine, leaving, func() error { return end(gctx, leaving) })
		return err
	})
	if err := g.Wait(); err != nil && took == 0 {
		return 0, err
	}
	return took, nil
}

// probe appends a ping every 20 ms to a partition, inside and outside by turns.
func (m *Takeover) probe(ctx context.Context, partition, partitions int) error {
	device := probeDevice(partition, partitions)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		now := time.Now()
		value := fmt.Sprintf(`{"device_id":%q,"fix_time":%q,"lat":0.005,"lon":%g}`, device, now.UTC().Format("2006-01-02T15:04:05.000Z"), []float64{0.005, 0.015}[i%2])
		err := m.Broker.Produce(ctx, m.Site.Pings(), partition, []kafka.Record{{Time: now, Key: kafka.NewBytes([]byte(device)), Value: kafka.NewBytes([]byte(value))}})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// probeDevice is a device that our producers place on the partition.
func probeDevice(partition, partitions int) string {
	all := make([]int, partitions)
	for i := range all {
		all[i] = i
	}
	for i := 0; ; i++ {
		device := fmt.Sprintf("probe-%d-%d", partition, i)
		if (kafka.Murmur2Balancer{Consistent: true}).Balance(kafka.Message{Key: []byte(device)}, all...) == partition {
			return device
		}
	}
}

// watch ends the owner of the partitions and waits for the first alert of a ping appended to one of them after that.
func (m *Takeover) watch(ctx context.Context, partitions []int, leaving *Processor, end func() error) (time.Duration, error) {
	n, err := m.Broker.Partitions(ctx, m.Site.Alerts())
	if err != nil {
		return 0, err
	}
	ends := make([]int64, n)
	for p := range n {
		if _, ends[p], err = m.Broker.Bounds(ctx, m.Site.Alerts(), p); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- end() }()
	found := make(chan time.Time, n)
	ctx, cancel := context.WithCancel(ctx)
	g, gctx := errgroup.WithContext(ctx)
	for p := range n {
		g.Go(func() error {
			return m.first(gctx, p, ends[p], partitions, fmt.Sprintf("/%d", leaving.cmd.Process.Pid), found)
		})
	}
	defer func() {
		cancel()
		_ = g.Wait() // what they would have said no longer matters
	}()
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case at := <-found:
		return at.Sub(began), <-ended
	}
}

// first looks for the first alert of a new owner on one partition of the alerts. Alerts name the process that raised
// them at the end of their CloudEvents source.
func (m *Takeover) first(ctx context.Context, partition int, from int64, of []int, old string, found chan<- time.Time) error {
	for {
		resp, err := m.Broker.client.Fetch(ctx, &kafka.FetchRequest{Topic: m.Site.Alerts(), Partition: partition, Offset: from, MinBytes: 1, MaxBytes: 4 << 20, MaxWait: 100 * time.Millisecond})
		if err != nil {
			return err
		}
		for {
			r, err := resp.Records.ReadRecord()
			if err != nil {
				break
			}
			rec, err := copied(r, partition)
			if err != nil {
				return err
			}
			from = max(from, rec.Offset+1)
			var number, count int
			if _, err := fmt.Sscanf(headerOf(rec, "cordon-partition"), "%d/%d", &number, &count); err != nil {
				return err
			}
			if slices.Contains(of, number) && !strings.HasSuffix(headerOf(rec, "ce_source"), old) {
				found <- time.Now()
				return nil
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
