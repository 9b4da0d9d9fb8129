package world

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"

	"cordon/geofence"
)

// middle is where the town has its middle, in degrees.
var middle = orb.Point{-0.1281, 51.508}

// point is a place in metres.
type point struct{ x, y float64 }

func (p point) plus(q point) point              { return point{p.x + q.x, p.y + q.y} }
func (p point) minus(q point) point             { return point{p.x - q.x, p.y - q.y} }
func (p point) times(f float64) point           { return point{p.x * f, p.y * f} }
func (p point) length() float64                 { return math.Sqrt(p.x*p.x + p.y*p.y) }
func (p point) toward(q point, f float64) point { return p.plus(q.minus(p).times(f)) }

func polar(angle, length float64) point {
	return point{length * math.Cos(angle), length * math.Sin(angle)}
}

// degrees are how long a degree of longitude and of latitude are, in metres.
type degrees struct{ lon, lat float64 }

func degreesAt(p orb.Point) degrees {
	at := geofence.PlaneAt(p[0], p[1])
	return degrees{at.Length(p[0]+1, p[1]), at.Length(p[0], p[1]+1)}
}

// ground is a zone and the plane that a wearer's ways are drawn on: its x runs along a straight line that touches the
// zone at the origin, and the zone lies on the side where y is below 0. So all of y ≥ g is at least g from the edge, and
// the place (0, g) just that.
type ground struct {
	shape  geofence.Shape
	center point   // of the zone
	radius float64 // within which of its centre the zone lies
	origin orb.Point
	east   orb.Point // degrees in a metre of x
	north  orb.Point // degrees in a metre of y
}

// lonlat returns a place in degrees.
func (g *ground) lonlat(p point) (lon, lat float64) {
	return g.origin[0] + p.x*g.east[0] + p.y*g.north[0], g.origin[1] + p.x*g.east[1] + p.y*g.north[1]
}

// onGround is lonlat the other way round.
func (g *ground) onGround(lon, lat float64) point {
	lon, lat = lon-g.origin[0], lat-g.origin[1]
	area := g.east[0]*g.north[1] - g.east[1]*g.north[0]
	return point{(lon*g.north[1] - lat*g.north[0]) / area, (lat*g.east[0] - lon*g.east[1]) / area}
}

// newGround draws a zone somewhere in town, and from which side it is looked at.
func (s *Settings) newGround(rng *rand.Rand) *ground {
	about := degreesAt(middle)
	at := round7(orb.Point{middle[0] + rng.NormFloat64()*s.Places.TownM/about.lon, middle[1] + rng.NormFloat64()*s.Places.TownM/about.lat})
	g := &ground{radius: s.Zones.SizeM.byRatio(rng) / 2}
	scale := degreesAt(at)
	look := 2 * math.Pi * rng.Float64()
	touch := polar(look, g.radius)
	if u := rng.Float64(); u < s.Zones.CircleShare {
		g.radius = math.Round(g.radius*10) / 10
		g.shape = geofence.Shape{Center: at, Radius: g.radius}
		touch = polar(look, g.radius)
	} else {
		corners := irregular(rng, g.radius)
		if u < s.Zones.CircleShare+s.Zones.BlockShare {
			corners = block(rng, g.radius)
		}
		if chance(rng, 0.5) { // along an edge, as most streets run
			i := rng.IntN(len(corners))
			along := corners[(i+1)%len(corners)].minus(corners[i])
			look = math.Atan2(-along.x, along.y)
		}
		ring := make(orb.Ring, 0, len(corners)+1)
		for i, c := range corners {
			ring = append(ring, round7(orb.Point{at[0] + c.x/scale.lon, at[1] + c.y/scale.lat}))
			corners[i] = point{(ring[i][0] - at[0]) * scale.lon, (ring[i][1] - at[1]) * scale.lat}
		}
		g.shape = geofence.Shape{Polygons: orb.MultiPolygon{{append(ring, ring[0])}}}
		outward := polar(look, 1)
		touch = slices.MaxFunc(corners, func(a, b point) int {
			return int(math.Copysign(1, a.minus(b).x*outward.x+a.minus(b).y*outward.y))
		})
		g.radius += 0.1 // what rounding may have added
	}
	sin, cos := math.Sincos(look)
	g.origin = orb.Point{at[0] + touch.x/scale.lon, at[1] + touch.y/scale.lat}
	g.east = orb.Point{-sin / scale.lon, cos / scale.lat}
	g.north = orb.Point{cos / scale.lon, sin / scale.lat}
	g.center = point{touch.x*sin - touch.y*cos, -touch.x*cos - touch.y*sin}
	return g
}

func block(rng *rand.Rand, radius float64) []point {
	turn, half := 2*math.Pi*rng.Float64(), math.Pi/4*(0.5+0.5*rng.Float64())
	return []point{polar(turn-half, radius), polar(turn+half, radius), polar(turn+math.Pi-half, radius), polar(turn+math.Pi+half, radius)}
}

// irregular is a star around its centre, so that no two edges cross.
func irregular(rng *rand.Rand, radius float64) []point {
	n := 5 + rng.IntN(10)
	corners := make([]point, n)
	turn := 2 * math.Pi * rng.Float64()
	for i := range corners {
		corners[i] = polar(turn+2*math.Pi*(float64(i)+0.7*rng.Float64())/float64(n), radius*(0.65+0.35*rng.Float64()))
	}
	return corners
}

// round7 rounds to whole units of 1e-7 degrees, so that a zone is read back as it was written.
func round7(p orb.Point) orb.Point {
	return orb.Point{math.Round(p[0]*1e7) / 1e7, math.Round(p[1]*1e7) / 1e7}
}

// inside returns a place so deep inside, or as deep as its centre.
func (g *ground) inside(rng *rand.Rand, depth float64) point {
	rim := g.center.plus(polar(2*math.Pi*rng.Float64(), g.radius))
	low, high := 0.0, 1.0 // of the way from the centre to the rim
	for range 12 {
		if m := (low + high) / 2; -g.measure(g.center.toward(rim, m)) >= depth {
			low = m
		} else {
			high = m
		}
	}
	return g.center.toward(rim, low)
}

// measure is the signed distance to the edge of a shape that is not compiled.
func (g *ground) measure(p point) float64 { return g.shape.Distance(g.lonlat(p)) }
