package redisindex

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
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
	z, err := asOf(ctx, f.store, snap.state.revision, packedZones())
	if err != nil {
		return "", err
	}
	a, err := asOf(ctx, f.store, snap.state.revision, activationRevisions())
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
	if problem := f.judgeHoldings(z, a); problem != "" {
		return problem, nil
	}
	f.refused = map[document]struct{}{}
	note(f, zoneRevisions(), z)
	note(f, activationRevisions(), a)
	f.noteOverlong(z.sound)
	view := geofence.NewView(z.sound, a.sound).Before(snap.now - f.options.KeepHistory.Milliseconds())
	f.pruned = time.Now()
	f.swap(view, snap.state)
	return "", nil
}

// note counts and names the documents that were refused, and those that no longer are. What is refused is left out of
// the view, so that the revision before it stays in force.
func note[R any](f *Follower, c collection[R], h holdings[R]) {
	newest := map[string]uint64{} // sound ones of the ids of which something was refused
	for _, r := range h.refused {
		newest[r.id] = 0
	}
	for _, r := range h.sound {
		if len(f.refused)+len(newest) == 0 {
			return // as it is nearly always
		}
		s := c.stamp(r)
		delete(f.refused, document{c.kind, s.id})
		if n, ok := newest[s.id]; ok {
			newest[s.id] = max(n, s.number)
		}
	}
	for _, r := range h.refused {
		if r.number > newest[r.id] {
			f.refused[document{c.kind, r.id}] = struct{}{}
		}
		f.metrics.refused.Inc()
		f.log.Error("refused a stored document; the revision before it keeps serving: import it anew",
			"kind", c.kind.one(), "id", r.id, "revision", r.known(), "reason", r.err)
	}
}

// noteOverlong names zones that were stored before there was a limit to their windows and exceptions.
func (f *Follower) noteOverlong(sound []geofence.ZoneRevision) {
	ids := map[string]struct{}{}
	for i := range sound {
		if sound[i].Overlong() {
			ids[sound[i].ID] = struct{}{}
		}
	}
	if len(ids) == 0 {
		return
	}
	const named = 20
	list := slices.Sorted(maps.Keys(ids))
	f.log.Warn("zones have more windows and exceptions than an import takes; they are used all the same: import them with fewer",
		"most", geofence.MaxTimes, "zones", len(list), "ids", strings.Join(list[:min(named, len(list))], ", "))
}
