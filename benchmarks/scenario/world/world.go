package world

import (
	"errors"
	"fmt"
	"time"

	"cordon/geofence"
)

// World is wearers, their zones and what befalls them, in one span of time.
type World struct {
	s        Settings
	seed     uint64
	wearers  int
	from, to int64
	claims   quantiles
	cells    quantiles
}

// Bounds of what New accepts.
const (
	MostWearers  = 1_000_000
	MostDuration = 366 * 24 * time.Hour
)

// New returns the world of a seed. Nothing is simulated before it is asked for.
func New(s Settings, seed uint64, wearers int, from time.Time, d time.Duration) (*World, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if wearers < 1 || wearers > MostWearers {
		return nil, fmt.Errorf("world: %d wearers: must be from 1 to %d", wearers, MostWearers)
	}
	if d < time.Minute || d > MostDuration {
		return nil, fmt.Errorf("world: a duration of %s: must be from 1m to %s", d, MostDuration)
	}
	if y := from.Year(); y < 1970 || y > 9000 {
		return nil, errors.New("world: it must begin in a year from 1970 to 9000")
	}
	return &World{
		s: s, seed: seed, wearers: wearers, from: from.UnixMilli(), to: from.UnixMilli() + d.Milliseconds(),
		claims: newQuantiles(s.Satellite.ClaimM), cells: newQuantiles(s.Cells.ClaimM),
	}, nil
}

// Len returns how many wearers there are.
func (w *World) Len() int { return w.wearers }

// Zones returns the zones as a GeoJSON FeatureCollection to import, one for each wearer.
func (w *World) Zones() []byte {
	b := []byte(`{"type":"FeatureCollection","features":[`)
	for i := range w.wearers {
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = w.person(i).zone(i).AppendJSON(b)
	}
	return append(b, "]}\n"...)
}

// Register returns who wears which tag when, as newline-delimited JSON to import.
func (w *World) Register() []byte {
	var b []byte
	for i := range w.wearers {
		b = append(w.activation(i).AppendJSON(b), '\n')
	}
	return b
}

func (w *World) activation(i int) *geofence.Activation { return w.person(i).activation(i, w.to) }
