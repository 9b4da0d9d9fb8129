package geofence

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

// naive answers what a View does from plain lists, by going through all of them.
type naive struct {
	zones []ZoneRevision
	acts  []ActivationRevision
}

func (n *naive) with(zones []ZoneRevision, acts []ActivationRevision) *naive {
	next := &naive{zones: slices.Clone(n.zones), acts: slices.Clone(n.acts)}
	for _, z := range zones {
		next.zones = slices.DeleteFunc(next.zones, func(r ZoneRevision) bool { return r.ID == z.ID && r.Number == z.Number })
		next.zones = append(next.zones, z)
	}
	for _, a := range acts {
		next.acts = slices.DeleteFunc(next.acts, func(r ActivationRevision) bool { return r.ID == a.ID && r.Number == a.Number })
		next.acts = append(next.acts, a)
	}
	return next
}

func (n *naive) zoneAt(id string, at int64) (best ZoneRevision, ok bool) {
	for _, r := range n.zones {
		if r.ID == id && r.Updated <= at && (!ok || r.Number > best.Number) {
			best, ok = r, true
		}
	}
	return best, ok
}

func (n *naive) activationAt(id string, at int64) (best ActivationRevision, ok bool) {
	for _, r := range n.acts {
		if r.ID == id && r.Updated <= at && (!ok || r.Number > best.Number) {
			best, ok = r, true
		}
	}
	return best, ok
}

func (n *naive) candidates(wearer string, cohorts []string, p orb.Point, at int64, reach float64) (ids []string) {
	for _, id := range zoneIDs() {
		r, _ := n.zoneAt(id, at)
		if r.Zone == nil || !r.Zone.AppliesTo(wearer, cohorts) {
			continue
		}
		if r.Zone.Kind == Inclusion || r.Zone.Shape.bound(slack+r.Zone.BufferM+reach).Contains(p) {
			ids = append(ids, fmt.Sprintf("%s@%d", id, r.Number))
		}
	}
	return ids
}

func (n *naive) worn(device string, at int64) (list []*Activation) {
	for _, id := range actIDs() {
		if r, _ := n.activationAt(id, at); r.Activation != nil && r.Activation.Device == device {
			list = append(list, r.Activation)
		}
	}
	return list
}

func (n *naive) activation(device string, fix, at int64) (found *Activation) {
	for _, a := range n.worn(device, at) {
		if a.Fitted <= fix && fix < a.Removed && (found == nil || a.Fitted > found.Fitted) {
			found = a
		}
	}
	return found
}

func (n *naive) nextActivation(device string, fix, at int64) (found *Activation) {
	for _, a := range n.worn(device, at) {
		if a.Fitted > fix && (found == nil || a.Fitted < found.Fitted) {
			found = a
		}
	}
	return found
}

// deviceChange tries every instant.
func (n *naive) deviceChange(device string, after int64) (int64, bool) {
	for t := after + 1; t <= lastInstant; t++ {
		for _, id := range actIDs() {
			now, ok := n.activationAt(id, t)
			before, okBefore := n.activationAt(id, t-1)
			named := slices.ContainsFunc(n.acts, func(r ActivationRevision) bool {
				return r.ID == id && r.Activation != nil && r.Activation.Device == device
			})
			if named && (ok != okBefore || ok && now.Number != before.Number) {
				return t, true
			}
			if a := now.Activation; a != nil && a.Device == device && (a.Fitted == t || a.Removed == t) {
				return t, true
			}
		}
	}
	return 0, false
}

func (n *naive) zoneChange(id string, after int64) (int64, bool) {
	for t := after + 1; t <= lastInstant; t++ {
		now, ok := n.zoneAt(id, t)
		before, okBefore := n.zoneAt(id, t-1)
		if ok != okBefore || ok && now.Number != before.Number {
			return t, true
		}
	}
	return 0, false
}

const lastInstant = 65

func zoneIDs() []string { return []string{"z1", "z2", "z3", "z4"} }
func actIDs() []string  { return []string{"a1", "a2", "a3"} }

