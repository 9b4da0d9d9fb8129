package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/ingest/kafkarights"
)

const leaderPatience = 30 * time.Second // for the brokers to lead the partitions of a new topic

type topicsCmd struct {
	Create topicsCreateCmd `cmd:"" help:"Make the topics of pings, alerts and rejects; those that are there are compared, never changed."`
}

type topicsCreateCmd struct {
	Partitions  int        `help:"Partitions of each topic. All pings of a tag come to one of them, so the count is for good." default:"8"`
	Replication int        `help:"Replicas of each partition." default:"1"`
	Kafka       kafkaFlags `embed:""`
	Topics      topicFlags `embed:""`
}

// Run makes the topics that are missing and prints one line a topic.
func (c *topicsCreateCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	if c.Partitions < 1 || c.Partitions > 10_000 {
		return usagef("--partitions %d: must be from 1 to 10000", c.Partitions)
	}
	if c.Replication < 1 || c.Replication > 100 {
		return usagef("--replication %d: must be from 1 to 100", c.Replication)
	}
	conn, err := c.Kafka.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.close()
	if err := c.rights(ctx, conn.client); err != nil {
		return err
	}
	return createTopics(ctx, conn.client, c.Topics, c.Partitions, c.Replication, std.out)
}

// rights reports missing rights before anything is made: without Describe the command would wait in vain for a topic that it
// made. A missing Create only shows when a topic is made, because it can also be granted on the cluster.
func (c *topicsCreateCmd) rights(ctx context.Context, client *kafka.Client) error {
	needed := []kafkarights.Right{kafkarights.Describe, kafkarights.DescribeConfigs}
	return kafkarights.Missing(ctx, client, map[string][]kafkarights.Right{
		c.Topics.PingsTopic: needed, c.Topics.AlertsTopic: needed, c.Topics.RejectsTopic: needed,
	}, "")
}

// wantedTopics are the topics with their settings. Rejects are kept as long as the pings, because a rebuild reads them. A
// ping may be stamped at most an hour ahead of the broker's clock.
func wantedTopics(names topicFlags, partitions, replication int) []kafka.TopicConfig {
	topic := func(name string, settings ...kafka.ConfigEntry) kafka.TopicConfig {
		return kafka.TopicConfig{Topic: name, NumPartitions: partitions, ReplicationFactor: replication, ConfigEntries: settings}
	}
	return []kafka.TopicConfig{
		topic(names.PingsTopic,
			kafka.ConfigEntry{ConfigName: retention, ConfigValue: keptFor},
			kafka.ConfigEntry{ConfigName: maxMessageBytes, ConfigValue: "262144"},
			kafka.ConfigEntry{ConfigName: timestampAfter, ConfigValue: strconv.FormatInt(mostStamp.Milliseconds(), 10)}),
		topic(names.AlertsTopic, kafka.ConfigEntry{ConfigName: retention, ConfigValue: "-1"}),
		topic(names.RejectsTopic,
			kafka.ConfigEntry{ConfigName: retention, ConfigValue: keptFor},
			kafka.ConfigEntry{ConfigName: maxMessageBytes, ConfigValue: strconv.Itoa(defaultMessageBytes)}),
	}
}

const keptFor = "345600000" // 96 h in ms, for pings and rejects

// withoutStampLimit returns the topics for a broker before Kafka 3.6, which lacks that setting. (Its older setting also
// limits how old a record may be, and recordings are old.)
func withoutStampLimit(topics []kafka.TopicConfig) []kafka.TopicConfig {
	for i := range topics {
		topics[i].ConfigEntries = slices.DeleteFunc(topics[i].ConfigEntries, func(e kafka.ConfigEntry) bool { return e.ConfigName == timestampAfter })
	}
	return topics
}

// createTopics makes the topics that are missing and writes one line a topic to out. What is there is left as it is
// and compared: an existing topic is somebody's data.
func createTopics(ctx context.Context, client *kafka.Client, names topicFlags, partitions, replication int, out io.Writer) error {
	wanted := wantedTopics(names, partitions, replication)
	made, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: wanted})
	if err == nil && errors.Is(made.Errors[names.PingsTopic], kafka.InvalidConfiguration) {
		wanted = withoutStampLimit(wanted)
		var again *kafka.CreateTopicsResponse
		if again, err = client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: wanted[:1]}); err == nil {
			made.Errors[names.PingsTopic] = again.Errors[names.PingsTopic]
		}
	}
	if err != nil {
		return fmt.Errorf("making the topics: %w", err)
	}
	var failed []error
	var fresh []kafka.TopicConfig
	for _, w := range wanted {
		line, err := madeOrCompared(ctx, client, w, made.Errors[w.Topic])
		if err != nil {
			failed = append(failed, fmt.Errorf("topic %s: %w", w.Topic, kafkarights.Explain(err, kafkarights.Create, w.Topic, "")))
			continue
		}
		sayf(out, "%s: %s", w.Topic, line)
		if made.Errors[w.Topic] == nil {
			fresh = append(fresh, w)
		}
	}
	if len(fresh) > 0 {
		failed = append(failed, waitForLeaders(ctx, client, fresh))
	}
	return errors.Join(failed...)
}

