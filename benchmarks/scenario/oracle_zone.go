package scenario

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

const forever = math.MaxInt64

// zoneRevision is one revision of a zone, in force for what is appended in [from, until).
type zoneRevision struct {
	id          string
	number      uint64
	from, until int64
	withdrawn   bool

	kind     string
	severity string
	rule     string // the name of its profile
	everyone bool
	wearers  map[string]bool
	cohorts  map[string]bool
	shape    shape
	buffer   float64    // metres: how wide its warning ring is
	table    *timetable // nil: always applies
}

// zoneHistory is all revisions of one zone, oldest first.
type zoneHistory struct {
	id        string
	revisions []*zoneRevision
}

func (h *zoneHistory) at(appended int64) *zoneRevision {
	for _, r := range h.revisions {
		if r.from <= appended && appended < r.until {
			return r
		}
	}
	return nil
}

func (z *zoneRevision) applies(t int64) bool { return z.table == nil || z.table.applies(t) }

// breached tells whether a position at this signed distance breaks the rule of the zone; the edge complies with an inclusion zone
// and breaks an exclusion zone.
func (z *zoneRevision) breached(d float64) bool {
	if z.kind == "inclusion" {
		return d > 0
	}
	return d <= 0
}

// signed is the distance as the rules go by it: below 0 is a breach, whatever the kind of the zone.
func (z *zoneRevision) signed(d float64) float64 {
	if z.kind == "inclusion" {
		return -d
	}
	return d
}

func (z *zoneRevision) binds(wearer string, cohorts []string) bool {
	if z.everyone || z.wearers[wearer] {
		return true
	}
	return slices.ContainsFunc(cohorts, func(c string) bool { return z.cohorts[c] })
}

func (w *world) readZones(list []Revision, weeks *weeks) error {
	for _, r := range sortedRevisions(list) {
		z := &zoneRevision{id: r.ID, number: r.Number, from: r.Updated, until: forever, withdrawn: r.Doc == nil}
		if !z.withdrawn {
			if err := z.read(r.Doc, weeks); err != nil {
				return fmt.Errorf("scenario: revision %d of zone %q: %w", r.Number, r.ID, err)
			}
		}
		h := w.zones[r.ID]
		if h == nil {
			h = &zoneHistory{id: r.ID}
			w.zones[r.ID] = h
		}
		if n := len(h.revisions); n > 0 {
			h.revisions[n-1].until = r.Updated
		}
		h.revisions = append(h.revisions, z)
	}
	for _, id := range slices.Sorted(maps.Keys(w.zones)) {
		w.listZone(w.zones[id])
	}
	return nil
}

// listZone files the zone under everyone it ever bound; whom it binds now is asked of the revision in force.
func (w *world) listZone(h *zoneHistory) {
	everyone, wearers, cohorts := false, map[string]bool{}, map[string]bool{}
	for _, r := range h.revisions {
		everyone = everyone || r.everyone
		maps.Copy(wearers, r.wearers)
		maps.Copy(cohorts, r.cohorts)
	}
	if everyone {
		w.everyone = append(w.everyone, h)
	}
	for id := range wearers {
		w.byWearer[id] = append(w.byWearer[id], h)
	}
	for id := range cohorts {
		w.byCohort[id] = append(w.byCohort[id], h)
	}
}

// candidates returns the zones that at some time bound this wearer, by id.
func (w *world) candidates(wearer string, cohorts []string) []*zoneHistory {
	list := slices.Concat(w.everyone, w.byWearer[wearer])
	for _, c := range cohorts {
		list = append(list, w.byCohort[c]...)
	}
	slices.SortFunc(list, func(a, b *zoneHistory) int { return cmp.Compare(a.id, b.id) })
	return slices.Compact(list)
}

func sortedRevisions(list []Revision) []Revision {
	return slices.SortedFunc(slices.Values(list), func(a, b Revision) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Number, b.Number))
	})
}

// zoneFeature is a zone's GeoJSON Feature.
type zoneFeature struct {
	ID         string          `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties struct {
		ID        string          `json:"id"`
		Kind      string          `json:"kind"`
		AppliesTo json.RawMessage `json:"applies_to"`
		RadiusM   float64         `json:"radius_m"`
		BufferM   float64         `json:"buffer_m"`
		Severity  string          `json:"severity"`
		Rule      string          `json:"rule"`
		zoneTimes
	} `json:"properties"`
}

func (z *zoneRevision) read(doc []byte, weeks *weeks) error {
	var f zoneFeature
	if err := json.Unmarshal(doc, &f); err != nil {
		return err
	}
	if id := cmp.Or(f.ID, f.Properties.ID); id != z.id {
		return fmt.Errorf("the document says it is %q", id)
	}
	z.kind = cmp.Or(f.Properties.Kind, "exclusion")
	z.severity = cmp.Or(f.Properties.Severity, "critical")
	z.rule = cmp.Or(f.Properties.Rule, "default")
	if err := z.readAudience(f.Properties.AppliesTo); err != nil {
		return err
	}
	var err error
	if z.shape, err = readShape(f.Geometry, f.Properties.RadiusM); err != nil {
		return err
	}
	z.buffer = f.Properties.BufferM
	z.shape.widen(z.buffer)
	z.table, err = newTimetable(f.Properties.zoneTimes, weeks)
	return err
}

func (z *zoneRevision) readAudience(raw json.RawMessage) error {
	if string(raw) == `"everyone"` {
		z.everyone = true
		return nil
	}
	var named struct{ Wearers, Cohorts []string }
	if err := json.Unmarshal(raw, &named); err != nil {
		return fmt.Errorf("applies_to: %w", err)
	}
	if len(named.Wearers)+len(named.Cohorts) == 0 {
		return errors.New("applies_to names nobody")
	}
	z.wearers, z.cohorts = asSet(named.Wearers), asSet(named.Cohorts)
	return nil
}

func asSet(list []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return set
}

// parseTime reads an RFC 3339 time and keeps its milliseconds.
func parseTime(s string) (int64, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0, err
	}
	return t.UnixMilli(), nil
}