func drawZone(t *rapid.T) ZoneRevision {
	r := ZoneRevision{
		ID:      rapid.SampledFrom(zoneIDs()).Draw(t, "zone"),
		Number:  rapid.Uint64Range(1, 4).Draw(t, "number"),
		Updated: rapid.Int64Range(0, 40).Draw(t, "updated"),
	}
	if rapid.IntRange(0, 4).Draw(t, "tombstone") == 0 {
		return r
	}
	x := float64(rapid.IntRange(0, 2).Draw(t, "x"))
	z := &Zone{ID: r.ID, Kind: rapid.SampledFrom([]Kind{Exclusion, Exclusion, Inclusion}).Draw(t, "kind"), Revision: r.Number}
	z.Shape.Polygons = orb.MultiPolygon{{{{x, 0}, {x + 1, 0}, {x + 1, 1}, {x, 0}}}}
	names := func(of ...string) []string { return rapid.SliceOfN(rapid.SampledFrom(of), 0, 2).Draw(t, "names") }
	z.BufferM = rapid.SampledFrom([]float64{0, 0, 500}).Draw(t, "buffer")
	z.Rule = rapid.SampledFrom([]string{"", "default", "beside_home", "other"}).Draw(t, "rule")
	z.Audience = Audience{Everyone: rapid.Bool().Draw(t, "everyone"), Wearers: names("w1", "w2"), Cohorts: names("c1", "c2")}
	r.Zone = z
	return r
}

func drawActivation(t *rapid.T) ActivationRevision {
	r := ActivationRevision{
		ID:      rapid.SampledFrom(actIDs()).Draw(t, "activation"),
		Number:  rapid.Uint64Range(1, 4).Draw(t, "number"),
		Updated: rapid.Int64Range(0, 40).Draw(t, "updated"),
	}
	if rapid.IntRange(0, 4).Draw(t, "tombstone") == 0 {
		return r
	}
	fitted := rapid.Int64Range(0, 40).Draw(t, "fitted")
	r.Activation = &Activation{ID: r.ID, Device: rapid.SampledFrom([]string{"d1", "d2"}).Draw(t, "device"), Fitted: fitted, Removed: Always}
	if rapid.Bool().Draw(t, "removed") {
		r.Activation.Removed = fitted + rapid.Int64Range(1, 20).Draw(t, "worn")
	}
	return r
}

func same(t *rapid.T, question string, got, want any) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: %v, the rival says %v", question, got, want)
	}
}

// compare asks both all questions about instants from since on; v may have forgotten what was before that.
func compare(t *rapid.T, v *View, n *naive, since int64) {
	t.Helper()
	asked := rapid.Int64Range(since, 42)
	at, fix := asked.Draw(t, "at"), rapid.Int64Range(0, 42).Draw(t, "fix")
	for _, id := range zoneIDs() {
		got, ok := v.ZoneAt(id, at)
		want, wantOK := n.zoneAt(id, at)
		if ok || want.Zone != nil || since == 0 { // Before forgets tombstones
			same(t, "zone", fmt.Sprint(got, ok), fmt.Sprint(want, wantOK))
		}
		got1, ok := v.ZoneChange(id, at)
		want1, wantOK := n.zoneChange(id, at)
		same(t, "zone change", fmt.Sprint(got1, ok), fmt.Sprint(want1, wantOK))
	}
	for _, id := range actIDs() {
		got, ok := v.ActivationAt(id, at)
		want, wantOK := n.activationAt(id, at)
		if ok || want.Activation != nil || since == 0 {
			same(t, "activation at", fmt.Sprint(got, ok), fmt.Sprint(want, wantOK))
		}
	}
	for _, device := range []string{"d1", "d2", "d3"} {
		d := v.Device(device)
		got, want := d.Activation(fix, at), n.activation(device, fix, at)
		same(t, "worn", fitting(got), fitting(want))
		fix2, at2 := rapid.Int64Range(0, 42).Draw(t, "another fix"), asked.Draw(t, "another at")
		if h := d.Hold(fix, at); h.Holds(fix2, at2) {
			same(t, "held", fitting(h.Activation), fitting(n.activation(device, fix2, at2)))
		}
		got, want = d.NextActivation(fix, at), n.nextActivation(device, fix, at)
		same(t, "worn next", fitting(got), fitting(want))
		if since == 0 { // Before may forget that an activation once named the device
			got1, ok := d.Change(at)
			want1, wantOK := n.deviceChange(device, at)
			same(t, "device change", fmt.Sprint(got1, ok), fmt.Sprint(want1, wantOK))
		}
	}
	compareCandidates(t, v, n, at)
}

// fitting says when, for of two fittings that overlap in time either may be found if they begin together.
func fitting(a *Activation) string {
	if a == nil {
		return "none"
	}
	return fmt.Sprint(a.Device, a.Fitted)
}

