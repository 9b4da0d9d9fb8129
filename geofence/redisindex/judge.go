package redisindex

import (
	"bytes"
	"fmt"
	"iter"
	"slices"

	"cordon/geofence"
)

// judge says why nothing may be taken from the store, and what to do; "" if there is no reason.
func (f *Follower) judge(snap snapshot) string {
	if f.view.Load() == nil {
		return f.judgeFirst(snap)
	}
	return f.judgeState(snap.state)
}

// judgeState is judge for a Follower that has loaded.
func (f *Follower) judgeState(st state) string {
	restore := f.restoreIt()
	if st.identity == "" {
		return "the store in Redis is empty; " + restore + ", or import into it and start again with `process --accept-store ID`"
	}
	if st.identity != f.at.identity {
		return fmt.Sprintf("the store in Redis is another one (%s); %s, or take the other one with `process --accept-store %[1]s`", st.identity, restore)
	}
	accepted := false
	for _, k := range kinds {
		if st.accepts(k, f.at) {
			accepted = true // the loss was accepted by an import or restore
			continue
		}
		if !st.published(k) {
			return fmt.Sprintf("the store in Redis has no %s any more; %s", k.command(), restore)
		}
		if st.kinds[k] < f.at.kinds[k] {
			return fmt.Sprintf("the store in Redis is older than what was seen of it (%s at revision %d, %d was seen); %s",
				k.command(), st.kinds[k], f.at.kinds[k], restore)
		}
	}
	if st.revision < f.at.revision && !accepted {
		return fmt.Sprintf("the store in Redis is older than what was seen of it (revision %d, %d was seen); %s", st.revision, f.at.revision, restore)
	}
	return ""
}

func (f *Follower) restoreIt() string {
	return fmt.Sprintf("the zones and register of %s keep serving: put them back with `cordon zones import --restore FILE` and "+
		"`cordon wearers import --restore FILE`", f.at.identity)
}

// judgeHoldings finds losses that the store's revision does not show: the store came back older and was then imported into.
// Whatever the view holds must still be there, or have been superseded. Kinds with known losses are skipped, and so is
// everything if the view was made from a store with losses.
func (f *Follower) judgeHoldings(z holdings[geofence.ZoneRevision], a holdings[geofence.ActivationRevision], passOver func(kind) bool) string {
	view := f.view.Load()
	if view == nil || view.Partial() {
		return ""
	}
	what, of := "", zones
	if !passOver(zones) {
		what = lost(zoneRevisions(), z, view.AllZones())
	}
	if what == "" && !passOver(register) {
		what, of = lost(activationRevisions(), a, view.AllActivations()), register
	}
	if what == "" {
		return ""
	}
	f.older[of] = true
	return fmt.Sprintf("the store in Redis has lost what was seen of it (%s); %s, or take it as it is with `process --accept-store %s`",
		what, f.restoreIt(), f.at.identity)
}

// lost names a served revision that is held no longer, nor superseded; "" when there is none.
func lost[R any](c collection[R], h holdings[R], served iter.Seq[R]) string {
	newest := make(map[string]stamp, len(h.sound))
	keep := func(s stamp) {
		if s.number >= newest[s.id].number {
			newest[s.id] = s
		}
	}
	for _, r := range h.sound {
		keep(c.stamp(r))
	}
	for _, r := range h.refused {
		keep(r.stamp)
	}
	for r := range served {
		seen := c.stamp(r)
		is := newest[seen.id]
		if is.number < seen.number || is.number == seen.number && is.updated != seen.updated && !c.holdsText(h, is, r) {
			return fmt.Sprintf("%s %q, revision %d", c.kind.one(), seen.id, seen.number)
		}
	}
	return ""
}

// holdsText reports whether the revision held under a stamp has the same content as another: it was lost and imported again.
func (c collection[R]) holdsText(h holdings[R], held stamp, other R) bool {
	i, found := slices.BinarySearchFunc(h.sound, held, func(r R, s stamp) int { return c.stamp(r).compare(s) })
	return found && bytes.Equal(c.text(h.sound[i]), c.text(other))
}

func (f *Follower) judgeFirst(snap snapshot) string {
	st, want := snap.state, f.options.Expect
	if want != "" && st.identity != "" && st.identity != want {
		return fmt.Sprintf("the store in Redis is %s, expected is %s: restore that one (`cordon zones import --restore FILE`, "+
			"`cordon wearers import --restore FILE`), or start with `process --accept-store %[1]s`", st.identity, want)
	}
	missingZones, missingRegister := !st.published(zones), !st.published(register)
	if want != "" && st.identity == "" {
		return fmt.Sprintf("the store in Redis is empty, expected is %s: restore it with `cordon zones import --restore FILE` and "+
			"`cordon wearers import --restore FILE`", want)
	}
	for _, k := range kinds {
		for _, l := range st.losses(k, snap.held[k]) {
			if !l.Past() && (l.Empty() || l.Unrecorded) {
				return l.String()
			}
		}
	}
	switch {
	case missingZones && missingRegister:
		return "no zones and no register imported yet: run `cordon zones import FILE` and `cordon wearers import FILE`"
	case missingZones:
		return "no zones imported yet: run `cordon zones import FILE`"
	case missingRegister:
		return "no register imported yet: run `cordon wearers import FILE`"
	}
	return ""
}
