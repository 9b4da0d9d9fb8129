package main

import (
	"github.com/paulmach/orb"

	"cordon/geofence"
)

// appended is when every ping here is appended, ms; all zones are in force then.
const appended = 2

// ours is Cordon's index as the decision uses it: candidates by place, then the signed distance to each.
type ours struct {
	bound     *geofence.Bound
	reach     float64
	near      []*geofence.Candidate
	distances []float64 // to near, m
}

// viewOf holds zones whose revision is their number, counted from 1.
func viewOf(zones []*geofence.Zone) *geofence.View {
	revisions := make([]geofence.ZoneRevision, len(zones))
	for i, z := range zones {
		revisions[i] = geofence.ZoneRevision{ID: z.ID, Number: z.Revision, Updated: 1, Zone: z}
	}
	return geofence.NewView(revisions, nil)
}

func newOurs(zones []*geofence.Zone, reach float64) *ours {
	return &ours{bound: viewOf(zones).Bound("", nil), reach: reach}
}

func (o *ours) find(dst []int32, p orb.Point) []int32 {
	at := geofence.PlaneAt(p[0], p[1])
	o.near = o.bound.Near(o.near[:0], &at, o.reach, appended)
	o.distances = o.distances[:0]
	for _, c := range o.near {
		d := c.Within(&at, o.reach)
		o.distances = append(o.distances, d)
		if geofence.Round(d) <= 0 {
			dst = append(dst, int32(c.Zone().Revision-1))
		}
	}
	return dst
}

// asks is how often a shape is asked, by when it has been compiled: geofence waits until it is worth it.
const asks = 2048

// settled is up to how many zones shapes are compiled before they are timed. Among more, those of one processor are
// seldom asked about often enough.
const settled = 10_000

// settle has the shapes compiled that the places come near.
func (o *ours) settle(places []orb.Point) {
	done := map[*geofence.Candidate]struct{}{}
	for _, p := range places {
		at := geofence.PlaneAt(p[0], p[1])
		o.near = o.bound.Near(o.near[:0], &at, o.reach, appended)
		for _, c := range o.near {
			if _, ok := done[c]; ok {
				continue
			}
			done[c] = struct{}{}
			for range asks {
				c.Within(&at, o.reach)
			}
		}
	}
}
