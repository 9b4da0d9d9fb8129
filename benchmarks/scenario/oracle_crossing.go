package scenario

import (
	"math"

	"cordon/alerting"
)

// cross looks whether the way from the usable live fix before this one leads through a zone that neither of them is in.
func (l *lane) cross(s *state, f fix) {
	b := s.usable
	if s.before == never || f.fix <= b.fix || float64(f.fix-b.fix) > l.params.Rules.Crossing.MostS*1000 {
		return
	}
	for _, h := range s.zones {
		z := h.at(f.appended)
		if z == nil || z.withdrawn || z.kind != "exclusion" || !z.binds(s.wearer, f.cohorts) || s.live[z.id] != nil {
			continue
		}
		if z.shape.boxMeets(place{b.lon, b.lat}, place{f.lon, f.lat}) && z.applies(b.fix) && z.applies(f.fix) {
			l.crossZone(s, z, b, f)
		}
	}
}

const (
	waySteps = 33   // the way is looked at in so many parts
	perSigma = 2.45 // a circle of 95 % has so many standard deviations of one axis
	doubt    = 0.02 // a likelihood so near to the least one may come out either way
)

func (l *lane) crossZone(s *state, z *zoneRevision, b, f fix) {
	from, to := place{b.lon, b.lat}, place{f.lon, f.lat}
	x, y := scale(to.lat)
	length := math.Hypot((to.lon-from.lon)*x, (to.lat-from.lat)*y)
	d0, d := rounded(z.shape.distance(from)), rounded(z.shape.distance(to))
	if d <= 0 || d0 <= 0 || d > length || d+d0 > length+0.02 {
		return
	}
	depth, share := z.shape.deepestBetween(from, to)
	if depth >= 0 {
		return
	}
	least := l.params.Rules.Crossing.LeastLikelihood
	likelihood := l.likelihood(depth, share, b, f)
	c := crossing{b: b, f: f, d0: d0, d: d, likelihood: likelihood}
	if math.Abs(likelihood-least) <= doubt+1e-9 {
		l.doubtful[listID(c.list(s, z, alerting.Crossed)...)] = true
	}
	if likelihood >= least {
		l.raiseCrossing(s, z, c)
	}
}

// deepestBetween returns the least distance of the places between two, and the share of the way to the first that has it.
func (s *shape) deepestBetween(from, to place) (depth, share float64) {
	depth = math.Inf(1)
	for k := 1; k < waySteps; k++ {
		part := float64(k) / waySteps
		at := place{from.lon + part*(to.lon-from.lon), from.lat + part*(to.lat-from.lat)}
		if d := rounded(s.distance(at)); d < depth {
			depth, share = d, part
		}
	}
	return depth, share
}

// likelihood is the chance that a place on the way was inside, to two digits: the truth lies about it by what the two
// circles leave open, and by what a wearer strays from the straight.
func (l *lane) likelihood(depth, share float64, b, f fix) float64 {
	ofB, ofF := (1-share)*b.radius/perSigma, share*f.radius/perSigma
	wander, dt := l.params.Rules.Crossing.WanderM, float64(f.fix-b.fix)/1000
	sigma := math.Sqrt(ofB*ofB + ofF*ofF + wander*wander*dt*share*(1-share))
	return rounded(0.5 + 0.5*math.Erf(-depth/(sigma*math.Sqrt2)))
}

// crossing is two fixes, both outside at these distances, and how likely it is that the wearer was inside between them.
type crossing struct {
	b, f       fix
	d0, d      float64
	likelihood float64
}

// list is what the ids are made of: those of its alert with a kind, that of the episode with none.
func (c *crossing) list(s *state, z *zoneRevision, kind alerting.Kind) []string {
	list := []string{"v1"}
	if kind != "" {
		list = append(list, string(kind))
	}
	list = append(append(append(list, s.subject(), z.id), c.b.elements()...), c.f.elements()...)
	if kind != "" {
		list = append(list, "") // the cause
	}
	return list
}

func (l *lane) raiseCrossing(s *state, z *zoneRevision, c crossing) {
	a := alerting.Alert{
		AlertID: listID(c.list(s, z, alerting.Crossed)...), EpisodeID: listID(c.list(s, z, "")...),
		Kind: alerting.Crossed, Reason: alerting.Between, Severity: z.severity,
		WearerID: s.wearer, DeviceID: s.device, ActivationID: s.activation, Tier: c.f.tier,
		ZoneID: z.id, ZoneRevision: z.number, ZoneKind: z.kind, OpenedFixTime: wireTime(c.b.fix),
		Likelihood: &c.likelihood, RuleRevision: l.params.Rules.revision(),
		Evidence: []alerting.Evidence{l.evidence(c.b, c.d0, alerting.ClassOut), l.evidence(c.f, c.d, alerting.ClassOut)},
	}
	if c.f.tier != 1 {
		a.Severity = oneBelow[z.severity]
	}
	l.addPing(&a, c.f, c.d)
	l.alerts = append(l.alerts, a)
}