func compareCandidates(t *rapid.T, v *View, n *naive, at int64) {
	t.Helper()
	wearer := rapid.SampledFrom([]string{"w1", "w2", "w3"}).Draw(t, "wearer")
	cohorts := rapid.SliceOfN(rapid.SampledFrom([]string{"c1", "c2", "c3"}), 0, 2).Draw(t, "cohorts")
	p := orb.Point{rapid.Float64Range(-1, 4).Draw(t, "lon"), rapid.Float64Range(-0.5, 1.5).Draw(t, "lat")}
	reach := rapid.SampledFrom([]float64{0, 0, 50, 20_000}).Draw(t, "reach")
	kept, plane := NewCandidate(&Zone{ID: "z9"}), PlaneAt(p[0], p[1])
	list := v.Bound(wearer, cohorts).Near([]*Candidate{kept}, &plane, reach, at)
	if list[0] != kept {
		t.Fatal("what stood in dst is gone")
	}
	var got []string
	for _, c := range list[1:] {
		got = append(got, fmt.Sprintf("%s@%d", c.Zone().ID, c.Zone().Revision))
	}
	must, may := n.candidates(wearer, cohorts, p, at, reach), n.candidates(wearer, cohorts, p, at, reach*1.5+coarse)
	for _, id := range must {
		if !slices.Contains(got, id) {
			t.Fatalf("%s is not among the candidates %v", id, got)
		}
	}
	for _, id := range got {
		if !slices.Contains(may, id) {
			t.Fatalf("%s is a candidate, and too far away", id)
		}
	}
	if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) < len(got) {
		t.Fatalf("candidates not by id, each once: %v", got)
	}
}

func TestView_agreesWithPlainLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, n := NewView(nil, nil), &naive{}
		type pair struct {
			v *View
			n *naive
		}
		var old []pair
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			zones := rapid.SliceOfN(rapid.Custom(drawZone), 0, 4).Draw(t, "zones")
			acts := rapid.SliceOfN(rapid.Custom(drawActivation), 0, 4).Draw(t, "activations")
			old = append(old, pair{v, n})
			v, n = v.With(zones, acts), n.with(zones, acts)
			compare(t, v, n, 0)
			compareCounts(t, v, n)
			ms := rapid.Int64Range(1, 42).Draw(t, "before")
			compare(t, v.Before(ms), n, ms)
		}
		for _, p := range old { // a View does not change when another is made from it
			compare(t, p.v, p.n, 0)
		}
		compare(t, NewView(n.zones, n.acts), n, 0)
	})
}

func compareCounts(t *rapid.T, v *View, n *naive) {
	t.Helper()
	zones, acts, profiles := 0, 0, map[string]int{}
	for r := range v.AllZones() {
		if r.Zone != nil {
			zones++
			profiles[r.Zone.Rule]++
		}
		for _, other := range n.zones {
			if other.ID == r.ID && other.Number > r.Number {
				t.Fatalf("zone %s: revision %d is not the latest", r.ID, r.Number)
			}
		}
	}
	for r := range v.AllActivations() {
		if r.Activation != nil {
			acts++
		}
	}
	delete(profiles, "")
	delete(profiles, "default")
	same(t, "zones", v.Zones(), zones)
	if got := v.Profiles(); !maps.Equal(got, profiles) {
		t.Fatalf("profiles: %v, want %v", got, profiles)
	}
	same(t, "activations", v.Activations(), acts)
}

func TestView_Before_forgetsOldTombstonesAndNothingOfUse(t *testing.T) {
	zone := &Zone{ID: "z", Audience: Audience{Everyone: true}, Kind: Inclusion}
	v := NewView([]ZoneRevision{
		{ID: "gone", Number: 1, Updated: 10, Zone: zone}, {ID: "gone", Number: 2, Updated: 20},
		{ID: "kept", Number: 1, Updated: 10, Zone: zone}, {ID: "kept", Number: 2, Updated: 30, Zone: zone},
	}, nil)
	for _, tt := range []struct {
		ms         int64
		gone, kept bool // whether the tombstone and the first revision of kept are still there
	}{{15, true, true}, {20, true, true}, {21, false, true}, {30, false, false}} {
		after := v.Before(tt.ms)
		if _, ok := after.ZoneAt("gone", 100); ok != tt.gone {
			t.Errorf("before %d: tombstone there is %v", tt.ms, ok)
		}
		if _, ok := after.ZoneAt("kept", 15); ok != tt.kept {
			t.Errorf("before %d: superseded revision there is %v", tt.ms, ok)
		}
		if r, ok := after.ZoneAt("kept", 100); !ok || r.Number != 2 {
			t.Errorf("before %d: latest revision is %v, %v", tt.ms, r, ok)
		}
	}
	if v.Before(5) != v {
		t.Error("a new view although nothing was forgotten")
	}
}

