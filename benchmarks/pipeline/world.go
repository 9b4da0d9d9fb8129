package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/segmentio/kafka-go"
)

const (
	maxTags = 1_000_000

	// Metres in a degree at London's latitude, near enough to place things.
	metresLon, metresLat = 69_400.0, 111_250.0

	stepM  = 150.0  // between two pings, at most, in each direction
	rangeM = 3000.0 // from home, in each direction
)

// place is in metres east and north of the world's corner.
type place struct{ x, y float64 }

func (p place) lon() float64 { return math.Round((-0.45+p.x/metresLon)*1e6) / 1e6 }
func (p place) lat() float64 { return math.Round((51.32+p.y/metresLat)*1e6) / 1e6 }

// disc holds a zone.
type disc struct {
	place
	radius float64
}

// wearer has a tag, a home and zones to keep out of.
type wearer struct {
	number int
	device []byte
	home   place
	zones  []disc
}

// world is who wears what, and where they may not go. The zones of a wearer lie up to 6 km from home and never hold it.
type world struct {
	seed       uint64
	partitions [][]wearer // by the partition that the tags' pings come to
	tags       int
}

func newWorld(f *flags) *world {
	w := &world{seed: f.Seed, partitions: make([][]wearer, f.Partitions), tags: f.Tags}
	rng := rand.New(rand.NewPCG(f.Seed, 0))
	all := make([]int, f.Partitions)
	for i := range all {
		all[i] = i
	}
	for i := range f.Tags {
		one := wearer{number: i, device: fmt.Appendf(nil, "TAG-%07d", i), home: place{rng.Float64() * 45_000, rng.Float64() * 35_000}}
		for range f.Zones {
			radius := 100 + 500*rng.Float64()
			away, sin, cos := radius+200+5200*rng.Float64(), 0.0, 0.0
			sin, cos = math.Sincos(2 * math.Pi * rng.Float64())
			one.zones = append(one.zones, disc{place{one.home.x + away*cos, one.home.y + away*sin}, radius})
		}
		p := (kafka.Murmur2Balancer{Consistent: true}).Balance(kafka.Message{Key: one.device}, all...)
		w.partitions[p] = append(w.partitions[p], one)
	}
	return w
}

// walker is a wearer under way.
type walker struct {
	*wearer
	at     place
	seq    uint64
	inside bool
}

func (w *world) walkers(partition int) []walker {
	all := make([]walker, len(w.partitions[partition]))
	for i := range all {
		one := &w.partitions[partition][i]
		all[i] = walker{wearer: one, at: one.home}
	}
	return all
}

// visits is the share of pings that enter a zone, about: strays is the share of those of a wearer whom one stride takes into
// one. Who jumps further is not believed. The next ping of the tag has left the zone: twice as many cause an alert.
const (
	visits  = 0.0025
	strays  = 0.011
	strideM = 900.0
)

// step moves on. It strays into a zone now and then, and otherwise goes round them.
func (w *walker) step(rng *rand.Rand) place {
	w.seq++
	if !w.inside && rng.Float64() < strays {
		for _, z := range w.zones {
			next := place{z.x + (rng.Float64()-0.5)*z.radius/2, z.y + (rng.Float64()-0.5)*z.radius/2}
			if math.Hypot(next.x-w.at.x, next.y-w.at.y) < strideM {
				w.inside = true
				return next
			}
		}
	}
	w.inside = false
	for range 4 {
		next := place{w.at.x + (2*rng.Float64()-1)*stepM, w.at.y + (2*rng.Float64()-1)*stepM}
		if w.allowed(next) {
			w.at = next
			return next
		}
	}
	return w.at
}

func (w *walker) allowed(p place) bool {
	if math.Abs(p.x-w.home.x) > rangeM || math.Abs(p.y-w.home.y) > rangeM {
		return false
	}
	for _, z := range w.zones {
		if math.Hypot(p.x-z.x, p.y-z.y) <= z.radius+5 { // our metres differ by less
			return false
		}
	}
	return true
}

// register is what `cordon wearers import` takes.
func (w *world) register() []byte {
	var b []byte
	for _, partition := range w.partitions {
		for i := range partition {
			one := &partition[i]
			b = fmt.Appendf(b, `{"wearer_id":"W%07d","device_id":%q,"activation_id":"A%07d","fitted_time":"2026-01-01T00:00:00Z"}`+"\n",
				one.number, one.device, one.number)
		}
	}
	return b
}

// geojson is what `cordon zones import` takes: four polygons of 8 to 40 vertices for each circle.
func (w *world) geojson() []byte {
	rng := rand.New(rand.NewPCG(w.seed, 1))
	b := []byte(`{"type":"FeatureCollection","features":[`)
	for _, partition := range w.partitions {
		for i := range partition {
			for n, z := range partition[i].zones {
				if b[len(b)-1] != '[' {
					b = append(b, ",\n"...)
				}
				b = fmt.Appendf(b, `{"type":"Feature","id":"Z%07d-%d","geometry":`, partition[i].number, n)
				if n%5 == 4 {
					b = fmt.Appendf(b, `{"type":"Point","coordinates":[%v,%v]},"properties":{"radius_m":%.0f,`, z.lon(), z.lat(), z.radius)
				} else {
					b = append(z.polygon(b, rng, 8+rng.IntN(33)), `,"properties":{`...)
				}
				b = fmt.Appendf(b, `"applies_to":{"wearers":["W%07d"]}}}`, partition[i].number)
			}
		}
	}
	return append(b, "]}\n"...)
}

// polygon is a star-shaped ring between 0.6 of the radius and the radius.
func (d disc) polygon(b []byte, rng *rand.Rand, vertices int) []byte {
	b = append(b, `{"type":"Polygon","coordinates":[[`...)
	first := len(b)
	vertex := func(i int) {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(vertices))
		r := d.radius * (0.6 + 0.4*rng.Float64())
		p := place{d.x + r*cos, d.y + r*sin}
		b = append(b, '[')
		b = strconv.AppendFloat(b, p.lon(), 'f', -1, 64)
		b = append(b, ',')
		b = strconv.AppendFloat(b, p.lat(), 'f', -1, 64)
		b = append(b, ']', ',')
	}
	vertex(0)
	last := len(b) - 1
	for i := 1; i < vertices; i++ {
		vertex(i)
	}
	b = append(b, b[first:last]...)
	return append(b, "]]}"...)
}
