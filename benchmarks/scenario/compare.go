package scenario

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"cordon/alerting"
)

// Way is how what was raised can differ from what must be.
type Way string

// The ways. OutOfOrder is told once for each wearer of an activation, or silence of a feed.
const (
	Missing    Way = "missing"
	Unexpected Way = "unexpected"
	OtherField Way = "field"
	OutOfOrder Way = "order"
)

// Difference is one thing that is not as it must be.
type Difference struct {
	Way     Way
	AlertID string
	Subject string // activation, or the unassigned wearer
	Field   string // of OtherField
	Want    string // the whole alert where there is no Field
	Got     string
}

func (d Difference) String() string {
	return fmt.Sprintf("%s %s of %s %s: want %s, got %s", d.Way, d.AlertID, d.Subject, d.Field, d.Want, d.Got)
}

// Comparison is what Compare found.
type Comparison struct {
	Differences []Difference
	Repeats     int // alerts raised again, the same but for raised_time
}

// Tolerance is by how much, in metres, distances and depths may differ: they are rounded to 0.01 by either side. What
// is worked out from them differs by more, and a time to the edge by more the longer it is.
const (
	Tolerance           = 0.011
	SpeedTolerance      = 0.02 + 1e-9 // metres a second
	LikelihoodTolerance = 0.02 + 1e-9
	timeTolerance       = 0.2 + 1e-9 // seconds, or
	timeShare           = 0.01       // this share of the time
)

// Compare reports whether the alerts read from the topic are those that must be there. Order is compared for each wearer of
// an activation, between the first occurrences: got must be in order within a partition of the topic. For the feeds, which
// no alert names, it is compared for each silence. An alert whose id is doubtful may be in either list alone. One whose id
// is late may be anywhere in the order: pings that concern lost objects are decided later than others.
func Compare(want, got []alerting.Alert, doubtful, late map[string]bool) Comparison {
	var c Comparison
	wanted, gotten := byID(want), byID(got)
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		if doubtful[id] && gotten[id] == nil {
			continue
		}
		c.compareID(wanted[id], gotten[id])
	}
	for _, id := range slices.Sorted(maps.Keys(gotten)) {
		if wanted[id] == nil && !doubtful[id] {
			a := gotten[id][0]
			c.add(Difference{Way: Unexpected, AlertID: id, Subject: subjectOf(a), Got: text(a)})
		}
	}
	c.compareOrder(want, got, late)
	return c
}

func (c *Comparison) add(d Difference) { c.Differences = append(c.Differences, d) }

func byID(list []alerting.Alert) map[string][]*alerting.Alert {
	m := map[string][]*alerting.Alert{}
	for i := range list {
		m[list[i].AlertID] = append(m[list[i].AlertID], &list[i])
	}
	return m
}

// compareID compares the alerts of one id. There is more than one wanted only where a ping that is no duplicate any more comes
// again and opens the same episode a second time.
func (c *Comparison) compareID(want, got []*alerting.Alert) {
	met := make([]bool, len(want))
	for _, g := range got {
		i := slices.IndexFunc(want, func(w *alerting.Alert) bool { return len(fieldDifferences(w, g)) == 0 })
		switch {
		case i < 0:
			c.Differences = append(c.Differences, fieldDifferences(want[0], g)...)
		case met[i]:
			c.Repeats++
		default:
			met[i] = true
		}
	}
	for i, w := range want {
		if !met[i] && (len(got) < len(want)) {
			c.add(Difference{Way: Missing, AlertID: w.AlertID, Subject: subjectOf(w), Want: text(w)})
		}
	}
}

func fieldDifferences(want, got *alerting.Alert) []Difference {
	w, g := *want, *got
	w.RaisedTime, g.RaisedTime = 0, 0
	w.TimeToEdgeS, g.TimeToEdgeS = sameTime(w, g)
	if reflect.DeepEqual(w, g) {
		return nil
	}
	a, b := flat(&w), flat(&g)
	fields := maps.Clone(a)
	maps.Copy(fields, b)
	var list []Difference
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !same(name, a[name], b[name]) {
			list = append(list, Difference{
				Way: OtherField, AlertID: w.AlertID, Subject: subjectOf(&w), Field: name, Want: show(a[name]), Got: show(b[name]),
			})
		}
	}
	return list
}

