//go:build system

package system

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/alerting"
	"cordon/benchmarks/harness"
	"cordon/ingest"
)

// upgrade is what a version has left behind: see TestUpgrade_recordsWhatAVersionLeavesBehind.
type upgrade struct {
	Before    []recorded                   `json:"before"`    // the pings that it decided
	Alerts    []recorded                   `json:"alerts"`    // what it said
	Redis     map[string]map[string]string `json:"redis"`     // key → field → value in base64; in keys, topicMark is the topic
	Committed int64                        `json:"committed"` // the group's offset
	After     []recorded                   `json:"after"`     // the pings that came then
	Then      []recorded                   `json:"then"`      // what it said to those
}

// recorded is a record of a topic.
type recorded struct {
	Appended int64       `json:"t"` // ms
	Key      string      `json:"k"`
	Value    string      `json:"v"`
	Headers  [][2]string `json:"h,omitempty"`
}

const topicMark = "TOPIC"

// site is one with the zones and the register of the story, and topics that keep pings of any age.
func (u *upgrade) site(t *testing.T) *site {
	s := newSite(t, 1)
	s.Rules = "default"
	s.configure(s.Pings(), "retention.ms", "-1")
	var wearers []string
	for n := range 13 {
		if n+1 != 8 {
			wearers = append(wearers, fmt.Sprintf(`{"wearer_id":"wearer-%02d","device_id":"tag-%d","activation_id":"act-%02d","fitted_time":"2020-01-01T00:00:00Z","tier":2}`, n+1, n+1, n+1))
		}
	}
	const from = "2024-01-01T00:00:00Z"
	hours := `,"schedule":[{"days":["mon","tue","wed","thu","fri"],"from":"10:00","to":"17:00"}]`
	s.feed(strings.Join(wearers, "\n"), "wearers", "import", "--in-force-from", from, "-")
	for _, z := range []string{zone("school", 0, `,"buffer_m":200,"severity":"serious"`), zone("office", 0.04, hours)} {
		s.feed(z, "zones", "import", "--in-force-from", from, "-")
	}
	return s
}

func (u *upgrade) produce(s *site, pings []recorded) {
	s.t.Helper()
	s.must(harness.Until(s.ctx(), "the broker takes the pings", func() error {
		return s.broker.Produce(s.ctx(), s.Pings(), 0, kafkaRecords(pings))
	}))
}

func kafkaRecords(from []recorded) []kafka.Record {
	to := make([]kafka.Record, len(from))
	for i, r := range from {
		to[i] = kafka.Record{Time: time.UnixMilli(r.Appended), Key: kafka.NewBytes([]byte(r.Key)), Value: kafka.NewBytes([]byte(r.Value))}
		for _, h := range r.Headers {
			to[i].Headers = append(to[i].Headers, kafka.Header{Key: h[0], Value: []byte(h[1])})
		}
	}
	return to
}

// leave writes everything as the earlier version left it.
func (u *upgrade) leave(s *site) {
	s.t.Helper()
	u.produce(s, u.Before)
	s.must(s.broker.Produce(s.ctx(), s.Alerts(), 0, kafkaRecords(u.Alerts)))
	client := s.store()
	for name, fields := range u.Redis {
		for field, value := range fields {
			b, err := base64.StdEncoding.DecodeString(value)
			s.must(err)
			s.must(client.HSet(s.ctx(), strings.ReplaceAll(name, topicMark, s.Pings()), field, b).Err())
		}
	}
	s.commit(s.Prefix, u.Committed)
}

// commit sets the offset of a group that has no members.
func (s *site) commit(group string, offset int64) {
	s.t.Helper()
	s.must(harness.Until(s.ctx(), "the group's offset is set", func() error {
		resp, err := s.broker.Client().OffsetCommit(s.ctx(), &kafka.OffsetCommitRequest{GroupID: group, GenerationID: -1,
			Topics: map[string][]kafka.OffsetCommit{s.Pings(): {{Partition: 0, Offset: offset}}}})
		if err == nil {
			err = resp.Topics[s.Pings()][0].Error
		}
		return err
	}))
}

// short returns the parts of an alert that must be the same in all versions.
func short(value []byte) (string, error) {
	var a alerting.Alert
	err := json.Unmarshal(value, &a)
	return fmt.Sprintf("%s %s %s %s alert %s episode %s", a.DeviceID, a.Kind, a.Reason, a.ZoneID, a.AlertID, a.EpisodeID), err
}

// The processor goes on from a real checkpoint of the earlier version: open episodes end under their own ids, earlier alerts
// are not raised again, and new alerts are those that the earlier version would have raised. The records of the log are
// produced again, with the same bytes and times, so that they are those that the checkpoint names.
func TestFailure_theCheckpointOfTheVersionBeforeIsTakenOverWithoutDecidingTheWindowAgain(t *testing.T) {
	b, err := os.ReadFile("testdata/upgrade.json")
	if err != nil {
		t.Fatal(err)
	}
	u := &upgrade{}
	if err := json.Unmarshal(b, u); err != nil {
		t.Fatal(err)
	}
	s := u.site(t)
	u.leave(s)
	u.produce(s, u.After) // before it starts, so that the wall clock has no part in what is decided
	trial := s.other()
	q := s.ready(trial.args()...)
	if !strings.Contains(q.Written(), "left alone") {
		t.Error("another group does not say that it leaves the checkpoint alone")
	}
	s.must(q.Stop(s.ctx()))
	p := s.ready()
	s.drained()
	var got []string
	s.must(s.broker.ReadTopic(s.ctx(), s.Alerts(), func(rec *ingest.Record) error {
		if rec.Offset < int64(len(u.Alerts)) || len(got) == len(u.Then) { // what comes after is the wall clock's
			return nil
		}
		for _, h := range rec.Headers {
			if h.Key == "cordon-rebuilt" {
				t.Errorf("decided again: %s", rec.Value)
			}
		}
		line, err := short(rec.Value)
		got = append(got, line)
		return err
	}))
	for i, rec := range u.Then {
		want, err := short([]byte(rec.Value))
		s.must(err)
		if i >= len(got) || got[i] != want {
			t.Fatalf("alert %d:\ngot  %v\nwant %s", i, got[min(i, len(got)):min(i+1, len(got))], want)
		}
	}
	for _, want := range []string{"partition taken over from its checkpoint", "taken for this group"} {
		if !strings.Contains(p.Written(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
	client := s.store()
	keys := client.Keys(s.ctx(), "cordon:{"+s.Pings()+"*").Val()
	for _, name := range keys {
		if !strings.HasSuffix(name, ":"+s.Prefix) && !strings.HasSuffix(name, ":"+trial.group) {
			t.Errorf("%s is left", name)
		}
	}
	state := fmt.Sprintf("cordon:{%s/1/0}:state:%s", s.Pings(), s.Prefix)
	s.must(p.Stop(s.ctx()))
	for field, value := range client.HGetAll(s.ctx(), state).Val() {
		if strings.HasPrefix(field, "t:") && value[0] <= 16 {
			t.Errorf("%s is still in the form before", field)
		}
	}
}
