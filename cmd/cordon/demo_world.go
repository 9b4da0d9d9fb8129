//go:build !nodemo

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"cordon/ingest"
)

// place is somewhere public in London; coordinates to about 100 m.
type place struct {
	id       string
	lon, lat float64
}

var places = []place{
	{"trafalgar-square", -0.128, 51.508}, {"kings-cross", -0.124, 51.531}, {"stratford", -0.003, 51.542},
	{"brixton", -0.115, 51.463}, {"camden-town", -0.143, 51.539}, {"greenwich", -0.015, 51.478},
	{"clapham-junction", -0.171, 51.464}, {"hammersmith", -0.224, 51.493}, {"wembley-park", -0.280, 51.564},
	{"east-croydon", -0.093, 51.376}, {"finsbury-park", -0.107, 51.564}, {"peckham-rye", -0.069, 51.470},
	{"walthamstow", -0.020, 51.583}, {"ealing-broadway", -0.302, 51.515}, {"lewisham", -0.014, 51.466},
	{"paddington", -0.176, 51.515}, {"london-bridge", -0.086, 51.505}, {"canary-wharf", -0.019, 51.504},
	{"shepherds-bush", -0.219, 51.505}, {"elephant-and-castle", -0.101, 51.495},
}

const metresPerDegree = 111_195.0 // of latitude, on a sphere of 6,371 km: near enough to walk by

// demoWorld is the wearers of a demonstration and what they are forbidden.
type demoWorld struct{ wearers []wearer }

// wearer goes from place to place, and once in a while past the one that is forbidden.
type wearer struct {
	id, device string
	forbidden  int // index into places
	tier       int
	rng        *rand.Rand
	lon, lat   float64
	to         place
	rest       int // steps to stay before going on
	seq        uint64
}

// newWorld makes the world of a seed.
func newWorld(seed uint64, tags int) *demoWorld {
	w := &demoWorld{wearers: make([]wearer, tags)}
	for i := range w.wearers {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		forbidden := rng.IntN(len(places))
		home := places[(forbidden+1+rng.IntN(len(places)-1))%len(places)]
		w.wearers[i] = wearer{
			id: fmt.Sprintf("wearer-%04d", i+1), device: fmt.Sprintf("tag-%04d", i+1), forbidden: forbidden, tier: 1 + rng.IntN(3), rng: rng,
			lon: home.lon, lat: home.lat, to: home, rest: rng.IntN(20),
		}
	}
	for i := 0; i < len(w.wearers); i += 10 { // so that there is something to see at once
		w.wearers[i].rest, w.wearers[i].to = 0, w.wearers[i].near(places[w.wearers[i].forbidden], 100)
		w.wearers[i].lon, w.wearers[i].lat = w.wearers[i].to.lon+0.02, w.wearers[i].to.lat
	}
	return w
}

// near is somewhere within so many metres of a place.
func (w *wearer) near(p place, metres float64) place {
	angle, r := 2*math.Pi*w.rng.Float64(), metres*math.Sqrt(w.rng.Float64())/metresPerDegree
	p.lat += r * math.Sin(angle)
	p.lon += r * math.Cos(angle) / math.Cos(p.lat*math.Pi/180)
	return p
}

// step is one minute of the wearer's day, and the ping the tag makes of it.
func (w *wearer) step(now time.Time) ingest.Ping {
	const perMinute = 300.0 // metres: on foot and by bus
	if w.rest > 0 {
		w.rest--
	} else if w.go1(perMinute / metresPerDegree) {
		w.rest = 3 + w.rng.IntN(15)
		next := w.rng.IntN(len(places))
		if w.rng.IntN(5) == 0 {
			next = w.forbidden
		}
		w.to = w.near(places[next], 600)
	}
	w.seq++
	claim := 2 + 4*w.rng.ExpFloat64()
	seen := w.near(place{lon: w.lon, lat: w.lat}, claim)
	return ingest.Ping{
		Device: []byte(w.device), FixTime: now.UnixMilli(), Seq: w.seq, Lat: seen.lat, Lon: seen.lon, AccuracyM: math.Round(claim*10) / 10,
		Satellites: uint16(6 + w.rng.IntN(12)), Has: ingest.HasPosition | ingest.HasSeq | ingest.HasAccuracy | ingest.HasSatellites,
	}
}

// go1 moves by so many degrees of latitude at most, and reports whether that was there.
func (w *wearer) go1(degrees float64) bool {
	shrink := math.Cos(w.lat * math.Pi / 180)
	dx, dy := (w.to.lon-w.lon)*shrink, w.to.lat-w.lat
	d := math.Hypot(dx, dy)
	if d <= degrees {
		w.lon, w.lat = w.to.lon, w.to.lat
		return true
	}
	w.lon += dx / d * degrees / shrink
	w.lat += dy / d * degrees
	return false
}

// zones is GeoJSON: a circle or an octagon around what each wearer is forbidden.
func (w *demoWorld) zones() []byte {
	features := []any{}
	for i := range w.wearers {
		p := places[w.wearers[i].forbidden]
		properties := map[string]any{"applies_to": map[string]any{"wearers": []string{w.wearers[i].id}}}
		geometry := map[string]any{"type": "Point", "coordinates": []float64{p.lon, p.lat}}
		if i%2 == 0 {
			properties["radius_m"] = 400
		} else {
			geometry = map[string]any{"type": "Polygon", "coordinates": [][][]float64{octagon(p, 400)}}
		}
		features = append(features, map[string]any{"type": "Feature", "id": fmt.Sprintf("%s-%04d", p.id, i+1), "geometry": geometry, "properties": properties})
	}
	return mustJSON(map[string]any{"type": "FeatureCollection", "features": features})
}

func octagon(p place, metres float64) [][]float64 {
	ring := make([][]float64, 0, 9)
	for i := range 8 {
		angle := math.Pi / 8 * float64(2*i+1)
		r := metres / metresPerDegree
		ring = append(ring, []float64{p.lon + r*math.Cos(angle)/math.Cos(p.lat*math.Pi/180), p.lat + r*math.Sin(angle)})
	}
	return append(ring, ring[0])
}

// register is the wearers as newline-delimited JSON; all were fitted the day before.
func (w *demoWorld) register(now time.Time) []byte {
	fitted := now.Add(-24 * time.Hour).UTC().Format(time.RFC3339)
	var b []byte
	for i := range w.wearers {
		x := &w.wearers[i]
		b = append(b, mustJSON(map[string]any{"wearer_id": x.id, "device_id": x.device, "activation_id": fmt.Sprintf("activation-%04d", i+1),
			"fitted_time": fitted, "tier": x.tier})...)
		b = append(b, '\n')
	}
	return b
}

// mustJSON encodes what consists of maps, slices, strings and numbers only.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}
