package kafkasource

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/segmentio/kafka-go"
)

// Options say which group to join, and how. Zero durations stand for the defaults.
type Options struct {
	Brokers []string
	Dialer  *kafka.Dialer // for the group's connections; nil stands for kafka-go's default
	Client  *kafka.Client // for everything else
	GroupID string
	Topic   string
	Log     *slog.Logger

	SessionTimeout    time.Duration // a member is given up when it is not heard for so long; 6 s, the least most brokers take
	HeartbeatInterval time.Duration // how soon a rebalance is noticed; a twentieth of the session, at most 150 ms
	RebalanceTimeout  time.Duration // how long members may take to let go; 30 s
	JoinBackoff       time.Duration // first wait after a failure, doubled up to 2 s; 100 ms
	PartitionWatch    time.Duration // how often the topic's partition count is looked at; 5 s
}

// Validate says what is missing or out of bounds.
func (o *Options) Validate() error {
	switch {
	case o.Client == nil:
		return errors.New("kafkasource: no client")
	case o.Log == nil:
		return errors.New("kafkasource: no logger")
	case o.Topic == "":
		return errors.New("kafkasource: no topic")
	case o.SessionTimeout > 0 && o.HeartbeatInterval >= o.SessionTimeout:
		return fmt.Errorf("kafkasource: a heartbeat each %s does not keep a session of %s: it must be shorter", o.HeartbeatInterval, o.SessionTimeout)
	}
	config := o.config()
	if err := config.Validate(); err != nil {
		return fmt.Errorf("kafkasource: %w", err)
	}
	return nil
}

const (
	defaultSession = 6 * time.Second
	mostHeartbeat  = 150 * time.Millisecond
	mostTimeout    = 5 * time.Second
)

func (o *Options) config() kafka.ConsumerGroupConfig {
	session := cmp.Or(o.SessionTimeout, defaultSession)
	return kafka.ConsumerGroupConfig{
		ID: o.GroupID, Brokers: o.Brokers, Dialer: o.Dialer, Topics: []string{o.Topic},
		SessionTimeout:         session,
		HeartbeatInterval:      cmp.Or(o.HeartbeatInterval, min(session/20, mostHeartbeat)),
		RebalanceTimeout:       cmp.Or(o.RebalanceTimeout, 30*time.Second),
		JoinGroupBackoff:       cmp.Or(o.JoinBackoff, 100*time.Millisecond),
		WatchPartitionChanges:  true,
		PartitionWatchInterval: cmp.Or(o.PartitionWatch, 5*time.Second),
		Timeout:                min(session, mostTimeout),
	}
}
