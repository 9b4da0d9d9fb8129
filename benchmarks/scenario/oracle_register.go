package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
)

// activationRevision is one revision of an activation, in force for what is appended in [from, until).
type activationRevision struct {
	id          string
	from, until int64
	deleted     bool

	wearer, device  string
	fitted, removed int64
	cohorts         []string
	tier            int
}

type activationHistory struct {
	id        string
	revisions []*activationRevision
}

func (h *activationHistory) at(appended int64) *activationRevision {
	for _, r := range h.revisions {
		if r.from <= appended && appended < r.until {
			return r
		}
	}
	return nil
}

func (r *activationRevision) holds(t int64) bool { return r.fitted <= t && t < r.removed }

func (w *world) readRegister(list []Revision) error {
	for _, r := range sortedRevisions(list) {
		a := &activationRevision{id: r.ID, from: r.Updated, until: forever, deleted: r.Doc == nil}
		if !a.deleted {
			if err := a.read(r.Doc); err != nil {
				return fmt.Errorf("scenario: revision %d of activation %q: %w", r.Number, r.ID, err)
			}
		}
		h := w.register[r.ID]
		if h == nil {
			h = &activationHistory{id: r.ID}
			w.register[r.ID] = h
		}
		if n := len(h.revisions); n > 0 {
			h.revisions[n-1].until = r.Updated
		}
		h.revisions = append(h.revisions, a)
		if !a.deleted && !slices.Contains(w.byDevice[a.device], h) {
			w.byDevice[a.device] = append(w.byDevice[a.device], h)
		}
	}
	return nil
}

func (r *activationRevision) read(doc []byte) error {
	line := struct {
		WearerID     string   `json:"wearer_id"`
		DeviceID     string   `json:"device_id"`
		ActivationID string   `json:"activation_id"`
		FittedTime   string   `json:"fitted_time"`
		RemovedTime  string   `json:"removed_time"`
		Cohorts      []string `json:"cohorts"`
		Tier         int      `json:"tier"`
	}{Tier: 3}
	if err := json.Unmarshal(doc, &line); err != nil {
		return err
	}
	if line.ActivationID != r.id {
		return fmt.Errorf("the document says it is %q", line.ActivationID)
	}
	r.wearer, r.device, r.cohorts, r.tier = line.WearerID, line.DeviceID, line.Cohorts, line.Tier
	r.removed = forever
	var err error
	if r.fitted, err = parseTime(line.FittedTime); err != nil {
		return err
	}
	if line.RemovedTime != "" {
		r.removed, err = parseTime(line.RemovedTime)
	}
	return err
}

// inForce returns the activations of a device as the register said at an appended time.
func (w *world) inForce(device string, appended int64) []*activationRevision {
	var list []*activationRevision
	for _, h := range w.byDevice[device] {
		if r := h.at(appended); r != nil && !r.deleted && r.device == device {
			list = append(list, r)
		}
	}
	return list
}

// activation returns the one that holds at a fix time, or nil: nobody wore the tag.
func (w *world) activation(device string, fix, appended int64) *activationRevision {
	for _, r := range w.inForce(device, appended) {
		if r.holds(fix) {
			return r
		}
	}
	return nil
}

// nextFitted returns when the first activation after a fix begins.
func (w *world) nextFitted(device string, fix, appended int64) int64 {
	first := int64(forever)
	for _, r := range w.inForce(device, appended) {
		if r.fitted > fix {
			first = min(first, r.fitted)
		}
	}
	return first
}
