package main

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// settingsOf starts a broker whose topics have these settings and no others, or that refuses to say.
func settingsOf(t *testing.T, settings map[string]string, refusal *kerr.Error) (*processor, *bytes.Buffer) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	cluster.ControlKey(int16(kmsg.DescribeConfigs), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		asked := req.(*kmsg.DescribeConfigsRequest)
		resp := req.ResponseKind().(*kmsg.DescribeConfigsResponse)
		for _, r := range asked.Resources {
			of := kmsg.NewDescribeConfigsResponseResource()
			of.ResourceType, of.ResourceName = r.ResourceType, r.ResourceName
			if refusal != nil {
				of.ErrorCode = refusal.Code
			}
			for _, name := range r.ConfigNames {
				if value, ok := settings[name]; ok && refusal == nil {
					c := kmsg.NewDescribeConfigsResponseResourceConfig()
					c.Name, c.Value = name, &value
					of.Configs = append(of.Configs, c)
				}
			}
			resp.Resources = append(resp.Resources, of)
		}
		return resp, nil, true
	})
	conn, err := kafkaFlags{KafkaBrokers: cluster.ListenAddrs()}.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.close)
	var log bytes.Buffer
	return &processor{kafka: conn, topics: topicFlags{PingsTopic: "p", RejectsTopic: "r"}, log: slog.New(slog.NewTextHandler(&log, nil)),
		flags: processFlags{RebuildWindow: 24 * time.Hour}}, &log
}

func TestProcess_takesTheSizeOfARejectFromItsTopic(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]string
		refusal  *kerr.Error
		want     int
		says     string
	}{
		"as the topic says":     {map[string]string{"max.message.bytes": "40000"}, nil, 40_000, ""},
		"kept too short":        {map[string]string{"max.message.bytes": "40000", "retention.ms": "3600000"}, nil, 40_000, "level=WARN"},
		"kept for ever":         {map[string]string{"max.message.bytes": "40000", "retention.ms": "-1"}, nil, 40_000, ""},
		"kept long enough":      {map[string]string{"max.message.bytes": "40000", "retention.ms": "86400000"}, nil, 40_000, ""},
		"below what cuts":       {map[string]string{"max.message.bytes": "200000000"}, nil, 16 << 20, ""},
		"not allowed to ask":    {nil, kerr.TopicAuthorizationFailed, 1 << 20, "level=INFO"},
		"the broker knows none": {nil, nil, 1 << 20, "level=INFO"},
	} {
		p, log := settingsOf(t, c.settings, c.refusal)
		if got := p.rejectBytes(t.Context()); got != c.want || !strings.Contains(log.String(), c.says) || c.says == "" && log.Len() > 0 {
			t.Errorf("%s: %d bytes, want %d; it says %q", name, got, c.want, log)
		}
	}
}

func TestProcess_warnsOfAPingTopicThatTakesStampsFarAhead(t *testing.T) {
	const after, differs = "message.timestamp.after.max.ms", "message.timestamp.difference.max.ms"
	for name, c := range map[string]struct {
		settings map[string]string
		refusal  *kerr.Error
		says     string // empty: nothing
	}{
		"an hour":                    {map[string]string{after: "3600000", differs: "9223372036854775807"}, nil, ""},
		"two hours":                  {map[string]string{after: "7200000"}, nil, "level=WARN"},
		"unlimited":                  {map[string]string{after: "9223372036854775807"}, nil, "unlimited"},
		"an old broker, unlimited":   {map[string]string{differs: "9223372036854775807"}, nil, "level=WARN"},
		"an old broker, an hour":     {map[string]string{differs: "3600000"}, nil, ""},
		"the broker's own stamps":    {map[string]string{after: "9223372036854775807", "message.timestamp.type": "LogAppendTime"}, nil, ""},
		"not allowed to ask":         {nil, kerr.TopicAuthorizationFailed, "level=INFO"},
		"a broker that has no limit": {nil, nil, "level=INFO"},
	} {
		p, log := settingsOf(t, c.settings, c.refusal)
		p.checkStamps(t.Context())
		if got := log.String(); !strings.Contains(got, c.says) || c.says == "" && got != "" || strings.Count(got, "\n") > 1 {
			t.Errorf("%s: it says %q, want %q", name, got, c.says)
		}
	}
}

func TestTopics_createOnABrokerThatHasNoLimitOfStampsLeavesItOut(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	s := &kafkaShell{shell: newShell(t)}
	t.Setenv("CORDON_KAFKA_BROKERS", cluster.ListenAddrs()[0])
	s.brokers = cluster.ListenAddrs()
	s.run(exitDone, "topics", "create", "--pings-topic", "other")
	cluster.ControlKey(int16(kmsg.CreateTopics), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		resp := req.ResponseKind().(*kmsg.CreateTopicsResponse)
		refused := false
		for _, topic := range req.(*kmsg.CreateTopicsRequest).Topics {
			of := kmsg.NewCreateTopicsResponseTopic()
			of.Topic, of.ErrorCode = topic.Topic, kerr.TopicAlreadyExists.Code
			if slices.ContainsFunc(topic.Configs, func(c kmsg.CreateTopicsRequestTopicConfig) bool { return c.Name == timestampAfter }) {
				of.ErrorCode, refused = kerr.InvalidConfig.Code, true
			}
			resp.Topics = append(resp.Topics, of)
		}
		return resp, nil, refused
	})
	out, _ := s.run(exitDone, "topics", "create")
	s.connect()
	if n := s.partitions("cordon.pings"); n != 8 || strings.Contains(out, timestampAfter) {
		t.Errorf("%d partitions; it says\n%s", n, out)
	}
}
