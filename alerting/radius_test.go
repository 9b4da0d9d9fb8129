package alerting

import (
	"math"
	"testing"

	"cordon/geofence"
)

// A Watch caches the radius of the last accuracy. Whether a fix is usable must not depend on earlier fixes, and an accuracy
// or a level of 0, which no decoder accepts, must not be found in the empty cache.
func TestWatch_whetherAFixIsUsableDoesNotDependOnTheOneBefore(t *testing.T) {
	values := []float64{0, 5, 15, 4000}
	levels := []float64{0, 0.68, 0.95}
	var fixes []Fix
	for _, accuracy := range values {
		for _, level := range levels {
			fixes = append(fixes, Fix{Source: satellite, AccuracyM: accuracy, AccuracyLevel: level})
		}
	}
	view := geofence.NewView(nil, nil)
	for _, f := range fixes {
		fresh := NewWatch(view, 0, DefaultRules())
		usable := fresh.usable(&f)
		if want := Radius95(f.AccuracyM, f.AccuracyLevel) <= fresh.rules.UsableM; usable != want {
			t.Errorf("%g m at level %g by a fresh watch: usable %t, want %t", f.AccuracyM, f.AccuracyLevel, usable, want)
		}
		for _, before := range fixes {
			w := NewWatch(view, 0, DefaultRules())
			w.usable(&before)
			if got := w.usable(&f); got != usable || usable && w.radius != fresh.radius {
				t.Errorf("%g m at level %g: usable %t with a radius of %g, after %g m at level %g: %t, %g",
					f.AccuracyM, f.AccuracyLevel, usable, fresh.radius, before.AccuracyM, before.AccuracyLevel, got, w.radius)
			}
		}
	}
}

// After 2^32 views the number of the current view equals the number that stands for none.
func TestWatch_aTagNeverHeardIsLookedUpUnderAnyView(t *testing.T) {
	w := NewWatch(geofence.NewView(nil, nil), 0, DefaultRules())
	w.looks = math.MaxUint32
	w.Look(geofence.NewView(nil, []geofence.ActivationRevision{worn("act-1", "ann", "00:00:00", "")}))
	tag := NewTag("tag-1")
	f := Fix{Time: clock("10:00:00"), Appended: clock("10:00:00"), Source: satellite, AccuracyM: 5, AccuracyLevel: 0.95}
	w.Advance(f.Appended)
	w.Hear(tag, &f, Report{HasPosition: true})
	w.Observe(tag, &f)
	if wr := tag.Wearings[0]; wr.Wearer != "ann" {
		t.Errorf("the fix is counted as %s's, want ann's", wr.Wearer)
	}
}
