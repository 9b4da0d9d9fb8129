package alerting

import (
	_ "embed" // the schema is part of the program
	"encoding/json"
	"slices"
)

//go:generate go test -run TestSchema_isGeneratedFromTable -update .

// Schema is the JSON Schema (2020-12) of an alert, as made by MakeSchema.
//
//go:embed alert.schema.json
var Schema []byte

type object = map[string]any

// MakeSchema returns the JSON Schema of an alert, made from Table.
func MakeSchema() ([]byte, error) {
	rows := make([]object, 0, 2*len(Table))
	for _, r := range Table {
		if len(r.Reasons) > 0 {
			rows = append(rows, r.variant(r.Reasons, r.ByFix, slices.Concat(r.Optional, r.OfPing)))
		}
		if len(r.Timed) > 0 {
			rows = append(rows, r.variant(r.Timed, []string{"decided_time"}, r.maybe()))
		}
	}
	b, err := json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "Cordon alert",
		"oneOf":   rows,
		"$defs":   definitions(),
	}, "", "  ")
	return append(b, '\n'), err
}

// variant describes alerts of the row's kind that carry one of the reasons: required fields, optional ones, no others.
func (r Row) variant(reasons []Reason, required, optional []string) object {
	required = slices.Concat(r.Required, required)
	properties := object{}
	for _, name := range slices.Concat(required, optional) {
		properties[name] = object{"$ref": "#/$defs/" + name}
	}
	properties["kind"] = object{"const": r.Kind}
	properties["reason"] = object{"enum": reasons}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// maybe lists what an alert that no fix decided may hold: those of a wearer name the activation, and those of a zone what
// was seen before.
func (r Row) maybe() []string {
	if !slices.Contains(r.Required, "zone_id") {
		return r.Optional
	}
	list := append([]string{"evidence"}, r.Optional...)
	return slices.DeleteFunc(list, func(name string) bool { return name == "received_time" })
}

func definitions() object {
	id := object{"type": "string", "pattern": "^[0-9a-f]{32}$"}
	text := object{"type": "string", "minLength": 1}
	instant := object{"type": "string", "pattern": `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`}
	number := object{"type": "number"}
	from0 := object{"type": "number", "minimum": 0}
	count := object{"type": "integer", "minimum": 0}
	share := object{"type": "number", "minimum": 0, "maximum": 1}
	place := object{
		"lat":            object{"type": "number", "minimum": -90, "maximum": 90},
		"lon":            object{"type": "number", "minimum": -180, "maximum": 180},
		"accuracy_m":     object{"type": "number", "exclusiveMinimum": 0},
		"accuracy_level": object{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
		"source":         object{"enum": []string{"gnss", "wifi", "cell", "beacon"}},
	}
	evidence := object{"fix_time": instant, "seq": count, "assumed": object{"const": true}, "distance_m": number,
		"class": object{"enum": []Class{ClassIn, ClassOut, ClassLine, ClassDeep, ClassUnusable}}}
	for name, def := range place {
		evidence[name] = def
	}
	return object{
		"alert_id": id, "episode_id": id, "part": text, "detail": text,
		"severity":  object{"enum": []string{"critical", "serious", "warning", "info"}},
		"wearer_id": text, "device_id": text, "activation_id": text, "zone_id": text,
		"tier":          object{"type": "integer", "minimum": 1, "maximum": 3},
		"zone_revision": object{"type": "integer", "minimum": 1},
		"zone_kind":     object{"enum": []string{"exclusion", "inclusion"}},
		"raised_time":   instant, "opened_fix_time": instant, "decided_time": instant, "exit_fix_time": instant,
		"last_inside_fix_time": instant, "fix_time": instant, "received_time": instant, "appended_time": instant,
		"closing_speed_mps": number, "time_to_edge_s": from0, "likelihood": share,
		"battery_pct": object{"type": "number", "minimum": 0, "maximum": 100}, "silent_s": from0, "not_covered_pings": count,
		"max_depth_m": from0, "distance_m": number, "probability": share,
		"retrospective": object{"type": "boolean"},
		"rule_revision": object{"type": "string", "pattern": "^[a-z0-9_]+@[0-9]+$"},
		"position": object{"type": "object", "properties": place, "required": []string{"lat", "lon", "source"},
			"additionalProperties": false},
		"evidence": object{"type": "array", "minItems": 1, "maxItems": 12, "items": object{"type": "object",
			"properties": evidence, "required": []string{"fix_time", "lat", "lon", "source", "distance_m", "class"},
			"additionalProperties": false}},
	}
}
