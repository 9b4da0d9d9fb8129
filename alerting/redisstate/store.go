package redisstate

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Store holds the checkpoints of a topic for one count of its partitions.
type Store struct {
	client     redis.UniversalClient
	topic      string
	partitions int
}

// New returns a Store. It does not connect.
func New(client redis.UniversalClient, topic string, partitions int) *Store {
	return &Store{client: client, topic: topic, partitions: partitions}
}

func (s *Store) stateKey(partition int) string {
	return fmt.Sprintf("cordon:{%s/%d/%d}:state", s.topic, s.partitions, partition)
}

func (s *Store) homesKey() string  { return fmt.Sprintf("cordon:{%s/%d}:homes", s.topic, s.partitions) }
func (s *Store) layoutKey() string { return fmt.Sprintf("cordon:{%s}:layout", s.topic) }

// Layout returns the count of partitions that the checkpoints speak of, and the one before it; 0 stands for none.
func (s *Store) Layout(ctx context.Context) (count, previous int, err error) {
	fields, err := s.client.HMGet(ctx, s.layoutKey(), "count", "previous").Result()
	if err != nil {
		return 0, 0, fmt.Errorf("redisstate: layout of %s: %w", s.topic, err)
	}
	for i, to := range []*int{&count, &previous} {
		text, ok := fields[i].(string)
		if !ok {
			continue
		}
		if *to, err = strconv.Atoi(text); err != nil {
			return 0, 0, fmt.Errorf("redisstate: layout of %s: %w: delete the key %s", s.topic, err, s.layoutKey())
		}
	}
	return count, previous, nil
}

// SetLayout records both counts.
func (s *Store) SetLayout(ctx context.Context, count, previous int) error {
	if err := s.client.HSet(ctx, s.layoutKey(), "count", count, "previous", previous).Err(); err != nil {
		return fmt.Errorf("redisstate: recording the layout of %s: %w", s.topic, err)
	}
	return nil
}
