package kafkasource

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"

	"cordon/ingest/kafkarights"
)

const (
	leastBackoff = 100 * time.Millisecond
	mostBackoff  = 2 * time.Second
	mostGivenUp  = 10 * time.Second // between two ends of generations because a partition's function failed
	leaveTimeout = 2 * time.Second
)

// Own runs one partition until ctx ends, which is when it must let go.
type Own func(ctx context.Context, p *Partition) error

// Group is this process's membership of a consumer group.
type Group struct {
	o      Options
	config kafka.ConsumerGroupConfig
	board  board
	member string // the last known one; of the goroutine in Run
}

// NewGroup returns a Group that has not joined yet.
func NewGroup(o Options) (*Group, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	g := &Group{o: o, config: o.config()}
	g.config.ErrorLogger = kafka.LoggerFunc(func(format string, args ...any) {
		o.Log.Debug("consumer group", "group", o.GroupID, "said", fmt.Sprintf(format, args...))
	})
	return g, nil
}

// Status says how the membership stands.
func (g *Group) Status() Status { return g.board.status() }

// Run joins the group and calls own for each partition that is assigned, until ctx ends; then it leaves and returns
// nil. While the broker is away it tries again with capped back-off. Call it once.
func (g *Group) Run(ctx context.Context, own func(ctx context.Context, p *Partition) error) error {
	cg, err := kafka.NewConsumerGroup(g.config)
	if err != nil {
		return fmt.Errorf("kafkasource: %w", err)
	}
	left := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(left)
		_ = cg.Close() // waits for the functions, then leaves; it returns no error
	})
	for wait := g.config.JoinGroupBackoff; ; {
		generation, err := cg.Next(ctx)
		if ctx.Err() != nil {
			<-left
			g.leave()
			g.board.problem("")
			return nil
		}
		if err == nil {
			g.member = generation.MemberID
			err = g.begin(ctx, generation, own)
		}
		if err == nil || ctx.Err() != nil {
			wait = g.config.JoinGroupBackoff
			continue
		}
		err = kafkarights.Explain(err, kafkarights.Read, g.o.Topic, g.o.GroupID)
		g.board.problem(g.explain(err))
		g.o.Log.Warn("consumer group not joined, trying again", "group", g.o.GroupID, "err", err, "in", wait)
		pause(ctx, wait)
		wait = min(2*wait, mostBackoff)
	}
}

// explain says what to do about an error, where that is known.
func (g *Group) explain(err error) string {
	if errors.Is(err, kafka.InvalidSessionTimeout) {
		return fmt.Sprintf("the broker does not take a session timeout of %s: choose a longer one, or lower its group.min.session.timeout.ms", g.config.SessionTimeout)
	}
	return "the consumer group cannot be joined: " + err.Error()
}

// leave makes sure of it: kafka-go does not leave when it is closed in the middle of a rebalance. A member that has
// left already is unknown to the group, which does no harm.
func (g *Group) leave() {
	if g.member == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	_, err := g.o.Client.LeaveGroup(ctx, &kafka.LeaveGroupRequest{
		GroupID: g.o.GroupID, Members: []kafka.LeaveGroupRequestMember{{ID: g.member}},
	})
	if err != nil {
		g.o.Log.Debug("the group may wait for the session to expire", "group", g.o.GroupID, "err", err)
	}
}

// partitions asks the brokers how many partitions the topic has now; the client would answer from its memory.
func (g *Group) partitions(ctx context.Context) (int, error) {
	dialer := g.o.Dialer
	if dialer == nil {
		dialer = kafka.DefaultDialer
	}
	ctx, cancel := context.WithTimeout(ctx, g.config.Timeout)
	defer cancel()
	var failed error
	for _, broker := range g.o.Brokers {
		found, err := dialer.LookupPartitions(ctx, "tcp", broker, g.o.Topic)
		if err == nil && len(found) > 0 {
			return len(found), nil
		}
		if err == nil || errors.Is(err, kafka.UnknownTopicOrPartition) {
			return 0, fmt.Errorf("%w: %s", ErrNoTopic, g.o.Topic)
		}
		failed = err
	}
	return 0, failed
}

// pause waits, and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
