package redisindex

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what a Follower tells Prometheus.
type Metrics struct {
	zones       prometheus.Gauge
	revision    prometheus.Gauge
	propagation prometheus.Histogram
	refused     prometheus.Counter
	missing     map[string]prometheus.Gauge // by Loss.Of
	unenforced  prometheus.Gauge
	contact     *atomic.Int64 // of the last successful contact with the store, ms
}

// NewMetrics registers the metrics of a Follower.
func NewMetrics(r prometheus.Registerer) *Metrics {
	contact := new(atomic.Int64)
	contact.Store(time.Now().UnixMilli())
	m := &Metrics{
		contact: contact,
		zones:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "cordon_zones", Help: "Zones in the index, withdrawn ones excepted."}),
		revision: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cordon_zone_index_revision", Help: "Revision of the store that the index reflects."}),
		propagation: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "cordon_zone_propagation_seconds", Help: "From the updated_time of a zone or register change to its use.",
			Buckets:                        []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60},
			NativeHistogramBucketFactor:    1.1,
			NativeHistogramMaxBucketNumber: 100,
		}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cordon_zone_documents_refused_total", Help: "Zone and register documents in the store that did not validate."}),
	}
	missing := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "cordon_store_missing", Help: "Least number of objects that the store has lost or that were altered since their import, by what they are.",
	}, []string{"kind"})
	m.missing = map[string]prometheus.Gauge{}
	for _, k := range kinds {
		for _, of := range []string{string(k), k.past()} {
			m.missing[of] = missing.WithLabelValues(of)
		}
	}
	m.unenforced = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "cordon_zones_not_enforced", Help: "Zones that cannot be read and have no earlier revision in force."})
	age := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cordon_zone_index_age_seconds", Help: "Time since the store was last seen to be what the index reflects.",
	}, func() float64 { return max(0, time.Since(time.UnixMilli(contact.Load())).Seconds()) })
	r.MustRegister(m.zones, m.revision, m.propagation, m.refused, missing, m.unenforced, age)
	return m
}

// lack sets the metrics of losses.
func (m *Metrics) lack(losses []Loss) {
	for _, gauge := range m.missing {
		gauge.Set(0)
	}
	for _, l := range losses {
		m.missing[l.Of].Set(float64(l.Missing()))
	}
}
