package redisstate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// homesAtOnce is how many devices go into one round trip.
const homesAtOnce = 1000

// Claim records that the partition has the devices' state, and returns those for which another partition is recorded,
// with that partition. Those stay as they are.
func (s *Store) Claim(ctx context.Context, partition int, devices []string) (elsewhere map[string]int, err error) {
	for some := range slices.Chunk(devices, homesAtOnce) {
		homes, err := s.claim(ctx, partition, some)
		if redis.HasErrorPrefix(err, "WRONGTYPE") {
			if err = s.setWrongTypeAside(ctx, s.homes()); err == nil {
				homes, err = s.claim(ctx, partition, some)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("redisstate: claiming tags for %s/%d: %w", s.topic, partition, err)
		}
		for i, home := range homes {
			text, _ := home.(string)
			at, err := strconv.Atoi(text)
			if err != nil || at == partition {
				continue // unreadable: as if nobody had said
			}
			if elsewhere == nil {
				elsewhere = map[string]int{}
			}
			elsewhere[some[i]] = at
		}
	}
	return elsewhere, nil
}

func (s *Store) claim(ctx context.Context, partition int, devices []string) ([]any, error) {
	pipe, name := s.client.Pipeline(), s.homes().name
	for _, d := range devices {
		pipe.HSetNX(ctx, name, d, partition)
	}
	homes := pipe.HMGet(ctx, name, devices...)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	return homes.Result()
}

// Release forgets that the partition has the devices' state. What is recorded for another partition stays.
func (s *Store) Release(ctx context.Context, partition int, devices []string) error {
	for some := range slices.Chunk(devices, homesAtOnce) {
		args := make([]any, 0, 1+len(some))
		args = append(args, partition)
		for _, d := range some {
			args = append(args, d)
		}
		if err := releaseScript.Run(ctx, s.client, []string{s.homes().name}, args...).Err(); err != nil && !errors.Is(err, redis.Nil) {
			return fmt.Errorf("redisstate: releasing tags of %s/%d: %w", s.topic, partition, err)
		}
	}
	return nil
}
