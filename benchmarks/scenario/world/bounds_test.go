package world

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// numbers visits every number of the settings, with its name and its bounds.
func numbers(path, bounds string, v reflect.Value, visit func(path string, v reflect.Value, least, most float64)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			name := field.Tag.Get("json")
			within, ok := field.Tag.Lookup("bounds")
			switch {
			case name == "spread":
				within = "0 5"
			case !ok:
				within = bounds // of a range, on the field that has it
			}
			numbers(strings.Trim(path+"."+name, "."), within, v.Field(i), visit)
		}
	case reflect.Float64, reflect.Int:
		var least, most float64
		if _, err := fmt.Sscan(bounds, &least, &most); err != nil {
			panic(path + " has no bounds")
		}
		visit(path, v, least, most)
	}
}

// eachNumber sets every number of the default world in turn, and puts it back.
func eachNumber(to func(least, most float64) [2]float64, try func(s *Settings, path string)) {
	s := ordinary()
	numbers("", "", reflect.ValueOf(&s).Elem(), func(path string, v reflect.Value, least, most float64) {
		was := reflect.ValueOf(v.Interface())
		for _, x := range to(least, most) {
			v.Set(reflect.ValueOf(x).Convert(v.Type()))
			try(&s, path)
		}
		v.Set(was)
	})
}

func TestValidate_namesWhateverIsOutOfItsBounds(t *testing.T) {
	tried := 0
	eachNumber(func(least, most float64) [2]float64 { return [2]float64{least - 1, most + 1} }, func(s *Settings, path string) {
		tried++
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), path+" is ") {
			t.Errorf("%s: %v", path, err)
		}
	})
	if tried < 200 {
		t.Errorf("%d tries: where are the others?", tried)
	}
}

func TestLife_isLivedWithAnyNumberAtItsBound(t *testing.T) {
	eachNumber(func(least, most float64) [2]float64 { return [2]float64{least, most} }, func(s *Settings, path string) {
		if s.Validate() != nil {
			return // it does not go with the other numbers
		}
		for seed := range uint64(8) {
			w, err := New(*s, seed, 1, monday, 24*time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if l := w.Life(0); len(l.Pings) == 0 && len(l.Events) == 0 {
				t.Errorf("%s, seed %d: nothing was heard, and nothing befell the tag", path, seed)
			}
		}
	})
}
