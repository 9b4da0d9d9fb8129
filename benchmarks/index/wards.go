package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/paulmach/orb"

	"cordon/benchmarks/results"
	"cordon/geofence"
)

// ground is zones with the box that places are drawn from.
type ground struct {
	name  string
	zones []*geofence.Zone
	box   orb.Bound
}

func (g *ground) place(rng *rand.Rand) orb.Point { return within(rng, g.box, 1) }

// wards are London's where the file is there, and generated ones where it is not.
func wards(path string, seed uint64) (ground, error) {
	g := ground{name: "London's wards"}
	text, err := wardFile(path)
	if errors.Is(err, os.ErrNotExist) {
		g.name, text, err = "generated wards", tessellation(seed), nil
	}
	if err != nil {
		return ground{}, fmt.Errorf("the wards: %w", err)
	}
	if g.zones, _, err = geofence.ParseZones(text); err != nil {
		return ground{}, fmt.Errorf("the wards: %w", err)
	}
	g.box = g.zones[0].Shape.Bound()
	for i, z := range g.zones {
		z.Revision = uint64(i) + 1
		g.box = g.box.Union(z.Shape.Bound())
	}
	return g, nil
}

// wardFile makes zones of the features of a file, by their geometry alone.
func wardFile(path string) ([]byte, error) {
	if !filepath.IsAbs(path) {
		root, err := results.Root()
		if err != nil {
			return nil, err
		}
		path = filepath.Join(root, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Features []struct {
			Geometry json.RawMessage `json:"geometry"`
		} `json:"features"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	c := newCollection()
	for i, f := range file.Features {
		c.add(i, f.Geometry)
	}
	return c.close(), nil
}

// collection is GeoJSON of zones for everyone under way.
type collection struct{ text []byte }

func newCollection() *collection {
	return &collection{[]byte(`{"type":"FeatureCollection","features":[`)}
}

func (c *collection) add(number int, geometry []byte) {
	if number > 0 {
		c.text = append(c.text, ",\n"...)
	}
	c.text = fmt.Appendf(c.text, `{"type":"Feature","id":"ward-%d","properties":{"applies_to":"everyone"},"geometry":%s}`, number, geometry)
}

func (c *collection) close() []byte { return append(c.text, "]}\n"...) }
