package pipeline

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// lagging computes the lag of the owned partitions when it is collected, so that the lag grows while a partition makes no
// progress.
type lagging struct {
	records, seconds *prometheus.Desc

	mu    sync.Mutex
	owned map[int]*Progress
}

func newLagging() *lagging {
	return &lagging{
		records: prometheus.NewDesc("cordon_partition_lag", "Records appended and not yet decided; NaN while that is not known.", []string{"partition"}, nil),
		seconds: prometheus.NewDesc("cordon_partition_lag_seconds",
			"How long undecided records may have waited: time since the appended time of the newest record decided, or since none was left; 0 when none is left.", []string{"partition"}, nil),
		owned: map[int]*Progress{},
	}
}

// add adds a partition until done is called.
func (l *lagging) add(p *Progress) (done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owned[p.number] = p
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.owned[p.number] == p {
			delete(l.owned, p.number)
		}
	}
}

// Describe implements prometheus.Collector.
func (l *lagging) Describe(to chan<- *prometheus.Desc) {
	to <- l.records
	to <- l.seconds
}

// Collect implements prometheus.Collector.
func (l *lagging) Collect(to chan<- prometheus.Metric) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for number, p := range l.owned {
		records, seconds := p.lag()
		label := strconv.Itoa(number)
		to <- prometheus.MustNewConstMetric(l.records, prometheus.GaugeValue, records, label)
		to <- prometheus.MustNewConstMetric(l.seconds, prometheus.GaugeValue, seconds, label)
	}
}
