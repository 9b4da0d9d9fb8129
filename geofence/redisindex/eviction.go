package redisindex

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ErrEvicts is wrapped by the error for a Redis that may remove keys when its memory is full.
var ErrEvicts = errors.New("redisindex: Redis may remove zones, register and checkpoints when its memory is full")

// ErrPolicyUnknown is wrapped by the error for a Redis that answers, but does not say what it does when its memory is full.
var ErrPolicyUnknown = errors.New("redisindex: neither CONFIG GET nor INFO memory shows the maxmemory-policy of Redis")

// noEviction is the only policy under which Redis removes no keys.
const noEviction = "noeviction"

// CheckEviction asks every primary what it does when its memory is full. The error wraps ErrEvicts if one may remove keys,
// and ErrPolicyUnknown if one does not say.
func (s *Store) CheckEviction(ctx context.Context) error {
	if c, ok := s.client.(*redis.ClusterClient); ok {
		return c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return checkEviction(ctx, node) })
	}
	return checkEviction(ctx, s.client)
}

func checkEviction(ctx context.Context, c redis.Cmdable) error {
	policy, err := evictionPolicy(ctx, c)
	if err != nil {
		return err
	}
	if policy != noEviction {
		return fmt.Errorf("%w: its maxmemory-policy is %s: set it to %s in its configuration (`redis-cli CONFIG SET maxmemory-policy %[3]s`)",
			ErrEvicts, policy, noEviction)
	}
	return nil
}

func evictionPolicy(ctx context.Context, c redis.Cmdable) (string, error) {
	config, err := c.ConfigGet(ctx, "maxmemory-policy").Result()
	if policy := config["maxmemory-policy"]; err == nil && policy != "" {
		return policy, nil
	}
	info, infoErr := c.Info(ctx, "memory").Result()
	for line := range strings.Lines(info) {
		if policy, ok := strings.CutPrefix(strings.TrimSpace(line), "maxmemory_policy:"); ok {
			return policy, nil
		}
	}
	for _, err := range []error{err, infoErr} {
		if answer := redis.Error(nil); err != nil && !errors.As(err, &answer) {
			return "", err
		}
	}
	return "", errors.Join(ErrPolicyUnknown, err, infoErr)
}

// CheckEviction records whether Redis may remove keys. If Redis does not say, the last known state stays.
func (f *Follower) CheckEviction(ctx context.Context) {
	if f.options.AllowEviction {
		return
	}
	err := f.store.CheckEviction(ctx)
	problem := ""
	switch {
	case errors.Is(err, ErrEvicts):
		problem = err.Error()
	case err != nil:
		return
	}
	f.mu.Lock()
	known := f.status.Eviction
	f.status.Eviction = problem
	if known != problem {
		f.signal()
	}
	f.mu.Unlock()
	if known == "" && problem != "" {
		f.log.Error(problem)
	}
}
