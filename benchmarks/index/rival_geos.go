//go:build geos

package main

import (
	"fmt"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
	"github.com/peterstace/simplefeatures/geos"

	"cordon/geofence"
)

// hasGEOS says whether this program was built with GEOS.
const hasGEOS = true

// geosTree is GEOS behind an R-tree.
type geosTree struct {
	tree
	shapes []geom.Geometry
}

func newGEOS(zones []*geofence.Zone) searcher {
	g := &geosTree{shapes: make([]geom.Geometry, len(zones))}
	for i, z := range zones {
		g.add(z.Shape.Bound(), i)
		polygons := make([]geom.Polygon, len(z.Shape.Polygons))
		for k, p := range z.Shape.Polygons {
			polygons[k] = geosPolygon(p)
		}
		if len(polygons) == 1 {
			g.shapes[i] = polygons[0].AsGeometry()
		} else {
			g.shapes[i] = geom.NewMultiPolygon(polygons).AsGeometry()
		}
	}
	return g
}

func geosPolygon(polygon orb.Polygon) geom.Polygon {
	rings := make([]geom.LineString, len(polygon))
	for i, ring := range polygon {
		flat := make([]float64, 0, 2*len(ring))
		for _, p := range ring {
			flat = append(flat, p[0], p[1])
		}
		rings[i] = geom.NewLineString(geom.NewSequence(flat, geom.DimXY))
	}
	return geom.NewPolygon(rings)
}

func (g *geosTree) find(dst []int32, p orb.Point) []int32 {
	point := geom.XY{X: p[0], Y: p[1]}.AsPoint().AsGeometry()
	g.boxes.Search(p, p, func(_, _ [2]float64, zone int32) bool {
		in, err := geos.Intersects(g.shapes[zone], point)
		if err != nil {
			panic(fmt.Sprintf("GEOS refuses a zone that is valid: %v", err))
		}
		if in {
			dst = append(dst, zone)
		}
		return true
	})
	return dst
}
