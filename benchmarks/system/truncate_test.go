//go:build system

package system

import (
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// truncate deletes the records of partition 0 below the offset; kafka-go has no such request.
func (s *site) truncate(below int64) {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Kafka))
	s.must(err)
	defer client.Close()
	partition := kmsg.NewDeleteRecordsRequestTopicPartition()
	partition.Partition, partition.Offset = 0, below
	topic := kmsg.NewDeleteRecordsRequestTopic()
	topic.Topic, topic.Partitions = s.Pings(), append(topic.Partitions, partition)
	req := kmsg.NewPtrDeleteRecordsRequest()
	req.Topics, req.TimeoutMillis = append(req.Topics, topic), 10_000
	resp, err := req.RequestWith(s.ctx(), client)
	s.must(err)
	if code := resp.Topics[0].Partitions[0].ErrorCode; code != 0 {
		s.t.Fatalf("deleting records: error code %d", code)
	}
}
