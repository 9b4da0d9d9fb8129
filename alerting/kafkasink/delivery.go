package kafkasink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/alerting"
)

// delivery is what one Publish sends to one partition.
type delivery struct {
	sink      *Sink
	partition int
	messages  []alerting.Message // of the whole list
}

// send puts the messages on the partition one request after the other, and stops at the first that fails. It returns
// how many are known to be there.
func (d *delivery) send(ctx context.Context, indices []int) (sent int, err error) {
	for sent < len(indices) {
		n := d.fit(indices[sent:])
		done, err := d.sendOrSplit(ctx, indices[sent:sent+n])
		sent += done
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// fit returns how many of the messages go into one request, at least one.
func (d *delivery) fit(indices []int) int {
	total := 0
	for n, i := range indices {
		total += size(&d.messages[i])
		if total > d.sink.most && n > 0 {
			return n
		}
	}
	return len(indices)
}

// sendOrSplit sends the messages as one batch. The topic may take smaller batches than ours: one refused for its size
// is halved until it fits, or until a single message does not.
func (d *delivery) sendOrSplit(ctx context.Context, indices []int) (sent int, err error) {
	err = d.produce(ctx, indices)
	if err == nil {
		return len(indices), nil
	}
	if !tooLarge(err) {
		return 0, fmt.Errorf("kafkasink: %s/%d: %w", d.sink.topic, d.partition, d.sink.explain(ctx, err))
	}
	if len(indices) == 1 {
		i := indices[0]
		return 0, fmt.Errorf("kafkasink: %s/%d: message %d of %d, of %d bytes: %w",
			d.sink.topic, d.partition, i+1, len(d.messages), size(&d.messages[i]), alerting.ErrTooLarge)
	}
	half := len(indices) / 2
	sent, err = d.sendOrSplit(ctx, indices[:half])
	if err != nil {
		return sent, err
	}
	more, err := d.sendOrSplit(ctx, indices[half:])
	return sent + more, err
}

func tooLarge(err error) bool {
	return errors.Is(err, kafka.MessageSizeTooLarge) || errors.Is(err, kafka.RecordListTooLarge)
}

// produce makes one request and waits for every in-sync replica. A message that is too large for any request is refused here
// with the broker's error: the broker itself would cut the connection instead.
func (d *delivery) produce(ctx context.Context, indices []int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(indices) == 1 && size(&d.messages[indices[0]]) > d.sink.single {
		return kafka.MessageSizeTooLarge
	}
	now := time.Now()
	records := make([]kafka.Record, len(indices))
	for n, i := range indices {
		records[n] = record(&d.messages[i], now)
	}
	resp, err := d.sink.client.Produce(ctx, &kafka.ProduceRequest{
		Topic: d.sink.topic, Partition: d.partition, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...),
	})
	if err != nil {
		return err
	}
	return resp.Error
}

func record(m *alerting.Message, now time.Time) kafka.Record {
	r := kafka.Record{Time: now, Key: kafka.NewBytes(m.Key), Value: kafka.NewBytes(m.Value)}
	if len(m.Headers) > 0 {
		r.Headers = make([]kafka.Header, len(m.Headers))
		for i, h := range m.Headers {
			r.Headers[i] = kafka.Header{Key: h.Key, Value: h.Value}
		}
	}
	return r
}

// size is an upper estimate of what a message takes on the wire.
func size(m *alerting.Message) int {
	const record, header = 40, 10 // lengths, offset and time as varints
	n := record + len(m.Key) + len(m.Value)
	for _, h := range m.Headers {
		n += header + len(h.Key) + len(h.Value)
	}
	return n
}
