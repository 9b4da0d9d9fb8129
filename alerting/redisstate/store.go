package redisstate

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

// Store holds the checkpoints of a topic for one consumer group and one count of the topic's partitions.
type Store struct {
	client     redis.UniversalClient
	topic      string
	partitions int
	group      string

	mu    sync.Mutex
	noted []alerting.SetAside // see Asides
}

// New returns a Store. It does not connect.
func New(client redis.UniversalClient, topic string, partitions int, group string) *Store {
	return &Store{client: client, topic: topic, partitions: partitions, group: group}
}

// key names one of a group's keys.
type key struct {
	tag   string // the hash tag
	group string
	name  string
	old   string // the name before groups were part of it
}

func (s *Store) keyOf(what, tag string) key {
	return key{tag: tag, group: s.group, name: "cordon:{" + tag + "}:" + what + ":" + s.group, old: "cordon:{" + tag + "}:" + what}
}

func (s *Store) state(partition int) key {
	return s.keyOf("state", fmt.Sprintf("%s/%d/%d", s.topic, s.partitions, partition))
}

func (s *Store) homes() key  { return s.keyOf("homes", fmt.Sprintf("%s/%d", s.topic, s.partitions)) }
func (s *Store) layout() key { return s.keyOf("layout", s.topic) }

// asidePrefix begins the names under which the key is set aside. The time follows.
func (k key) asidePrefix() string { return "cordon:{" + k.tag + "}:aside:" + k.group + ":" }

func (k key) asidesKey() string { return "cordon:{" + k.tag + "}:asides:" + k.group }

// Layout returns the count of partitions that the checkpoints were written for, and the count before it; 0 means none. A
// layout that this package did not write is set aside.
func (s *Store) Layout(ctx context.Context) (count, previous int, err error) {
	k := s.layout()
	fields, err := layoutScript.Run(ctx, s.client, []string{k.name, k.asidesKey()}, "", k.asidePrefix()).Slice()
	if err != nil {
		return 0, 0, fmt.Errorf("redisstate: layout of %s: %w", s.topic, err)
	}
	s.note(k.setAsideAt(fields[2], -1))
	for i, to := range []*int{&count, &previous} {
		if text, ok := fields[i].(string); ok {
			*to, _ = strconv.Atoi(text) // the script has checked that it is a number
		}
	}
	return count, previous, nil
}

// SetLayout records both counts.
func (s *Store) SetLayout(ctx context.Context, count, previous int) error {
	if err := s.client.HSet(ctx, s.layout().name, "count", count, "previous", previous).Err(); err != nil {
		return fmt.Errorf("redisstate: recording the layout of %s: %w", s.topic, err)
	}
	return nil
}

// keepLayout records the count if the store has none.
func (s *Store) keepLayout(ctx context.Context) error {
	if _, _, err := s.Layout(ctx); err != nil { // sets a key of another type aside
		return err
	}
	if err := s.client.HSetNX(ctx, s.layout().name, "count", s.partitions).Err(); err != nil {
		return fmt.Errorf("redisstate: layout of %s: %w", s.topic, err)
	}
	return nil
}

// Adopt renames the layout and the homes without a group to the group's, unless the group has its own. Call it only for a
// group that has committed offsets: otherwise they may belong to another group.
func (s *Store) Adopt(ctx context.Context) error {
	for _, k := range []key{s.layout(), s.homes()} {
		if err := adoptScript.Run(ctx, s.client, []string{k.name, k.old}).Err(); err != nil {
			return fmt.Errorf("redisstate: adopting %s: %w", k.old, err)
		}
	}
	return nil
}
