package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
)

// ErrSettings is wrapped by the errors of Parse, Named and Validate.
var ErrSettings = errors.New("world: not a usable scenario")

// Parse reads a scenario file: the member world names the built-in world it starts from, default where it is left out,
// and the other members say what is different. It refuses what it does not know, for a name misspelt would change
// nothing, and names every number that is out of its bounds.
func Parse(data []byte) (Settings, error) {
	var base struct {
		World string `json:"world"`
	}
	base.World = "default"
	if err := json.Unmarshal(data, &base); err != nil {
		return Settings{}, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	s, err := Named(base.World)
	if err != nil {
		return Settings{}, err
	}
	file := struct {
		World any `json:"world"`
		*Settings
	}{Settings: &s}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return Settings{}, fmt.Errorf("%w: %w: cordon simulate --scenario-out shows every name there is", ErrSettings, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Settings{}, fmt.Errorf("%w: something follows it: a file holds one", ErrSettings)
	}
	return s, s.Validate()
}

// Validate names every number that is out of its bounds. The error wraps ErrSettings.
func (s *Settings) Validate() error {
	wrong := outOfBounds("", "", reflect.ValueOf(s).Elem())
	t := &s.Strata
	if sum := t.Far + t.HomeBeside + t.WorkBeside + t.DrivesPast + t.WalksPast + t.DrivesThrough + t.Enters; !(math.Abs(sum-1) < 1e-6) {
		wrong = append(wrong, fmt.Sprintf("strata make %g together: they are shares of all wearers and must make 1", sum))
	}
	if z := &s.Zones; z.CircleShare+z.BlockShare > 1 {
		wrong = append(wrong, "zones.circle_share and zones.block_share make more than 1 together")
	}
	if t := &s.Travel; t.BusShare+t.TubeShare > 1 {
		wrong = append(wrong, "travel.bus_share and travel.tube_share make more than 1 together")
	}
	if f := &s.Satellite; f.SatellitesFewest > f.SatellitesTypical || f.SatellitesTypical > f.SatellitesMost {
		wrong = append(wrong, "satellite.satellites_fewest, _typical and _most are not in this order")
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrSettings, strings.Join(wrong, "; "))
	}
	return nil
}

// outOfBounds walks a value of Settings and what is in it, by the bounds in its tag.
func outOfBounds(path, bounds string, v reflect.Value) (wrong []string) {
	switch x := v.Interface().(type) {
	case Skewed:
		wrong = checkRange(path, bounds, x.Range)
		if !(x.Min <= x.Median && x.Median <= x.Max) {
			wrong = append(wrong, fmt.Sprintf("%s.median is %g: must lie from min to max", path, x.Median))
		}
		return append(wrong, checkNumber(path+".spread", "0 5", x.Spread)...)
	case Range:
		return checkRange(path, bounds, x)
	case Quantiles:
		return checkQuantiles(path, bounds, x)
	case float64:
		return checkNumber(path, bounds, x)
	case int:
		return checkNumber(path, bounds, float64(x))
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := strings.TrimPrefix(path+"."+field.Tag.Get("json"), ".")
		wrong = append(wrong, outOfBounds(name, field.Tag.Get("bounds"), v.Field(i))...)
	}
	return wrong
}

func checkNumber(path, bounds string, v float64) []string {
	var least, most float64
	if _, err := fmt.Sscan(bounds, &least, &most); err != nil {
		return []string{path + " has no bounds"} // a mistake in Settings, which a test finds
	}
	if least <= v && v <= most {
		return nil
	}
	return []string{fmt.Sprintf("%s is %g: give a number from %g to %g", path, v, least, most)}
}

func checkRange(path, bounds string, r Range) []string {
	wrong := append(checkNumber(path+".min", bounds, r.Min), checkNumber(path+".max", bounds, r.Max)...)
	if r.Min > r.Max {
		wrong = append(wrong, fmt.Sprintf("%s.min is above max", path))
	}
	return wrong
}

func checkQuantiles(path, bounds string, q Quantiles) (wrong []string) {
	if len(q) < 2 || q[0][0] != 0 || q[len(q)-1][0] != 1 {
		wrong = append(wrong, path+" must begin at share 0 and end at share 1")
	}
	for i, p := range q {
		wrong = append(wrong, checkNumber(fmt.Sprintf("%s[%d] value", path, i), bounds, p[1])...)
		if i > 0 && (!(p[0] > q[i-1][0]) || p[1] < q[i-1][1]) {
			wrong = append(wrong, fmt.Sprintf("%s[%d]: shares must increase, and values not decrease", path, i))
		}
	}
	return wrong
}
