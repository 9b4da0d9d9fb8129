package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"cordon/alerting"
	"cordon/ingest"
)

const (
	leastBackoff = 20 * time.Millisecond
	mostBackoff  = 2 * time.Second
	truncatedTo  = 16 << 10 // bytes kept of a reject that the broker refuses for its size
)

// reject prepares the record of a ping that cannot be used.
func (p *Partition) reject(rec *ingest.Record, why *ingest.Rejection) {
	if p.mode.again || rec.Partition != p.number {
		return // delivered before the group's offset moved past it, or by the owner of that partition
	}
	p.countReject(why.Reason)
	p.rejects = append(p.rejects, p.rejectOf(rec, why))
}

func (p *Partition) countReject(why ingest.Reason) {
	p.counts[rejected]++
	p.o.Metrics.rejects[why].Inc()
}

// rejectOf makes the reject of a record, cut to the limit of the rejects topic.
func (p *Partition) rejectOf(rec *ingest.Record, why *ingest.Rejection, more ...alerting.Header) alerting.Message {
	headers := make([]alerting.Header, 0, len(rec.Headers)+7)
	for _, h := range rec.Headers {
		if !slices.Contains(rejectHeaders, h.Key) {
			headers = append(headers, alerting.Header{Key: h.Key, Value: h.Value})
		}
	}
	headers = append(headers, header("cordon-reason", string(why.Reason)), header("cordon-detail", why.Detail),
		header("cordon-topic", p.o.Topic), header("cordon-partition", strconv.Itoa(rec.Partition)),
		header("cordon-offset", strconv.FormatInt(rec.Offset, 10)), rejectTimes(rec.Appended))
	m := alerting.Message{Key: rec.Key, Value: rec.Value, Headers: append(headers, more...)}
	cutTo(&m, cmp.Or(p.o.RejectBytes, defaultRejectBytes))
	m.Key, m.Value = clone(m.Key), clone(m.Value)
	for i := range m.Headers {
		m.Headers[i].Value = clone(m.Headers[i].Value)
	}
	return m
}

// clone copies bytes that belong to a fetch, and keeps nil apart from empty: a null key or value stays null.
func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}

func header(key, value string) alerting.Header {
	return alerting.Header{Key: key, Value: []byte(value)}
}

// said is an alert on its way to the broker.
type said struct {
	alert *alerting.Alert
	again bool // it has been decided before
}

// mode is how a rebuild treats a record.
type mode struct {
	again bool // it has been decided before: what it gives rise to is marked as said again
	quiet bool // and it is so early in the window that it only restores tracks
}

// enter sets the mode for a record.
func (p *Partition) enter(rec *ingest.Record) {
	m := mode{again: p.decidedBefore(rec)}
	m.quiet = m.again && max(p.clock, rec.Appended) < p.quietBefore // an overtaken record arrived later than its timestamp
	if m != p.mode {
		p.collect()
		p.mode = m
	}
}

// decidedBefore reports whether the group's offset has passed the record.
func (p *Partition) decidedBefore(rec *ingest.Record) bool {
	if p.committed != nil {
		return rec.Offset < p.committed[rec.Partition]
	}
	return rec.Offset < p.rebuiltBelow
}

// collect takes what was decided since the last call, under the mode it was decided in.
func (p *Partition) collect() {
	for _, a := range p.watch.Take() {
		if !p.mode.quiet {
			p.said = append(p.said, said{a, p.mode.again})
		}
	}
}

// publish puts the alerts and the rejects on the broker; the rejects that a later owner decides by come first. It gives up
// when ctx ends.
func (p *Partition) publish(ctx context.Context) error {
	p.collect()
	p.showEpisodes(p.watch.Episodes())
	if len(p.urgent) > 0 {
		if err := p.deliver(ctx, p.o.Rejects, p.urgent, shrink); err != nil {
			return err
		}
		p.urgent = nil
	}
	if len(p.said) > 0 {
		raised := alerting.Time(time.Now().UnixMilli())
		messages := make([]alerting.Message, len(p.said))
		for i, s := range p.said {
			s.alert.RaisedTime = raised
			m, err := p.message(s)
			if err != nil {
				return err
			}
			messages[i] = m
		}
		if err := p.deliver(ctx, p.o.Alerts, messages, nil); err != nil {
			return err
		}
		p.measure()
		p.said = p.said[:0]
	}
	if len(p.rejects) == 0 {
		return nil
	}
	err := p.deliver(ctx, p.o.Rejects, p.rejects, shrink)
	if err == nil {
		p.rejects = nil
	}
	return err
}

// showEpisodes brings the gauges up to date.
func (p *Partition) showEpisodes(n alerting.Count) {
	for i, gauge := range p.o.Metrics.episodes {
		gauge.Add(float64(n[i] - p.standing[i]))
	}
	p.standing = n
}

// message is the record of an alert of this partition.
func (p *Partition) message(s said) (alerting.Message, error) {
	headers := []alerting.Header{header(partitionHeader, p.home())}
	if s.again {
		headers = append(headers, header("cordon-rebuilt", "true"))
	}
	return envelope(s.alert, p.o.Source, headers...)
}

