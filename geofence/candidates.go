package geofence

import (
	"cmp"
	"slices"
	"strings"

	"github.com/paulmach/orb"
)

// binding is a list of zones: those of a wearer, of a cohort, or (the zero binding) for everyone.
type binding struct {
	kind bindingKind
	name string
}

type bindingKind uint8

const (
	toEveryone bindingKind = iota
	toWearer
	toCohort
)

// candidate is one revision of a zone, the appended time it is in force for, and where it can be breached.
type candidate struct {
	zone        *Zone
	reach       orb.Bound // of an exclusion zone
	from, until int64
}

func newCandidate(z *Zone, from, until int64) candidate {
	c := candidate{zone: z, from: from, until: until}
	if z.Kind != Inclusion {
		c.reach = z.Shape.reach()
	}
	return c
}

// Candidates appends to dst, by id, every zone in force at the appended time that binds the wearer and could be
// breached at the place: all inclusion zones, and the exclusion zones whose padded bounding box holds it. It does not
// allocate when dst has room.
func (v *View) Candidates(dst []*Zone, wearer string, cohorts []string, lon, lat float64, appended int64) []*Zone {
	start, p := len(dst), orb.Point{lon, lat}
	dst = appendCandidates(dst, v.bound[binding{}], p, appended)
	sorted := len(dst)
	dst = appendCandidates(dst, v.bound[binding{toWearer, wearer}], p, appended)
	for _, c := range cohorts {
		dst = appendCandidates(dst, v.bound[binding{toCohort, c}], p, appended)
	}
	if len(dst) == sorted {
		return dst
	}
	// At most one revision of a zone is in force, so zones of the same id are the same.
	slices.SortFunc(dst[start:], func(a, b *Zone) int { return strings.Compare(a.ID, b.ID) })
	return dst[:start+len(slices.Compact(dst[start:]))]
}

func appendCandidates(dst []*Zone, list []candidate, p orb.Point, appended int64) []*Zone {
	for i := range list {
		c := &list[i]
		if appended < c.from || appended >= c.until {
			continue
		}
		if c.zone.Kind == Inclusion || c.reach.Contains(p) {
			dst = append(dst, c.zone)
		}
	}
	return dst
}

// bindings calls yield with each list the zone belongs to.
func (a *Audience) bindings(yield func(binding)) {
	if a.Everyone {
		yield(binding{})
	}
	for _, w := range a.Wearers {
		yield(binding{toWearer, w})
	}
	for _, c := range a.Cohorts {
		yield(binding{toCohort, c})
	}
}

// rebound returns the lists of candidates after these zones' histories have changed.
func (v *View) rebound(changed map[string][]ZoneRevision) map[binding][]candidate {
	lists := map[binding][]candidate{} // that change, with what they gain
	for id := range changed {
		for _, r := range v.zones[id] {
			if r.Zone != nil {
				r.Zone.Audience.bindings(func(b binding) { lists[b] = nil })
			}
		}
	}
	for _, history := range changed {
		for r, until := range reigns(history) {
			if r.Zone != nil {
				c := newCandidate(r.Zone, r.Updated, until)
				r.Zone.Audience.bindings(func(b binding) { lists[b] = append(lists[b], c) })
			}
		}
	}
	for b, added := range lists {
		lists[b] = merged(v.bound[b], added, func(c candidate) bool {
			_, ok := changed[c.zone.ID]
			return ok
		})
	}
	return overlaid(v.bound, lists)
}

// merged returns the candidates that are not stale and the added ones, by zone id and time.
func merged(list, added []candidate, stale func(candidate) bool) []candidate {
	next := make([]candidate, 0, len(list)+len(added))
	for _, c := range list {
		if !stale(c) {
			next = append(next, c)
		}
	}
	next = append(next, added...)
	slices.SortFunc(next, func(a, b candidate) int {
		return cmp.Or(strings.Compare(a.zone.ID, b.zone.ID), cmp.Compare(a.from, b.from))
	})
	return next
}
