package geofence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ParseZones reads a GeoJSON Feature or FeatureCollection (RFC 7946). The error is an *Invalid with every problem of
// every feature, and then there are no zones: an import is all or nothing. Members that are not ours are ignored.
func ParseZones(data []byte) ([]*Zone, []Notice, error) {
	f := &findings{}
	features := split(f.at("document"), bytes.TrimPrefix(data, []byte("\ufeff")))
	zones := make([]*Zone, 0, len(features))
	first := make(map[string]int, len(features))
	for i, raw := range features {
		p := f.at(fmt.Sprintf("#%d", i+1))
		z := p.zone(raw)
		if other, ok := first[z.ID]; ok && z.ID != "" {
			p.refuse("give each zone an id of its own", "features #%d and #%d have the same id", other, i+1)
		} else {
			first[z.ID] = i + 1
		}
		zones = append(zones, z)
	}
	if err := f.err(); err != nil {
		return nil, f.notices, err
	}
	return zones, f.notices, nil
}

// ParseZone reads one Feature as the store keeps it. It checks what ParseZones checks except [MaxTimes]; the error is an
// *Invalid.
func ParseZone(doc []byte) (*Zone, error) {
	f := &findings{stored: true}
	z := f.at("document").zone(doc)
	if err := f.err(); err != nil {
		return nil, err
	}
	return z, nil
}

// split returns the features of a document.
func split(p *place, data []byte) []json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(data))
	features, kind, err := readTop(dec)
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			err = nil
		} else {
			p.refuse("keep one Feature or FeatureCollection in a file", "something follows the GeoJSON object (byte %d)", dec.InputOffset())
			return nil
		}
	}
	switch {
	case err != nil && features != nil:
		p.feature = fmt.Sprintf("#%d", len(features)+1)
		p.refuse(jsonRemedy, "not valid JSON near byte %d", dec.InputOffset())
	case err != nil:
		p.refuse(jsonRemedy, "not a JSON object (byte %d)", dec.InputOffset())
	case kind == "Feature":
		return []json.RawMessage{data}
	case kind != "FeatureCollection":
		p.refuse("wrap the geometry in a Feature, several in a FeatureCollection", "type is not Feature or FeatureCollection")
	case features == nil:
		p.refuse("give the FeatureCollection a list called features", "there are no features")
	case len(features) == 0:
		p.notice("the collection is empty")
	}
	if err != nil || kind != "FeatureCollection" {
		return nil
	}
	return features
}

const jsonRemedy = "check that the file is complete and is JSON; NaN and Infinity are not"

// readTop reads the top-level object, feature by feature, so that a syntax error can be put down to one of them.
func readTop(dec *json.Decoder) (features []json.RawMessage, kind string, err error) {
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, "", errors.Join(errNotObject, err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return features, kind, err
		}
		switch key {
		case "features":
			features, err = readFeatures(dec)
		case "type":
			var v any
			err = dec.Decode(&v)
			kind, _ = v.(string)
		default:
			var skipped json.RawMessage
			err = dec.Decode(&skipped)
		}
		if err != nil {
			return features, kind, err
		}
	}
	_, err = dec.Token()
	return features, kind, err
}

var errNotObject = errors.New("geofence: not a JSON object")

// readFeatures reads the value of the member features. What it returns is not nil when that is a list.
func readFeatures(dec *json.Decoder) ([]json.RawMessage, error) {
	t, err := dec.Token()
	if err != nil || t != json.Delim('[') {
		if t == json.Delim('{') { // a foreign member of a Feature: to its end
			return nil, skipRest(dec)
		}
		return nil, err
	}
	features := []json.RawMessage{}
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return features, err
		}
		features = append(features, raw)
	}
	_, err = dec.Token()
	return features, err
}

// skipRest reads on to the end of the object or list that has just been opened.
func skipRest(dec *json.Decoder) error {
	for depth := 1; depth > 0; {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}
