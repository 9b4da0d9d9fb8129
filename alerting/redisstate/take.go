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

// scanCount is how many fields a step of the load asks for, so that Redis answers others in between.
const scanCount = 2000

// Take makes the caller the partition's owner: earlier owners can no longer write. It returns the last checkpoint. A key
// that this package did not write is set aside, and Take returns where. committed is the group's offset, below 0 if there is
// none; it decides whether a checkpoint without a group belongs to the group.
func (s *Store) Take(ctx context.Context, partition int, committed int64) (*Lease, alerting.Takeover, error) {
	l := s.newLease(partition)
	answer, err := takeScript.Run(ctx, s.client, []string{l.key.name, l.key.asidesKey(), l.key.old}, l.owner, l.key.asidePrefix(), committed).Slice()
	if err != nil {
		return nil, alerting.Takeover{}, fmt.Errorf("redisstate: taking over %s/%d: %w", s.topic, partition, err)
	}
	found := l.begin(answer)
	if found.Checkpoint == nil {
		return l, found, nil
	}
	if err := l.load(ctx, found.Checkpoint); err != nil {
		return nil, alerting.Takeover{}, fmt.Errorf("redisstate: loading %s/%d: %w", s.topic, partition, err)
	}
	return l, found, nil
}

// begin reads the answer of takeScript: the epoch, the checkpoint without its tags, when it was set aside, and what became of
// the key without a group.
func (l *Lease) begin(answer []any) alerting.Takeover {
	var text [5]string
	for i, v := range answer {
		text[i], _ = v.(string)
	}
	l.epoch = text[0]
	found := alerting.Takeover{SetAside: l.key.setAsideAt(answer[3], l.partition), Old: alerting.OldCheckpoint(text[4])}
	if next, err := strconv.ParseInt(text[1], 10, 64); err == nil { // the script has checked that it is a number or missing
		found.Checkpoint = &alerting.Checkpoint{Next: next, Meta: []byte(text[2]), Tags: map[string][]byte{}}
	}
	return found
}

// load reads the tags. It takes many steps; if somebody else became the owner between them, what was read is of two
// checkpoints, and worth nothing.
func (l *Lease) load(ctx context.Context, c *alerting.Checkpoint) error {
	for cursor := uint64(0); ; {
		fields, next, err := l.store.client.HScan(ctx, l.key.name, cursor, tagField+"*", scanCount).Result()
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
	stored, err := l.store.client.HGet(ctx, l.key.name, "owner").Result()
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
