package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
)

// shell runs command lines against a store of its own.
type shell struct {
	t   *testing.T
	url string
	dir string
	in  string // what the next command reads
}

func newShell(t *testing.T) *shell {
	return &shell{t: t, url: "redis://" + miniredis.RunT(t).Addr(), dir: t.TempDir()}
}

// file writes content to a file and returns its path.
func (s *shell) file(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// run executes one command and returns what it wrote; the exit code must be want.
func (s *shell) run(want int, args ...string) (out, err string) {
	s.t.Helper()
	s.t.Setenv("CORDON_REDIS_URL", s.url)
	var stdout, stderr bytes.Buffer
	code := run(s.t.Context(), args, streams{strings.NewReader(s.in), &stdout, &stderr})
	if code != want {
		s.t.Fatalf("cordon %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, &stdout, &stderr)
	}
	return stdout.String(), stderr.String()
}

func (s *shell) wants(text string, parts ...string) {
	s.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			s.t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

func feature(id, properties string) string {
	return fmt.Sprintf(`{"type":"Feature","id":%q,"properties":{%s},"geometry":{"type":"Polygon","coordinates":`+
		`[[[-0.1,51.5],[-0.09,51.5],[-0.09,51.51],[-0.1,51.51],[-0.1,51.5]]]}}`, id, properties)
}

func collection(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

const (
	forEveryone = `"applies_to":"everyone","name":"Mrs Example"`
	oneWearer   = `{"wearer_id":"w1","device_id":"d1","activation_id":"a1","fitted_time":"2026-11-01T10:00:00.000Z","cohorts":["c1"]}` + "\n"
)

func TestZones_importListDelete(t *testing.T) {
	s := newShell(t)
	file := s.file("zones.geojson", collection(feature("z1", forEveryone), feature("z2", `"applies_to":{"wearers":["w1"]}`)))

	out, _ := s.run(exitDone, "zones", "import", "--dry-run", file)
	s.wants(out, "add z1", "add z2", "2 would be added", "nothing was imported")
	if out, _ = s.run(exitDone, "zones", "list"); strings.Contains(out, "z1") {
		t.Errorf("a dry run imported:\n%s", out)
	}
	out, _ = s.run(exitDone, "zones", "import", file)
	s.wants(out, "2 added, 0 changed, 0 unchanged", "revision 2")
	out, _ = s.run(exitDone, "zones", "import", file)
	s.wants(out, "0 added, 0 changed, 2 unchanged")

	out, _ = s.run(exitDone, "zones", "list")
	s.wants(out, "z1", "exclusion", "everyone", "wearers w1", "4")
	if strings.Contains(out, "Example") {
		t.Errorf("a name is shown unasked:\n%s", out)
	}
	out, _ = s.run(exitDone, "zones", "list", "--names")
	s.wants(out, "Mrs Example")

	_, errs := s.run(exitFailed, "zones", "delete", "z1", "nowhere")
	s.wants(errs, `"nowhere"`, "nothing was deleted")
	out, _ = s.run(exitDone, "zones", "delete", "z1")
	s.wants(out, "deleted 1 zone", "revision 3")
	if out, _ = s.run(exitDone, "zones", "list"); strings.Contains(out, "z1") {
		t.Errorf("still listed:\n%s", out)
	}
}

func TestZones_importNamesTheOneBadFeatureAmongAThousandAndTakesNone(t *testing.T) {
	s := newShell(t)
	features := make([]string, 1000)
	for i := range features {
		features[i] = feature(fmt.Sprintf("z%d", i), forEveryone)
	}
	features[617] = strings.Replace(features[617], "[-0.1,51.5]]]", "[-0.1,51.6]]]", 1) // unclosed
	file := s.file("zones.geojson", collection(features...))
	for _, command := range []string{"validate", "import"} {
		_, errs := s.run(exitFailed, "zones", command, file)
		s.wants(errs, "z617", "zones.geojson")
		if n := strings.Count(errs, "\n"); n != 1 {
			t.Errorf("%d lines:\n%s", n, errs)
		}
		if strings.Contains(errs, "Example") {
			t.Errorf("a name is shown:\n%s", errs)
		}
	}
	if out, _ := s.run(exitDone, "zones", "list"); strings.Contains(out, "z1") {
		t.Errorf("something was imported:\n%s", out)
	}
}

func TestZones_importWarnsOfWearersAndCohortsThatAreNotRegistered(t *testing.T) {
	s := newShell(t)
	s.in = oneWearer
	s.run(exitDone, "wearers", "import", "-")
	s.in = collection(feature("z1", `"applies_to":{"wearers":["w1","w2"]}`), feature("z2", `"applies_to":{"cohorts":["c1","c2"]}`))
	_, errs := s.run(exitDone, "zones", "import", "-")
	s.wants(errs, `wearer "w2"`, `cohort "c2"`, "zone z1", "zone z2")
	if strings.Contains(errs, `"w1"`) || strings.Contains(errs, `"c1"`) {
		t.Errorf("warned of what is registered:\n%s", errs)
	}
}

func TestZones_warnsOfTheProfileBesideHomeOnWhatBindsMoreThanNamedWearers(t *testing.T) {
	s := newShell(t)
	zones := collection(feature("own", `"applies_to":{"wearers":["w1"]},"rule":"beside_home"`), feature("usual", forEveryone),
		feature("all", forEveryone+`,"rule":"beside_home"`), feature("group", `"applies_to":{"cohorts":["c1"]},"rule":"beside_home"`))
	for _, args := range [][]string{{"validate", "-"}, {"import", "--dry-run", "-"}, {"import", "-"}} {
		s.in = zones
		_, errs := s.run(exitDone, append([]string{"zones"}, args...)...)
		s.wants(errs, "warning: rule beside_home, of zone all,group,")
	}
	s.in = collection(feature("own", `"applies_to":{"wearers":["w1"]},"rule":"beside_home"`))
	if _, errs := s.run(exitDone, "zones", "validate", "-"); errs != "" {
		t.Errorf("warned of a zone of one wearer: %s", errs)
	}
}

func TestZones_importBackdates(t *testing.T) {
	s := newShell(t)
	s.in = feature("z1", forEveryone)
	s.run(exitDone, "zones", "import", "-", "--in-force-from", "2026-03-01T12:00:00Z")
	out, _ := s.run(exitDone, "zones", "list")
	s.wants(out, "2026-03-01T12:00:00.000Z")
	s.in = feature("z1", `"applies_to":"everyone","severity":"warning"`)
	_, errs := s.run(exitFailed, "zones", "import", "-", "--in-force-from", "2026-02-01T12:00:00Z")
	s.wants(errs, `"z1"`, "later time", "nothing was imported")
}

func TestZones_historyGoesOutAndComesBack(t *testing.T) {
	s := newShell(t)
	s.in = collection(feature("z1", forEveryone), feature("z2", forEveryone))
	s.run(exitDone, "zones", "import", "-")
	s.run(exitDone, "zones", "delete", "z2")
	s.in = oneWearer
	s.run(exitDone, "wearers", "import", "-")
	zones, wearers := filepath.Join(s.dir, "zones.ndjson"), filepath.Join(s.dir, "wearers.ndjson")
	s.run(exitDone, "zones", "export", "--history", zones)
	s.run(exitDone, "wearers", "export", "--history", wearers)
	zonesBefore, _ := s.run(exitDone, "zones", "list")
	wearersBefore, _ := s.run(exitDone, "wearers", "list")

	s.url = newShell(t).url // another, empty Redis
	out, _ := s.run(exitDone, "zones", "import", "--restore", zones)
	s.wants(out, "restored 3 revisions")
	_, errs := s.run(exitFailed, "wearers", "import", "--restore", zones)
	s.wants(errs, "zones import --restore")
	s.run(exitDone, "wearers", "import", "--restore", wearers)
	if after, _ := s.run(exitDone, "zones", "list"); after != zonesBefore {
		t.Errorf("zones restored:\n%s\nbefore:\n%s", after, zonesBefore)
	}
	if after, _ := s.run(exitDone, "wearers", "list"); after != wearersBefore {
		t.Errorf("register restored:\n%s\nbefore:\n%s", after, wearersBefore)
	}
	s.url = newShell(t).url
	s.in = feature("z9", forEveryone)
	s.run(exitDone, "zones", "import", "-")
	_, errs = s.run(exitFailed, "zones", "import", "--restore", zones)
	s.wants(errs, "restore refused")
}

func TestZones_exportCanBeImported(t *testing.T) {
	s := newShell(t)
	s.in = collection(feature("z1", forEveryone), feature("z2", `"applies_to":{"wearers":["w1"]},"buffer_m":50`))
	s.run(exitDone, "zones", "import", "-")
	s.in, _ = s.run(exitDone, "zones", "export")
	out, _ := s.run(exitDone, "zones", "import", "-")
	s.wants(out, "2 unchanged")
}

func TestZones_validateNeedsNoStore(t *testing.T) {
	s := newShell(t)
	s.url = "redis://127.0.0.1:1"
	s.in = collection(feature("z1", forEveryone))
	out, _ := s.run(exitDone, "zones", "validate", "-")
	s.wants(out, "1 zone, valid")
}

func TestZones_wrongUsageAndMissingThingsAreToldInOneLine(t *testing.T) {
	s := newShell(t)
	for _, row := range []struct {
		code int
		args []string
		says string
	}{
		{exitUsage, []string{"zones", "import"}, "file"},
		{exitUsage, []string{"zones", "delete"}, "id"},
		{exitUsage, []string{"zones", "import", "-", "--in-force-from", "yesterday"}, "in-force-from"},
		{exitUsage, []string{"zones", "import", "-", "--restore", "--dry-run"}, "--dry-run"},
		{exitUsage, []string{"zones", "list", "--redis-url", "nonsense"}, "--redis-url"},
		{exitFailed, []string{"zones", "import", filepath.Join(s.dir, "absent.geojson")}, "absent.geojson"},
		{exitFailed, []string{"zones", "list", "--redis-url", "redis://127.0.0.1:1"}, "is it running"},
		{exitFailed, []string{"zones", "export"}, "nothing to export"},
		{exitFailed, []string{"zones", "export", "--history"}, "nothing to export"},
		{exitDone, []string{"zones", "list"}, "nothing was ever imported"},
	} {
		_, errs := s.run(row.code, row.args...)
		if !strings.Contains(strings.ToLower(errs), row.says) || strings.Count(strings.TrimSpace(errs), "\n") != 0 {
			t.Errorf("%v: want one line that says %q, got\n%s", row.args, row.says, errs)
		}
	}
}
