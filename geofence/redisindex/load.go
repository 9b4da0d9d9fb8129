package redisindex

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/geofence"
)

// snapshot is where the store stood at one instant.
type snapshot struct {
	state    state
	position string // of the last entry of the change stream
	now      int64  // by the store's clock, ms
}

func (s *Store) snapshot(ctx context.Context) (snapshot, error) {
	var fields *redis.MapStringStringCmd
	var last *redis.XMessageSliceCmd
	var clock *redis.TimeCmd
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		fields, last, clock = p.HGetAll(ctx, storeKey), p.XRevRangeN(ctx, changesKey, "+", "-", 1), p.Time(ctx)
		return nil
	})
	if err != nil {
		return snapshot{}, err
	}
	st, err := parseState(fields.Val())
	if err != nil {
		return snapshot{}, err
	}
	snap := snapshot{state: st, position: "0-0", now: clock.Val().UnixMilli()}
	if entries := last.Val(); len(entries) == 1 {
		snap.position = entries[0].ID
	}
	return snap, nil
}

// synchronise makes the view equal to the store and says from where the stream goes on, provided the store is fit to be
// taken from. It leaves f.stale set when that did not work out.
func (f *Follower) synchronise(ctx context.Context) {
	snap, err := f.store.snapshot(ctx)
	if err != nil {
		f.unreachable(ctx, err)
		return
	}
	f.met(snap.state)
	if problem := f.judge(snap.state); problem != "" {
		f.tell(problem)
		return
	}
	if f.view.Load() == nil || !snap.state.same(f.at) {
		problem, err := f.reload(ctx, snap)
		switch {
		case errors.Is(err, errExchanged):
			f.stale = true
			return
		case err != nil:
			f.unreachable(ctx, err)
			return
		case problem != "":
			f.tell(problem)
			return
		}
	}
	f.position, f.pending, f.stale = snap.position, nil, false
	f.target = snap.state.revision
	f.checked = time.Now()
	f.current()
	f.tell("")
}

// reload builds a view of the store as it was at snap, or says what forbids it.
func (f *Follower) reload(ctx context.Context, snap snapshot) (problem string, err error) {
	all, err := f.store.asOf(ctx, snap.state.revision, zones, register)
	if err != nil {
		return "", err
	}
	after, err := f.store.state(ctx)
	if err != nil {
		return "", err
	}
	if after.identity != snap.state.identity || after.revision < snap.state.revision || f.judge(after) != "" {
		return "", errExchanged // what was read may be half of each
	}
	if problem := f.judgeRecords(all); problem != "" {
		return problem, nil
	}
	f.refused = map[document]struct{}{}
	zoneRevisions := parse(f, zones, all[zones], record.zone)
	activationRevisions := parse(f, register, all[register], record.activation)
	view := geofence.NewView(zoneRevisions, activationRevisions).Before(snap.now - f.options.KeepHistory.Milliseconds())
	f.pruned = time.Now()
	f.swap(view, snap.state)
	return "", nil
}

// parse turns stored revisions into those of the core. Those that do not validate are left out, so that the revision
// before them stays in force.
func parse[R any](f *Follower, k kind, held holdings, one func(record) (R, error)) []R {
	for _, d := range held.damaged {
		f.refuse(k, d.field, 0, d.err)
	}
	revisions := make([]R, 0, len(held.records))
	for _, r := range held.records {
		revision, err := one(r)
		if err != nil {
			f.refuse(k, r.ID, r.Number, err)
			continue
		}
		delete(f.refused, document{k, r.ID})
		revisions = append(revisions, revision)
	}
	return revisions
}

// refuse counts and names a document that does not validate.
func (f *Follower) refuse(k kind, id string, number uint64, err error) {
	f.refused[document{k, id}] = struct{}{}
	f.metrics.refused.Inc()
	f.log.Error("refused a stored document; the revision before it keeps serving: import it anew",
		"kind", k.one(), "id", id, "revision", number, "reason", err)
}
