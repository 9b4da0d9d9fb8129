package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/prometheus/client_golang/prometheus"

	"cordon/alerting"
	"cordon/geofence"
	"cordon/ingest"
)

// fakeLog is one partition in memory.
type fakeLog struct {
	mu        sync.Mutex
	number    int
	start     int64
	records   []ingest.Record // from offset start on
	committed int64
	live      error
	fetched   func(from int64) // if set, is called with every fetch
	aside     *ingest.SetAside // cannot be read
}

func (l *fakeLog) append(appended int64, key, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, ingest.Record{Partition: l.number, Offset: l.start + int64(len(l.records)), Appended: appended, Key: []byte(key), Value: []byte(value)})
}

// truncate deletes what lies below the offset.
func (l *fakeLog) truncate(start int64) {
	l.records, l.start = l.records[start-l.start:], start
}

func (l *fakeLog) Fetch(_ context.Context, from int64) (ingest.Fetched, error) {
	if l.fetched != nil {
		l.fetched(from)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	end := l.start + int64(len(l.records))
	if from < l.start || from > end {
		return ingest.Fetched{}, ingest.ErrLogMoved
	}
	f := ingest.Fetched{Next: end, HighWatermark: end, LogStart: l.start}
	switch s := l.aside; {
	case s != nil && s.First <= from && from <= s.Last:
		f.SetAside, f.Next = s, s.Last+1
		return f, nil
	case s != nil && from < s.First:
		f.Next = s.First
	}
	f.Records = l.records[from-l.start : f.Next-l.start]
	return f, nil
}

func (l *fakeLog) Bounds(context.Context) (int64, int64, error) {
	return l.start, l.start + int64(len(l.records)), nil
}

func (l *fakeLog) OffsetAt(_ context.Context, ms int64) (int64, error) {
	for _, r := range l.records {
		if r.Appended >= ms {
			return r.Offset, nil
		}
	}
	return l.start + int64(len(l.records)), nil
}

func (l *fakeLog) Commit(_ context.Context, next int64) error { l.committed = next; return nil }

func (l *fakeLog) Committed(context.Context) (int64, error) { return l.committed, nil }

func (l *fakeLog) Live(context.Context) error { return l.live }

// fakeTopic keeps what it is given; refuse, if set, may take only some of it.
type fakeTopic struct {
	messages []alerting.Message
	at       []int64 // when they were published, ms
	now      func() time.Time
	refuse   func([]alerting.Message) (taken int, err error)
}

func (t *fakeTopic) Publish(_ context.Context, m []alerting.Message) ([]alerting.Message, error) {
	defer func() {
		for len(t.at) < len(t.messages) {
			t.at = append(t.at, t.now().UnixMilli())
		}
	}()
	if t.refuse != nil {
		n, err := t.refuse(m)
		t.messages = append(t.messages, m[:n]...)
		return m[n:], err
	}
	t.messages = append(t.messages, m...)
	return nil, nil
}

func (t *fakeTopic) alerts(tb testing.TB) []alerting.Alert {
	tb.Helper()
	all := make([]alerting.Alert, len(t.messages))
	for i, m := range t.messages {
		if err := json.Unmarshal(m.Value, &all[i]); err != nil {
			tb.Fatal(err)
		}
	}
	return all
}

func (t *fakeTopic) header(i int, key string) string {
	for _, h := range t.messages[i].Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// fakeStore keeps checkpoints in memory, fenced by epochs.
type fakeStore struct {
	epoch    int64
	stored   *alerting.Checkpoint
	away     bool
	previous int
	homes    map[string]int
	saves    int
	aside    alerting.SetAside   // until a whole checkpoint is written
	asides   []alerting.SetAside // not told yet
	took     int64               // the group's offset at the last take-over
}

type fakeLease struct {
	s     *fakeStore
	epoch int64
}

func (s *fakeStore) Take(_ context.Context, _ int, committed int64) (Lease, alerting.Takeover, error) {
	if s.away {
		return nil, alerting.Takeover{}, errors.New("connection refused")
	}
	s.epoch++
	s.took = committed
	l, found := &fakeLease{s, s.epoch}, alerting.Takeover{SetAside: s.aside}
	if s.stored != nil {
		c := *s.stored
		c.Tags = maps.Clone(c.Tags)
		found.Checkpoint = &c
	}
	return l, found, nil
}

func (s *fakeStore) Asides(int) []alerting.SetAside {
	asides := s.asides
	s.asides = nil
	return asides
}

func (l *fakeLease) SetAside(context.Context) (alerting.SetAside, error) {
	if l.s.epoch != l.epoch {
		return alerting.SetAside{}, alerting.ErrFenced
	}
	l.s.stored, l.s.aside = nil, alerting.SetAside{Key: "aside:5", At: 5}
	return l.s.aside, nil
}

func (s *fakeStore) Claim(_ context.Context, partition int, devices []string) (map[string]int, error) {
	elsewhere := map[string]int{}
	for _, d := range devices {
		if home, ok := s.homes[d]; ok && home != partition {
			elsewhere[d] = home
		} else {
			s.homes[d] = partition
		}
	}
	return elsewhere, nil
}

func (s *fakeStore) Release(_ context.Context, _ int, devices []string) error {
	for _, d := range devices {
		delete(s.homes, d)
	}
	return nil
}

func (s *fakeStore) Previous(context.Context) (int, error) { return s.previous, nil }

func (s *fakeStore) wipe() { s.epoch, s.stored = 0, nil }

func (l *fakeLease) Save(_ context.Context, d *alerting.Delta) error {
	switch {
	case l.s.away:
		return errors.New("connection refused")
	case l.s.epoch > l.epoch:
		return alerting.ErrFenced
	case l.s.epoch < l.epoch:
		return alerting.ErrLost
	}
	l.s.saves++
	if d.Whole || l.s.stored == nil {
		l.s.aside = alerting.SetAside{}
		l.s.stored = &alerting.Checkpoint{Tags: map[string][]byte{}}
	}
	for _, device := range d.Dropped {
		delete(l.s.stored.Tags, device)
	}
	for device, b := range d.Changed { // whose memory the next checkpoint uses again
		l.s.stored.Tags[device] = slices.Clone(b)
	}
	l.s.stored.Next, l.s.stored.Meta = d.Next, d.Meta
	return nil
}

func (l *fakeLease) Retake(context.Context) error {
	l.s.epoch = max(l.s.epoch+1, l.epoch)
	l.epoch = l.s.epoch
	return nil
}

// town is a processor's surroundings in memory.
type town struct {
	options Options
	logs    []*fakeLog
	alerts  *fakeTopic
	rejects *fakeTopic
	store   *fakeStore
	view    *geofence.View
	metrics *prometheus.Registry
}

func (c *town) PartitionOf(string) int { return 0 }

func (c *town) Pings(partition int) Log { return c.logs[partition] }

func (c *town) Committed(_ context.Context, partition int) (int64, error) {
	return c.logs[partition].committed, nil
}

// Alerts is the alerts published so far, as a log.
func (c *town) Alerts(context.Context) ([]Log, error) { return []Log{c.alerts.log()}, nil }

// Rejects is the rejects published so far, as a log.
func (c *town) Rejects(context.Context) ([]Log, error) { return []Log{c.rejects.log()}, nil }

func (t *fakeTopic) log() *fakeLog {
	l := &fakeLog{}
	for i, m := range t.messages {
		rec := ingest.Record{Offset: int64(i), Key: m.Key, Value: m.Value, Headers: headersOf(m)}
		if i < len(t.at) {
			rec.Appended = t.at[i]
		}
		l.records = append(l.records, rec)
	}
	return l
}

// takeOver takes a partition over as Own does.
func takeOver(ctx context.Context, o *Options, owned Owned, number int) (*Partition, int64, int64, error) {
	progress := newProgress(o, number)
	p, next, committed, err := takeCharge(ctx, o, owned, progress)
	if err == nil {
		progress.work(p)
	}
	return p, next, committed, err
}

func headersOf(m alerting.Message) []ingest.Header {
	var headers []ingest.Header
	for _, h := range m.Headers {
		headers = append(headers, ingest.Header{Key: h.Key, Value: h.Value})
	}
	return headers
}

// newTown has a school on the equator, from 0° to 0.01°, that is forbidden to everyone.
func newTown(t testing.TB, partitions int) *town {
	t.Helper()
	zone := &geofence.Zone{ID: "school", Kind: geofence.Exclusion, Audience: geofence.Audience{Everyone: true}, Location: time.UTC,
		Shape:    geofence.Shape{Polygons: orb.MultiPolygon{{{{0, 0}, {0.01, 0}, {0.01, 0.01}, {0, 0.01}, {0, 0}}}}},
		Severity: geofence.Critical, Rule: "default", Revision: 1}
	c := &town{
		alerts: &fakeTopic{now: time.Now}, rejects: &fakeTopic{now: time.Now}, store: &fakeStore{homes: map[string]int{}}, metrics: prometheus.NewRegistry(),
		view: geofence.NewView([]geofence.ZoneRevision{{ID: "school", Number: 1, Zone: zone}}, nil),
	}
	for n := range partitions {
		c.logs = append(c.logs, &fakeLog{number: n, committed: -1})
	}
	c.options = Options{
		Rules: alerting.PlainRules(),
		Topic: "cordon.pings", Partitions: partitions, Decoder: ingest.DefaultDecoderOptions(), RebuildWindow: 24 * time.Hour, Source: "//test",
		View: func() *geofence.View { return c.view }, Alerts: c.alerts, Rejects: c.rejects, Checkpoints: c.store, Cluster: c,
		Metrics: NewMetrics(c.metrics), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	return c
}

const (
	inside  = 0.005
	outside = 0.015
)

// ping appends a ping of the tag to the partition, fixed when it is appended.
func (c *town) ping(partition int, device string, at time.Time, lon float64) {
	ms := at.UnixMilli()
	c.logs[partition].append(ms, device, fmt.Sprintf(`{"device_id":%q,"fix_time":%q,"lat":0.005,"lon":%g}`, device, alerting.Time(ms).String(), lon))
}

// work takes the partition over, decides what there is, and checkpoints.
func (c *town) work(t testing.TB, partition int) (*Partition, int64) {
	t.Helper()
	p, next, _, err := takeOver(t.Context(), &c.options, c.logs[partition], partition)
	if err != nil {
		t.Fatal(err)
	}
	next = c.decide(t, p, next)
	if err := c.checkpoint(t, p, next); err != nil {
		t.Fatal(err)
	}
	return p, next
}

func (c *town) decide(t testing.TB, p *Partition, next int64) int64 {
	t.Helper()
	f, err := c.logs[p.number].Fetch(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Records) > 0 {
		if err := p.Handle(t.Context(), &f); err != nil {
			t.Fatal(err)
		}
	}
	return f.Next
}

// checkpoint does what the worker does, and moves the group's offset when it succeeds.
func (c *town) checkpoint(t testing.TB, p *Partition, next int64) error {
	t.Helper()
	save := p.Checkpoint(next)
	if save == nil {
		return nil
	}
	err := save(t.Context())
	if failed := p.Checkpointed(time.Millisecond, err); failed != nil {
		return failed
	}
	if err == nil {
		c.logs[p.number].committed = next
	}
	return err
}
