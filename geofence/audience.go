package geofence

import "slices"

// AppliesTo reports whether the zone binds the wearer, who is in these cohorts.
func (z *Zone) AppliesTo(wearer string, cohorts []string) bool {
	a := &z.Audience
	if a.Everyone || slices.Contains(a.Wearers, wearer) {
		return true
	}
	for _, c := range a.Cohorts {
		if slices.Contains(cohorts, c) {
			return true
		}
	}
	return false
}
