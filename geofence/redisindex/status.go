package redisindex

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/geofence"
)

// unreachable tells that the store does not answer.
func (f *Follower) unreachable(ctx context.Context, err error) {
	f.stale = true
	if ctx.Err() != nil {
		return // the Follower is stopping
	}
	what := "waiting for it"
	if f.view.Load() != nil {
		what = "the zones and register last loaded keep serving"
	}
	if redis.IsPermissionError(err) || redis.IsAuthError(err) {
		f.tell(fmt.Sprintf("the store in Redis refuses access (%v); %s", err, what))
		return
	}
	f.tell(fmt.Sprintf("the store in Redis cannot be read (%v); %s: is it running, and is --redis-url right?", err, what))
}

// tell makes problem known, once.
func (f *Follower) tell(problem string) {
	f.stale = f.stale || problem != ""
	f.mu.Lock()
	known := f.status.Problem
	f.status.Problem = problem
	if known != problem {
		f.signal()
	}
	f.mu.Unlock()
	switch {
	case known == problem:
	case problem == "" && len(f.told) > 0:
		f.log.Warn("zones and register are loaded, without those that the store has lost", "store", f.at.identity, "revision", f.at.revision)
	case problem == "":
		f.log.Info("zones and register are up to date", "store", f.at.identity, "revision", f.at.revision)
	default:
		f.log.Warn("zones and register: " + problem)
	}
}

// signal wakes everyone who waits for a change; f.mu is held.
func (f *Follower) signal() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// met records the state of the store and what it has lost.
func (f *Follower) met(ctx context.Context, snap snapshot) {
	st := snap.state
	f.noteOlder(st)
	losses := f.losses(snap)
	if st.identity != "" && (f.view.Load() == nil || st.identity == f.at.identity && st.revision >= f.at.revision) {
		for _, k := range kinds {
			if is, counted := st.counted(k); counted && !f.older[k] {
				f.seen[k] = is
			}
		}
	}
	f.metrics.lack(losses)
	f.mu.Lock()
	f.status.Met, f.status.StoreIdentity = true, st.identity
	f.status.Zones, f.status.Register = st.standing(zones), st.standing(register)
	f.status.Losses = losses
	if !slices.Equal(losses, f.told) {
		f.signal()
	}
	f.mu.Unlock()
	f.renewWhole(ctx, snap, losses)
	f.tellLosses(losses)
}

// noteOlder notes which kinds have gone back behind what was seen of them. Imports may bring them to that revision again, with
// other contents.
func (f *Follower) noteOlder(st state) {
	if f.view.Load() == nil || st.identity != f.at.identity {
		return
	}
	for _, k := range kinds {
		is, counted := st.counted(k)
		switch {
		case st.kinds[k] < f.at.kinds[k]:
			f.older[k] = true
		case counted && st.kinds[k] == f.at.kinds[k] && is.Newest == f.seen[k].Newest:
			f.older[k] = false
		}
	}
}

// renewWhole records that a kind is whole again where no import or restore has done so, as after Redis was started from a
// copy of its own. The next loss then has another name than the last one.
func (f *Follower) renewWhole(ctx context.Context, snap snapshot, losses []Loss) {
	for _, was := range f.told {
		k := was.kind()
		if !was.Named() || snap.state.sums[k].WholeAt != was.WholeAt || slices.ContainsFunc(losses, func(l Loss) bool { return l.kind() == k }) {
			continue
		}
		if err := f.store.renewWhole(ctx, k, was.WholeAt); err != nil {
			f.log.Warn("could not record that the store is whole again: its next loss would have the same alert id", "kind", string(k), "err", err)
		}
	}
}

// tellLosses logs each loss once, and the end of all losses.
func (f *Follower) tellLosses(losses []Loss) {
	told := f.told
	f.told = losses
	for _, l := range losses {
		if !slices.Contains(told, l) {
			f.log.Error("zones and register: "+l.String(), "held", l.Held, "recorded", l.Recorded)
		}
	}
	if len(losses) == 0 && len(told) > 0 {
		f.log.Info("the store is complete again")
	}
}

