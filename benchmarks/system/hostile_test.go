//go:build system

package system

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"cordon/alerting"
	"cordon/benchmarks/harness"
)

// These are the rows of the failure table about hostile records on the ping topic.

// producer writes to the topic of pings like any other client. It puts records on the partition they name.
func (s *site) producer(options ...kgo.Opt) *kgo.Client {
	s.t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(s.Kafka), kgo.DefaultProduceTopic(s.Pings()), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(100 * time.Millisecond), kgo.ProducerBatchCompression(kgo.ZstdCompression()),
		kgo.ProducerBatchMaxBytes(400 << 20), kgo.MaxBufferedBytes(800 << 20), kgo.BrokerMaxWriteBytes(900 << 20),
	}, options...)...)
	s.must(err)
	s.t.Cleanup(client.Close)
	return client
}

// bomb appends one batch that unpacks to the given number of records of 1 MiB, at about 100 bytes for each.
func (s *site) bomb(client *kgo.Client, partition, mib int) {
	s.t.Helper()
	value := make([]byte, 1<<20)
	records := make([]*kgo.Record, mib)
	for i := range records {
		records[i] = &kgo.Record{Partition: int32(partition), Value: value}
	}
	s.must(client.ProduceSync(s.ctx(), records...).FirstErr())
}

// peakMemory returns the peak memory of a processor, in bytes.
func peakMemory(t *testing.T, p *harness.Processor) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

const mostMemory = 1 << 30

// reasons waits for as many rejects and returns the reason by partition and offset.
func (s *site) reasons(n int) map[string]string {
	s.t.Helper()
	got := map[string]string{}
	for _, rec := range s.rejects(n) {
		h := map[string]string{}
		for _, header := range rec.Headers {
			h[header.Key] = string(header.Value)
		}
		at := h["cordon-partition"] + "/" + h["cordon-offset"]
		if last := h["cordon-offset-last"]; last != "" {
			at += "-" + last
		}
		got[at] = h["cordon-reason"]
	}
	return got
}

func TestFailure_aBatchThatUnpacksToFarTooMuchIsPassedOver(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.bomb(s.producer(), 0, 300)
	s.ping("tag-1", now.Add(time.Second), inSchool)
	alerts := s.says("system_fault batch_set_aside", "system_restored batch_set_aside", "breach inside school ann")
	if a := alerts[0]; *a.NotCoveredPings != 300 || a.Severity != "critical" {
		t.Errorf("the fault: %+v", a)
	}
	if got := s.reasons(1); !maps.Equal(got, map[string]string{"0/1-300": "too_large"}) {
		t.Errorf("rejects: %v", got)
	}
	s.drained()
	s.must(p.Ready(s.ctx()))
	for metric, want := range map[string]float64{"cordon_batches_set_aside_total": 1, "cordon_not_covered_pings_total": 300, `cordon_partition_lag{partition="0"}`: 0} {
		if n, err := p.Metric(s.ctx(), metric); err != nil || n != want {
			t.Errorf("%s %g (%v), want %g", metric, n, err, want)
		}
	}
	if n := peakMemory(t, p); n > mostMemory {
		t.Errorf("it took %d MiB", n>>20)
	} else {
		t.Logf("at most %d MiB in memory", n>>20)
	}
}

func TestFailure_manyBatchesThatUnpackToFarTooMuchExhaustNobody(t *testing.T) {
	const partitions, each = 4, 6
	s := newSite(t, partitions)
	s.publish()
	p := s.ready()
	now := time.Now()
	client := s.producer()
	for i := range partitions * each {
		s.bomb(client, i%partitions, 100)
	}
	for i := range 12 {
		s.ping(fmt.Sprintf("tag-%d", i), now.Add(time.Duration(i)*time.Millisecond), inSchool)
	}
	s.alerts(2*partitions*each + 12)
	s.drained()
	s.must(p.Ready(s.ctx()))
	first := peakMemory(t, p)
	p.Kill()
	s.wiped() // and the next owner decides the window again
	next := s.ready()
	s.drained()
	second := peakMemory(t, next)
	t.Logf("at most %d and %d MiB in memory", first>>20, second>>20)
	if first > mostMemory || second > mostMemory {
		t.Error("that is too much")
	}
	if got := s.alerts(0); len(got) != 2*partitions*each+12 {
		t.Errorf("%d different alerts, the next owner says the same ones", len(got))
	}
}

