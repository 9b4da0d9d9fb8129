package main

import (
	"github.com/paulmach/orb"

	"cordon/geofence"
)

// searcher finds zones by place. It is used by one goroutine.
type searcher interface {
	// find appends the numbers of the zones that hold a place (longitude, latitude in degrees), in no order.
	find(dst []int32, p orb.Point) []int32
}

// rival is another way to find zones.
type rival struct {
	name string
	// build takes valid zones that are polygons, for everyone.
	build func(zones []*geofence.Zone) searcher
	// most is up to how many zones of 32 vertices it is built here: beyond, it takes minutes or more memory than the
	// machine has.
	most int
	// bent says that its edges are geodesics.
	bent bool
	// faster is how many times as fast ours is to be on London's wards; 0: no target.
	faster float64
}

// ourName is what figures call Cordon's own index.
const ourName = "cordon"

func rivals() []rival {
	all := []rival{
		{name: "orb + R-tree", build: newOrb, most: 1_000_000, faster: 15},
		{name: "tidwall/geojson + R-tree", build: newTidwall, most: 1_000_000, faster: 5},
		{name: "s2 ShapeIndex", build: newS2, most: 100_000, bent: true, faster: 5},
	}
	if hasGEOS {
		all = append(all, rival{name: "GEOS (simplefeatures)", build: newGEOS, most: 100_000})
	}
	return append(all, rival{name: "linear scan (orb)", build: newScan, most: 1_000_000})
}

func names(rivals []rival) []string {
	var all []string
	for _, r := range rivals {
		all = append(all, r.name)
	}
	return all
}
