package redisindex

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"cordon/geofence"
)

// exported is a history of both kinds.
type exported struct{ zones, register []byte }

func export(t *testing.T, s *Store) exported {
	t.Helper()
	z, err := s.ExportZones(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.ExportActivations(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	return exported{z, a}
}

func restore(t *testing.T, s *Store, e exported) {
	t.Helper()
	if _, err := s.RestoreZones(t.Context(), e.zones, RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RestoreActivations(t.Context(), e.register, RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
}

func wipe(t *testing.T, s *Store) {
	t.Helper()
	flush(t, s.client)
}

func TestRestore_putsBackIdentityRevisionsTimesAndTombstonesUnchanged(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		importZones(t, s, square(t, "z1", "one & <changed>"))
		if _, err := s.DeleteZones(t.Context(), []string{"z2"}, ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		saved := export(t, s)
		wipe(t, s)
		restore(t, s, saved)
		if again := export(t, s); !bytes.Equal(again.zones, saved.zones) || !bytes.Equal(again.register, saved.register) {
			t.Errorf("restored:\n%s%s\nexported:\n%s%s", again.zones, again.register, saved.zones, saved.register)
		}
		if sum := importZones(t, s, square(t, "z1", "one & <changed>")); sum.Unchanged != 1 || sum.Revision != 5 {
			t.Errorf("importing what was restored: %+v", sum)
		}
		restore(t, s, saved) // twice is no harm
	})
}

func TestRestore_refusesWhatDoesNotFit(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		saved := export(t, s)
		importZones(t, s, square(t, "z3", "three"))
		wants := func(data []byte, part string) {
			t.Helper()
			_, err := s.RestoreZones(t.Context(), data, RestoreOptions{})
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), part) {
				t.Errorf("got %v, want a refusal that says %q", err, part)
			}
		}
		wants(saved.zones, "newer")
		wants(saved.register, "wearers import --restore")
		wants([]byte(`{"type":"FeatureCollection","features":[]}`), "export --history")
		wants(saved.zones[:bytes.LastIndexByte(saved.zones[:len(saved.zones)-1], '\n')+1], "cut off")
		wants(saved.zones[:len(saved.zones)-10], "line 3")
		wipe(t, s)
		seed(t, s)
		wants(saved.zones, "the history of")
	})
}

func TestExport_withoutHistoryCanBeImported(t *testing.T) {
	eachServer(t, func(t *testing.T, server server) {
		s := New(connect(t, server))
		seed(t, s)
		data, err := s.ExportZones(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		list, _, err := geofence.ParseZones(data)
		if err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		if sum := importZones(t, s, list...); sum.Unchanged != 2 {
			t.Errorf("%+v", sum)
		}
		data, err = s.ExportActivations(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		activations, _, err := geofence.ParseRegister(data)
		if err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		if sum := importActivations(t, s, activations...); sum.Unchanged != 1 {
			t.Errorf("%+v", sum)
		}
	})
}