func TestFailure_aPingTooLargeForTheRejectsIsCutBeforeItIsSent(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	now := time.Now()
	s.must(s.producer().ProduceSync(s.ctx(), &kgo.Record{Value: make([]byte, 60<<20)}).FirstErr()) // 2 KB as it is sent
	s.ping("tag-1", now, inSchool)
	s.says("breach inside school ann")
	rejects := s.rejects(1)
	if len(rejects[0].Value) != 16<<10 {
		t.Errorf("%d bytes", len(rejects[0].Value))
	}
	if strings.Contains(p.Written(), "not acknowledged") {
		t.Error("it was sent whole first")
	}
	if n := peakMemory(t, p); n > mostMemory {
		t.Errorf("it took %d MiB", n>>20)
	}
}

// wiped empties Redis and restores what was published, so that the next processor decides the window again.
func (s *site) wiped() {
	s.t.Helper()
	zones, wearers := s.cordon("zones", "export", "--history"), s.cordon("wearers", "export", "--history")
	s.must(s.redis.Kill())
	s.must(s.redis.Wipe())
	s.must(s.redis.Restart(s.ctx()))
	s.feed(zones, "zones", "import", "--restore", "-")
	s.feed(wearers, "wearers", "import", "--restore", "-")
}

func TestFailure_aRecordStampedAheadMovesNobodysClock(t *testing.T) {
	s := newSite(t, 1)
	s.Rules = "default"
	s.publish()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now.Add(-time.Second), inSchool) // a suspicion: nothing heard for five minutes would make it a breach
	s.append(0, now.Add(59*time.Minute), "tag-2", fmt.Sprintf(`{"device_id":"tag-2","fix_time":%q,"lat":0.005,"lon":0.015,"accuracy_m":5}`,
		now.UTC().Format("2006-01-02T15:04:05.000Z")))
	s.ping("tag-2", now, street)
	s.says("breach_suspected inside school ann", "system_fault future_records")
	s.drained()
	if got := s.reasons(1); !maps.Equal(got, map[string]string{"0/1": "future"}) {
		t.Errorf("rejects: %v", got)
	}
	s.must(p.Stop(s.ctx()))
	s.wiped()
	again := s.ready()
	s.drained()
	s.says("breach_suspected inside school ann", "system_fault future_records")
	if n := len(s.rejects(1)); n != 1 {
		t.Errorf("%d rejects after the rebuild, which knows of the one", n)
	}
	s.ping("tag-1", time.Now(), street) // and it goes on
	s.must(harness.Until(s.ctx(), "the ping is decided", func() error {
		if n, err := again.Metric(s.ctx(), `cordon_pings_total{outcome="accepted"}`); err != nil || n < 1 {
			return fmt.Errorf("%g accepted (%w)", n, err)
		}
		return nil
	}))
}

func TestFailure_aRebuildRejectsWhatWasStampedAheadThoughItsTimeHasCome(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready("--max-ahead", "5s")
	now := time.Now()
	s.ping("tag-1", now, street)
	s.ping("tag-1", now.Add(12*time.Second), inSchool)
	s.ping("tag-1", now.Add(time.Second), street)
	s.says("system_fault future_records")
	s.drained()
	s.must(p.Stop(s.ctx()))
	s.wiped()
	s.must(harness.Until(s.ctx(), "the time of the record has come", func() error {
		if time.Now().Before(now.Add(12 * time.Second)) {
			return errors.New("not yet")
		}
		return nil
	}))
	s.ready("--max-ahead", "5s")
	s.drained()
	s.ping("tag-1", time.Now(), inSchool)
	alerts := s.says("system_fault future_records", "breach inside school ann")
	if opened := time.UnixMilli(int64(*alerts[1].OpenedFixTime)); opened.Before(now.Add(12*time.Second + time.Millisecond)) {
		t.Errorf("the breach was opened at %s by the record that was rejected", opened)
	}
}

