package main

import (
	"context"
	"errors"

	"cordon/ingest/kafkarights"
)

// rights returns an error that names every right in Kafka that a processor needs and lacks. If the broker does not report
// rights, it returns nil: the broker will refuse what is not allowed, and that error names the right too.
func (p *processor) rights(ctx context.Context) error {
	err := kafkarights.Missing(ctx, p.kafka.client, map[string][]kafkarights.Right{
		p.topics.PingsTopic:   {kafkarights.Read},
		p.topics.AlertsTopic:  {kafkarights.Read, kafkarights.Write}, // a rebuild reads earlier alerts
		p.topics.RejectsTopic: {kafkarights.Read, kafkarights.Write}, // and earlier rejects, to reject them again
	}, p.flags.Group)
	if denied := (*kafkarights.Denied)(nil); errors.As(err, &denied) || err == nil {
		return err
	}
	p.log.Debug("the broker does not report which rights are granted", "err", err)
	return nil
}