// losses returns what the store has lost, according to its identity record, the last reading of the whole store, and what
// was seen before.
func (f *Follower) losses(snap snapshot) []Loss {
	loaded := f.view.Load() != nil
	if loaded && snap.state.identity != "" && snap.state.identity != f.at.identity {
		return nil // another store
	}
	var all []Loss
	for _, k := range kinds {
		held, is := snap.held[k], f.seen[k]
		recorded := is.Newest.Count
		if is.Revision == 0 {
			recorded = unknownCount
		}
		switch {
		case loaded && snap.state.identity == "":
			if f.at.kinds[k] > 0 {
				all = append(all, Loss{Of: string(k), Held: held.newest, Recorded: recorded, Unrecorded: true, Revision: is.WholeRevision, WholeAt: is.WholeAt})
			}
		case f.older[k] && !snap.state.accepts(k, f.at):
			all = append(all, Loss{Of: string(k), Held: held.newest, Recorded: recorded, Older: true, Revision: f.at.kinds[k], WholeAt: is.WholeAt})
		default:
			found := snap.state.losses(k, held)
			all = append(append(all, found...), f.alteredOf(k, snap, found)...)
		}
	}
	return all
}

// alteredOf returns the alterations of a kind, except those already found.
func (f *Follower) alteredOf(k kind, snap snapshot, found []Loss) []Loss {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Loss
	is := snap.state.sums[k]
	for of, held := range map[string]int64{string(k): snap.held[k].newest, k.past(): snap.held[k].history} {
		if !f.altered[of] {
			continue
		}
		if is.WholeAt != f.readAt[k] {
			f.askVerify()
		}
		if !slices.ContainsFunc(found, func(l Loss) bool { return l.Of == of }) {
			all = append(all, Loss{Of: of, Held: held, Recorded: held, Altered: true, Revision: is.WholeRevision, WholeAt: is.WholeAt})
		}
	}
	slices.SortFunc(all, func(a, b Loss) int { return cmp.Compare(a.Of, b.Of) })
	return all
}

// damaged returns the kinds that lack something in the store, by its own account.
func (f *Follower) damaged(snap snapshot) map[kind]bool {
	kinds := map[kind]bool{}
	for _, l := range f.losses(snap) {
		kinds[l.kind()] = kinds[l.kind()] || !l.Older
	}
	maps.DeleteFunc(kinds, func(_ kind, damaged bool) bool { return !damaged })
	return kinds
}

// current notes that the store was just seen to be what the view reflects.
func (f *Follower) current() {
	now := time.Now()
	f.metrics.contact.Store(now.UnixMilli())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.contact = now
}

// swap puts view in place of the one before: it reflects the store at st.
func (f *Follower) swap(view *geofence.View, st state) {
	f.view.Store(view)
	f.at, f.target = st, max(f.target, st.revision)
	f.metrics.zones.Set(float64(view.Zones()))
	f.metrics.revision.Set(float64(st.revision))
	unenforced := f.unenforced(view)
	f.metrics.unenforced.Set(float64(len(unenforced)))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.Unenforced = unenforced
	f.status.Identity, f.status.Revision, f.status.Refused = st.identity, st.revision, len(f.refused)
	f.signal()
}

// unenforced returns the zones that cannot be read and have no earlier revision in the view, by id.
func (f *Follower) unenforced(view *geofence.View) []Unenforced {
	var all []Unenforced
	for d, s := range f.refused {
		if d.kind != zones {
			continue
		}
		if r, ok := view.ZoneAt(d.id, geofence.Always); ok && !r.Withdrawn() {
			continue
		}
		if s.number == unreadable {
			s.number = 0
		}
		all = append(all, Unenforced{d.id, s.number, s.updated})
	}
	slices.SortFunc(all, func(a, b Unenforced) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
