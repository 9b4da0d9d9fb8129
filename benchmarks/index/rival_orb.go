package main

import (
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/tidwall/rtree"

	"cordon/geofence"
)

// tree finds the zones whose bounding box holds a place.
type tree struct {
	boxes rtree.RTreeGN[float64, int32]
}

func (t *tree) add(box orb.Bound, zone int) { t.boxes.Insert(box.Min, box.Max, int32(zone)) }

// orbTree is orb behind an R-tree.
type orbTree struct {
	tree
	shapes []orb.MultiPolygon
}

func newOrb(zones []*geofence.Zone) searcher {
	o := &orbTree{shapes: make([]orb.MultiPolygon, len(zones))}
	for i, z := range zones {
		o.add(z.Shape.Bound(), i)
		o.shapes[i] = z.Shape.Polygons
	}
	return o
}

func (o *orbTree) find(dst []int32, p orb.Point) []int32 {
	o.boxes.Search(p, p, func(_, _ [2]float64, zone int32) bool {
		if planar.MultiPolygonContains(o.shapes[zone], p) {
			dst = append(dst, zone)
		}
		return true
	})
	return dst
}

// scan looks at all zones, at their boxes first.
type scan struct {
	boxes  []orb.Bound
	shapes []orb.MultiPolygon
}

func newScan(zones []*geofence.Zone) searcher {
	s := &scan{boxes: make([]orb.Bound, len(zones)), shapes: make([]orb.MultiPolygon, len(zones))}
	for i, z := range zones {
		s.boxes[i], s.shapes[i] = z.Shape.Bound(), z.Shape.Polygons
	}
	return s
}

func (s *scan) find(dst []int32, p orb.Point) []int32 {
	for i := range s.boxes {
		if s.boxes[i].Contains(p) && planar.MultiPolygonContains(s.shapes[i], p) {
			dst = append(dst, int32(i))
		}
	}
	return dst
}
