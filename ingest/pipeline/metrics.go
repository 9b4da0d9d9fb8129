package pipeline

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cordon/alerting"
	"cordon/ingest"
)

// Outcomes of a ping, the label of cordon_pings_total.
const (
	accepted = iota
	duplicate
	late
	rejected
	outcomes
)

var outcomeNames = [outcomes]string{"accepted", "duplicate", "late", "rejected"}

// Metrics are the metrics that the partitions feed. Children are resolved once;
// partitions count on their own and add per batch.
type Metrics struct {
	pings        [outcomes]prometheus.Counter
	rejects      map[ingest.Reason]prometheus.Counter
	alerts       map[alerting.Kind]prometheus.Counter
	episodes     [len(alerting.Standings)]prometheus.Gauge
	evaluate     prometheus.Histogram
	appended     prometheus.Histogram
	fix          prometheus.Histogram
	checkpoint   prometheus.Histogram
	lag          *lagging
	skew         prometheus.Gauge
	lostPings    prometheus.Counter
	batchesAside prometheus.Counter
	lostTime     prometheus.Counter
	elsewhere    prometheus.Gauge
	setAside     prometheus.Counter
	unassigned   prometheus.Counter
}

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		rejects:      map[ingest.Reason]prometheus.Counter{},
		alerts:       map[alerting.Kind]prometheus.Counter{},
		evaluate:     histogram("cordon_evaluate_seconds", "One ping through decode, zone test and decision: the mean of up to 32 taken together.", prometheus.ExponentialBuckets(100e-9, 2, 16)),
		appended:     histogram("cordon_append_to_alert_seconds", "Appended time of the ping to the acknowledgement of its alert by the broker.", prometheus.ExponentialBuckets(0.0005, 2, 20)),
		fix:          histogram("cordon_fix_to_alert_seconds", "Fix time of the ping to the acknowledgement of its alert by the broker.", prometheus.ExponentialBuckets(0.01, 2, 26)),
		checkpoint:   histogram("cordon_checkpoint_seconds", "Preparing and writing one checkpoint.", prometheus.ExponentialBuckets(0.0005, 2, 16)),
		lag:          newLagging(),
		skew:         gauge("cordon_clock_skew_seconds", "Own clock less the appended time of a ping just read at the end of the log."),
		lostPings:    counter("cordon_not_covered_pings_total", "Pings that were never judged: the log no longer had them, or they could not be read."),
		batchesAside: counter("cordon_batches_set_aside_total", "Record batches of pings that could not be read and were skipped."),
		lostTime:     counter("cordon_not_covered_seconds_total", "Appended time that could not be judged because the log no longer had it."),
		setAside:     counter("cordon_checkpoints_set_aside_total", "Keys of checkpoints in Redis that could not be read and were set aside."),
		elsewhere:    gauge("cordon_tags_in_two_partitions", "Tags found with state in a second partition."),
		unassigned:   counter("cordon_unassigned_tags_dropped_total", "Unassigned tags that were forgotten because too many others were heard since."),
	}
	pings := counters("cordon_pings_total", "Pings by what became of them.", "outcome")
	rejects := counters("cordon_rejects_total", "Rejected pings by reason.", "reason")
	alerts := counters("cordon_alerts_total", "Alerts acknowledged by the broker, by kind.", "kind")
	episodes := gauges("cordon_episodes", "Episodes that are not closed, by state.", "state")
	for i, name := range outcomeNames {
		m.pings[i] = pings.WithLabelValues(name)
	}
	for _, reason := range ingest.Reasons {
		m.rejects[reason] = rejects.WithLabelValues(string(reason))
	}
	for _, kind := range alerting.Kinds {
		m.alerts[kind] = alerts.WithLabelValues(string(kind))
	}
	for i, state := range alerting.Standings {
		m.episodes[i] = episodes.WithLabelValues(state)
	}
	r.MustRegister(pings, rejects, alerts, episodes, m.evaluate, m.appended, m.fix, m.checkpoint, m.lag,
		m.skew, m.lostPings, m.batchesAside, m.lostTime, m.elsewhere, m.setAside, m.unassigned)
	return m
}

// histogram is native and classic at once.
func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: buckets,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
	})
}

func counters(name, help, label string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
}

func gauges(name, help, label string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{label})
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}
