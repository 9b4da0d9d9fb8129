package geofence

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// packedRevision is the revision of a zone as a store hands it to a View.
func packedRevision(z *Zone, updated int64) ZoneRevision {
	r := ZoneRevision{ID: z.ID, Number: z.Revision, Updated: updated, Zone: z}
	return r.Packed(z.AppendCompact(nil))
}

// wardOf is a zone of a ward for one wearer, in one revision.
func wardOf(wearer string, revision uint64) *Zone {
	z := wardZone(32)
	z.ID, z.Audience.Wearers, z.Revision = "zone of "+wearer, []string{wearer}, revision
	return z
}

// middle is a place in the box of all that wardOf returns.
func middle() Plane {
	centre := wardZone(32).Shape.Bound().Center()
	return PlaneAt(centre[0], centre[1])
}

// decoded returns the ids of the zones that are not packed, or no longer.
func decoded(v *View) (ids []string) {
	for r := range v.AllZones() {
		if r.Zone != nil {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func TestPacked_isDecodedByTheFirstQuestionOfItsWearerAndByNothingBefore(t *testing.T) {
	v := NewView([]ZoneRevision{packedRevision(wardOf("ann", 1), 1), packedRevision(wardOf("ben", 1), 1)}, nil)
	v = v.With([]ZoneRevision{packedRevision(wardOf("ann", 2), 5), packedRevision(wardOf("cat", 1), 5)}, nil)
	v = v.With([]ZoneRevision{{ID: "zone of cat", Number: 2, Updated: 6}}, nil).Before(7)
	at := middle()
	if n := v.Zones(); n != 2 {
		t.Fatalf("%d zones", n)
	}
	ben := v.Bound("ben", nil).Near(nil, &at, 50, 9)
	if len(ben) != 1 || ben[0].Zone().ID != "zone of ben" {
		t.Fatalf("near ben: %v", ben)
	}
	bound := v.Bound("ann", []string{"cohort"})
	far := PlaneAt(-4, 55)
	if near, clear := bound.Near(nil, &far, 50, 9), bound.Clear(&far, 50); len(near) > 0 || !clear.Holds(-4, 55) {
		t.Fatalf("far from everything: %v, %+v", near, clear)
	}
	if got := fmt.Sprint(decoded(v)); got != "[zone of ben]" {
		t.Errorf("decoded before ann comes near: %s", got)
	}
	near := bound.Near(nil, &at, 50, 9)
	if len(near) != 1 || near[0].Within(&at, 50) != wardOf("ann", 2).Shape.Compile().Within(&at, 50) {
		t.Fatalf("near ann: %v", near)
	}
	if got := len(decoded(v)); got != 2 {
		t.Errorf("%d zones are decoded after ann has come near", got)
	}
	if z := near[0].Zone(); !reflect.DeepEqual(z, wardOf("ann", 2)) {
		t.Errorf("decoded as %+v", z)
	}
}

func TestPacked_isForZonesOfNamedWearersOnly(t *testing.T) {
	for name, audience := range map[string]Audience{
		"everyone": {Everyone: true, Wearers: []string{"ann"}}, "cohort": {Wearers: []string{"ann"}, Cohorts: []string{"c"}},
	} {
		z := wardOf("ann", 1)
		z.Audience = audience
		if r := packedRevision(z, 1); r.Zone != z {
			t.Errorf("%s: packed", name)
		}
	}
	if r := (ZoneRevision{ID: "z", Number: 2}).Packed(nil); !r.Withdrawn() {
		t.Errorf("a tombstone became %+v", r)
	}
}

// TestPacked_answersAsTheDecodedZoneDoes takes two views through the same changes, one of zones that are packed.
func TestPacked_tellsItsProfileAndStaysPacked(t *testing.T) {
	beside := wardOf("ben", 1)
	beside.Rule, beside.BufferM, beside.ActiveFrom, beside.ActiveTo = "beside_home", 5, time.UnixMilli(1), time.UnixMilli(2)
	long := wardOf("cat", 1)
	long.Name = strings.Repeat("a long name ", 30) // its length takes two bytes
	v := NewView([]ZoneRevision{packedRevision(wardOf("ann", 1), 1), packedRevision(beside, 1), packedRevision(long, 1)}, nil)
	if got := fmt.Sprint(v.Profiles(), decoded(v)); got != "map[beside_home:1] []" {
		t.Error(got)
	}
	if got := v.With([]ZoneRevision{{ID: beside.ID, Number: 2, Updated: 2}}, nil).Profiles(); len(got) > 0 {
		t.Errorf("withdrawn: %v", got)
	}
}

func TestPacked_answersAsTheDecodedZoneDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain, packed := NewView(nil, nil), NewView(nil, nil)
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			var some, same []ZoneRevision
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				r := drawForWearers(t)
				some = append(some, r)
				if r.Zone != nil {
					r = r.Packed(r.Zone.AppendCompact(nil))
				}
				same = append(same, r)
			}
			before := rapid.Int64Range(0, 40).Draw(t, "before")
			plain, packed = plain.With(some, nil).Before(before), packed.With(same, nil).Before(before)
			for range 2 { // the second time nothing is decoded any more
				compareAnswers(t, packed, plain, rapid.Int64Range(before, 41).Draw(t, "at"))
			}
		}
	})
}

