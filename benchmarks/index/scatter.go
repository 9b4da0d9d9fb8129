package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"cordon/geofence"
)

const (
	corners  = 32  // vertices of a zone
	each     = 5   // zones of a wearer
	squareM2 = 5e5 // of ground for each zone

	// Metres in a degree of latitude, and of longitude at the equator, near enough to place things.
	metresLat, metresLon = 111_250.0, 111_320.0
)

// scatter is a square of ground around London, as densely strewn with zones whatever their number.
type scatter struct {
	rng  *rand.Rand
	side float64 // m
}

func newScatter(zones int, seed uint64) *scatter {
	return &scatter{rand.New(rand.NewPCG(seed, uint64(zones))), math.Sqrt(float64(zones) * squareM2)}
}

// at is a place, by metres east and north of the middle.
func at(x, y float64) orb.Point {
	lat := 51.5 + y/metresLat
	return orb.Point{-0.1 + x/(metresLon*math.Cos(lat*math.Pi/180)), lat}
}

// spot is metres from the middle, anywhere.
func (s *scatter) spot() (x, y float64) {
	return s.side * (s.rng.Float64() - 0.5), s.side * (s.rng.Float64() - 0.5)
}

// everyone are zones for everyone, anywhere.
func (s *scatter) everyone(n int) []*geofence.Zone {
	zones := make([]*geofence.Zone, n)
	for i := range zones {
		x, y := s.spot()
		zones[i] = s.zone(i, x, y, geofence.Audience{Everyone: true})
	}
	return zones
}

// places are anywhere.
func (s *scatter) places(n int) []orb.Point {
	all := make([]orb.Point, n)
	for i := range all {
		all[i] = at(s.spot())
	}
	return all
}

// person has zones of their own up to 6 km from home.
type person struct {
	name string
	x, y float64
}

func (s *scatter) person(number int) person {
	x, y := s.spot()
	return person{"wearer-" + strconv.Itoa(number), x, y}
}

// forPerson are the zones of a person, numbered from first.
func (s *scatter) forPerson(p person, first, n int) []*geofence.Zone {
	zones := make([]*geofence.Zone, n)
	for i := range zones {
		away, angle := 6000*s.rng.Float64(), 2*math.Pi*s.rng.Float64()
		sin, cos := math.Sincos(angle)
		zones[i] = s.zone(first+i, p.x+away*cos, p.y+away*sin, geofence.Audience{Wearers: []string{p.name}})
	}
	return zones
}

// near is a place up to 3 km from home in each direction.
func (s *scatter) near(p person) orb.Point {
	return at(p.x+6000*(s.rng.Float64()-0.5), p.y+6000*(s.rng.Float64()-0.5))
}

// zone winds about its middle, at 0.6 to 1 times a radius of 100 to 600 m.
func (s *scatter) zone(number int, x, y float64, who geofence.Audience) *geofence.Zone {
	ring, radius := make(orb.Ring, 0, corners+1), 100+500*s.rng.Float64()
	for i := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		r := radius * (0.6 + 0.4*s.rng.Float64())
		ring = append(ring, rounded(at(x+r*cos, y+r*sin)))
	}
	return zoneOf(number, append(ring, ring[0]), who)
}

func zoneOf(number int, ring orb.Ring, who geofence.Audience) *geofence.Zone {
	return &geofence.Zone{
		ID: fmt.Sprintf("zone-%07d", number), Kind: geofence.Exclusion, Audience: who, Severity: geofence.Critical,
		Rule: "default", Location: time.UTC, Revision: uint64(number) + 1,
		Shape: geofence.Shape{Polygons: orb.MultiPolygon{{ring}}},
	}
}
