package world

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestNamed_everyWorldIsValidAndReadBack(t *testing.T) {
	for _, name := range Names() {
		s, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(data)
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%s is read back as %+v: %v", name, got, err)
		}
		based, err := Parse([]byte(`{"world":"` + name + `"}`))
		if err != nil || !reflect.DeepEqual(based, s) {
			t.Errorf("a file that says no more than %s gives %+v: %v", name, based, err)
		}
	}
	if _, err := Named("flat"); !errors.Is(err, ErrSettings) || !strings.Contains(err.Error(), "near_homes") {
		t.Errorf("an unknown world: %v", err)
	}
}

func TestParse_changesWhatTheFileSaysAndNothingElse(t *testing.T) {
	got, err := Parse([]byte(`{"world":"near_homes","satellite":{"outlier_share":0.01},"zones":{"size_m":{"min":200}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := Named("near_homes")
	want.Satellite.OutlierShare, want.Zones.SizeM.Min = 0.01, 200
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestParse_saysWhatIsWrong(t *testing.T) {
	for _, x := range []struct{ file, want string }{
		{`{"satellite":{"outlier_rate":0.1}}`, `unknown field "outlier_rate"`},
		{`{"satellites":{}}`, `unknown field "satellites"`},
		{`{"world":"flat"}`, `no world "flat"`},
		{`{"satellite":{"outlier_share":2}}`, "satellite.outlier_share is 2: give a number from 0 to 1"},
		{`{"zones":{"size_m":{"min":500,"max":100}}}`, "zones.size_m.min is above max"},
		{`{"visits":{"dwell_s":{"median":5}}}`, "visits.dwell_s.median is 5"},
		{`{"visits":{"dwell_s":{"spread":-1}}}`, "visits.dwell_s.spread is -1"},
		{`{"tags":{"gaps":{"per_day":-1}}}`, "tags.gaps.per_day is -1"},
		{`{"strata":{"far":0.1}}`, "strata make"},
		{`{"cells":{"claim_m":[[0,30],[0.5,20],[1,100]]}}`, "cells.claim_m[1]"},
		{`{"cells":{"claim_m":[[0.1,30],[1,100]]}}`, "cells.claim_m must begin at share 0"},
		{`{"cells":{"coordinates_per_area":0}}`, "cells.coordinates_per_area is 0"},
		{`{} {}`, "after top-level value"},
		{`[]`, "cannot unmarshal"},
	} {
		if _, err := Parse([]byte(x.file)); !errors.Is(err, ErrSettings) || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, wanted %s", x.file, err, x.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range Names() {
		s, _ := Named(name)
		data, _ := json.Marshal(s)
		f.Add(data)
	}
	f.Add([]byte(`{"world":"near_homes","cells":{"claim_m":[[0,1],[1,2]]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrSettings) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Parse(again); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%s is read back as %+v: %v", again, got, err)
		}
		w, err := New(s, 1, 1, monday, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		w.Life(0) // in whatever world, it ends
	})
}
