package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"cordon/geofence"
)

const (
	forgivenM   = 0.01 // from the edge, within which rivals may have it either way
	earthRadius = 6_371_000.0
)

// compared bounds the time that goes into comparing one rival's answers.
const compared = time.Second

// agree compares a rival's answers with ours, place by place.
func agree(ctx context.Context, r rival, s searcher, o *ours, zones []*geofence.Zone, places []orb.Point) error {
	var want, got []int32
	began := time.Now()
	for i, p := range places {
		if i%100 == 0 && (time.Since(began) > compared || ctx.Err() != nil) {
			return ctx.Err()
		}
		want, got = o.find(want[:0], p), s.find(got[:0], p)
		slices.Sort(want)
		slices.Sort(got)
		for _, zone := range slices.Concat(want, got) {
			if slices.Contains(want, zone) == slices.Contains(got, zone) {
				continue
			}
			shape, forgiven := &zones[zone].Shape, forgivenM
			if r.bent {
				forgiven += bend(shape)
			}
			if d := math.Abs(shape.Distance(p[0], p[1])); d > forgiven {
				return fmt.Errorf("%w: %s and ours, whether zone %d holds a place %.3f m from its edge", errDisagree, r.name, zone, d)
			}
		}
	}
	return nil
}

var errDisagree = errors.New("index: answers differ")

// bend is how far in metres a geodesic may stray from an edge that is straight in longitude and latitude: l²·tan φ/8R for
// an edge of length l along a parallel; twice that leaves room for those that go aslant.
func bend(s *geofence.Shape) float64 {
	most := 0.0
	for _, polygon := range s.Polygons {
		for _, ring := range polygon {
			for i, b := range ring[1:] {
				a := ring[i]
				lat := a[1] * math.Pi / 180
				l := math.Hypot((b[0]-a[0])*metresLon*math.Cos(lat), (b[1]-a[1])*metresLat)
				most = max(most, l*l*math.Abs(math.Tan(lat))/(4*earthRadius))
			}
		}
	}
	return most
}
