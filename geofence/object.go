package geofence

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"
)

// object reads the members of a JSON object and reports what is wrong with them. A member that is null is absent.
type object struct {
	*place
	members map[string]json.RawMessage
	path    string // before a member's name in a message, for example "schedule[2]."
}

// object reads raw as a JSON object; it is false, with a report, when raw is something else.
func (p *place) object(raw json.RawMessage, what string) (object, bool) {
	o := object{place: p}
	if err := json.Unmarshal(raw, &o.members); err != nil || o.members == nil {
		p.refuse("write it as an object in braces", "%s is not a JSON object", what)
		return o, false
	}
	return o, true
}

func (o object) get(key string) (json.RawMessage, bool) {
	raw, ok := o.members[key]
	return raw, ok && string(raw) != "null"
}

// text returns a member that is a string, "" when it is absent or wrong.
func (o object) text(key string) string {
	raw, ok := o.get(key)
	if !ok {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		o.refuse("write it in quotation marks", "%s%s is not a string", o.path, key)
	}
	return s
}

// number returns a member that is a number between least and most, 0 when it is absent or wrong.
func (o object) number(key string, least, most float64) float64 {
	raw, ok := o.get(key)
	if !ok {
		return 0
	}
	var v float64
	if json.Unmarshal(raw, &v) != nil || !(least <= v && v <= most) {
		o.refuse(fmt.Sprintf("give a number from %g to %g", least, most), "%s%s is not a number in range", o.path, key)
		return 0
	}
	return v + 0
}

// instant returns a member that is a time, zero when it is absent or wrong.
func (o object) instant(key string) time.Time {
	raw, ok := o.get(key)
	if !ok {
		return time.Time{}
	}
	t, ok := parseInstant(o.text(key))
	if !ok && len(raw) > 0 && raw[0] == '"' {
		o.refuse(timeRemedy, "%s%s is not a time", o.path, key)
	}
	return t
}

const timeRemedy = "write RFC 3339 with a zone: 2026-11-23T10:44:05.000Z"

// parseInstant reads an RFC 3339 time to the millisecond.
func parseInstant(s string) (time.Time, bool) {
	var t time.Time
	if err := t.UnmarshalText([]byte(s)); err != nil {
		return time.Time{}, false
	}
	t = t.UTC().Truncate(time.Millisecond)
	return t, t.Year() >= 1900 && t.Year() <= 9999
}

// list returns a member that is a list; it is false when it is absent or wrong.
func (o object) list(key string) ([]json.RawMessage, bool) {
	raw, ok := o.get(key)
	if !ok {
		return nil, false
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		o.refuse("write it as a list in brackets", "%s%s is not a list", o.path, key)
		return nil, false
	}
	return items, true
}

// names returns a member that is a list of at least one name, each once; nil when it is absent.
func (o object) names(key string) []string {
	items, ok := o.list(key)
	if !ok {
		return nil
	}
	if len(items) == 0 {
		o.refuse("name somebody, or leave it out", "%s%s is empty", o.path, key)
	}
	names := make([]string, 0, len(items))
	for i, raw := range items {
		var s string
		if json.Unmarshal(raw, &s) != nil || badID(s) != "" {
			o.refuse("give strings of 1 to 64 characters", "%s%s[%d] is not a name", o.path, key, i)
			continue
		}
		if !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	return names
}

// only refuses members whose names are not listed.
func (o object) only(known ...string) {
	for _, key := range slices.Sorted(maps.Keys(o.members)) {
		if !slices.Contains(known, key) {
			o.refuse(fmt.Sprintf("leave it out; known here are %v", known), "%s%.40s is unknown", o.path, printable(key))
		}
	}
}

// correct refuses members whose names look like one of the known misspelt.
func (o object) correct(known []string) {
	for _, key := range slices.Sorted(maps.Keys(o.members)) {
		if meant := misspelt(key, known); meant != "" {
			o.refuse("write "+meant+", or give the property a name less like it", "%s%.40s looks like %s misspelt", o.path, printable(key), meant)
		}
	}
}

// badID says what is wrong with an identifier; "" when nothing is.
func badID(s string) string {
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return "is empty"
	case n > 64:
		return "is longer than 64 characters"
	case s != printable(s):
		return "has control characters"
	}
	return ""
}

// printable returns the string with what would break a line of a message replaced.
func printable(s string) string {
	clean := []rune(s)
	for i, r := range clean {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			clean[i] = '?'
		}
	}
	return string(clean)
}
