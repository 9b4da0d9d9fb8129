package alerting

import (
	"math"

	"cordon/geofence"
)

// Anchor is where a usable fix was, and what it claimed. Its time stands beside it.
type Anchor struct {
	Lat, Lon      float64
	AccuracyM     float64
	AccuracyLevel float64
	Seq           uint64
	HasSeq        bool
	Assumed       bool
}

func (a *Anchor) fix(time int64) Fix {
	return Fix{Time: time, Lat: a.Lat, Lon: a.Lon, AccuracyM: a.AccuracyM, AccuracyLevel: a.AccuracyLevel, Seq: a.Seq, HasSeq: a.HasSeq,
		Assumed: a.Assumed, Source: satellite}
}

const steps = 33 // of the way between two fixes: it is looked at between them

// cross tells of zones between the fix at hand and the usable one before it, when the straight way between the two leads
// through them though both lie outside.
func (w *Watch) cross(t *Tag, wr *Wearing, f *Fix) {
	x := &w.rules.Crossing
	span := seconds(f.Time - wr.LastUsable)
	if wr.LastUsable == never || span <= 0 || span > x.MostS || wr.clear.Holds(wr.Last.Lon, wr.Last.Lat) { // f is in it, too
		return
	}
	w.between = wr.bound.Between(w.between[:0], wr.Last.Lon, wr.Last.Lat, f.Lon, f.Lat, f.Appended)
	if len(w.between) == 0 {
		return
	}
	before := wr.Last.fix(wr.LastUsable)
	length := w.at.Length(before.Lon, before.Lat)
	if length == 0 {
		return
	}
	for _, c := range w.between {
		z := c.Zone()
		if z.Kind != geofence.Exclusion {
			continue
		}
		d := geofence.Round(c.Within(&w.at, length))
		if d <= 0 || d > length || !z.AppliesAt(f.Time) || !z.AppliesAt(before.Time) || wr.episode(z.ID, false) != nil {
			continue
		}
		from := geofence.PlaneAt(before.Lon, before.Lat)
		d0 := geofence.Round(c.Distance(&from))
		if d0 <= 0 || d+d0 > length+margin { // no place between can be inside
			continue
		}
		depth, share := deepest(c, &before, f)
		if depth >= 0 {
			continue
		}
		likelihood := x.likelihood(depth, share, Radius95(before.AccuracyM, before.AccuracyLevel), w.radius, span)
		if likelihood >= x.LeastLikelihood {
			w.crossed(t, wr, z, &before, f, d0, d, likelihood)
		}
	}
}

// deepest returns the least signed distance (metres, rounded to a centimetre) of the places that divide the straight way
// between two fixes evenly, and how far along it the first such place lies, as a share.
func deepest(c *geofence.Candidate, from, to *Fix) (depth, share float64) {
	depth = math.Inf(1)
	for k := 1; k < steps; k++ {
		s := float64(k) / steps
		at := geofence.PlaneAt(from.Lon+s*(to.Lon-from.Lon), from.Lat+s*(to.Lat-from.Lat))
		if d := geofence.Round(c.Distance(&at)); d < depth {
			depth, share = d, s
		}
	}
	return depth, share
}

// Crossing are the parameters of the alert crossing.
type Crossing struct {
	MostS           float64 `json:"most_s"`           // fixes further apart say nothing of the way between
	WanderM         float64 `json:"wander_m"`         // standard deviation of the way from the straight one, for each square root of a second
	LeastLikelihood float64 `json:"least_likelihood"` // that the way led through the zone
}

var crossingParameters = []parameter[Crossing]{
	{"most_s", func(x *Crossing) float64 { return x.MostS }, 0, 3600, "s", "fixes further apart say nothing of the way between"},
	{"wander_m", func(x *Crossing) float64 { return x.WanderM }, 0, 100, "m/√s", "how far the way strays from the straight one"},
	{"least_likelihood", func(x *Crossing) float64 { return x.LeastLikelihood }, 0.01, 1, "-", "that the way led through the zone, for an alert"},
}

// likelihood is the chance that the way led through a zone that its straight line enters by -depth metres at a share of
// it: the place there is taken to be normally distributed, by the errors of both fixes (radii at 95 %, metres), which a
// share weighs, and by how far one can stray in the time between (a Brownian bridge over so many seconds).
func (x *Crossing) likelihood(depth, share, r0, r1, span float64) float64 {
	const sigmas = 2.45 // of round normal error that hold 95 %
	s0, s1 := (1-share)*r0/sigmas, share*r1/sigmas
	stray := x.WanderM * math.Sqrt(span*share*(1-share))
	sigma := math.Sqrt(s0*s0 + s1*s1 + stray*stray)
	return geofence.Round(0.5 + 0.5*math.Erf(-depth/(sigma*math.Sqrt2)))
}

// crossed adds the alert of a crossing. It is over as it is told: there is no ending to wait for.
func (w *Watch) crossed(t *Tag, wr *Wearing, z *geofence.Zone, before, f *Fix, d0, d, likelihood float64) {
	e := &Episode{Zone: z.ID, Opening: before.opening(), ZoneRevision: z.Revision, ZoneKind: string(z.Kind)}
	if wr.Assigned {
		e.Tier = wr.Tier
	}
	e.see(before, d0, ClassOut)
	e.see(f, d, ClassOut)
	a := w.raise(t, wr, e, Crossed, z, f, d)
	a.Likelihood = &likelihood
	a.AlertID, a.EpisodeID = crossingIDs(wr.Subject, z.ID, before.opening(), f.opening())
}
