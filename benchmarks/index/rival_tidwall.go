package main

import (
	"math"
	"time"

	"github.com/paulmach/orb"
	"github.com/tidwall/geojson"
	"github.com/tidwall/geojson/geometry"

	"cordon/geofence"
)

// tidwall is geojson's objects behind an R-tree, as Tile38 does it.
type tidwall struct {
	tree
	objects []geojson.Object
}

// newTidwall builds with the polygon index that answers fastest, tried on some of the zones.
func newTidwall(zones []*geofence.Zone) searcher {
	some := zones[:min(len(zones), 500)]
	best, least := geometry.IndexOptions{}, time.Duration(math.MaxInt64)
	for _, options := range polygonIndexes() {
		if took := trial(tidwallWith(some, &options), some); took < least {
			best, least = options, took
		}
	}
	return tidwallWith(zones, &best)
}

func polygonIndexes() []geometry.IndexOptions {
	return []geometry.IndexOptions{
		{Kind: geometry.None},
		*geometry.DefaultIndexOptions,
		{Kind: geometry.QuadTree, MinPoints: 16},
		{Kind: geometry.RTree, MinPoints: 64},
		{Kind: geometry.RTree, MinPoints: 16},
	}
}

// trial is the least time of a few passes over places near the zones' vertices.
func trial(s searcher, zones []*geofence.Zone) time.Duration {
	least := time.Duration(math.MaxInt64)
	var found []int32
	for range 5 {
		began := time.Now()
		for i := range 2000 {
			ring := zones[i%len(zones)].Shape.Polygons[0][0]
			a, b := ring[i%len(ring)], ring[i/2%len(ring)]
			found = s.find(found[:0], orb.Point{a[0] + 0.3*(b[0]-a[0]), a[1] + 0.3*(b[1]-a[1])})
		}
		least = min(least, time.Since(began))
	}
	return least
}

func tidwallWith(zones []*geofence.Zone, options *geometry.IndexOptions) searcher {
	t := &tidwall{objects: make([]geojson.Object, len(zones))}
	for i, z := range zones {
		t.add(z.Shape.Bound(), i)
		polygons := make([]*geometry.Poly, len(z.Shape.Polygons))
		for k, p := range z.Shape.Polygons {
			polygons[k] = geometry.NewPoly(points(p[0]), holes(p), options)
		}
		if len(polygons) == 1 {
			t.objects[i] = geojson.NewPolygon(polygons[0])
		} else {
			t.objects[i] = geojson.NewMultiPolygon(polygons)
		}
	}
	return t
}

func points(ring orb.Ring) []geometry.Point {
	all := make([]geometry.Point, len(ring))
	for i, p := range ring {
		all[i] = geometry.Point{X: p[0], Y: p[1]}
	}
	return all
}

func holes(polygon orb.Polygon) [][]geometry.Point {
	var all [][]geometry.Point
	for _, ring := range polygon[1:] {
		all = append(all, points(ring))
	}
	return all
}

func (t *tidwall) find(dst []int32, p orb.Point) []int32 {
	point := geometry.Point{X: p[0], Y: p[1]}
	t.boxes.Search(p, p, func(_, _ [2]float64, zone int32) bool {
		if t.objects[zone].Spatial().IntersectsPoint(point) {
			dst = append(dst, zone)
		}
		return true
	})
	return dst
}
