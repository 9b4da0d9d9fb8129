package redisindex

import (
	"context"
	"fmt"
	"time"

	"cordon/geofence"
)

// unreachable tells that the store does not answer.
func (f *Follower) unreachable(ctx context.Context, err error) {
	f.stale = true
	if ctx.Err() != nil {
		return // it is we who are leaving
	}
	what := "waiting for it"
	if f.view.Load() != nil {
		what = "the zones and register last loaded keep serving"
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

// met notes what the store says of itself.
func (f *Follower) met(st state) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.ZonesPublished, f.status.RegisterPublished = st.published(zones), st.published(register)
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
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.Identity, f.status.Revision, f.status.Refused = st.identity, st.revision, len(f.refused)
	f.signal()
}
