package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// gpxPoints reads the trkpt elements of a GPX 1.1 track as Cordon JSON: lat, lon and time, and ele, hdop and sat where
// they are there. Waypoints and routes are plans, not positions, and are passed over.
type gpxPoints struct {
	xml    *xml.Decoder
	device string // given; otherwise the name of the track
	name   string
	root   bool
	json   []byte
}

func newGPX(from io.Reader, device string) *gpxPoints {
	return &gpxPoints{xml: xml.NewDecoder(from), device: device}
}

func (g *gpxPoints) next() (entry, error) {
	for {
		token, err := g.xml.Token()
		if err != nil {
			return entry{}, g.fault(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !g.root && start.Name.Local != "gpx" {
			return entry{}, fmt.Errorf("not GPX: the file begins with <%s>", start.Name.Local)
		}
		g.root = true
		switch start.Name.Local {
		case "wpt", "rte", "metadata", "extensions":
			err = g.xml.Skip()
		case "trk":
			g.name = ""
		case "name":
			g.name, err = g.text()
		case "trkpt":
			return g.point(start)
		}
		if err != nil {
			return entry{}, g.fault(err)
		}
	}
}

// fault says where the file cannot be read. XML that ends early is not an end.
func (g *gpxPoints) fault(err error) error {
	line, _ := g.xml.InputPos()
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.EOF) && g.root:
		return io.EOF
	case errors.Is(err, io.EOF):
		return errors.New("not GPX: there is no <gpx> in it")
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: not well-formed XML: %s", syntax.Line, syntax.Msg)
	}
	return fmt.Errorf("line %d: %w", line, err)
}

func (g *gpxPoints) text() (string, error) {
	var s string
	for {
		token, err := g.xml.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			s += string(t)
		case xml.StartElement:
			if err := g.xml.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return strings.TrimSpace(s), nil
		}
	}
}

// gpxFields are the children of a trkpt that we know.
var gpxFields = map[string]struct {
	name string
	kind cellKind
}{
	"time": {"fix_time", textCell}, "ele": {"altitude_m", numberCell}, "hdop": {"hdop", numberCell}, "sat": {"satellites", numberCell},
}

func (g *gpxPoints) point(start xml.StartElement) (entry, error) {
	line, _ := g.xml.InputPos()
	o := objectWriter{b: g.json[:0]}
	device := g.device
	if device == "" {
		device = g.name
	}
	if device == "" {
		return entry{}, fmt.Errorf("line %d: the track has no name: say with --device which tag it is of", line)
	}
	o.member("device_id", []byte(device), textCell)
	for _, a := range start.Attr {
		if n := a.Name.Local; a.Name.Space == "" && (n == "lat" || n == "lon") {
			o.member(n, []byte(strings.TrimSpace(a.Value)), numberCell)
		}
	}
	seen := map[string]bool{}
	for {
		token, err := g.xml.Token()
		if err != nil {
			return entry{}, g.fault(err)
		}
		switch t := token.(type) {
		case xml.EndElement: // of the trkpt: its children are read whole
			g.json = o.close()
			return entry{value: g.json, place: fmt.Sprintf("line %d", line)}, nil
		case xml.StartElement:
			f, known := gpxFields[t.Name.Local]
			if !known || seen[t.Name.Local] {
				if err := g.xml.Skip(); err != nil {
					return entry{}, g.fault(err)
				}
				continue
			}
			seen[t.Name.Local] = true
			value, err := g.text()
			if err != nil {
				return entry{}, g.fault(err)
			}
			if value != "" {
				o.member(f.name, []byte(value), f.kind)
			}
		}
	}
}
