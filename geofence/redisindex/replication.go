package redisindex

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Replication is how many replicas have confirmed a write. Redis replicates after it has answered: a write that no replica
// has confirmed is lost if the primary fails now.
type Replication struct {
	// Replicas are those connected, Confirmed those of them that have the write.
	Replicas, Confirmed int
	// Waited is false when the write was not to wait for replicas.
	Waited bool
	// Err says why the number is not known; Replicas and Confirmed are 0 then.
	Err error
}

// Safe reports whether the write survives the loss of the primary, or there is nothing to survive it in.
func (r Replication) Safe() bool { return r.Err == nil && r.Confirmed >= r.Replicas }

// confirm waits until the connected replicas have what was written on the connection of tx.
func (s *Store) confirm(ctx context.Context, tx *redis.Tx) Replication {
	if s.ReplicaWait <= 0 {
		return Replication{}
	}
	n, err := replicas(ctx, tx)
	if err != nil || n == 0 {
		return Replication{Waited: true, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.ReplicaWait+5*time.Second)
	defer cancel()
	confirmed, err := tx.Wait(ctx, n, s.ReplicaWait).Result()
	if err != nil {
		return Replication{Waited: true, Err: err}
	}
	return Replication{Replicas: n, Confirmed: int(confirmed), Waited: true}
}

// replicas returns how many are connected to the server.
func replicas(ctx context.Context, tx *redis.Tx) (int, error) {
	role, err := tx.Do(ctx, "ROLE").Slice()           // "master", offset, replicas
	if redis.HasErrorPrefix(err, "unknown command") { // it replicates nothing
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if len(role) < 3 {
		return 0, nil
	}
	list, _ := role[2].([]any)
	return len(list), nil
}
