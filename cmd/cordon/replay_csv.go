package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// How a cell becomes JSON.
type cellKind uint8

const (
	textCell cellKind = iota
	numberCell
	flagCell
)

// cordonColumns are the fields of Cordon JSON.
var cordonColumns = map[string]cellKind{
	"device_id": textCell, "fix_time": textCell, "lat": numberCell, "lon": numberCell, "seq": numberCell, "received_time": textCell,
	"source": textCell, "accuracy_m": numberCell, "accuracy_level": numberCell, "speed_mps": numberCell, "heading_deg": numberCell,
	"altitude_m": numberCell, "satellites": numberCell, "hdop": numberCell, "battery_pct": numberCell, "charging": flagCell,
	"motion": flagCell, "jamming": flagCell, "strap": textCell,
}

// mdssColumns are those of the position feed. Its numbers may be strings.
var mdssColumns = map[string]cellKind{
	"position_id": textCell, "device_id": textCell, "person_id": textCell, "position_latitude": textCell, "position_longitude": textCell,
	"position_precision": textCell, "position_speed": textCell, "position_direction": textCell, "position_satellite": textCell,
	"position_hdop": textCell, "position_lbs": textCell, "position_gps_date": textCell, "position_recorded_date": textCell,
	"position_uploaded_date": textCell,
}

type column struct {
	name  string // empty: none of ours, left out
	kind  cellKind
	index int
}

// csvRows reads rows as the JSON of the format whose names the heading row has. A row cannot hold a line break: an
// unclosed quote would otherwise swallow the rest of the file.
type csvRows struct {
	lines   *lines
	columns []column
	device  string
	cells   [][]byte
	json    []byte
}

func newCSV(from *bufio.Reader, device string) (*csvRows, error) {
	c := &csvRows{lines: newLines(from), device: device}
	text, long, err := c.lines.read()
	if errors.Is(err, io.EOF) {
		return c, nil // nothing at all: no pings
	}
	if err == nil && long {
		err = errors.New("line 1 is too long for a heading row")
	}
	if err != nil {
		return nil, err
	}
	heading, ok := splitCSV(nil, text)
	if !ok {
		return nil, errors.New("line 1: not a heading row: a quote is not closed")
	}
	c.columns, err = columnsOf(heading, device != "")
	return c, err
}

func columnsOf(heading [][]byte, deviceGiven bool) ([]column, error) {
	names := make([]string, len(heading))
	for i, cell := range heading {
		names[i] = strings.TrimSpace(string(cell))
	}
	known, needed := cordonColumns, []string{"device_id", "fix_time"}
	if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "position_") }) {
		known, needed = mdssColumns, []string{"device_id", "position_gps_date"}
	}
	columns := make([]column, len(names))
	for i, n := range names {
		kind, ok := known[n]
		if !ok {
			continue // unknown fields are ignored, as in JSON
		}
		if slices.Index(names, n) != i {
			return nil, fmt.Errorf("line 1: the heading row has %s twice", n)
		}
		columns[i] = column{n, kind, i}
	}
	for _, n := range needed {
		if !slices.Contains(names, n) && (n != "device_id" || !deviceGiven) {
			return nil, fmt.Errorf("line 1: no heading row with %s in it: CSV needs the field names of Cordon JSON or of the position feed (or is this another --format?)", n)
		}
	}
	return columns, nil
}

func (c *csvRows) next() (entry, error) {
	text, long, err := c.lines.read()
	e := entry{value: text, place: c.lines.place(), long: long}
	if err != nil || long {
		return e, err
	}
	var ok bool
	if c.cells, ok = splitCSV(c.cells[:0], text); ok && len(c.cells) == len(c.columns) {
		e.value = c.row()
	}
	return e, nil // a row that is none goes through as it is
}

// row writes the cells as a JSON object; empty ones are absent.
func (c *csvRows) row() []byte {
	o := objectWriter{b: c.json[:0]}
	device := false
	for i, col := range c.columns {
		cell := bytes.TrimSpace(c.cells[i])
		if col.name == "" || len(cell) == 0 {
			continue
		}
		device = device || col.name == "device_id"
		o.member(col.name, cell, col.kind)
	}
	if !device && c.device != "" {
		o.member("device_id", []byte(c.device), textCell)
	}
	c.json = o.close()
	return c.json
}

// objectWriter writes a flat JSON object.
type objectWriter struct{ b []byte }

// member adds a value as it should be or, where it is not that, as a string, which the decoder refuses by name.
func (o *objectWriter) member(name string, value []byte, kind cellKind) {
	if len(o.b) == 0 {
		o.b = append(o.b, '{')
	} else {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
	switch {
	case kind == numberCell && isNumber(value):
		o.b = append(o.b, value...)
	case kind == flagCell && isFlag(value):
		o.b = append(o.b, bytes.ToLower(value)...)
	default:
		text, _ := json.Marshal(string(value)) // a string can always be written
		o.b = append(o.b, text...)
	}
}

func (o *objectWriter) close() []byte {
	if len(o.b) == 0 {
		o.b = append(o.b, '{')
	}
	return append(o.b, '}')
}

func isNumber(b []byte) bool {
	return json.Valid(b) && (b[0] == '-' || b[0] >= '0' && b[0] <= '9')
}

func isFlag(b []byte) bool {
	return bytes.EqualFold(b, []byte("true")) || bytes.EqualFold(b, []byte("false"))
}

// splitCSV appends the cells of one row as RFC 4180 has them. false: a quote is not closed, or text follows one.
func splitCSV(cells [][]byte, row []byte) ([][]byte, bool) {
	for {
		if len(row) == 0 || row[0] != '"' {
			cell, rest, more := bytes.Cut(row, []byte(","))
			if bytes.IndexByte(cell, '"') >= 0 {
				return cells, false
			}
			cells = append(cells, cell)
			if !more {
				return cells, true
			}
			row = rest
			continue
		}
		cell, rest, ok := quoted(row[1:])
		if !ok {
			return cells, false
		}
		cells = append(cells, cell)
		switch {
		case len(rest) == 0:
			return cells, true
		case rest[0] != ',':
			return cells, false
		}
		row = rest[1:]
	}
}

// quoted returns the text up to the closing quote, and what follows it. Two quotes in it stand for one.
func quoted(b []byte) (cell, rest []byte, ok bool) {
	doubled := false
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != '"':
		case i+1 < len(b) && b[i+1] == '"':
			doubled = true
			i++
		default:
			cell, rest = b[:i], b[i+1:]
			if doubled {
				cell = bytes.ReplaceAll(cell, []byte(`""`), []byte(`"`))
			}
			return cell, rest, true
		}
	}
	return nil, nil, false
}
