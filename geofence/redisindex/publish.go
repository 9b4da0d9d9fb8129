package redisindex

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"

	"github.com/redis/go-redis/v9"
)

const (
	// changesKept bounds the change stream; a follower that falls behind it loads everything again.
	changesKept = 100_000
	// bulk is the greatest import that is published revision by revision. Of a greater one only the last revision is:
	// the followers see the gap and load everything, which is cheaper by then.
	bulk = 10_000
)

// transaction is a write worked out against the store as it stands.
type transaction struct {
	write
	standing
	changes []change
	found   found
	footing footing
	expired map[string]string
}

// queue adds all that changes to p.
func (t transaction) queue(ctx context.Context, p redis.Pipeliner) {
	newest, history := hash{key: t.kind.current()}, hash{key: t.kind.history()}
	var expiring []redis.Z
	for _, c := range t.changes {
		newest.add(ctx, p, c.ID, c.text)
		if c.before != "" {
			history.add(ctx, p, c.beforeVersion, c.before)
			expiring = append(expiring, redis.Z{Score: float64(t.now), Member: c.beforeVersion})
		}
	}
	newest.flush(ctx, p)
	history.flush(ctx, p)
	for part := range slices.Chunk(expiring, chunk) {
		p.ZAdd(ctx, t.kind.superseded(), part...)
	}
	t.announce(ctx, p)
}

// announce moves the store's revision on and tells the followers.
func (t transaction) announce(ctx context.Context, p redis.Pipeliner) {
	head, last, newest := randomHex(8), t.state.revision, t.state.kinds[t.kind]
	announced := t.changes
	if n := len(t.changes); n > 0 {
		last = t.changes[n-1].Sequence
		newest = last
		if n > bulk {
			announced = t.changes[n-1:]
		}
	}
	p.HSet(ctx, storeKey, "identity", t.state.identity, "revision", last, "head", head, t.kind.field(), newest,
		t.kind.sums(), t.footing.after(t.changes, t.expired, newest, t.now).encode())
	if t.kind == register && (t.found.whole || t.state.listed(t.lists)) {
		t.queueTags(ctx, p, newest)
	}
	for _, c := range announced {
		p.XAdd(ctx, &redis.XAddArgs{Stream: changesKey, MaxLen: changesKept, Approx: true, Values: []any{
			"kind", string(t.kind), "id", c.ID, "number", c.Number, "sequence", c.Sequence, "last", last, "head", head,
			"backdated", t.inForceFrom != 0,
		}})
	}
}

func remove(ctx context.Context, p redis.Pipeliner, k kind, versions []string) {
	for part := range slices.Chunk(versions, chunk) {
		p.HDel(ctx, k.history(), part...)
		p.ZRem(ctx, k.superseded(), anys(part)...)
	}
}

func anys(texts []string) []any {
	values := make([]any, len(texts))
	for i, t := range texts {
		values[i] = t
	}
	return values
}

// hash gathers fields so that one command carries many.
type hash struct {
	key    string
	values []any
}

func (h *hash) add(ctx context.Context, p redis.Pipeliner, field, value string) {
	h.values = append(h.values, field, value)
	if len(h.values) >= 2*chunk {
		h.flush(ctx, p)
	}
}

func (h *hash) flush(ctx context.Context, p redis.Pipeliner) {
	if len(h.values) > 0 {
		p.HSet(ctx, h.key, h.values...)
		h.values = nil
	}
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b)
}
