package main

import (
	"slices"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"

	"cordon/geofence"
)

// s2Index is one ShapeIndex of all zones, where a point on the boundary of a polygon may or may not be inside.
type s2Index struct {
	query *s2.ContainsPointQuery
	alone bool // one zone: yes or no is enough
}

// numbered is a shape that knows its zone.
type numbered struct {
	*s2.LaxPolygon
	zone int32
}

func newS2(zones []*geofence.Zone) searcher {
	index := s2.NewShapeIndex()
	for i, z := range zones {
		index.Add(&numbered{s2.LaxPolygonFromPoints(loops(z.Shape.Polygons)), int32(i)})
	}
	index.Build()
	return &s2Index{s2.NewContainsPointQuery(index, s2.VertexModelSemiOpen), len(zones) == 1}
}

// loops have the interior on their left: shells anticlockwise, holes clockwise, and no vertex twice.
func loops(polygons orb.MultiPolygon) [][]s2.Point {
	var all [][]s2.Point
	for _, polygon := range polygons {
		for h, ring := range polygon {
			loop := make([]s2.Point, len(ring)-1)
			for i := range loop {
				loop[i] = s2Point(ring[i])
			}
			if want := orb.CCW; (ring.Orientation() == want) == (h > 0) {
				slices.Reverse(loop)
			}
			all = append(all, loop)
		}
	}
	return all
}

func s2Point(p orb.Point) s2.Point { return s2.PointFromLatLng(s2.LatLngFromDegrees(p[1], p[0])) }

func (s *s2Index) find(dst []int32, p orb.Point) []int32 {
	at := s2Point(p)
	if s.alone {
		if s.query.Contains(at) {
			dst = append(dst, 0)
		}
		return dst
	}
	for _, shape := range s.query.ContainingShapes(at) {
		dst = append(dst, shape.(*numbered).zone)
	}
	return dst
}
