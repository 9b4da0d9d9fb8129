package geofence

import (
	"slices"
	"strings"
)

// ZoneAt returns the revision of the zone in force for what is appended at the instant. It may be a tombstone.
func (v *View) ZoneAt(id string, appended int64) (ZoneRevision, bool) {
	return inForce(v.zones[id], appended)
}

// ZoneChange returns the first instant after the given one at which another revision of the zone comes in force.
func (v *View) ZoneChange(id string, after int64) (int64, bool) {
	return nextReign(v.zones[id], after)
}

// ActivationAt returns the revision of the activation in force for what is appended at the instant. It may be a
// tombstone.
func (v *View) ActivationAt(id string, appended int64) (ActivationRevision, bool) {
	return inForce(v.activations[id], appended)
}

// Activation returns the fitting that holds the device at the fix time, by the register in force at the appended time;
// nil when nobody wears it then. Should two hold it, it is the later fitted.
func (v *View) Activation(device string, fix, appended int64) *Activation {
	var found *Activation
	for _, history := range v.devices[device] {
		a := naming(history, device, appended)
		if a == nil || fix < a.Fitted || fix >= a.Removed {
			continue
		}
		if found == nil || a.Fitted > found.Fitted {
			found = a
		}
	}
	return found
}

// NextActivation returns the first fitting of the device after the fix time, by the register in force at the appended
// time; nil when there is none.
func (v *View) NextActivation(device string, fix, appended int64) *Activation {
	var found *Activation
	for _, history := range v.devices[device] {
		a := naming(history, device, appended)
		if a != nil && a.Fitted > fix && (found == nil || a.Fitted < found.Fitted) {
			found = a
		}
	}
	return found
}

// naming returns the activation in force at the appended time if it is one of the device.
func naming(history []ActivationRevision, device string, appended int64) *Activation {
	r, _ := inForce(history, appended)
	if r.Activation == nil || r.Activation.Device != device {
		return nil
	}
	return r.Activation
}

// DeviceChange returns the first instant after the given one at which it can be another who wears the device: a
// revision of an activation that names or named it comes in force, or one in force then begins or ends.
func (v *View) DeviceChange(device string, after int64) (int64, bool) {
	first := int64(Always)
	consider := func(at, from, until int64) {
		if at > after && from <= at && at < until {
			first = min(first, at)
		}
	}
	for _, history := range v.devices[device] {
		for r, until := range reigns(history) {
			consider(r.Updated, r.Updated, until)
			if a := r.Activation; a != nil && a.Device == device {
				consider(a.Fitted, r.Updated, until)
				consider(a.Removed, r.Updated, until)
			}
		}
	}
	if first == Always {
		return 0, false
	}
	return first, true
}

// renamed returns the histories by device after these have changed.
func (v *View) renamed(changed map[string][]ActivationRevision) map[string][][]ActivationRevision {
	lists := map[string][][]ActivationRevision{} // that change, with what they gain
	for id := range changed {
		for _, device := range devicesOf(v.activations[id]) {
			lists[device] = nil
		}
	}
	for _, history := range changed {
		for _, device := range devicesOf(history) {
			lists[device] = append(lists[device], history)
		}
	}
	for device, added := range lists {
		next := slices.Clone(v.devices[device])
		next = slices.DeleteFunc(next, func(h []ActivationRevision) bool {
			_, ok := changed[h[0].ID]
			return ok
		})
		next = append(next, added...)
		slices.SortFunc(next, func(a, b []ActivationRevision) int { return strings.Compare(a[0].ID, b[0].ID) })
		lists[device] = next
	}
	return overlaid(v.devices, lists)
}

// devicesOf returns the devices that the revisions of one activation name, each once.
func devicesOf(history []ActivationRevision) []string {
	var devices []string
	for _, r := range history {
		if r.Activation != nil && !slices.Contains(devices, r.Activation.Device) {
			devices = append(devices, r.Activation.Device)
		}
	}
	return devices
}
