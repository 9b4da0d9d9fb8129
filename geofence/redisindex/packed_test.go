package redisindex

import (
	"fmt"
	"math"
	"testing"

	"cordon/geofence"
)

// TestFollower_decodesAZoneForNamedWearersWhenTheirTagComesNear asks of what was loaded and of what came by the change
// stream.
func TestFollower_decodesAZoneForNamedWearersWhenTheirTagComesNear(t *testing.T) {
	for _, older := range []bool{false, true} { // whether an older program stored the zones
		t.Run(fmt.Sprintf("older %v", older), func(t *testing.T) { decodesWhenNear(t, older) })
	}
}

func decodesWhenNear(t *testing.T, older bool) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		list := make([]*geofence.Zone, 3*zonesPerWearer)
		for i := range list {
			list[i] = wardZone(square(t, "", "").Location, i, 0)
		}
		sum := importZones(t, s, list...)
		if older {
			age(t, s)
		}
		f := start(t, s, quick())
		awaitReady(t, f, sum.Revision)
		edited := wardZone(list[0].Location, 0, 1)
		list[0] = edited
		sum = importZones(t, s, edited)
		awaitReady(t, f, sum.Revision)

		if got := decoded(f.View()); got["z1"] == nil || len(got) != 2 {
			t.Errorf("decoded after loading: %v, want z1 and z2, which are for everyone", got)
		}
		ask(t, f.View(), list[zonesPerWearer:2*zonesPerWearer])
		if got := decoded(f.View()); len(got) != 2+zonesPerWearer || got[edited.ID] != nil {
			t.Errorf("decoded after another wearer's questions: %v", got)
		}
		ask(t, f.View(), list[:zonesPerWearer])
		if got := decoded(f.View()); len(got) != 2+2*zonesPerWearer || got[edited.ID] == nil || got[edited.ID].Revision != 2 {
			t.Errorf("decoded after its own wearer's questions: %v", got)
		}
	})
}

// decoded returns the zones of the view that are not packed, or no longer, by id.
func decoded(v *geofence.View) map[string]*geofence.Zone {
	zones := map[string]*geofence.Zone{}
	for r := range v.AllZones() {
		if r.Zone != nil {
			zones[r.ID] = r.Zone
		}
	}
	return zones
}

// ask has a tag of the zones' wearer go to each of them, and compares the answers, of which the first is that of a packed
// zone.
func ask(t *testing.T, v *geofence.View, list []*geofence.Zone) {
	t.Helper()
	for _, z := range list {
		p := z.Shape.Polygons[0][0][3]
		at := geofence.PlaneAt(p[0]+0.0001, p[1])
		want := z.Shape.Distance(p[0]+0.0001, p[1])
		for range 2 {
			found := false
			for _, c := range v.Bound(z.Audience.Wearers[0], nil).Near(nil, &at, 50, geofence.Always-1) {
				if c.Zone().ID == z.ID {
					found = true
					if got := c.Distance(&at); math.Float64bits(got) != math.Float64bits(want) {
						t.Errorf("%s: %v, want %v", z.ID, got, want)
					}
				}
			}
			if !found {
				t.Errorf("%s is not near its own edge", z.ID)
			}
		}
	}
}
