package harness

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Bomb is a record batch of some 40 KB that unpacks to 300 MiB. Every record in it begins as a ping that would be
// believed. No client writes such a batch: the request is put together here.
type Bomb struct{ batch []byte }

// The fields of a record batch, version 2 (https://kafka.apache.org/documentation/#recordbatch), that are filled in when
// it is sent.
const (
	atCRC       = 17
	afterCRC    = 21
	atFirstTime = 27
	atMostTime  = 35

	bombRecords = 300
	bombValue   = 1 << 20
	bombZstd    = 4 // of the attributes
)

// NewBomb makes a bomb whose records have the key and begin with the ping.
func NewBomb(key, ping []byte) (*Bomb, error) {
	packed, err := packBomb(key, ping)
	if err != nil {
		return nil, err
	}
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, Attributes: bombZstd, LastOffsetDelta: bombRecords - 1,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: bombRecords, Records: packed,
	}
	b.Length = int32(len(b.AppendTo(nil)) - 12)
	return &Bomb{b.AppendTo(nil)}, nil
}

// packBomb packs the records as they are made, so that the whole of them never lies in memory.
func packBomb(key, ping []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	padding := bytes.Repeat([]byte{' '}, bombValue-len(ping))
	for i := range int64(bombRecords) {
		head := []byte{0}                                                 // attributes
		head = binary.AppendVarint(head, 0)                               // time after the first
		head = binary.AppendVarint(head, i)                               // offset after the first
		head = append(binary.AppendVarint(head, int64(len(key))), key...) // key
		head = append(binary.AppendVarint(head, bombValue), ping...)      // value, with the padding
		length := int64(len(head) + len(padding) + 1)                     // 1: no headers
		for _, part := range [][]byte{binary.AppendVarint(nil, length), head, padding, {0}} {
			if _, err := w.Write(part); err != nil {
				return nil, err
			}
		}
	}
	err = w.Close()
	return out.Bytes(), err
}

// Size is what the bomb takes on the wire.
func (b *Bomb) Size() int { return len(b.batch) }

// at is the batch with its time.
func (b *Bomb) at(now time.Time) []byte {
	batch := append([]byte(nil), b.batch...)
	binary.BigEndian.PutUint64(batch[atFirstTime:], uint64(now.UnixMilli()))
	binary.BigEndian.PutUint64(batch[atMostTime:], uint64(now.UnixMilli()))
	binary.BigEndian.PutUint32(batch[atCRC:], crc32.Checksum(batch[afterCRC:], crc32.MakeTable(crc32.Castagnoli)))
	return batch
}

// Drop appends the bomb to a partition and returns its first offset. It tries again while the partition has no leader.
func (b *Bomb) Drop(ctx context.Context, broker *Broker, topic string, partition int) (first int64, err error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.addrs...))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	err = Until(ctx, "the broker takes a batch", func() error {
		first, err = b.drop(ctx, client, topic, int32(partition))
		return err
	})
	return first, err
}

func (b *Bomb) drop(ctx context.Context, client *kgo.Client, topic string, partition int32) (first int64, err error) {
	ask := kmsg.NewPtrMetadataRequest()
	ask.Topics = []kmsg.MetadataRequestTopic{{Topic: &topic}}
	meta, err := ask.RequestWith(ctx, client)
	if err != nil {
		return 0, err
	}
	if len(meta.Topics) != 1 {
		return 0, fmt.Errorf("no topic %s", topic)
	}
	leader := int32(-1)
	for _, p := range meta.Topics[0].Partitions {
		if p.Partition == partition && p.ErrorCode == 0 {
			leader = p.Leader
		}
	}
	if leader < 0 {
		return 0, fmt.Errorf("%s/%d has no leader", topic, partition)
	}
	part := kmsg.NewProduceRequestTopicPartition()
	part.Partition, part.Records = partition, b.at(time.Now())
	of := kmsg.NewProduceRequestTopic()
	of.Topic, of.TopicID, of.Partitions = topic, meta.Topics[0].TopicID, []kmsg.ProduceRequestTopicPartition{part}
	req := kmsg.NewPtrProduceRequest()
	req.Acks, req.TimeoutMillis, req.Topics = -1, 10_000, []kmsg.ProduceRequestTopic{of}
	answer, err := client.Broker(int(leader)).Request(ctx, req)
	if err != nil {
		return 0, err
	}
	produced, ok := answer.(*kmsg.ProduceResponse)
	if !ok || len(produced.Topics) != 1 || len(produced.Topics[0].Partitions) != 1 {
		return 0, errors.New("the broker does not answer for the partition")
	}
	at := produced.Topics[0].Partitions[0]
	return at.BaseOffset, kerr.ErrorForCode(at.ErrorCode)
}
