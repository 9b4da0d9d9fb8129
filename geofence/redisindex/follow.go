package redisindex

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/geofence"
)

var errExchanged = errors.New("redisindex: the store was exchanged while it was being read")

const (
	readAtOnce  = 5000        // entries of the stream in one read
	fetchAtOnce = 1000        // revisions fetched in one transaction
	longestRead = time.Second // an idle read ends after this, so that the age of the view stays meaningful
)

// entry is one revision announced on the change stream.
type entry struct {
	kind      kind
	id        string
	number    uint64
	sequence  uint64
	last      uint64 // sequence of the last revision of the same import
	head      string // of the store after that import
	backdated bool
}

func parseEntry(m redis.XMessage) (entry, error) {
	text := func(name string) string { s, _ := m.Values[name].(string); return s }
	e := entry{kind: kind(text("kind")), id: text("id"), head: text("head"), backdated: text("backdated") == "1"}
	for name, value := range map[string]*uint64{"number": &e.number, "sequence": &e.sequence, "last": &e.last} {
		var err error
		if *value, err = strconv.ParseUint(text(name), 10, 64); err != nil {
			return entry{}, fmt.Errorf("redisindex: %s of entry %s: %w", name, m.ID, err)
		}
	}
	return e, nil
}

// follow waits for the next entries of the stream and takes them, and compares revisions when that is due.
func (f *Follower) follow(ctx context.Context) {
	if time.Since(f.checked) >= f.options.Reconcile && !f.reconcile(ctx) {
		return
	}
	messages, err := f.read(ctx)
	if err == nil && f.deaf {
		f.deaf = false
		f.tell("")
	}
	switch {
	case err != nil:
		f.deaf = true
		f.unreachable(ctx, err)
		return
	case len(messages) == 0:
		f.stale = f.target > f.at.revision // the stream does not tell what the store has
		if !f.stale {
			f.current()
		}
		return
	}
	for _, m := range messages {
		f.position = m.ID
		e, err := parseEntry(m)
		if err != nil || e.sequence > f.at.revision+uint64(len(f.pending))+1 {
			f.stale = true // a restore, or entries trimmed away: only the store itself can tell
			return
		}
		if e.sequence <= f.at.revision {
			continue
		}
		f.pending = append(f.pending, e)
		if e.sequence < e.last {
			continue
		}
		if f.take(ctx, f.pending); f.stale {
			return
		}
		f.pending = nil
	}
}

// read waits for entries after the position. The connection is its own while it waits: the pool lends it to nobody else.
func (f *Follower) read(ctx context.Context) ([]redis.XMessage, error) {
	wait := min(f.options.Reconcile, longestRead)
	ctx, cancel := context.WithTimeout(ctx, wait+5*time.Second)
	defer cancel()
	streams, err := f.store.client.XRead(ctx, &redis.XReadArgs{
		Streams: []string{changesKey, f.position}, Count: readAtOnce, Block: wait,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil || len(streams) == 0 {
		return nil, err
	}
	return streams[0].Messages, nil
}

// reconcile asks the store how far it is; false when nothing may be taken from it now.
func (f *Follower) reconcile(ctx context.Context) bool {
	snap, err := f.store.snapshot(ctx)
	if err != nil {
		f.unreachable(ctx, err)
		return false
	}
	f.met(ctx, snap)
	if problem := f.judge(snap); problem != "" {
		f.tell(problem)
		return false
	}
	if snap.state.revision == f.at.revision && snap.state.head != f.at.head || f.due(snap) {
		f.stale = true // the store reached the same revision by other imports, or is whole again
		return false
	}
	f.target = snap.state.revision
	f.checked = time.Now()
	f.current()
	f.prune(snap.now)
	return true
}

// prune drops what is too old to be decided again. Rarely: it walks the whole view.
func (f *Follower) prune(now int64) {
	if time.Since(f.pruned) < f.options.KeepHistory/24 {
		return
	}
	f.pruned = time.Now()
	f.view.Store(f.view.Load().Before(now - f.options.KeepHistory.Milliseconds()))
}

// take puts the revisions of one import into the view, all at once.
func (f *Follower) take(ctx context.Context, entries []entry) {
	var z holdings[geofence.ZoneRevision]
	var a holdings[geofence.ActivationRevision]
	var got batch
	for part := range slices.Chunk(entries, fetchAtOnce) {
		var err error
		if got, err = f.store.fetch(ctx, part); err != nil {
			f.unreachable(ctx, err)
			return
		}
		if problem := f.judgeState(got.state); problem != "" {
			f.tell(problem)
			return
		}
		if !got.whole || slices.ContainsFunc(kinds, func(k kind) bool { return got.state.accepts(k, f.at) }) {
			f.stale = true // superseded and pruned before it was read, or written by hand
			return
		}
		z, a = z.and(got.zones), a.and(got.register)
	}
	note(f, zoneRevisions(), z)
	note(f, activationRevisions(), a)
	f.noteOverlong(z.sound)
	f.swap(f.view.Load().With(z.sound, a.sound), f.at.after(entries))
	f.current()
	if entries[0].backdated {
		return // its delay says nothing about us
	}
	now := got.now.Add(time.Since(got.received)) // the clock that updated_time is of
	for _, r := range z.sound {
		f.metrics.propagation.Observe(now.Sub(time.UnixMilli(r.Updated)).Seconds())
	}
	for _, r := range a.sound {
		f.metrics.propagation.Observe(now.Sub(time.UnixMilli(r.Updated)).Seconds())
	}
}
