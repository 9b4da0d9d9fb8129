//go:build system

package system

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/alerting"
	"cordon/benchmarks/harness"
	"cordon/deploy/local"
	"cordon/ingest"
)

func TestMain(m *testing.M) { os.Exit(local.Main(m)) }

// site is one processor installation: topics of its own on the shared Kafka, and a Redis of its own.
type site struct {
	*harness.Site
	t      *testing.T
	redis  local.Store
	broker *harness.Broker
}

var sites atomic.Int64

const patience = 45 * time.Second // for anything to happen at all

func newSite(t *testing.T, partitions int) *site {
	t.Helper()
	servers, err := local.Shared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return siteOn(t, servers.Kafka, local.TestRedis(t), partitions)
}

func siteOn(t *testing.T, k local.Broker, redis local.Store, partitions int, topics ...string) *site {
	t.Helper()
	s := siteAt(t, k, redis.URL(), partitions, topics...)
	s.redis = redis
	return s
}

// siteAt is a site whose Redis, of any kind, is at a URL.
func siteAt(t *testing.T, k local.Broker, redis string, partitions int, topics ...string) *site {
	t.Helper()
	s := &site{t: t, broker: harness.Dial(k.Addr()), Site: &harness.Site{
		Binary: binary(t), Kafka: k.Addr(), Redis: redis, Prefix: fmt.Sprintf("t%d-%d", os.Getpid(), sites.Add(1)), Dir: t.TempDir(),
	}}
	s.cordon(append([]string{"topics", "create", "--partitions", fmt.Sprint(partitions)}, topics...)...)
	return s
}

// binary is the program under test: CORDON_BIN, or built for this run.
func binary(t *testing.T) string {
	if path := os.Getenv("CORDON_BIN"); path != "" {
		return path
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("cordon-under-test-%d", os.Getpid()))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if out, err := exec.Command("go", "build", "-o", path, "cordon/cmd/cordon").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return path
}

func (s *site) ctx() context.Context {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	s.t.Cleanup(cancel)
	return ctx
}

// must fails the test on an error.
func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// cordon runs a command that has to succeed.
func (s *site) cordon(args ...string) string {
	s.t.Helper()
	return s.feed("", args...)
}

// feed runs a command with something on its standard input.
func (s *site) feed(stdin string, args ...string) string {
	s.t.Helper()
	out, err := s.Cordon(s.ctx(), []byte(stdin), args...)
	s.must(err)
	return out
}

// start starts a processor that is stopped, if it still runs, at the end of the test.
func (s *site) start(args ...string) *harness.Processor {
	s.t.Helper()
	p, err := s.Start(s.ctx(), args...)
	s.must(err)
	s.t.Cleanup(func() {
		if s.t.Failed() {
			if text, err := p.Metrics(context.Background()); err == nil {
				for line := range strings.Lines(text) {
					if strings.HasPrefix(line, "cordon_") && !strings.HasSuffix(line, " 0\n") && !strings.Contains(line, "_bucket") {
						s.t.Log(strings.TrimSpace(line))
					}
				}
			}
		}
		p.Kill()
		if s.t.Failed() {
			if b, err := os.ReadFile(p.Log); err == nil {
				s.t.Logf("%s:\n%s", p.Log, b[max(0, len(b)-4000):])
			}
		}
	})
	return p
}

// exits starts a processor that has to end by itself, and returns what it says and its exit code.
func (s *site) exits(args ...string) (string, int, error) {
	s.t.Helper()
	p, err := s.Start(s.ctx(), args...)
	if p == nil {
		return "", 0, err
	}
	s.t.Cleanup(p.Kill)
	return p.Exit(s.ctx())
}

// ready starts a processor and waits until it is ready.
func (s *site) ready(args ...string) *harness.Processor {
	s.t.Helper()
	p := s.start(args...)
	s.must(p.Ready(s.ctx()))
	return p
}

// The town of these tests: two places on the equator, 111 m for 0.001°.
const (
	inSchool = 0.005
	inPark   = 0.025
	street   = 0.015
)

func zone(id string, west float64, more string) string {
	return fmt.Sprintf(`{"type":"Feature","id":%q,"geometry":{"type":"Polygon","coordinates":[[[%[2]g,0],[%[3]g,0],[%[3]g,0.01],[%[2]g,0.01],[%[2]g,0]]]},"properties":{"applies_to":"everyone"%[4]s}}`,
		id, west, west+0.01, more)
}

const register = `{"wearer_id":"ann","device_id":"tag-1","activation_id":"act-1","fitted_time":"2020-01-01T00:00:00Z","cohorts":["dapol"],"tier":1}
{"wearer_id":"bob","device_id":"tag-2","activation_id":"act-2","fitted_time":"2020-01-01T00:00:00Z","tier":2}
`

