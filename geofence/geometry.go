package geofence

import (
	"math"

	"github.com/paulmach/orb"
)

// maxVertices is how many vertices one zone may have.
const maxVertices = 100_000

// shape reads the geometry, and the radius that makes a Point a circle.
func (p *place) shape(feature, properties object) Shape {
	raw, ok := feature.get("geometry")
	if !ok {
		p.refuse("draw a Polygon, a MultiPolygon, or a Point with radius_m", "there is no geometry")
		return Shape{}
	}
	geometry, ok := p.object(raw, "geometry")
	if !ok {
		return Shape{}
	}
	kind := geometry.text("type")
	_, circle := properties.get("radius_m")
	if circle && kind != "Point" {
		p.refuse("leave radius_m out, or draw a Point", "radius_m without a Point")
	}
	c := positions{text: geometry.members["coordinates"]}
	var s Shape
	switch kind {
	case "Point":
		s.Center, ok = c.position()
		s.Radius = p.radius(properties)
		if ok && !onEarth(s.Center) {
			p.refuse(rangeRemedy, "the position of the Point is out of range")
		}
	case "Polygon":
		var polygon orb.Polygon
		polygon, ok = c.polygon()
		s.Polygons = orb.MultiPolygon{polygon}
	case "MultiPolygon":
		s.Polygons, ok = c.multiPolygon()
	default:
		p.refuse("draw a Polygon, a MultiPolygon, or a Point with radius_m", "the type of the geometry is none that a zone can have")
		return Shape{}
	}
	if !ok {
		p.refuse("nest the numbers as RFC 7946 says for a "+kind, "the coordinates are not those of a %s", kind)
		return Shape{}
	}
	if kind != "Point" {
		p.polygons(s.Polygons)
	}
	return s
}

func (p *place) radius(properties object) float64 {
	if _, ok := properties.get("radius_m"); !ok {
		p.refuse("give radius_m, or draw a Polygon", "a Point without radius_m")
	}
	return properties.number("radius_m", minRadius, maxRadius)
}

const rangeRemedy = "give WGS84 degrees, longitude (-180 to 180) before latitude (-90 to 90)"

// onEarth is false for NaN.
func onEarth(p orb.Point) bool {
	return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90
}

// polygons checks polygons against all rules, and drops repeated neighbours from their rings.
func (p *place) polygons(members orb.MultiPolygon) {
	if len(members) == 0 {
		p.refuse("draw at least one polygon", "the MultiPolygon is empty")
		return
	}
	rings, vertices := p.rings(members)
	if vertices > maxVertices {
		p.refuse("simplify the outline, or divide it into several zones", "%d vertices are more than %d", vertices, maxVertices)
		return
	}
	sound := rings != nil
	for i := range rings {
		if !p.ring(rings, i) {
			sound = false
		}
	}
	if !sound {
		return
	}
	rings.check(p)
	for i := range rings {
		r := &rings[i]
		members[r.member][r.hole] = r.points
	}
}

// rings lists the rings of polygons; nil, with a report, if a polygon has none.
func (p *place) rings(members orb.MultiPolygon) (rings examined, vertices int) {
	for m, polygon := range members {
		if len(polygon) == 0 {
			p.refuse("leave it out, or draw its shell", "polygon %d has no ring", m+1)
			return nil, 0
		}
		for h, points := range polygon {
			rings = append(rings, ring{member: m, hole: h, points: points})
			vertices += max(0, len(points)-1)
		}
	}
	return rings, vertices
}

// ring checks one ring by itself, all but crossings, and drops repeated neighbours.
func (p *place) ring(rings examined, i int) bool {
	r, name := &rings[i], rings.name(i)
	for v, point := range r.points {
		if !onEarth(point) {
			p.refuse(rangeRemedy, "position %d of %s is out of range", v+1, name)
			return false
		}
	}
	n := len(r.points)
	switch {
	case n == 0:
		p.refuse("leave the ring out, or draw it", "%s is an empty ring", name)
		return false
	case n < 4:
		p.refuse("a ring has at least three corners and ends where it began", "%s has %d positions, fewer than 4", name, n)
		return false
	case r.points[0] != r.points[n-1]:
		p.refuse("repeat the first position at the end", "%s is not closed", name)
		return false
	}
	r.points = distinct(r.points)
	if dropped := n - len(r.points); dropped > 0 {
		p.notice("%d repeated neighbouring vertices of %s were dropped", dropped, name)
	}
	if flat(r.points) {
		p.refuse("draw a ring that encloses something", "%s has zero area", name)
		return false
	}
	if west, east := extent(r.points); east-west > 180 {
		p.refuse("split it at the antimeridian into a MultiPolygon, RFC 7946 section 3.1.9", "%s spans more than 180 degrees", name)
		return false
	}
	return true
}

// distinct drops each vertex that repeats the one before it.
func distinct(points orb.Ring) orb.Ring {
	kept := points[:1]
	for _, p := range points[1:] {
		if p != kept[len(kept)-1] {
			kept = append(kept, p)
		}
	}
	return kept
}

// flat reports whether all vertices lie on one line.
func flat(points orb.Ring) bool {
	if len(points) < 4 {
		return true
	}
	for _, p := range points[2:] {
		if orient(points[0], points[1], p) != 0 {
			return false
		}
	}
	return true
}

func extent(points orb.Ring) (west, east float64) {
	west, east = points[0][0], points[0][0]
	for _, p := range points {
		west, east = min(west, p[0]), max(east, p[0])
	}
	return west, east
}