func TestFailure_whereTheTopicStampsRecordsNoProducersClockCounts(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.configure(s.Pings(), "message.timestamp.type", "LogAppendTime")
	s.ready()
	began := time.Now()
	client := s.producer()
	for i, stamp := range []time.Time{began.Add(-20 * time.Hour), began.Add(50 * time.Minute), began.Add(300 * 24 * time.Hour)} {
		fix := began.Add(time.Duration(i) * time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
		s.must(client.ProduceSync(s.ctx(), &kgo.Record{Timestamp: stamp, Key: []byte("tag-1"),
			Value: fmt.Appendf(nil, `{"device_id":"tag-1","fix_time":%q,"lat":0.005,"lon":%g,"accuracy_m":5}`, fix, []float64{street, inSchool, street}[i])}).FirstErr())
	}
	alerts := s.says("breach inside school ann", "breach_ended left school ann")
	for _, a := range alerts {
		if at := time.UnixMilli(int64(*a.AppendedTime)); at.Before(began.Add(-time.Second)) || at.After(time.Now()) {
			t.Errorf("%s: appended at %s", a.Kind, at)
		}
	}
}

// transactional is a ping of a tag for a producer with transactions.
func transactional(device string, at time.Time, lon float64) *kgo.Record {
	return &kgo.Record{Timestamp: at, Key: []byte(device), Value: fmt.Appendf(nil, `{"device_id":%q,"fix_time":%q,"lat":0.005,"lon":%g,"accuracy_m":5}`,
		device, at.UTC().Format("2006-01-02T15:04:05.000Z"), lon)}
}

func TestFailure_whatWasAbortedIsNoPing(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	s.ready()
	now := time.Now()
	one, two := s.producer(kgo.TransactionalID(s.Prefix+"one")), s.producer(kgo.TransactionalID(s.Prefix+"two"))
	send := func(c *kgo.Client, r *kgo.Record) { s.must(c.ProduceSync(s.ctx(), r).FirstErr()) }
	s.must(one.BeginTransaction())
	s.must(two.BeginTransaction())
	send(one, transactional("tag-1", now, street))
	send(two, transactional("tag-1", now.Add(time.Second), inSchool)) // aborted
	send(one, transactional("tag-1", now.Add(2*time.Second), street))
	send(two, transactional("tag-2", now.Add(3*time.Second), inSchool)) // aborted
	s.must(two.EndTransaction(s.ctx(), kgo.TryAbort))
	s.must(one.EndTransaction(s.ctx(), kgo.TryCommit))
	s.must(two.BeginTransaction())
	send(two, transactional("tag-2", now.Add(4*time.Second), inSchool))
	s.must(two.EndTransaction(s.ctx(), kgo.TryCommit))
	s.says("breach inside school bob")
	s.drained()
	if got := said(s.alerts(1)); got != "breach inside school bob" {
		t.Errorf("alerts: %s", got)
	}
}

func TestFailure_aTransactionThatNeverEndsIsSaid(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, inSchool)
	s.says("breach inside school ann")
	client := s.producer(kgo.TransactionalID(s.Prefix+"hangs"), kgo.TransactionTimeout(10*time.Minute))
	s.must(client.BeginTransaction())
	s.must(client.ProduceSync(s.ctx(), transactional("tag-2", now, inSchool)).FirstErr())
	s.ping("tag-1", now.Add(time.Second), street)
	s.problem(p, "transaction")
	if n, err := p.Metric(s.ctx(), `cordon_partition_lag{partition="0"}`); err != nil || n != 2 {
		t.Errorf("cordon_partition_lag %g (%v)", n, err)
	}
	if n, err := p.Metric(s.ctx(), `cordon_partition_lag_seconds{partition="0"}`); err != nil || n < 25 {
		t.Errorf("cordon_partition_lag_seconds %g (%v)", n, err)
	}
	other := s.ready() // a take-over does not wait for it
	s.must(other.Stop(s.ctx()))
	s.must(client.EndTransaction(s.ctx(), kgo.TryCommit))
	s.says("breach inside school ann", "breach inside school bob", "breach_ended left school ann")
	s.must(p.Ready(s.ctx()))
}

