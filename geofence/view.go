package geofence

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// View is the zones and the register with their revision histories, as far back as they are kept. It is immutable: a
// change makes a new View that shares what it did not touch, at a cost that goes by the change.
type View struct {
	zones       table[[]ZoneRevision]
	activations table[[]ActivationRevision]
	everyone    *atlas
	nobody      *Bound // for wearers bound only by zones for everyone; nil if there are none
	wearers     table[*atlas]
	cohorts     table[*atlas]
	devices     table[*Device]

	// ids whose history holds more than one live revision: what Before has to look at
	agedZones, agedActivations table[struct{}]

	liveZones, liveActivations int

	partial  bool           // see Partial
	profiles map[string]int // see Profiles; never written to once the View is made
}

// NewView returns a View of these revisions, in any order.
func NewView(zones []ZoneRevision, acts []ActivationRevision) *View {
	return (&View{}).With(zones, acts)
}

// With returns a View that has these revisions too; one with the id and number of another takes its place.
func (v *View) With(zones []ZoneRevision, acts []ActivationRevision) *View {
	next, by := *v, &edit{}
	for id, revisions := range byID(zones, zoneID) {
		next.setZone(by, id, revisions)
	}
	for id, revisions := range byID(acts, activationID) {
		next.setActivation(by, id, revisions)
	}
	return next.done()
}

// done computes what depends on the whole view.
func (v *View) done() *View {
	if v.nobody = nil; v.everyone != nil {
		v.nobody = &Bound{shared: []*atlas{v.everyone}}
	}
	return v
}

// Partial reports whether the store had lost zones or activations when the View was made. What is not in a partial View may
// be lost or withdrawn.
func (v *View) Partial() bool { return v.partial }

// AsPartial returns the same View, marked as partial or as whole.
func (v *View) AsPartial(partial bool) *View {
	if v.partial == partial {
		return v
	}
	next := *v
	next.partial = partial
	return &next
}

// Before returns a View that has forgotten the revisions superseded by ms and the tombstones older than that. It
// answers every question about ms or later as v does, except that what was withdrawn before is unknown.
func (v *View) Before(ms int64) *View {
	next, by, changed := *v, &edit{}, false
	for id := range v.agedZones.all() {
		before, _ := v.zones.get(id)
		if kept := from(before, ms); len(kept) < len(before) {
			next.zoneHistory(by, id, before, kept)
			changed = true
		}
	}
	for id := range v.agedActivations.all() {
		before, _ := v.activations.get(id)
		if kept := from(before, ms); len(kept) < len(before) {
			next.activationHistory(by, id, before, kept)
			changed = true
		}
	}
	if !changed {
		return v
	}
	return next.done()
}

func zoneID(r ZoneRevision) string             { return r.ID }
func activationID(r ActivationRevision) string { return r.ID }

// byID yields the revisions of each id together. A load brings them in that order already.
func byID[R any](revisions []R, id func(R) string) iter.Seq2[string, []R] {
	return func(yield func(string, []R) bool) {
		compare := func(a, b R) int { return strings.Compare(id(a), id(b)) }
		if !slices.IsSortedFunc(revisions, compare) {
			revisions = slices.Clone(revisions)
			slices.SortStableFunc(revisions, compare)
		}
		for len(revisions) > 0 {
			n := 1
			for n < len(revisions) && id(revisions[n]) == id(revisions[0]) {
				n++
			}
			if !yield(id(revisions[0]), revisions[:n:n]) {
				return
			}
			revisions = revisions[n:]
		}
	}
}

func (v *View) setZone(by *edit, id string, revisions []ZoneRevision) {
	before, _ := v.zones.get(id)
	v.zoneHistory(by, id, before, extended(before, revisions))
}

func (v *View) setActivation(by *edit, id string, revisions []ActivationRevision) {
	before, _ := v.activations.get(id)
	v.activationHistory(by, id, before, extended(before, revisions))
}

// extended returns the history with these revisions too.
func extended[R revision](history, revisions []R) []R {
	for _, r := range revisions {
		history = with(history, r)
	}
	return history
}

func (v *View) zoneHistory(by *edit, id string, before, after []ZoneRevision) {
	keep(by, &v.zones, &v.agedZones, id, after)
	v.liveZones += gained(before, after)
	v.recount(by, profileOf(before), profileOf(after))
	v.rebind(by, before, after)
}

func (v *View) activationHistory(by *edit, id string, before, after []ActivationRevision) {
	keep(by, &v.activations, &v.agedActivations, id, after)
	v.liveActivations += gained(before, after)
	v.rename(by, id, before, after)
}

// keep stores a history; an empty one forgets the id.
func keep[R revision](by *edit, histories *table[[]R], aged *table[struct{}], id string, h []R) {
	if len(h) == 0 {
		histories.drop(by, id)
	} else {
		histories.set(by, id, h)
	}
	if len(h) > 1 || len(h) == 1 && h[0].Withdrawn() {
		aged.set(by, id, struct{}{})
	} else {
		aged.drop(by, id)
	}
}

// gained returns how many more ids are alive after the change of one history: 1, 0 or -1.
func gained[R revision](before, after []R) int {
	n := 0
	if alive(after) {
		n++
	}
	if alive(before) {
		n--
	}
	return n
}

// Zones returns how many zones there are whose latest revision is not a tombstone.
func (v *View) Zones() int { return v.liveZones }

// Profiles returns how many zones ask for which decision profile, by the latest revision of each; those that ask for none, or
// for default, are not counted. The caller must not change what it gets.
func (v *View) Profiles() map[string]int { return v.profiles }

// profileOf returns the decision profile that a zone asks for; empty for default, and for a zone that is no more.
func profileOf(history []ZoneRevision) string {
	if !alive(history) {
		return ""
	}
	r, profile := &history[len(history)-1], ""
	if r.packed != nil {
		profile = r.packed.rule()
	} else {
		profile = r.Zone.Rule
	}
	if profile == defaultRule {
		return ""
	}
	return profile
}

// recount takes a change of the profile that one zone asks for into account.
func (v *View) recount(by *edit, before, after string) {
	if before == after {
		return
	}
	if !by.counted {
		profiles := make(map[string]int, len(v.profiles)+1)
		maps.Copy(profiles, v.profiles)
		v.profiles, by.counted = profiles, true
	}
	if v.profiles[after]++; v.profiles[before] <= 1 {
		delete(v.profiles, before)
	} else {
		v.profiles[before]--
	}
	delete(v.profiles, "")
}

// Activations returns how many activations there are whose latest revision is not a tombstone.
func (v *View) Activations() int { return v.liveActivations }

// AllZones yields the latest revision of each zone, tombstones included, in no order. A zone that is still packed
// stays so: its Zone is nil.
func (v *View) AllZones() iter.Seq[ZoneRevision] {
	return func(yield func(ZoneRevision) bool) {
		for r := range latest(&v.zones) {
			if r.packed != nil {
				r.Zone = r.packed.zone.Load()
			}
			if !yield(r) {
				return
			}
		}
	}
}

// AllActivations yields the latest revision of each activation, tombstones included, in no order.
func (v *View) AllActivations() iter.Seq[ActivationRevision] { return latest(&v.activations) }

func latest[R revision](histories *table[[]R]) iter.Seq[R] {
	return func(yield func(R) bool) {
		for _, h := range histories.all() {
			if !yield(h[len(h)-1]) {
				return
			}
		}
	}
}