func drawForWearers(t *rapid.T) ZoneRevision {
	r := ZoneRevision{ID: rapid.SampledFrom(zoneIDs()).Draw(t, "zone"), Number: rapid.Uint64Range(1, 4).Draw(t, "number"),
		Updated: rapid.Int64Range(0, 40).Draw(t, "updated")}
	if rapid.IntRange(0, 4).Draw(t, "tombstone") > 0 {
		r.Zone = drawCompactible(t)
		if _, err := ParseCompact(r.Zone.AppendCompact(nil)); err != nil {
			t.Skip("a polygon of many vertices that crosses itself")
		}
		r.Zone.ID, r.Zone.Revision = r.ID, r.Number
		r.Zone.Audience = Audience{Wearers: rapid.SampledFrom([][]string{{"w1"}, {"w2"}, {"w1", "w2"}}).Draw(t, "wearers")}
	}
	return r
}

func compareAnswers(t *rapid.T, packed, plain *View, at int64) {
	t.Helper()
	same(t, "zones", packed.Zones(), plain.Zones())
	for _, id := range zoneIDs() {
		got, ok := packed.ZoneAt(id, at)
		want, wantOK := plain.ZoneAt(id, at)
		if got.packed = nil; ok != wantOK || !reflect.DeepEqual(unasked(got), unasked(want)) {
			t.Fatalf("%s at %d: %+v, %v; want %+v, %v", id, at, got, ok, want, wantOK)
		}
	}
	p := drawPoint(t, -1)
	plane, wearer := PlaneAt(p[0], p[1]), rapid.SampledFrom([]string{"w1", "w2", "w3"}).Draw(t, "wearer")
	got, want := packed.Bound(wearer, nil), plain.Bound(wearer, nil)
	same(t, "clear", got.Clear(&plane, 50), want.Clear(&plane, 50))
	list, rival := got.Near(nil, &plane, 50, at), want.Near(nil, &plane, 50, at)
	same(t, "near", len(list), len(rival))
	for i, c := range list {
		if !reflect.DeepEqual(c.Zone().Clone(), rival[i].Zone().Clone()) {
			t.Fatalf("%+v, want %+v", c.Zone(), rival[i].Zone())
		}
		same(t, "distance", math.Float64bits(c.Distance(&plane)), math.Float64bits(rival[i].Distance(&plane)))
		same(t, "within", math.Float64bits(c.Within(&plane, 50)), math.Float64bits(rival[i].Within(&plane, 50)))
	}
}

// unasked returns the revision with a zone that does not hold its prepared timetable.
func unasked(r ZoneRevision) ZoneRevision {
	if r.Zone != nil {
		r.Zone = r.Zone.Clone()
	}
	return r
}

func TestPacked_isTheSameZoneToAllWhoAskFirstTogether(t *testing.T) {
	at := middle()
	want := wardOf("ann", 1).Shape.at(&at)
	for range 50 {
		v := NewView([]ZoneRevision{packedRevision(wardOf("ann", 1), 1)}, nil)
		later := v.With([]ZoneRevision{packedRevision(wardOf("ann", 2), 9)}, nil) // has another candidate of revision 1
		var zones [8]*Zone
		var group sync.WaitGroup
		for i := range zones {
			group.Go(func() {
				asked := []*View{v, later}[i%2]
				c := asked.Bound("ann", nil).Near(nil, &at, 50, 5)[0]
				if d := c.Distance(&at); d != want {
					t.Errorf("distance %g, want %g", d, want)
				}
				if zones[i] = c.Zone(); i > 3 {
					r, _ := asked.ZoneAt("zone of ann", 5)
					zones[i] = r.Zone
				}
			})
		}
		group.Wait()
		for _, z := range zones {
			if z != zones[0] {
				t.Fatal("decoded more than once for those who look at it")
			}
		}
	}
}

func TestPacked_doesNotAllocateOnceItIsDecoded(t *testing.T) {
	v := NewView([]ZoneRevision{packedRevision(wardOf("ann", 1), 1)}, nil)
	bound, at, dst := v.Bound("ann", nil), middle(), make([]*Candidate, 0, 1)
	n := testing.AllocsPerRun(100, func() { // the run before those it counts decodes
		dst = bound.Near(dst[:0], &at, 50, 5)
		if r, _ := v.ZoneAt("zone of ann", 5); len(dst) != 1 || dst[0].Zone() != r.Zone || math.IsNaN(dst[0].Distance(&at)) {
			t.Error("not found")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkPacked is what a zone for one wearer takes on its way into a View, and what the first question about it does.
func BenchmarkPacked(b *testing.B) {
	z := wardOf("ann", 1)
	doc := z.AppendCompact(nil)
	r := ZoneRevision{ID: z.ID, Number: 1, Zone: z}
	b.Run("pack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.Packed(doc)
		}
	})
	b.Run("first question", func(b *testing.B) {
		b.ReportAllocs()
		p := r.Packed(doc)
		for b.Loop() {
			p.packed.zone.Store(nil)
			p.packed.open()
		}
	})
}
