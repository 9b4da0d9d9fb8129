package scenario

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Points are drawn in whole 1e-7 degrees, so that what is written is exactly what was meant.
type point struct{ lon, lat int64 }

const (
	gridE7   = 200   // vertices lie on this grid: an eighth of an edge is still a whole number
	perMetre = 89.93 // 1e-7 degrees of latitude, about
)

// north and east return a way of so many metres from a point, about.
func (p point) moved(east, north float64) point {
	return point{p.lon + int64(east*perMetre/math.Cos(float64(p.lat)*1e-7*math.Pi/180)), p.lat + int64(north*perMetre)}
}

func (p point) onGrid() point { return point{p.lon / gridE7 * gridE7, p.lat / gridE7 * gridE7} }

func (p point) place() place { return place{float64(p.lon) / 1e7, float64(p.lat) / 1e7} }

// drawnZone is a zone that the generator made.
type drawnZone struct {
	id       string
	kind     string // "" is exclusion
	wearers  []string
	cohorts  []string // neither: everyone
	rings    [][][]point
	center   point
	radius   int // above 0: a circle
	severity string
	rule     string // the name of its profile; "": not said
	buffer   int
	times    zoneTimes
	measured *shape // made when first asked for
}

const (
	cohortCount = 10
	south, west = 513_500_000, -3_500_000
	tall, wide  = 3_000_000, 5_000_000
)

func anywhere(r *rand.Rand) point {
	return point{west + r.Int64N(wide), south + r.Int64N(tall)}
}

func (s *Scenario) draw(r *rand.Rand) {
	c := s.config
	var shared []*drawnZone
	for i := range 6 + min(24, c.Tags/100) {
		shared = append(shared, s.drawShape(r, &drawnZone{id: fmt.Sprintf("all-%03d", i)}, anywhere(r), 150+r.Float64()*500))
	}
	for i := range cohortCount * 2 {
		z := &drawnZone{id: fmt.Sprintf("cohort-%03d", i), cohorts: []string{cohortName(i % cohortCount)}}
		shared = append(shared, s.drawShape(r, z, anywhere(r), 100+r.Float64()*300))
	}
	s.zones = shared
	for _, z := range shared {
		s.shapes = append(s.shapes, z.kept())
	}
	for i := range c.Tags {
		home := anywhere(r)
		if r.IntN(2) == 0 {
			home = shared[r.IntN(len(shared))].middle().moved(r.Float64()*1600-800, r.Float64()*1600-800)
		}
		s.devices = append(s.devices, s.drawDevice(r, i, home, shared))
	}
}

func cohortName(i int) string { return fmt.Sprintf("cohort-%d", i) }

func (z *drawnZone) middle() point {
	if z.radius > 0 {
		return z.center
	}
	return z.rings[0][0][0]
}

// drawWearerZones draws what binds one wearer: one or two places to keep away from, and perhaps one to stay in.
func (s *Scenario) drawWearerZones(r *rand.Rand, wearer string, home point) []*drawnZone {
	var list []*drawnZone
	add := func(kind string, at point, size float64) *drawnZone {
		z := &drawnZone{id: fmt.Sprintf("%s-%d", wearer, len(list)), kind: kind, wearers: []string{wearer}}
		list = append(list, s.drawShape(r, z, at, size))
		return z
	}
	near := func() point { return home.moved(r.Float64()*1200-600, r.Float64()*1200-600) }
	add("exclusion", near(), 60+r.Float64()*240)
	switch r.IntN(4) {
	case 0:
		a, b := add("exclusion", near(), 100), add("exclusion", near(), 100)
		shareBorder(r, a, b)
	case 1:
		add("exclusion", near(), 60+r.Float64()*140)
	}
	if r.IntN(5) == 0 {
		add("inclusion", home, 300+r.Float64()*500)
	}
	s.zones = append(s.zones, list...)
	return list
}

// shareBorder makes two rectangles beside each other of two zones.
func shareBorder(r *rand.Rand, a, b *drawnZone) {
	from := a.middle().onGrid()
	w, h := (2+r.Int64N(10))*8*gridE7, (2+r.Int64N(10))*8*gridE7
	a.radius, b.radius = 0, 0
	a.rings = [][][]point{{rectangle(from, w, h)}}
	b.rings = [][][]point{{rectangle(point{from.lon + w, from.lat}, w, h)}}
}

func rectangle(from point, w, h int64) []point {
	return []point{from, {from.lon + w, from.lat}, {from.lon + w, from.lat + h}, {from.lon, from.lat + h}, from}
}

// drawShape gives the zone its shape, timetable and the rest.
func (s *Scenario) drawShape(r *rand.Rand, z *drawnZone, at point, size float64) *drawnZone {
	at = at.onGrid()
	switch r.IntN(6) {
	case 0, 1:
		z.center, z.radius = at, int(size*0.7)
	case 2:
		z.rings = [][][]point{
			{star(r, at, size*0.7, 9)},
			{star(r, at.moved(size*1.8, size*0.5), size*0.6, 8), star(r, at.moved(size*1.8, size*0.5), size*0.18, 6)},
		}
	case 3:
		z.rings = [][][]point{{star(r, at, size, 8+r.IntN(int(size/10))), star(r, at, size*0.28, 7)}}
	default:
		z.rings = [][][]point{{star(r, at, size, 8+r.IntN(int(size/10)))}}
	}
	z.orient()
	z.severity = []string{"", "critical", "serious", "warning", "info"}[r.IntN(5)]
	if z.kind != "inclusion" && r.IntN(2) == 0 {
		z.buffer = 50 + r.IntN(300)
	}
	if r.IntN(4) == 0 {
		z.rule = []string{"beside_home", "beside_home", "default", "of_another_set"}[r.IntN(4)]
	}
	s.drawTimes(r, z)
	return z
}

// star is a closed ring that sees its middle from every vertex, counter-clockwise: it cannot cross itself.
func star(r *rand.Rand, at point, size float64, n int) []point {
	var ring []point
	for i := range n {
		angle, far := 2*math.Pi*float64(i)/float64(n), size*(0.65+0.35*r.Float64())
		ring = append(ring, at.moved(far*math.Cos(angle), far*math.Sin(angle)).onGrid())
	}
	return append(ring, ring[0])
}

// orient turns holes clockwise, as RFC 7946 wants them.
func (z *drawnZone) orient() {
	for _, rings := range z.rings {
		for _, hole := range rings[1:] {
			slices.Reverse(hole)
		}
	}
}

// kept is the zone as its edges are kept clear of, whatever becomes of it. It is measured: several may read it at a time.
func (z *drawnZone) kept() *drawnZone {
	z.shape()
	kept := *z
	return &kept
}

// shape is the zone as the distances of positions to it are measured.
func (z *drawnZone) shape() *shape {
	if z.measured != nil {
		return z.measured
	}
	s := &shape{center: z.center.place(), radius: float64(z.radius)}
	for _, rings := range z.rings {
		polygon := make([][]place, len(rings))
		for i, ring := range rings {
			for _, p := range ring {
				polygon[i] = append(polygon[i], p.place())
			}
		}
		s.polygons = append(s.polygons, polygon)
	}
	s.measure()
	z.measured = s
	return s
}
