package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/alerting"
	"cordon/ingest"
)

// Broker reads and writes topics with plain kafka-go calls.
type Broker struct {
	client *kafka.Client
	addrs  []string
}

// Dial returns a Broker for an address, or several with commas between; it connects when used.
func Dial(addr string) *Broker {
	addrs := strings.Split(addr, ",")
	return &Broker{addrs: addrs, client: &kafka.Client{
		Addr: kafka.TCP(addrs...), Transport: &kafka.Transport{DialTimeout: 2 * time.Second, MetadataTTL: time.Second}, Timeout: 30 * time.Second,
	}}
}

// Client returns the client underneath.
func (b *Broker) Client() *kafka.Client { return b.client }

// Produce appends records to one partition and returns when every replica has them.
func (b *Broker) Produce(ctx context.Context, topic string, partition int, records []kafka.Record) error {
	resp, err := b.client.Produce(ctx, &kafka.ProduceRequest{Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...)})
	if err == nil {
		err = resp.Error
	}
	if err != nil {
		return fmt.Errorf("producing to %s/%d: %w", topic, partition, err)
	}
	return nil
}

// Bounds returns the first offset and the end of a partition.
func (b *Broker) Bounds(ctx context.Context, topic string, partition int) (start, end int64, err error) {
	resp, err := b.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{
		topic: {kafka.FirstOffsetOf(partition), kafka.LastOffsetOf(partition)}}})
	if err != nil {
		return 0, 0, err
	}
	for _, p := range resp.Topics[topic] {
		if p.Partition == partition {
			return p.FirstOffset, p.LastOffset, p.Error
		}
	}
	return 0, 0, fmt.Errorf("no partition %d of %s", partition, topic)
}

// Partitions returns how many partitions a topic has.
func (b *Broker) Partitions(ctx context.Context, topic string) (int, error) {
	resp, err := b.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return 0, err
	}
	for _, t := range resp.Topics {
		if t.Name == topic && t.Error == nil {
			return len(t.Partitions), nil
		}
	}
	return 0, fmt.Errorf("no topic %s", topic)
}

// Committed returns the group's offset of a partition, -1 when there is none.
func (b *Broker) Committed(ctx context.Context, group, topic string, partition int) (int64, error) {
	resp, err := b.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {partition}}})
	if err == nil {
		err = resp.Error
	}
	if err != nil {
		return 0, err
	}
	for _, p := range resp.Topics[topic] {
		if p.Partition == partition {
			return p.CommittedOffset, p.Error
		}
	}
	return -1, nil
}

// Read hands every record of a partition, from an offset to the end as it is at the start, to do.
func (b *Broker) Read(ctx context.Context, topic string, partition int, from int64, do func(*ingest.Record) error) error {
	start, end, err := b.Bounds(ctx, topic, partition)
	if err != nil {
		return err
	}
	for next := max(from, start); next < end; {
		records, err := b.Fetch(ctx, topic, partition, next)
		if err != nil {
			return err
		}
		for _, rec := range records {
			if rec.Offset >= end {
				return nil
			}
			next = rec.Offset + 1
			if err := do(rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// Fetch returns the records of a partition from an offset on, waiting half a second for the first.
func (b *Broker) Fetch(ctx context.Context, topic string, partition int, from int64) ([]*ingest.Record, error) {
	resp, err := b.client.Fetch(ctx, &kafka.FetchRequest{Topic: topic, Partition: partition, Offset: from, MinBytes: 1, MaxBytes: 8 << 20, MaxWait: 500 * time.Millisecond})
	if err == nil {
		err = resp.Error
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s/%d: %w", topic, partition, err)
	}
	var records []*ingest.Record
	for {
		r, err := resp.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		rec, err := copied(r, partition)
		if err != nil {
			return nil, err
		}
		if rec.Offset >= from {
			records = append(records, rec)
		}
	}
}

func copied(r *kafka.Record, partition int) (*ingest.Record, error) {
	rec := &ingest.Record{Partition: partition, Offset: r.Offset, Appended: r.Time.UnixMilli()}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, ingest.Header{Key: h.Key, Value: h.Value})
	}
	var err error
	if r.Key != nil {
		if rec.Key, err = kafka.ReadAll(r.Key); err != nil {
			return nil, err
		}
	}
	if r.Value != nil {
		if rec.Value, err = kafka.ReadAll(r.Value); err != nil {
			return nil, err
		}
	}
	return rec, nil
}

// ReadTopic hands every record of a topic to do, partition by partition.
func (b *Broker) ReadTopic(ctx context.Context, topic string, do func(*ingest.Record) error) error {
	n, err := b.Partitions(ctx, topic)
	if err != nil {
		return err
	}
	for p := range n {
		if err := b.Read(ctx, topic, p, 0, do); err != nil {
			return err
		}
	}
	return nil
}

// Alerts reads every alert of a topic, repeats included, in order within a partition.
func (b *Broker) Alerts(ctx context.Context, topic string) ([]alerting.Alert, error) {
	var all []alerting.Alert
	err := b.ReadTopic(ctx, topic, func(rec *ingest.Record) error {
		var a alerting.Alert
		if err := json.Unmarshal(rec.Value, &a); err != nil {
			return fmt.Errorf("alert at offset %d: %w", rec.Offset, err)
		}
		all = append(all, a)
		return nil
	})
	return all, err
}

// InSync returns nil when every replica of every topic has all of it.
func (b *Broker) InSync(ctx context.Context) error {
	fresh := &kafka.Transport{DialTimeout: 2 * time.Second} // the client would answer from its memory
	defer fresh.CloseIdleConnections()
	client := &kafka.Client{Addr: b.client.Addr, Transport: fresh, Timeout: 5 * time.Second}
	meta, err := client.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return err
	}
	for _, t := range meta.Topics {
		for _, p := range t.Partitions {
			if len(p.Isr) < len(p.Replicas) {
				return fmt.Errorf("%s/%d: %d of %d replicas are in sync", t.Name, p.ID, len(p.Isr), len(p.Replicas))
			}
		}
	}
	return nil
}