// waitForLeaders returns once every partition of the topics answers. A broker says that a topic is made before it leads
// its partitions; who writes or reads in that moment is turned away.
func waitForLeaders(ctx context.Context, client *kafka.Client, topics []kafka.TopicConfig) error {
	ctx, cancel := context.WithTimeout(ctx, leaderPatience)
	defer cancel()
	ask := map[string][]kafka.OffsetRequest{}
	for _, t := range topics {
		for p := range t.NumPartitions {
			ask[t.Topic] = append(ask[t.Topic], kafka.LastOffsetOf(p))
		}
	}
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := answering(ctx, client, ask)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the topics are made, but not every partition has a leader after %v (%w): are all brokers running?", leaderPatience, err)
		case <-time.After(pause):
		}
	}
}

// answering asks the partitions for their ends and returns the first refusal.
func answering(ctx context.Context, client *kafka.Client, ask map[string][]kafka.OffsetRequest) error {
	answer, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: ask})
	if err != nil {
		return err
	}
	for topic, partitions := range ask {
		if len(answer.Topics[topic]) != len(partitions) {
			return fmt.Errorf("topic %s: %d of %d partitions answer", topic, len(answer.Topics[topic]), len(partitions))
		}
		for _, p := range answer.Topics[topic] {
			if p.Error != nil {
				return fmt.Errorf("topic %s, partition %d: %w", topic, p.Partition, kafkarights.Explain(p.Error, kafkarights.Describe, topic, ""))
			}
		}
	}
	return nil
}

func madeOrCompared(ctx context.Context, client *kafka.Client, w kafka.TopicConfig, err error) (string, error) {
	switch {
	case err == nil:
		return fmt.Sprintf("created, %s, %s (%s)", counted(w.NumPartitions, "partition"), counted(w.ReplicationFactor, "replica"),
			settings(w.ConfigEntries)), nil
	case !errors.Is(err, kafka.TopicAlreadyExists):
		return "", err
	}
	differences, err := compare(ctx, client, w)
	if err != nil {
		return "", err
	}
	if len(differences) == 0 {
		return fmt.Sprintf("is there, as wanted (%s, %s)", counted(w.NumPartitions, "partition"), settings(w.ConfigEntries)), nil
	}
	return "is there and was left as it is, but " + strings.Join(differences, "; "), nil
}

func settings(entries []kafka.ConfigEntry) string {
	words := make([]string, len(entries))
	for i, e := range entries {
		words[i] = e.ConfigName + "=" + e.ConfigValue
	}
	return strings.Join(words, ", ")
}

// compare says in what an existing topic differs from the one wanted, and what to do about it.
func compare(ctx context.Context, client *kafka.Client, w kafka.TopicConfig) ([]string, error) {
	meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{w.Topic}})
	if err != nil {
		return nil, err
	}
	var differences []string
	if t := meta.Topics[0]; t.Error != nil {
		return nil, cmp.Or(kafkarights.Hidden(ctx, client, kafkarights.Describe, w.Topic), kafkarights.Explain(t.Error, kafkarights.Describe, w.Topic, ""))
	} else if n := len(t.Partitions); n != w.NumPartitions {
		differences = append(differences, fmt.Sprintf("it has %s, not %d: give --partitions %d, or delete the topic first",
			counted(n, "partition"), w.NumPartitions, n))
	} else if n := len(t.Partitions[0].Replicas); n != w.ReplicationFactor {
		differences = append(differences, fmt.Sprintf("it has %s, not %d: change that with kafka-reassign-partitions",
			counted(n, "replica"), w.ReplicationFactor))
	}
	found, err := described(ctx, client, w)
	if err != nil {
		return nil, err
	}
	for _, e := range w.ConfigEntries {
		if has, known := found[e.ConfigName]; known && has != e.ConfigValue {
			differences = append(differences, fmt.Sprintf("%s is %s, not %s: change it with kafka-configs --alter --topic %s --add-config %s=%s",
				e.ConfigName, has, e.ConfigValue, w.Topic, e.ConfigName, e.ConfigValue))
		}
	}
	return differences, nil
}

// described returns the settings that the topic has, of those wanted.
func described(ctx context.Context, client *kafka.Client, w kafka.TopicConfig) (map[string]string, error) {
	names := make([]string, len(w.ConfigEntries))
	for i, e := range w.ConfigEntries {
		names[i] = e.ConfigName
	}
	answer, err := client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: w.Topic, ConfigNames: names},
	}})
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, r := range answer.Resources {
		if r.Error != nil {
			return nil, kafkarights.Explain(r.Error, kafkarights.DescribeConfigs, w.Topic, "")
		}
		for _, e := range r.ConfigEntries {
			found[e.ConfigName] = e.ConfigValue
		}
	}
	return found, nil
}
