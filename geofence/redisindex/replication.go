package redisindex

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Replication says how many replicas have confirmed a write. Redis answers before it replicates: a write that no replica has
// confirmed is lost if the primary fails now.
type Replication struct {
	// Replicas is the number of connected replicas, Confirmed how many of them have the write.
	Replicas, Confirmed int
	// Waited is false if the write did not have to wait for replicas.
	Waited bool
	// Err says why the numbers are not known; they are 0 then.
	Err error
}

// Safe reports whether every connected replica has the write. It is also true if there is no replica.
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
