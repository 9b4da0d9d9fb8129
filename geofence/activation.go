package geofence

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

const defaultTier = 3

// columns are the fields of a register record.
func columns() []string {
	return []string{"wearer_id", "device_id", "activation_id", "fitted_time", "removed_time", "cohorts", "tier"}
}

// ParseActivation reads one activation as the store keeps it; the error is an *Invalid that names it by its id.
func ParseActivation(doc []byte) (*Activation, error) {
	f := &findings{}
	p := f.at("activation")
	a := p.activation(doc)
	if a.ID != "" {
		for i := range f.problems {
			f.problems[i].Feature = a.ID
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	return a, nil
}

// AppendJSON appends the activation as one JSON object on one line, as ParseRegister reads it.
func (a *Activation) AppendJSON(b []byte) []byte {
	b = appendString(append(b, `{"activation_id":`...), a.ID)
	b = appendString(append(b, `,"wearer_id":`...), a.Wearer)
	b = appendString(append(b, `,"device_id":`...), a.Device)
	b = appendTime(append(b, `,"fitted_time":`...), time.UnixMilli(a.Fitted))
	if a.Removed != Always {
		b = appendTime(append(b, `,"removed_time":`...), time.UnixMilli(a.Removed))
	}
	if len(a.Cohorts) > 0 {
		b = appendList(append(b, `,"cohorts":`...), a.Cohorts, appendString)
	}
	if a.Tier != 0 && a.Tier != defaultTier {
		b = strconv.AppendInt(append(b, `,"tier":`...), int64(a.Tier), 10)
	}
	return append(b, '}')
}

func (p *place) activation(raw json.RawMessage) *Activation {
	a := &Activation{Removed: Always, Tier: defaultTier}
	o, ok := p.object(raw, "the record")
	if !ok {
		return a
	}
	o.correct(append(columns(), stamps()...))
	a.ID, a.Wearer, a.Device = o.identifier("activation_id"), o.identifier("wearer_id"), o.identifier("device_id")
	a.Cohorts = o.cohorts()
	a.Tier = o.tier()
	o.span(a)
	return a
}

// unassigned is how the wearer of a tag that nobody wears is called, so nobody else may be.
const unassigned = "unassigned:"

func (o object) identifier(key string) string {
	if _, ok := o.get(key); !ok {
		o.refuse("give it, 1 to 64 characters", "%s is missing", key)
		return ""
	}
	before := len(o.problems)
	id := o.text(key)
	if len(o.problems) > before {
		return ""
	}
	if wrong := badID(id); wrong != "" {
		o.refuse("give 1 to 64 printable characters", "%s %s", key, wrong)
		return ""
	}
	if strings.HasPrefix(id, unassigned) {
		o.refuse("choose another", "%s begins with %s, which is kept for tags that nobody wears", key, unassigned)
	}
	return id
}

func (o object) cohorts() []string {
	if raw, _ := o.get("cohorts"); string(raw) == "[]" {
		return nil
	}
	return o.names("cohorts")
}

func (o object) tier() int {
	if _, ok := o.get("tier"); !ok {
		return defaultTier
	}
	var tier int
	if json.Unmarshal(o.members["tier"], &tier) != nil || tier < 1 || tier > 3 {
		o.refuse("give 1 (highest), 2 or 3", "tier is not 1, 2 or 3")
		return defaultTier
	}
	return tier
}

// span reads when the tag was fitted and removed.
func (o object) span(a *Activation) {
	if _, ok := o.get("fitted_time"); !ok {
		o.refuse(timeRemedy, "fitted_time is missing")
	}
	fitted, removed := o.instant("fitted_time"), o.instant("removed_time")
	a.Fitted = fitted.UnixMilli()
	if !removed.IsZero() {
		a.Removed = removed.UnixMilli()
	}
	if !fitted.IsZero() && a.Removed <= a.Fitted {
		o.refuse("put fitted_time before removed_time", "removed_time is not after fitted_time")
	}
}

// CheckOverlaps refuses a register in which two activations hold the same tag at the same time. The error is an
// *Invalid that names the tag and both.
func CheckOverlaps(acts []*Activation) error {
	byTag := slices.Clone(acts)
	slices.SortFunc(byTag, func(a, b *Activation) int {
		return cmp.Or(strings.Compare(a.Device, b.Device), cmp.Compare(a.Fitted, b.Fitted), strings.Compare(a.ID, b.ID))
	})
	f := &findings{}
	var last *Activation // of those of the tag so far, the one that ends last
	for _, a := range byTag {
		if last != nil && last.Device == a.Device && a.Fitted < last.Removed {
			f.at(a.ID).refuse("end one before the other is fitted", "activations %s and %s of tag %s overlap", last.ID, a.ID, a.Device)
		}
		if last == nil || last.Device != a.Device || a.Removed > last.Removed {
			last = a
		}
	}
	return f.err()
}
