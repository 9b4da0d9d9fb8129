package geofence

import (
	"encoding/json"
	"slices"
)

const (
	defaultRule     = "default"
	defaultTimezone = "Europe/London"
	maxBuffer       = 5000
	minRadius       = 1
	maxRadius       = 100_000
)

// settings are the properties of a zone, stamps those that the store adds.
func settings() []string {
	return []string{"kind", "name", "applies_to", "buffer_m", "active_from", "active_to", "schedule", "timezone",
		"exceptions", "severity", "rule", "radius_m"}
}

func stamps() []string { return []string{"revision", "updated_time"} }

// zone reads one Feature. What it returns is only of use when nothing has been refused, but always has the id if that
// could be read.
func (p *place) zone(raw json.RawMessage) *Zone {
	z := &Zone{}
	feature, ok := p.object(raw, "the feature")
	if !ok {
		return z
	}
	if kind := feature.text("type"); kind != "Feature" {
		p.refuse("make each zone a Feature", "type is not Feature")
	}
	var properties object
	if raw, ok := feature.get("properties"); ok {
		properties, ok = p.object(raw, "properties")
		if !ok {
			return z
		}
	} else {
		properties = object{place: p}
	}
	z.ID = p.zoneID(feature, properties)
	properties.correct(append(settings(), stamps()...))
	properties.settings(z)
	z.Shape = p.shape(feature, properties)
	return z
}

// zoneID reads the id and lets it name the feature in what is reported from here on.
func (p *place) zoneID(feature, properties object) string {
	raw, ok := feature.get("id")
	if !ok {
		remedy := "give the Feature a member id, a string of 1 to 64 characters"
		if _, ok := properties.get("id"); ok {
			remedy = "move id from the properties up to the Feature itself"
		}
		p.refuse(remedy, "id is missing")
		return ""
	}
	if len(raw) > 0 && raw[0] != '"' {
		p.refuse("write the id in quotation marks", "id is not a string")
		return ""
	}
	id := feature.text("id")
	if wrong := badID(id); wrong != "" {
		p.refuse("give it an id of 1 to 64 printable characters", "id %s", wrong)
		return ""
	}
	p.feature = id
	return id
}

// settings reads everything but the shape.
func (o object) settings(z *Zone) {
	z.Kind = word(o, "kind", Exclusion, Exclusion, Inclusion)
	z.Severity = word(o, "severity", Critical, Critical, Serious, Warning, Info)
	z.Name = o.text("name")
	z.Rule = o.rule()
	z.Audience = o.audience()
	z.BufferM = o.number("buffer_m", 0, maxBuffer)
	if z.Kind == Inclusion && z.BufferM > 0 {
		o.refuse("leave buffer_m out", "an inclusion zone has no buffer_m")
	}
	o.timetable(z)
}

// word reads a member that is one of some words; the first is the default.
func word[W ~string](o object, key string, fallback W, words ...W) W {
	got := W(o.text(key))
	switch _, present := o.get(key); {
	case !present:
		return fallback
	case !slices.Contains(words, got):
		o.refuse("use one of "+join(words), "%s is not a word known here", key)
		return fallback
	}
	return got
}

func join[W ~string](words []W) string {
	text := ""
	for i, w := range words {
		if i > 0 {
			text += ", "
		}
		text += string(w)
	}
	return text
}

func (o object) rule() string {
	if _, ok := o.get("rule"); !ok {
		return defaultRule
	}
	rule := o.text("rule")
	if !profileName(rule) {
		o.refuse("name a profile of the rule set, such as beside_home", "rule is not the name of a profile")
	}
	return rule
}

// profileName allows 1 to 64 of a-z, 0-9, underscore, hyphen and dot.
func profileName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.' {
			return false
		}
	}
	return 1 <= len(s) && len(s) <= 64
}

func (o object) audience() Audience {
	const remedy = `write "everyone", {"wearers": [...]} or {"cohorts": [...]}`
	raw, ok := o.get("applies_to")
	if !ok {
		o.refuse(remedy, "applies_to is missing")
		return Audience{}
	}
	if string(raw) == `"everyone"` {
		return Audience{Everyone: true}
	}
	if len(raw) == 0 || raw[0] != '{' {
		o.refuse(remedy, "applies_to is neither everyone nor a list of wearers or cohorts")
		return Audience{}
	}
	in, _ := o.object(raw, "applies_to")
	in.path = "applies_to."
	in.only("wearers", "cohorts")
	a := Audience{Wearers: in.names("wearers"), Cohorts: in.names("cohorts")}
	if a.Wearers == nil && a.Cohorts == nil {
		o.refuse(remedy, "applies_to names nobody")
	}
	return a
}