// publish imports the school and the register, in force for pings appended in the last two days too.
func (s *site) publish() {
	s.t.Helper()
	from := time.Now().Add(-48 * time.Hour).UTC().Format(time.RFC3339)
	s.feed(register, "wearers", "import", "--in-force-from", from, "-")
	s.feed(zone("school", 0, ""), "zones", "import", "--in-force-from", from, "-")
}

// ping appends a ping of a tag, fixed and appended at the time.
func (s *site) ping(device string, at time.Time, lon float64) {
	s.t.Helper()
	s.pingOn(partitionOf(device, s.partitions()), device, at, lon)
}

func (s *site) pingOn(partition int, device string, at time.Time, lon float64) {
	s.t.Helper()
	s.append(partition, at, device, fmt.Sprintf(`{"device_id":%q,"fix_time":%q,"lat":0.005,"lon":%g,"accuracy_m":5}`, device,
		at.UTC().Format("2006-01-02T15:04:05.000Z"), lon))
}

func (s *site) append(partition int, at time.Time, key, value string, headers ...kafka.Header) {
	s.t.Helper()
	ctx := s.ctx()
	s.must(harness.Until(ctx, "the broker takes a ping", func() error {
		return s.broker.Produce(ctx, s.Pings(), partition, []kafka.Record{{Time: at, Key: kafka.NewBytes([]byte(key)), Value: kafka.NewBytes([]byte(value)), Headers: headers}})
	}))
}

func (s *site) partitions() int {
	s.t.Helper()
	ctx, n := s.ctx(), 0
	s.must(harness.Until(ctx, "the topic is known", func() (err error) {
		n, err = s.broker.Partitions(ctx, s.Pings())
		return err
	}))
	return n
}

func partitionOf(device string, partitions int) int {
	all := make([]int, partitions)
	for i := range all {
		all[i] = i
	}
	return kafka.Murmur2Balancer{Consistent: true}.Balance(kafka.Message{Key: []byte(device)}, all...)
}

// alerts waits until at least n different alerts are on the topic and returns all of them, without repeats and those about
// the system as a whole.
func (s *site) alerts(n int) []alerting.Alert {
	s.t.Helper()
	return s.distinct(n, func(a *alerting.Alert) bool { return !harness.OfSystem(a) })
}

// distinct waits until at least n different alerts of a sort are on the topic and returns all there are.
func (s *site) distinct(n int, of func(*alerting.Alert) bool) []alerting.Alert {
	s.t.Helper()
	ctx, distinct := s.ctx(), []alerting.Alert(nil)
	s.must(harness.Until(ctx, fmt.Sprintf("there are %d alerts", n), func() error {
		all, err := s.broker.Alerts(ctx, s.Alerts())
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		distinct = distinct[:0]
		for _, a := range all {
			if of(&a) && !seen[a.AlertID] {
				seen[a.AlertID] = true
				distinct = append(distinct, a)
			}
		}
		if len(distinct) < n {
			return fmt.Errorf("there are %d", len(distinct))
		}
		return nil
	}))
	return distinct
}

// rejects waits until at least n records are on the topic of rejects and returns them. Those of a batch are published
// after its alerts.
func (s *site) rejects(n int) []*ingest.Record {
	s.t.Helper()
	var all []*ingest.Record
	ctx := s.ctx()
	s.must(harness.Until(ctx, fmt.Sprintf("there are %d rejects", n), func() error {
		all = all[:0]
		err := s.broker.ReadTopic(ctx, s.Rejects(), func(rec *ingest.Record) error { all = append(all, rec); return nil })
		if err == nil && len(all) < n {
			err = fmt.Errorf("there are %d", len(all))
		}
		return err
	}))
	return all
}

// said tells alerts in short: kind, reason, zone and wearer.
func said(alerts []alerting.Alert) string {
	var b []string
	for _, a := range alerts {
		b = append(b, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", a.Kind, a.Reason, a.ZoneID, a.WearerID)))
	}
	return strings.Join(b, "; ")
}

// says waits for as many alerts as are wanted and compares them.
func (s *site) says(want ...string) []alerting.Alert {
	s.t.Helper()
	got := s.alerts(len(want))
	if said(got) != strings.Join(want, "; ") {
		s.t.Fatalf("alerts:\ngot  %s\nwant %s", said(got), strings.Join(want, "; "))
	}
	return got
}

// problem waits until the processor is not ready and says so with the words.
func (s *site) problem(p *harness.Processor, words string) {
	s.t.Helper()
	ctx := s.ctx()
	s.must(harness.Until(ctx, "readiness says "+words, func() error {
		err := p.Readiness(ctx)
		if err == nil {
			return fmt.Errorf("it is ready")
		}
		if !strings.Contains(err.Error(), words) {
			return fmt.Errorf("it says: %w", err)
		}
		return nil
	}))
}

// drained waits until every ping has been decided, checkpointed and committed.
func (s *site) drained() {
	s.t.Helper()
	s.must(s.Drained(s.ctx(), s.broker))
}
