package alerting

import (
	"math"

	"cordon/geofence"
)

// ring is the warning ring of a zone at the fix at hand: whether a usable fix lies in it, in the zone, or beyond.
//
// A visit begins with the first fix in the ring, which raises an approach, and lasts until the wearer has left the ring
// to the outside. Who goes in is told of as a suspicion, and who then comes out again by the ring is on the same visit:
// an approach is told once.
func (w *Watch) ring(t *Tag, wr *Wearing, c *geofence.Candidate, f *Fix) {
	z := c.Zone()
	v := wr.visit(z.ID)
	if z.Kind != geofence.Exclusion || z.BufferM == 0 && v == nil || !z.AppliesAt(f.Time) {
		return
	}
	if v != nil && v.measured.holds(&w.at, z) {
		v.Outs = 0
		v.near(z, f)
		return
	}
	d := geofence.Round(c.Within(&w.at, z.BufferM+margin))
	switch {
	case d <= 0:
		w.enter(t, wr, v, z, c, f)
	case d <= z.BufferM && v == nil:
		w.approach(t, wr, z, f, d)
	case d <= z.BufferM:
		v.Outs = 0
		v.near(z, f)
		v.measured = measured{z.Revision, f.Lon, f.Lat, d}
	case v != nil:
		w.passBy(t, wr, v, z, f, geofence.Round(c.Distance(&w.at)))
	}
}

// measured is how far from the edge of one revision of a zone a place is, in metres.
type measured struct {
	revision uint64
	lon, lat float64
	d        float64
}

// holds reports whether another place lies in the warning ring for certain: it is so near to the one that was measured
// that all that the wearer has moved since, and what planes differ by, takes it out on neither side.
func (m *measured) holds(at *geofence.Plane, z *geofence.Zone) bool {
	if m.d == 0 || m.revision != z.Revision || math.Abs(m.lat) > temperate {
		return false
	}
	moved := at.Length(m.lon, m.lat)
	give := 1 + 1.1*moved + 0.01*m.d
	return moved < 1000 && give < m.d && m.d+give < z.BufferM
}

// temperate is a latitude up to which planes a kilometre apart measure the same to a hundredth and, over the radius of the
// largest circle, to a tenth of what they are apart.
const temperate = 70

// near notes a fix in breach or, of a visit, in the ring or in the zone.
func (e *Episode) near(z *geofence.Zone, f *Fix) {
	e.LastInside, e.Lat, e.Lon = f.Time, f.Lat, f.Lon
	e.ZoneRevision, e.ZoneKind = z.Revision, string(z.Kind)
}

// approach begins a visit by a fix in the ring.
func (w *Watch) approach(t *Tag, wr *Wearing, z *geofence.Zone, f *Fix, d float64) {
	v := w.begin(t, wr, z, f, Live)
	v.Phase = Near
	v.near(z, f)
	v.see(f, d, ClassOut)
	w.expect(t, wr, v)
	a := w.raise(t, wr, v, Approach, z, f, d)
	if wr.LastUsable == never || f.Time <= wr.LastUsable || seconds(f.Time-wr.LastUsable) > v.profile.ColdAfterS {
		return
	}
	speed := (geofence.Round(z.Shape.Distance(wr.Last.Lon, wr.Last.Lat)) - d) / seconds(f.Time-wr.LastUsable)
	rounded := geofence.Round(speed)
	a.ClosingSpeedMPS = &rounded
	if rounded > 0 {
		toEdge := math.Round(d/speed*10) / 10
		a.TimeToEdgeS = &toEdge
	}
}

// enter goes on with a visit in the zone: what there is to say is said as a suspicion.
func (w *Watch) enter(t *Tag, wr *Wearing, v *Episode, z *geofence.Zone, c *geofence.Candidate, f *Fix) {
	if v == nil {
		v = w.begin(t, wr, z, f, Live)
		v.Phase = Spent
		v.near(z, f)
		w.expect(t, wr, v)
	}
	v.Outs = 0
	v.near(z, f)
	if v.Phase == Near {
		d := geofence.Round(c.Distance(&w.at))
		v.see(f, d, v.profile.Classify(true, d, w.radius))
		w.raise(t, wr, v, ApproachEnded, z, f, d).Reason = Entered
		v.Phase, v.Seen = Spent, nil
	}
}

// passBy ends a visit when the fixes beyond the ring last.
func (w *Watch) passBy(t *Tag, wr *Wearing, v *Episode, z *geofence.Zone, f *Fix, d float64) {
	if !v.profile.left(&v.Stance, f.Time) {
		return
	}
	if v.Phase == Near {
		v.see(f, d, ClassOut)
		w.raise(t, wr, v, ApproachEnded, z, f, d)
	}
	w.drop(t, wr, v)
}

// endVisit ends a visit by something other than a fix, decided for the instant (ms).
func (w *Watch) endVisit(t *Tag, wr *Wearing, v *Episode, reason Reason, decided int64) {
	if v.Phase == Near {
		w.timed(t, wr, v, ApproachEnded, reason, decided)
	}
	w.drop(t, wr, v)
	w.Touch(t)
}

// ringChanged reports whether an edit has moved the ring away from where the visit was last.
func ringChanged(z *geofence.Zone, v *Episode) bool {
	return z.Kind != geofence.Exclusion ||
		z.Revision != v.ZoneRevision && geofence.Round(z.Shape.Distance(v.Lon, v.Lat)) > z.BufferM
}