// envelope is the record of an alert: CloudEvents 1.0, binary mode (https://github.com/cloudevents/spec, Kafka binding).
func envelope(a *alerting.Alert, source string, more ...alerting.Header) (alerting.Message, error) {
	value, err := json.Marshal(a)
	if err != nil {
		return alerting.Message{}, fmt.Errorf("pipeline: encoding alert %s: %w", a.AlertID, err)
	}
	m := alerting.Message{Key: []byte(a.Key()), Value: value, Headers: []alerting.Header{
		header("ce_specversion", "1.0"), header("ce_id", a.AlertID), header("ce_type", "cordon.alert."+string(a.Kind)+".v1"),
		header("ce_source", source), header("ce_time", a.RaisedTime.String()), header("content-type", "application/json"),
	}}
	if a.Opening != nil {
		m.Headers = append(m.Headers, header(openingHeader, a.Opening.String()))
	}
	if a.AppendedTime != nil && a.Clock > int64(*a.AppendedTime) {
		m.Headers = append(m.Headers, header(clockHeader, alerting.Time(a.Clock).String()))
	}
	m.Headers = append(m.Headers, more...)
	return m, nil
}

// clockHeader is the partition's clock when a ping decided an alert, where the clock had overtaken the ping. A rebuild goes
// by it: it decides the ping again if it begins before that, even if the ping is stamped earlier.
const clockHeader = "cordon-clock"

// openingHeader names the ping that opened a tag episode: fix time, seq, latitude and longitude as the ids have them, with
// a comma between. The record does not say all of it, and a rebuild goes on with the episode under its ids.
const openingHeader = "cordon-opening"

// deliver repeats from the first message not acknowledged until all are, or ctx ends. shrink, if there is one, makes
// messages smaller that the broker refuses for their size; it is told how often that has been needed.
func (p *Partition) deliver(ctx context.Context, topic Topic, messages []alerting.Message, shrink func([]alerting.Message, int) bool) error {
	defer p.stuck.Store(false)
	shrunk, cuts := 0, 0
	for wait := leastBackoff; len(messages) > 0; wait = min(2*wait, mostBackoff) {
		unsent, err := topic.Publish(ctx, messages)
		if err == nil {
			return nil
		}
		p.stuck.Store(true)
		if len(unsent) < len(messages) {
			wait = leastBackoff
		}
		messages = unsent
		if errors.Is(err, alerting.ErrTooLarge) && shrink != nil && shrink(messages, shrunk) {
			shrunk++
			continue
		}
		if cutOff(err) && shrink != nil {
			if cuts++; cuts%cutsBeforeShrink == 0 && shrink(messages, shrunk) {
				shrunk++
			}
		} else {
			cuts = 0
		}
		p.progress.Failed(fmt.Errorf("%d alerts or rejects are not acknowledged: %w", len(messages), err))
		p.log.Warn("messages not acknowledged, trying again", "err", err, "messages", len(messages), "in", wait)
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d messages not acknowledged: %w", len(messages), err)
		case <-time.After(wait):
		}
	}
	return nil
}

// rejectHeaders are ours; a record's own of these names are not passed on.
var rejectHeaders = []string{"cordon-reason", "cordon-detail", "cordon-topic", "cordon-partition", "cordon-offset", lastHeader, appendedHeader, readHeader,
	truncatedHeader}

const (
	truncatedHeader = "cordon-truncated"
	shrinkSteps     = 3
)

// shrink cuts rejects that the broker refuses for their size, so that they never stop the partition: first the values to
// what is promised; then, where the topic takes even less, the foreign headers and the keys, and at last the values. It
// reports whether there was anything left to cut.
func shrink(messages []alerting.Message, step int) bool {
	const least = 1 << 10
	cut := false
	for i := range messages {
		m := &messages[i]
		before := len(m.Value) + len(m.Key) + len(m.Headers)
		switch step {
		case 0:
			m.Value = m.Value[:min(len(m.Value), truncatedTo)]
		case 1:
			m.Headers = slices.DeleteFunc(m.Headers, func(h alerting.Header) bool { return !slices.Contains(rejectHeaders, h.Key) })
			m.Key = m.Key[:min(len(m.Key), least)]
		case 2:
			m.Value = m.Value[:min(len(m.Value), least)]
		}
		if len(m.Value)+len(m.Key)+len(m.Headers) == before {
			continue
		}
		cut = true
		if !slices.ContainsFunc(m.Headers, func(h alerting.Header) bool { return h.Key == truncatedHeader }) {
			m.Headers = append(m.Headers, header(truncatedHeader, "true"))
		}
	}
	return cut || step < shrinkSteps-1
}

// measure notes the alerts that are on the broker now.
func (p *Partition) measure() {
	now := time.Now()
	for _, s := range p.said {
		a := s.alert
		p.o.Metrics.alerts[a.Kind].Inc()
		if s.again {
			continue // it was on the broker before
		}
		if a.AppendedTime != nil {
			p.o.Metrics.appended.Observe(max(0, now.Sub(time.UnixMilli(int64(*a.AppendedTime))).Seconds()))
		}
		if a.FixTime != nil {
			p.o.Metrics.fix.Observe(max(0, now.Sub(time.UnixMilli(int64(*a.FixTime))).Seconds()))
		}
	}
}
