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
	held     map[kind]stock
	position string // of the last entry of the change stream
	now      int64  // by the store's clock, ms
}

func (s *Store) snapshot(ctx context.Context) (snapshot, error) {
	var fields *redis.MapStringStringCmd
	var last *redis.XMessageSliceCmd
	var clock *redis.TimeCmd
	var held func() map[kind]stock
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		fields, last, clock = p.HGetAll(ctx, storeKey), p.XRevRangeN(ctx, changesKey, "+", "-", 1), p.Time(ctx)
		held = lengths(ctx, p)
		return nil
	})
	if err != nil {
		return snapshot{}, err
	}
	st, err := parseState(fields.Val())
	if err != nil {
		return snapshot{}, err
	}
	snap := snapshot{state: st, held: held(), position: "0-0", now: clock.Val().UnixMilli()}
	if entries := last.Val(); len(entries) == 1 {
		snap.position = entries[0].ID
	}
	return snap, nil
}

// unchanged reports whether nothing was written between two snapshots.
func (s snapshot) unchanged(later snapshot) bool {
	return s.state.same(later.state) && maps.Equal(s.state.sums, later.state.sums) && maps.Equal(s.held, later.held)
}

// synchronise makes the view equal to the store and says from where the stream goes on, provided the store is fit to be
// taken from. It leaves f.stale set when that did not work out.
func (f *Follower) synchronise(ctx context.Context) {
	snap, err := f.store.snapshot(ctx)
	if err != nil {
		f.unreachable(ctx, err)
		return
	}
	f.met(ctx, snap)
	if problem := f.judge(snap); problem != "" {
		f.tell(problem)
		return
	}
	if f.view.Load() == nil || !snap.state.same(f.at) || f.due(snap) {
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
	if f.older[zones] || f.older[register] {
		clear(f.older)
		f.met(ctx, snap)
	}
	if !f.deaf {
		f.tell("")
	}
}

// due reports whether the view lacks something, or holds something that is no more, that the stream does not tell.
func (f *Follower) due(snap snapshot) bool {
	for _, k := range kinds {
		if snap.state.accepts(k, f.at) {
			return true
		}
	}
	lacks := f.view.Load().Partial() || f.owed || len(f.refused) > 0 && f.putBack(snap.state)
	return lacks && len(f.losses(snap)) == 0
}

// putBack reports whether a kind was put back, or counted anew, since the view was loaded, though the store is at the same
// revision.
func (f *Follower) putBack(st state) bool {
	return st.same(f.at) && slices.ContainsFunc(kinds, func(k kind) bool { return st.sums[k].WholeAt != f.at.sums[k].WholeAt })
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
	after, err := f.store.snapshot(ctx)
	if err != nil {
		return "", err
	}
	if after.state.identity != snap.state.identity || after.state.revision < snap.state.revision || f.judge(after) != "" {
		return "", errExchanged // what was read may be half of each
	}
	if snap.unchanged(after) {
		f.examined(ctx, after, map[kind]contents{
			zones: {z.newestHashes, z.historyHashes}, register: {a.newestHashes, a.historyHashes},
		})
	} else {
		f.askVerify()
	}
	f.met(ctx, after)
	damaged := f.damaged(after)
	if problem := f.judgeHoldings(z, a, func(k kind) bool { return damaged[k] || after.state.accepts(k, f.at) }); problem != "" {
		return problem, nil
	}
	if damaged[zones] {
		z.sound, err = withoutOrphans(ctx, f.store, zoneRevisions(), z.sound)
	}
	if damaged[register] && err == nil {
		a.sound, err = withoutOrphans(ctx, f.store, activationRevisions(), a.sound)
	}
	if err != nil {
		return "", err
	}
	f.refused = map[document]stamp{}
	note(f, zoneRevisions(), z)
	note(f, activationRevisions(), a)
	f.noteOverlong(z.sound)
	view := f.successor(snap, damaged, z, a).Before(snap.now - f.options.KeepHistory.Milliseconds())
	f.pruned = time.Now()
	f.swap(view, snap.state)
	return "", nil
}

// withoutOrphans leaves out the superseded revisions of what has no newest one any more: the last of them would pass for
// the one in force. What is in force, if it was not withdrawn, is in the lost one alone.
func withoutOrphans[R any](ctx context.Context, s *Store, c collection[R], revisions []R) ([]R, error) {
	held := map[string]struct{}{}
	_, err := s.hash(ctx, c.kind.current(), func(id, _ string) error {
		held[id] = struct{}{}
		return nil
	})
	return slices.DeleteFunc(revisions, func(r R) bool {
		_, ok := held[c.stamp(r).id]
		return !ok
	}), err
}

// successor returns the view after a load. If the store has lost some of a kind, the revisions that it still holds are
// added to the view in use and nothing is removed. This is safe: a revision never changes, and a zone is withdrawn by a
// revision of its own.
func (f *Follower) successor(snap snapshot, damaged map[kind]bool, z holdings[geofence.ZoneRevision], a holdings[geofence.ActivationRevision]) *geofence.View {
	served := f.view.Load()
	if served == nil || len(damaged) == 0 {
		f.owed = false
		return geofence.NewView(z.sound, a.sound).AsPartial(len(damaged) > 0)
	}
	partial := served.Partial()
	for _, k := range kinds {
		f.owed = f.owed || snap.state.accepts(k, f.at) // what was accepted as lost is served until the other kind is whole
		// What was imported since the view was made may have been lost before it was read.
		partial = partial || damaged[k] && snap.state.kinds[k] != f.at.kinds[k]
	}
	return served.With(z.sound, a.sound).AsPartial(partial)
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
			f.refused[document{c.kind, r.id}] = r.stamp
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