// sameTime returns the times to the edge, or none where they differ by no more than they may. Of a wearer who stands
// all but still there is none, or a long one, by how the distances were rounded.
func sameTime(w, g alerting.Alert) (want, got *float64) {
	a, b := w.TimeToEdgeS, g.TimeToEdgeS
	switch {
	case a != nil && b != nil && math.Abs(*a-*b) <= max(timeTolerance, timeShare**a):
		return nil, nil
	case w.ClosingSpeedMPS != nil && g.ClosingSpeedMPS != nil && max(*w.ClosingSpeedMPS, *g.ClosingSpeedMPS) <= SpeedTolerance:
		return nil, nil
	}
	return a, b
}

// flat returns the members of the alert under their names on the wire, those of members under a path.
func flat(a *alerting.Alert) map[string]any {
	var tree any
	if err := json.Unmarshal([]byte(text(a)), &tree); err != nil {
		panic(err) // it was encoded a moment ago
	}
	into := map[string]any{}
	flatten(into, "", tree)
	return into
}

func flatten(into map[string]any, path string, tree any) {
	switch t := tree.(type) {
	case map[string]any:
		for name, v := range t {
			flatten(into, path+"."+name, v)
		}
	case []any:
		for i, v := range t {
			flatten(into, fmt.Sprintf("%s[%d]", path, i), v)
		}
	default:
		into[path[1:]] = t
	}
}

func isLength(name string) bool {
	return name == "distance_m" || name == "max_depth_m" || strings.HasPrefix(name, "evidence[") && strings.HasSuffix(name, "].distance_m")
}

func same(name string, a, b any) bool {
	x, isX := a.(float64)
	y, isY := b.(float64)
	if !isX || !isY {
		return a == b
	}
	tolerance := 1e-9
	switch {
	case isLength(name):
		tolerance = Tolerance
	case name == "closing_speed_mps":
		tolerance = SpeedTolerance
	case name == "likelihood":
		tolerance = LikelihoodTolerance
	}
	return math.Abs(x-y) <= tolerance
}

func show(v any) string {
	if v == nil {
		return "nothing"
	}
	return fmt.Sprint(v)
}

func subjectOf(a *alerting.Alert) string {
	if a.ActivationID != "" {
		return a.ActivationID
	}
	return a.WearerID
}

func text(a *alerting.Alert) string {
	b, err := json.Marshal(a)
	if err != nil {
		panic(err) // it holds no NaN: the oracle makes none, and what was read came as JSON
	}
	return string(b)
}

// compareOrder compares the order of the alerts that both lists have, except late ones.
func (c *Comparison) compareOrder(want, got []alerting.Alert, late map[string]bool) {
	a, b := firsts(want, got, late), firsts(got, want, late)
	for _, who := range slices.SortedFunc(maps.Keys(a), compareBearers) {
		for i, w := range a[who] {
			if i < len(b[who]) && b[who][i].AlertID != w.AlertID {
				c.add(Difference{Way: OutOfOrder, AlertID: w.AlertID, Subject: who.subject(), Want: text(w), Got: text(b[who][i])})
				break
			}
		}
	}
}

func firsts(list, other []alerting.Alert, late map[string]bool) map[bearer][]*alerting.Alert {
	common, seen := map[string]bool{}, maps.Clone(late)
	if seen == nil {
		seen = map[string]bool{}
	}
	for i := range other {
		common[other[i].AlertID] = true
	}
	order := map[bearer][]*alerting.Alert{}
	for i := range list {
		a := &list[i]
		if !common[a.AlertID] || seen[a.AlertID] {
			continue
		}
		seen[a.AlertID] = true
		who := bearer{a.ActivationID, cmp.Or(a.WearerID, a.EpisodeID)}
		order[who] = append(order[who], a)
	}
	return order
}
