package redisstate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

// tagField precedes a device id in the name of its field.
const tagField = "t:"

// errEntry is returned for a stored checkpoint that is not as we write it.
var errEntry = errors.New("not a checkpoint of ours: delete the key, and the window is decided again")

// scanCount is how many fields a step of the load asks for, so that Redis answers others in between.
const scanCount = 2000

// Take makes the caller the partition's owner: from now on no earlier owner can write. It returns the last checkpoint,
// nil when there is none.
func (s *Store) Take(ctx context.Context, partition int) (*Lease, *alerting.Checkpoint, error) {
	l := s.newLease(partition)
	head, err := takeScript.Run(ctx, s.client, []string{l.key}, l.owner).Slice()
	if err != nil {
		return nil, nil, fmt.Errorf("redisstate: taking over %s/%d: %w", s.topic, partition, err)
	}
	c, err := l.begin(head)
	if err == nil && c != nil {
		err = l.load(ctx, c)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("redisstate: loading %s/%d: %w", s.topic, partition, err)
	}
	return l, c, nil
}

// begin reads what takeScript answered: the epoch, and the checkpoint without its tags.
func (l *Lease) begin(head []any) (*alerting.Checkpoint, error) {
	var text [3]string
	for i, v := range head {
		text[i], _ = v.(string)
	}
	l.epoch = text[0]
	if head[1] == nil {
		return nil, nil
	}
	next, err := strconv.ParseInt(text[1], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", l.key, errEntry)
	}
	return &alerting.Checkpoint{Next: next, Meta: []byte(text[2]), Tags: map[string][]byte{}}, nil
}

// load reads the tags. It takes many steps; if somebody else became the owner between them, what was read is of two
// checkpoints, and worth nothing.
func (l *Lease) load(ctx context.Context, c *alerting.Checkpoint) error {
	for cursor := uint64(0); ; {
		fields, next, err := l.store.client.HScan(ctx, l.key, cursor, tagField+"*", scanCount).Result()
		if err != nil {
			return err
		}
		for i := 0; i+1 < len(fields); i += 2 {
			c.Tags[strings.TrimPrefix(fields[i], tagField)] = []byte(fields[i+1])
		}
		if cursor = next; cursor == 0 {
			return l.check(ctx)
		}
	}
}

// check returns an error when the lease is not the stored one.
func (l *Lease) check(ctx context.Context) error {
	stored, err := l.store.client.HGet(ctx, l.key, "owner").Result()
	switch {
	case errors.Is(err, redis.Nil):
		return alerting.ErrLost
	case err != nil:
		return err
	case stored != l.owner:
		return alerting.ErrFenced
	}
	return nil
}
