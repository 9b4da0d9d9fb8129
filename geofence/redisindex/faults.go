package redisindex

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// faultsKey is a hash: part of the system → its open fault. The callers decide the form of a fault.
const faultsKey = "{cordon}:faults"

// OpenFaults returns the faults of the system that are open, by part.
func (s *Store) OpenFaults(ctx context.Context) (map[string]string, error) {
	faults, err := s.client.HGetAll(ctx, faultsKey).Result()
	if err != nil {
		return nil, fmt.Errorf("redisindex: read %s: %w", faultsKey, err)
	}
	return faults, nil
}

// OpenFault records the fault of a part unless one is open. It returns the open one.
func (s *Store) OpenFault(ctx context.Context, part, fault string) (string, error) {
	var is *redis.StringCmd
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSetNX(ctx, faultsKey, part, fault)
		is = p.HGet(ctx, faultsKey, part)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("redisindex: record the fault of %s: %w", part, err)
	}
	return is.Val(), nil
}

// KeepFaults records the faults of parts in place of those that are recorded.
func (s *Store) KeepFaults(ctx context.Context, faults map[string]string) error {
	h := hash{key: faultsKey}
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for part, fault := range faults {
			h.add(ctx, p, part, fault)
		}
		h.flush(ctx, p)
		return nil
	})
	if err != nil {
		return fmt.Errorf("redisindex: keep %s: %w", faultsKey, err)
	}
	return nil
}

// EndFault forgets the fault of a part if it still is the one that is meant.
func (s *Store) EndFault(ctx context.Context, part string, meant func(fault string) bool) error {
	err := s.client.Watch(ctx, func(tx *redis.Tx) error {
		is, err := tx.HGet(ctx, faultsKey, part).Result()
		if errors.Is(err, redis.Nil) || err == nil && !meant(is) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.HDel(ctx, faultsKey, part)
			return nil
		})
		return err
	}, faultsKey)
	if err != nil {
		return fmt.Errorf("redisindex: end the fault of %s: %w", part, err)
	}
	return nil
}
