package kafkasource

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"

	"cordon/ingest/kafkarights"
)

// Partitions returns how many partitions a topic has, as the client last heard (at most its transport's MetadataTTL
// ago).
func Partitions(ctx context.Context, client *kafka.Client, topic string) (int, error) {
	resp, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return 0, fmt.Errorf("kafkasource: partitions of %s: %w", topic, kafkarights.Explain(err, kafkarights.Read, topic, ""))
	}
	for _, t := range resp.Topics {
		switch {
		case t.Name != topic:
		case errors.Is(t.Error, kafka.UnknownTopicOrPartition):
			return 0, noTopic(ctx, client, topic)
		case t.Error != nil:
			return 0, fmt.Errorf("kafkasource: partitions of %s: %w", topic, kafkarights.Explain(t.Error, kafkarights.Read, topic, ""))
		case len(t.Partitions) > 0:
			return len(t.Partitions), nil
		}
	}
	return 0, noTopic(ctx, client, topic)
}

func noTopic(ctx context.Context, client *kafka.Client, topic string) error {
	return cmp.Or(kafkarights.Hidden(ctx, client, kafkarights.Read, topic), fmt.Errorf("%w: %s", ErrNoTopic, topic))
}

// Committed returns a group's offset of a partition, -1 when it has none.
func Committed(ctx context.Context, client *kafka.Client, group, topic string, partition int) (int64, error) {
	resp, err := client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {partition}}})
	if err == nil {
		err = resp.Error
	}
	if errors.Is(err, kafka.GroupIdNotFound) {
		return -1, nil
	}
	if err = kafkarights.Explain(err, kafkarights.Read, topic, group); err != nil {
		return 0, fmt.Errorf("kafkasource: offset of group %s: %s/%d: %w", group, topic, partition, err)
	}
	for _, p := range resp.Topics[topic] {
		if p.Partition != partition {
			continue
		}
		if p.Error != nil {
			return 0, fmt.Errorf("kafkasource: offset of group %s: %s/%d: %w", group, topic, partition, kafkarights.Explain(p.Error, kafkarights.Read, topic, group))
		}
		return p.CommittedOffset, nil
	}
	return -1, nil
}