func TestFailure_aPartitionThatStandsStillIsNotReadyAndItsLagGrows(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.drained()
	s.configure(s.Alerts(), "max.message.bytes", "200") // no alert is as short
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.problem(p, "no progress for 3")
	if n, err := p.Metric(s.ctx(), `cordon_partition_lag_seconds{partition="0"}`); err != nil || n < 25 {
		t.Errorf("cordon_partition_lag_seconds %g (%v)", n, err)
	}
	s.configure(s.Alerts(), "max.message.bytes", "1048576")
	s.says("breach inside school ann")
	s.drained()
	s.must(p.Ready(s.ctx()))
}

func TestFailure_aFloodOfInventedTagsIsToldOnceAndDelaysNobody(t *testing.T) {
	s := newSite(t, 1)
	s.Rules = "default"
	s.publish()
	const invented, remembered, told = 5000, 200, 20
	p := s.ready("--max-unassigned", fmt.Sprint(remembered), "--unassigned-alerts", fmt.Sprint(told))
	client := s.producer()
	now := time.Now()
	records := make([]*kgo.Record, invented)
	for i := range records {
		id := fmt.Sprintf("invented-%d", i)
		records[i] = &kgo.Record{Key: []byte(id), Value: []byte(fmt.Sprintf(`{"device_id":%q,"fix_time":%q,"lat":0.005,"lon":%g,"accuracy_m":5}`,
			id, now.UTC().Format("2006-01-02T15:04:05.000Z"), street)), Timestamp: now}
	}
	s.must(client.ProduceSync(s.ctx(), records...).FirstErr())
	s.ping("tag-1", now, inSchool)
	s.ping("tag-1", now.Add(time.Second), street)
	s.drained()
	count := map[alerting.Kind]int{}
	for _, a := range s.alerts(told + 2) {
		count[a.Kind]++
	}
	if count[alerting.UnassignedDevice] != told || count[alerting.SystemFault] != 1 || count[alerting.BreachSuspected] != 1 {
		t.Errorf("alerts: %v", count)
	}
	if dropped, err := p.Metric(s.ctx(), "cordon_unassigned_tags_dropped_total"); err != nil || int(dropped) < invented-remembered-told {
		t.Errorf("%g tags forgotten (%v)", dropped, err)
	}
}

func TestFailure_aZoneOfAThousandWindowsDelaysNobody(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	windows := func(n int) string {
		var all []string
		for i := range n {
			at := i % 1439
			all = append(all, fmt.Sprintf(`{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"%02d:%02d","to":"%02d:%02d"}`, at/60, at%60, (at+1)/60, (at+1)%60))
		}
		return zone("park", 0.02, `,"timezone":"Europe/London","schedule":[`+strings.Join(all, ",")+"]")
	}
	if out, err := s.Cordon(s.ctx(), []byte(windows(1001)), "zones", "import", "-"); err == nil || !strings.Contains(err.Error(), "1000") {
		t.Errorf("1,001 windows: %v: %s", err, out)
	}
	s.feed(windows(1000), "zones", "import", "--in-force-from", time.Now().Add(-48*time.Hour).UTC().Format(time.RFC3339), "-")
	p := s.ready()
	morning := time.Now().UTC().Add(-24 * time.Hour).Truncate(24 * time.Hour).Add(5 * time.Hour) // the windows fill the day until 16:40
	for i := range 2000 {
		s.ping("tag-2", morning.Add(time.Duration(i)*time.Second), []float64{inPark, street}[i%2])
	}
	s.drained()
	s.alerts(2000)
	s.must(p.Stop(s.ctx()))
}
