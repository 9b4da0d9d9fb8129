package main

import (
	"strings"
	"testing"
)

func TestWearers_importListExportDelete(t *testing.T) {
	s := newShell(t)
	s.in = oneWearer
	out, _ := s.run(exitDone, "wearers", "import", "-")
	s.wants(out, "1 added", "revision 1")
	out, _ = s.run(exitDone, "wearers", "list")
	s.wants(out, "a1", "w1", "d1", "2026-11-01T10:00:00.000Z", "c1")
	s.in, _ = s.run(exitDone, "wearers", "export")
	out, _ = s.run(exitDone, "wearers", "import", "-")
	s.wants(out, "1 unchanged")
	out, _ = s.run(exitDone, "wearers", "delete", "a1")
	s.wants(out, "deleted 1 activation")
	if out, _ = s.run(exitDone, "wearers", "list"); strings.Contains(out, "a1") {
		t.Errorf("still listed:\n%s", out)
	}
}

func TestWearers_importTakesCSV(t *testing.T) {
	s := newShell(t)
	s.in = "wearer_id,device_id,activation_id,fitted_time,removed_time,cohorts,tier\n" +
		"w1,d1,a1,2026-11-01T10:00:00Z,,c1;c2,1\n"
	s.run(exitDone, "wearers", "import", "-")
	out, _ := s.run(exitDone, "wearers", "list")
	s.wants(out, "c1,c2")
}

func TestWearers_importRefusesATagWornTwiceAndTakesNone(t *testing.T) {
	s := newShell(t)
	s.in = oneWearer
	s.run(exitDone, "wearers", "import", "-")
	s.in = `{"wearer_id":"w3","device_id":"d3","activation_id":"a3","fitted_time":"2026-11-02T10:00:00.000Z"}` + "\n" +
		`{"wearer_id":"w2","device_id":"d1","activation_id":"a2","fitted_time":"2026-11-02T10:00:00.000Z"}` + "\n"
	_, errs := s.run(exitFailed, "wearers", "import", "-")
	s.wants(errs, "a2", "nothing was imported")
	if out, _ := s.run(exitDone, "wearers", "list"); strings.Contains(out, "a3") {
		t.Errorf("something was imported:\n%s", out)
	}
}
