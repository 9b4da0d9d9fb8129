package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	defaultMessageBytes = 1 << 20         // the limit that `topics create` gives the rejects topic
	mostRejectBytes     = 16 << 20        // well below socket.request.max.bytes, at which a broker cuts the connection
	mostStamp           = time.Hour       // ahead of the broker's clock; a wider limit of the topic is worth a warning
	settingsTimeout     = 5 * time.Second // for a topic's settings; a processor works without them too

	retention        = "retention.ms"
	maxMessageBytes  = "max.message.bytes"
	timestampType    = "message.timestamp.type"
	timestampAfter   = "message.timestamp.after.max.ms"      // from Kafka 3.6 on
	timestampDiffers = "message.timestamp.difference.max.ms" // before
)

// rejectBytes returns how many bytes the rejects topic takes for one record, so that none is sent that the broker refuses.
// It warns if rejects are not kept long enough for a rebuild.
func (p *processor) rejectBytes(ctx context.Context) int {
	found, err := p.settings(ctx, p.topics.RejectsTopic, maxMessageBytes, retention)
	if kept, failed := strconv.ParseInt(found[retention], 10, 64); failed == nil && kept >= 0 && kept < p.flags.RebuildWindow.Milliseconds() {
		p.log.Warn("rejects are deleted before a rebuild can read them: set "+retention+" of their topic to the rebuild window or more",
			"topic", p.topics.RejectsTopic, "kept", time.Duration(kept)*time.Millisecond, "window", p.flags.RebuildWindow)
	}
	n := 0
	if err == nil {
		n, err = strconv.Atoi(found[maxMessageBytes])
	}
	if err != nil || n <= 0 {
		p.log.Info("the size limit of the rejects topic is not known: assuming the one that topics create sets", "topic", p.topics.RejectsTopic,
			"bytes", defaultMessageBytes, "err", err)
		return defaultMessageBytes
	}
	return min(n, mostRejectBytes)
}

// checkStamps warns if the ping topic takes records stamped far ahead of the broker's clock. The time of such a record can
// come before a rebuild decides about it again.
func (p *processor) checkStamps(ctx context.Context) {
	topic := p.topics.PingsTopic
	found, err := p.settings(ctx, topic, timestampType, timestampAfter, timestampDiffers)
	if err != nil {
		p.log.Info("how far ahead records of the ping topic may be stamped is not known", "topic", topic, "err", err)
		return
	}
	if found[timestampType] == "LogAppendTime" {
		return
	}
	for _, name := range []string{timestampAfter, timestampDiffers} {
		text, known := found[name]
		if !known {
			continue
		}
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil || ms > mostStamp.Milliseconds() {
			p.log.Warn("the ping topic takes records stamped far ahead of the broker's clock: set "+name+"="+strconv.FormatInt(mostStamp.Milliseconds(), 10)+" on it",
				"topic", topic, "ahead", stampLimit(ms))
		}
		return
	}
	p.log.Info("how far ahead records of the ping topic may be stamped is not known: the broker has no setting for it", "topic", topic)
}

// stampLimit formats a setting.
func stampLimit(ms int64) string {
	if ms > math.MaxInt64/int64(time.Millisecond) {
		return "unlimited"
	}
	return (time.Duration(ms) * time.Millisecond).String()
}

// settings returns a topic's values for the named settings. A setting that the broker does not know is left out.
func (p *processor) settings(ctx context.Context, topic string, names ...string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, settingsTimeout)
	defer cancel()
	want := kafka.TopicConfig{Topic: topic}
	for _, name := range names {
		want.ConfigEntries = append(want.ConfigEntries, kafka.ConfigEntry{ConfigName: name})
	}
	found, err := described(ctx, p.kafka.client, want)
	if err != nil {
		return nil, fmt.Errorf("settings of topic %s: %w", topic, err)
	}
	return found, nil
}
