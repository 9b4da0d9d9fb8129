package geofence

import (
	"iter"
	"maps"
	"slices"
)

// View is the zones and the register with their revision histories, as far back as they are kept. It is immutable: a
// change makes a new View that shares what it did not touch.
type View struct {
	zones       map[string][]ZoneRevision
	activations map[string][]ActivationRevision
	bound       map[binding][]candidate           // by zone id
	devices     map[string][][]ActivationRevision // histories in which the device is named, by activation id

	liveZones, liveActivations int
}

// NewView returns a View of these revisions, in any order.
func NewView(zones []ZoneRevision, acts []ActivationRevision) *View {
	return (&View{}).With(zones, acts)
}

// With returns a View that has these revisions too; one with the id and number of another takes its place.
func (v *View) With(zones []ZoneRevision, acts []ActivationRevision) *View {
	return v.replace(extended(v.zones, zones, zoneID), extended(v.activations, acts, activationID))
}

// Before returns a View that has forgotten the revisions superseded by ms and the tombstones older than that. It
// answers every question about ms or later as v does, except that what was withdrawn before is unknown.
func (v *View) Before(ms int64) *View {
	zones, acts := trimmed(v.zones, ms), trimmed(v.activations, ms)
	if len(zones) == 0 && len(acts) == 0 {
		return v
	}
	return v.replace(zones, acts)
}

func zoneID(r ZoneRevision) string             { return r.ID }
func activationID(r ActivationRevision) string { return r.ID }

// extended returns the histories that the revisions change.
func extended[R revision](histories map[string][]R, revisions []R, id func(R) string) map[string][]R {
	changed := map[string][]R{}
	for _, r := range revisions {
		h, ok := changed[id(r)]
		if !ok {
			h = histories[id(r)]
		}
		changed[id(r)] = with(h, r)
	}
	return changed
}

// trimmed returns the histories that get shorter.
func trimmed[R revision](histories map[string][]R, ms int64) map[string][]R {
	changed := map[string][]R{}
	for id, h := range histories {
		if len(h) == 1 && !h[0].withdrawn() {
			continue
		}
		if kept := from(h, ms); len(kept) < len(h) {
			changed[id] = kept
		}
	}
	return changed
}

// replace returns a View with these histories in place of those of the same ids; an empty one forgets the id.
func (v *View) replace(zones map[string][]ZoneRevision, acts map[string][]ActivationRevision) *View {
	next := &View{zones: v.zones, activations: v.activations, bound: v.bound, devices: v.devices}
	next.liveZones = v.liveZones + gained(v.zones, zones)
	next.liveActivations = v.liveActivations + gained(v.activations, acts)
	if len(zones) > 0 {
		next.zones = overlaid(v.zones, zones)
		next.bound = v.rebound(zones)
	}
	if len(acts) > 0 {
		next.activations = overlaid(v.activations, acts)
		next.devices = v.renamed(acts)
	}
	return next
}

// gained returns how many more ids are alive after the change.
func gained[R revision](before, changed map[string][]R) int {
	n := 0
	for id, h := range changed {
		if alive(h) {
			n++
		}
		if alive(before[id]) {
			n--
		}
	}
	return n
}

// overlaid returns a copy of the map with the changes made.
func overlaid[K comparable, E any](m, changed map[K][]E) map[K][]E {
	next := make(map[K][]E, len(m)+len(changed))
	maps.Copy(next, m)
	for k, list := range changed {
		if len(list) == 0 {
			delete(next, k)
		} else {
			next[k] = list
		}
	}
	return next
}

// Zones returns how many zones there are whose latest revision is not a tombstone.
func (v *View) Zones() int { return v.liveZones }

// Activations returns how many activations there are whose latest revision is not a tombstone.
func (v *View) Activations() int { return v.liveActivations }

// AllZones yields the latest revision of each zone, tombstones included, by id.
func (v *View) AllZones() iter.Seq[ZoneRevision] { return latest(v.zones) }

// AllActivations yields the latest revision of each activation, tombstones included, by id.
func (v *View) AllActivations() iter.Seq[ActivationRevision] { return latest(v.activations) }

func latest[R revision](histories map[string][]R) iter.Seq[R] {
	return func(yield func(R) bool) {
		for _, id := range slices.Sorted(maps.Keys(histories)) {
			h := histories[id]
			if !yield(h[len(h)-1]) {
				return
			}
		}
	}
}