func TestView_backdatedRevisionIsInForceFromItsOwnInstant(t *testing.T) {
	one, two, three := &Zone{Revision: 1}, &Zone{Revision: 2}, &Zone{Revision: 3}
	v := NewView([]ZoneRevision{
		{ID: "z", Number: 1, Updated: 10, Zone: one}, {ID: "z", Number: 2, Updated: 100, Zone: two},
		{ID: "z", Number: 3, Updated: 50, Zone: three},
	}, nil)
	for at, want := range map[int64]*Zone{10: one, 49: one, 50: three, 99: three, 100: three, 200: three} {
		if r, _ := v.ZoneAt("z", at); r.Zone != want {
			t.Errorf("at %d revision %d is in force", at, r.Number)
		}
	}
	if at, ok := v.ZoneChange("z", 50); ok {
		t.Errorf("a change at %d, to a revision that never is in force", at)
	}
}

func TestView_lookupsDoNotAllocate(t *testing.T) {
	var zones []ZoneRevision
	for i := range 100 {
		id := fmt.Sprintf("z%02d", i)
		zones = append(zones, ZoneRevision{ID: id, Number: 1, Zone: &Zone{ID: id, Kind: Inclusion,
			Audience: Audience{Everyone: i%2 == 0, Wearers: []string{"w"}, Cohorts: []string{"c"}}}})
	}
	v := NewView(zones, []ActivationRevision{{ID: "a", Number: 1, Activation: &Activation{ID: "a", Device: "d", Removed: Always}}})
	dst, bound := make([]*Candidate, 0, 300), v.Bound("w", []string{"c"})
	n := testing.AllocsPerRun(100, func() {
		plane := PlaneAt(0, 0)
		dst = bound.Near(dst[:0], &plane, 50, 5)
		if v.Device("d").Activation(1, 1) == nil {
			t.Error("no activation")
		}
		v.ZoneAt("z01", 1)
	})
	if n != 0 || len(dst) != 100 {
		t.Errorf("%v allocations, %d zones", n, len(dst))
	}
}

func BenchmarkView(b *testing.B) {
	zones := make([]ZoneRevision, 0, 100_000)
	acts := make([]ActivationRevision, 0, cap(zones))
	for i := range cap(zones) {
		id := fmt.Sprint(i)
		x, y := float64(i%300)/300, float64(i/300)/300
		shape := Shape{Polygons: orb.MultiPolygon{{{{x, y}, {x + 0.001, y}, {x, y + 0.001}, {x, y}}}}}
		zones = append(zones, ZoneRevision{ID: id, Number: 1, Zone: &Zone{ID: id, Kind: Exclusion, Shape: shape, Audience: Audience{Wearers: []string{id}}}})
		acts = append(acts, ActivationRevision{ID: id, Number: 1, Activation: &Activation{ID: id, Wearer: id, Device: id, Removed: Always}})
	}
	v := NewView(zones, acts)
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			NewView(zones, acts)
		}
	})
	b.Run("with one", func(b *testing.B) {
		for b.Loop() {
			v.With(zones[7:8], nil)
		}
	})
	b.Run("lookup", func(b *testing.B) {
		var dst []*Candidate
		for b.Loop() {
			a, plane := v.Device("777").Activation(5, 5), PlaneAt(0.5, 0.5)
			dst = v.Bound(a.Wearer, a.Cohorts).Near(dst[:0], &plane, 0, 5)
		}
	})
}

func TestView_BoundIsSharedByWearersWhomNoZoneNames(t *testing.T) {
	zone := func(id string, a Audience) ZoneRevision {
		return ZoneRevision{ID: id, Number: 1, Updated: 1, Zone: &Zone{ID: id, Kind: Inclusion, Audience: a, Shape: Shape{Radius: 1}}}
	}
	v := NewView([]ZoneRevision{zone("all", Audience{Everyone: true}), zone("own", Audience{Wearers: []string{"ann"}}), zone("group", Audience{Cohorts: []string{"c"}})}, nil)
	later := v.With([]ZoneRevision{{ID: "all", Number: 2, Updated: 5}}, nil)
	at := PlaneAt(0, 0)
	for _, tt := range []struct {
		view    *View
		wearer  string
		cohorts []string
		want    string
	}{
		{v, "ben", nil, "[all]"}, {v, "ann", nil, "[all own]"}, {v, "ben", []string{"c"}, "[all group]"}, {v, "ben", []string{"d"}, "[all]"},
		{later, "ben", nil, "[]"}, {later.Before(9), "ben", nil, "[]"}, {NewView(nil, nil), "ben", nil, "[]"},
	} {
		var ids []string
		for _, c := range tt.view.Bound(tt.wearer, tt.cohorts).Near(nil, &at, 0, 7) {
			ids = append(ids, c.Zone().ID)
		}
		if got := fmt.Sprint(ids); got != tt.want {
			t.Errorf("%s %v: bound by %s, want %s", tt.wearer, tt.cohorts, got, tt.want)
		}
	}
	if v.Bound("ben", nil) != v.Bound("unassigned:tag-1", nil) {
		t.Error("each of two wearers whom no zone names has a list of its own")
	}
}
