package geofence

import (
	"math"
	"slices"
	"strings"
)

// ZoneAt returns the revision of the zone in force for what is appended at the instant. It may be a tombstone; a packed
// zone is decoded.
func (v *View) ZoneAt(id string, appended int64) (ZoneRevision, bool) {
	h, _ := v.zones.get(id)
	r, ok := inForce(h, appended)
	if r.packed != nil {
		r.Zone = r.packed.open()
	}
	return r, ok
}

// ZoneChange returns the first instant after the given one at which another revision of the zone comes in force.
func (v *View) ZoneChange(id string, after int64) (int64, bool) {
	h, _ := v.zones.get(id)
	return nextReign(h, after)
}

// ActivationAt returns the revision of the activation in force for what is appended at the instant. It may be a
// tombstone.
func (v *View) ActivationAt(id string, appended int64) (ActivationRevision, bool) {
	h, _ := v.activations.get(id)
	return inForce(h, appended)
}

// Device returns who wears a tag when; nil, which answers "nobody", for a tag that no activation names or named.
func (v *View) Device(id string) *Device {
	d, _ := v.devices.get(id)
	return d
}

// Device is who wears one tag when, by every revision that is ever in force. Like the View it is immutable; what it
// answers holds for the View it was taken from.
type Device struct{ terms []term }

// term is one revision of an activation that names the tag, or one that takes the place of such a revision and does not.
type term struct {
	id              string
	from, until     int64 // appended time it is in force for
	fitted, removed int64 // fix time it holds the tag for; both never when it does not
	activation      *Activation
}

// never is before all times.
const never = math.MinInt64

// Activation returns the fitting that holds the tag at the fix time, by the register in force at the appended time;
// nil when nobody wears it then. Should two hold it, it is the later fitted.
func (d *Device) Activation(fix, appended int64) *Activation {
	if d == nil {
		return nil
	}
	return d.term(fix, appended).holder()
}

func (d *Device) term(fix, appended int64) (found *term) {
	for i := range d.terms {
		t := &d.terms[i]
		if t.from <= appended && appended < t.until && t.fitted <= fix && fix < t.removed && (found == nil || t.fitted > found.fitted) {
			found = t
		}
	}
	return found
}

// Hold is who wears a tag, and for which fixes that is known without asking again.
type Hold struct {
	Activation *Activation // nil: nobody
	// Removed is the fix time at which the activation ends; Always when it does not, or when there is none.
	Removed               int64
	fitted                int64
	from, until, fixUntil int64
}

// Holds reports whether the answer is the same for another fix time and appended time.
func (h *Hold) Holds(fix, appended int64) bool {
	return h.fitted <= fix && fix < h.fixUntil && h.from <= appended && appended < h.until
}

// Hold is Activation, with what else it answers: where the register says one thing about a tag, as it does of nearly
// all, a tag is looked up once.
func (d *Device) Hold(fix, appended int64) Hold {
	if d == nil {
		return Hold{nil, Always, never, never, Always, Always}
	}
	t := d.term(fix, appended)
	if t == nil {
		return Hold{Removed: Always}
	}
	h := Hold{Activation: t.activation, Removed: t.removed}
	for i := range d.terms {
		if o := &d.terms[i]; o != t && o.from < t.until && t.from < o.until && o.fitted < t.removed && t.fitted < o.removed {
			return h // another may win where the two overlap
		}
	}
	h.fitted, h.fixUntil, h.from, h.until = t.fitted, t.removed, t.from, t.until
	return h
}

// NextActivation returns the first fitting of the tag after the fix time, by the register in force at the appended
// time; nil when there is none.
func (d *Device) NextActivation(fix, appended int64) *Activation {
	if d == nil {
		return nil
	}
	var found *term
	for i := range d.terms {
		t := &d.terms[i]
		if t.from <= appended && appended < t.until && t.fitted > fix && (found == nil || t.fitted < found.fitted) {
			found = t
		}
	}
	return found.holder()
}

func (t *term) holder() *Activation {
	if t == nil {
		return nil
	}
	return t.activation
}

// Change returns the first instant after the given one at which it can be another who wears the tag: a revision of an
// activation that names or named it comes in force, or one in force then begins or ends.
func (d *Device) Change(after int64) (int64, bool) {
	if d == nil {
		return 0, false
	}
	first := int64(Always)
	consider := func(at int64) {
		if at > after {
			first = min(first, at)
		}
	}
	for i := range d.terms {
		t := &d.terms[i]
		consider(t.from)
		for _, at := range [...]int64{t.fitted, t.removed} {
			if t.from <= at && at < t.until {
				consider(at)
			}
		}
	}
	if first == Always {
		return 0, false
	}
	return first, true
}

// rename moves one activation from what its history was to what it is, in all devices that it names or named.
func (v *View) rename(by *edit, id string, before, after []ActivationRevision) {
	for name := range devicesOf(before, after) {
		old, _ := v.devices.get(name)
		if d := old.replace(name, id, after); len(d.terms) > 0 {
			v.devices.set(by, name, d)
		} else {
			v.devices.drop(by, name)
		}
	}
}

// replace returns the device after the history of one activation has changed.
func (d *Device) replace(name, id string, history []ActivationRevision) *Device {
	next := &Device{}
	if d != nil {
		next.terms = slices.DeleteFunc(slices.Clone(d.terms), func(t term) bool { return t.id == id })
	}
	if !slices.ContainsFunc(history, func(r ActivationRevision) bool { return r.names(name) }) {
		return next
	}
	for r, until := range reigns(history) {
		t := term{id, r.Updated, until, never, never, nil}
		if r.names(name) {
			t.fitted, t.removed, t.activation = r.Activation.Fitted, r.Activation.Removed, r.Activation
		}
		next.terms = append(next.terms, t)
	}
	slices.SortStableFunc(next.terms, func(a, b term) int { return strings.Compare(a.id, b.id) })
	return next
}

func (r *ActivationRevision) names(device string) bool {
	return r.Activation != nil && r.Activation.Device == device
}

// devicesOf returns the devices that revisions of activations name.
func devicesOf(histories ...[]ActivationRevision) map[string]struct{} {
	devices := map[string]struct{}{}
	for _, h := range histories {
		for _, r := range h {
			if r.Activation != nil {
				devices[r.Activation.Device] = struct{}{}
			}
		}
	}
	return devices
}
