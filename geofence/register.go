package geofence

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ParseRegister reads activations as newline-delimited JSON or as CSV with headings, whichever it finds. The error is
// an *Invalid with every problem of every line, and then there are no activations. Whether activations of one tag
// overlap is for CheckOverlaps to say, over the whole register.
func ParseRegister(data []byte) ([]*Activation, []Notice, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	r := &register{first: map[string]int{}}
	switch start := bytes.TrimLeft(data, " \t\r\n"); {
	case len(start) == 0:
		r.at("document").notice("the register is empty")
	case start[0] == '{':
		r.lines(data)
	case start[0] == '[':
		r.at("line 1").refuse("write one object a line, without brackets round them", "a list is not newline-delimited JSON")
	default:
		r.csv(data)
	}
	if err := r.err(); err != nil {
		return nil, r.notices, err
	}
	return r.activations, r.notices, nil
}

type register struct {
	findings
	activations []*Activation
	first       map[string]int // line, by activation id
}

// record reads the activation that stands on a line as a JSON object.
func (r *register) record(line int, raw json.RawMessage) {
	p := r.at(fmt.Sprintf("line %d", line))
	a := p.activation(raw)
	if other, ok := r.first[a.ID]; ok && a.ID != "" {
		p.refuse("give each fitting an activation_id of its own", "activation_id is also that of line %d", other)
		return
	}
	r.first[a.ID] = line
	r.activations = append(r.activations, a)
}

func (r *register) lines(data []byte) {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			r.record(number, line)
		}
	}
}

// csv reads each row as the JSON object it stands for, so that both forms obey the same rules.
func (r *register) csv(data []byte) {
	rows := csv.NewReader(bytes.NewReader(data))
	rows.FieldsPerRecord = -1
	heads, err := rows.Read()
	if err != nil {
		r.refuseRow(err)
		return
	}
	if !r.headings(heads) {
		return
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			r.refuseRow(err)
			continue
		}
		line, _ := rows.FieldPos(0)
		if len(row) != len(heads) {
			r.at(fmt.Sprintf("line %d", line)).refuse("give every row one field for each heading; quote a field with a comma",
				"%d fields under %d headings", len(row), len(heads))
			continue
		}
		r.record(line, rowObject(heads, row))
	}
}

func (r *register) refuseRow(err error) {
	line := 1
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		line = wrong.StartLine
	}
	r.at(fmt.Sprintf("line %d", line)).refuse("check the quotation marks", "not valid CSV")
}

// headings trims the headings and refuses a row of them that cannot be those of a register.
func (r *register) headings(heads []string) bool {
	p := r.at("line 1")
	for i, h := range heads {
		heads[i] = strings.TrimSpace(h)
		if slices.Contains(heads[:i], heads[i]) {
			p.refuse("keep one of them", "the heading of column %d is there twice", i+1)
		}
		if meant := misspelt(heads[i], columns()); meant != "" {
			p.refuse("write "+meant, "the heading of column %d looks like %s misspelt", i+1, meant)
		}
	}
	for _, want := range columns()[:4] {
		if !slices.Contains(heads, want) {
			p.refuse("begin with a heading row: "+strings.Join(columns(), ","), "there is no heading %s", want)
		}
	}
	return len(p.problems) == 0
}

// rowObject writes a row as a JSON object; an empty field is absent.
func rowObject(heads, row []string) json.RawMessage {
	b := []byte{'{'}
	for i, field := range row {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, heads[i]), ':')
		switch heads[i] {
		case "cohorts":
			b = appendList(b, splitList(field), appendString)
		case "tier":
			b = appendNumeral(b, field)
		default:
			b = appendString(b, field)
		}
	}
	return append(b, '}')
}

// splitList splits a CSV field at its semicolons and leaves out what is empty.
func splitList(field string) []string {
	var items []string
	for item := range strings.SplitSeq(field, ";") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// appendNumeral appends digits as a number and anything else as a string, for the rules to refuse.
func appendNumeral(b []byte, field string) []byte {
	if len(field) == 1 && digits(field) {
		return append(b, field...)
	}
	return appendString(b, field)
}
