package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// planner plans the changes. A zone or an activation is changed once, so that no change depends on when another was
// really made; only what was withdrawn may be brought back.
type planner struct {
	*Scenario
	rand      *rand.Rand
	fresh     []*drawnZone // not changed yet
	devices   []*device    // worn by one wearer throughout, not changed yet
	withdrawn []*drawnZone
	wearers   []string
}

func (s *Scenario) planChanges(r *rand.Rand) {
	if s.config.Changes < 0 {
		return
	}
	p := &planner{Scenario: s, rand: r, fresh: slices.Clone(s.zones)}
	for _, d := range s.devices {
		if d.plain {
			p.devices = append(p.devices, d)
			p.wearers = append(p.wearers, d.activations[0].wearer)
		}
	}
	r.Shuffle(len(p.fresh), func(i, j int) { p.fresh[i], p.fresh[j] = p.fresh[j], p.fresh[i] })
	r.Shuffle(len(p.devices), func(i, j int) { p.devices[i], p.devices[j] = p.devices[j], p.devices[i] })
	from, length := s.config.start(), s.config.end()-s.config.start()
	for i := range s.config.Changes {
		at := from + length/10 + length*8/10*int64(i)/int64(s.config.Changes)
		c := Change{At: time.UnixMilli(at).UTC(), What: ChangeKinds[i%len(ChangeKinds)]}
		if p.plan(&c) {
			s.changes = append(s.changes, c)
		}
	}
}

// plan fills the change in and tells whether there is anything left to change.
func (p *planner) plan(c *Change) bool {
	switch c.What {
	case "withdrawn":
		zones := append(p.takeZones(), p.takeZones()...) // many, for few are occupied
		p.withdrawn = append(p.withdrawn, zones...)
		for _, z := range zones {
			c.withdraw = append(c.withdraw, z.id)
		}
		return len(zones) > 0
	case "brought_back":
		zones := p.withdrawn
		p.withdrawn = nil
		c.zones = func(int64) []*drawnZone { return zones }
		return len(zones) > 0
	case "timetable":
		zones := p.takeZones()
		c.zones = func(at int64) []*drawnZone { return p.retimed(zones, at) }
		return len(zones) > 0
	case "reshaped", "kind", "audience", "severity", "rule":
		zones := p.edited(c.What, p.takeZones())
		c.zones = func(int64) []*drawnZone { return zones }
		return len(zones) > 0
	case "unregistered":
		for _, d := range p.takeDevices() {
			c.delete = append(c.delete, d.activations[0].id)
		}
		return len(c.delete) > 0
	}
	return p.planRegister(c)
}

func (p *planner) takeZones() []*drawnZone {
	n := min(len(p.fresh), max(10, len(p.zones)/25))
	taken := slices.Clone(p.fresh[:n])
	p.fresh = p.fresh[n:]
	return taken
}

func (p *planner) takeDevices() []*device {
	n := min(len(p.devices), max(4, len(p.Scenario.devices)/80))
	taken := p.devices[:n]
	p.devices = p.devices[n:]
	for _, d := range taken {
		d.changed = true
	}
	return taken
}

func (p *planner) edited(what string, zones []*drawnZone) []*drawnZone {
	var list []*drawnZone
	for _, old := range zones {
		z := *old
		switch what {
		case "reshaped":
			z = p.shifted(old)
		case "kind":
			z.buffer, z.kind = 0, "inclusion"
			if old.kind == "inclusion" {
				z.kind = "exclusion"
			}
		case "audience":
			p.readdress(&z)
		case "severity":
			z.severity = "serious"
			if old.severity == "serious" {
				z.severity = "warning"
			}
		case "rule":
			z.rule = "beside_home"
			if old.rule == z.rule {
				z.rule = "default"
			}
		}
		list = append(list, &z)
	}
	return list
}

// shifted moves the shape so far that a wearer inside may be outside then, and lets fixes keep clear of the new edge too.
func (p *planner) shifted(old *drawnZone) drawnZone {
	z := *old
	z.measured, z.rings = nil, nil
	by := point{p.rand.Int64N(40) - 20, p.rand.Int64N(40) - 20}
	by = point{by.lon * gridE7, by.lat * gridE7}
	z.center = point{old.center.lon + by.lon, old.center.lat + by.lat}
	for _, rings := range old.rings {
		var moved [][]point
		for _, ring := range rings {
			to := slices.Clone(ring)
			for i := range to {
				to[i] = point{to[i].lon + by.lon, to[i].lat + by.lat}
			}
			moved = append(moved, to)
		}
		z.rings = append(z.rings, moved)
	}
	if len(z.wearers) == 0 {
		p.shapes = append(p.shapes, z.kept())
		return z
	}
	for _, d := range p.Scenario.devices {
		if slices.Contains(d.drawn, old) {
			d.shapes = append(d.shapes, z.kept())
		}
	}
	return z
}

func (p *planner) readdress(z *drawnZone) {
	switch {
	case len(z.wearers) > 0 && len(p.wearers) > 0:
		z.wearers = []string{p.wearers[p.rand.IntN(len(p.wearers))]}
	case len(z.cohorts) > 0:
		z.cohorts = []string{cohortName(p.rand.IntN(cohortCount))}
	default:
		z.cohorts = []string{cohortName(0), cohortName(1)}
	}
}

// retimed gives each zone a timetable by which it does not apply when the change is made, or soon ceases to.
func (p *planner) retimed(zones []*drawnZone, at int64) []*drawnZone {
	unit := p.config.unit()
	var list []*drawnZone
	for i, old := range zones {
		z := *old
		z.times = zoneTimes{}
		switch i % 4 {
		case 0:
			z.times.Exceptions = []exception{{wire(at - 5*unit), wire(at + 30*unit)}}
		case 1:
			z.times.ActiveFrom = wire(at + 20*unit)
		case 2:
			z.times.Exceptions = []exception{{wire(at - unit), wire(at)}}
		case 3:
			z.times.ActiveTo = wire(at + 10*unit)
		}
		list = append(list, &z)
	}
	return list
}

// planRegister plans what happens to activations.
func (p *planner) planRegister(c *Change) bool {
	unit, devices := p.config.unit(), p.takeDevices()
	nobody := fmt.Sprintf("wearer-new-%03d", len(p.changes))
	others := make([]string, len(devices))
	for i := range others {
		others[i] = p.wearers[p.rand.IntN(len(p.wearers))]
	}
	c.register = func(at int64) []activation {
		var list []activation
		for i, d := range devices {
			a := d.activations[0]
			switch c.What {
			case "removed":
				a.removed = at + int64(i%5-3)*unit
			case "handed_on":
				a.removed = at - int64(i%3)*unit
				b := activation{id: a.id + "-next", wearer: nobody, device: a.device, fitted: at, removed: forever}
				list = append(list, b)
			case "refitted":
				a.fitted = at + int64(i%3-1)*2*unit
			case "wearer":
				a.wearer = others[i]
			case "cohorts":
				a.cohorts = nil
			}
			list = append(list, a)
		}
		return list
	}
	return len(devices) > 0
}
