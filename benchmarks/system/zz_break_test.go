//go:build system

package system

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/benchmarks/harness"
)

func TestZZ_partitionCountChangedAfterAWipe(t *testing.T) {
	s := newSite(t, 2)
	s.publish()
	zones, wearers := s.cordon("zones", "export", "--history"), s.cordon("wearers", "export", "--history")
	p := s.ready()
	now := time.Now()
	for i := range 12 {
		s.ping(fmt.Sprintf("tag-%d", i), now, inSchool)
	}
	s.alerts(12)
	s.drained()
	s.must(s.redis.Kill())
	s.must(s.redis.Wipe())
	s.must(s.redis.Restart(s.ctx()))
	s.problem(p, "restore")
	s.feed(zones, "zones", "import", "--restore", "-")
	s.feed(wearers, "wearers", "import", "--restore", "-")
	s.must(p.Ready(s.ctx()))
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.drained()
	resp, err := s.broker.Client().CreatePartitions(s.ctx(), &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: s.Pings(), Count: 5}}})
	s.must(err)
	s.must(resp.Errors[s.Pings()])
	words, code, err := p.Exit(s.ctx())
	t.Log("running one:", code, err, words)
	for i := range 12 { // the tags have moved
		s.ping(fmt.Sprintf("tag-%d", i), now.Add(2*time.Second), street)
	}
	q := s.start()
	err = q.Ready(s.ctx())
	t.Log("restarted without the flag: ready err =", err)
	time.Sleep(5 * time.Second)
	n := 0
	func() { defer func() { recover() }(); n = len(s.alerts(12)) }()
	t.Log("alerts after all 12 have left the school:", n)
	t.Fail()
}

func TestZZ_readyWhileAlertsAreRefused(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	p := s.ready()
	now := time.Now()
	s.ping("tag-1", now, street)
	s.drained()
	s.configure(s.Alerts(), "max.message.bytes", "200")
	s.ping("tag-1", now.Add(time.Second), inSchool)
	s.must(harness.Until(s.ctx(), "the alerts are refused", func() error {
		if b := p.Written(); strings.Count(b, "not acknowledged") < 4 {
			return errors.New("not yet")
		}
		return nil
	}))
	time.Sleep(3 * time.Second)
	t.Log("ready err:", p.Ready(s.ctx()))
	text, _ := p.Metrics(s.ctx())
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "cordon_checkpoint") && !strings.Contains(line, "_bucket") || strings.HasPrefix(line, "cordon_partition_lag") || strings.HasPrefix(line, "cordon_zone") && !strings.Contains(line, "_bucket") {
			t.Log(strings.TrimSpace(line))
		}
	}
	t.Fail()
}
