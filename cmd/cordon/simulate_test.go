package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon/alerting"
)

// simulated runs simulate with every output in a file, and returns what was written by the flag's name.
func (s *shell) simulated(ext string, args ...string) map[string][]byte {
	s.t.Helper()
	files := map[string]string{"out": "p.ndjson" + ext, "zones-out": "z.json", "wearers-out": "w.ndjson", "truth": "t.ndjson", "scenario-out": "s.json"}
	args = append([]string{"simulate", "--tags", "30", "--duration", "36h"}, args...)
	for flag, name := range files {
		args = append(args, "--"+flag, filepath.Join(s.dir, name))
	}
	out, _ := s.run(exitDone, args...)
	s.wants(out, "simulated ", " of 30 wearers, ")
	all := map[string][]byte{}
	for flag, name := range files {
		data, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			s.t.Fatal(err)
		}
		all[flag] = data
	}
	return all
}

func TestSimulate_theSameSeedMakesTheSameBytes(t *testing.T) {
	s := newShell(t)
	first := s.simulated(".gz", "--seed", "3")
	for flag, data := range s.simulated(".gz", "--seed", "3") {
		if !bytes.Equal(data, first[flag]) {
			t.Errorf("--%s is different the second time", flag)
		}
	}
	for flag, data := range s.simulated(".gz", "--seed", "4") {
		if bytes.Equal(data, first[flag]) != (flag == "scenario-out") {
			t.Errorf("--%s goes wrongly by the seed", flag)
		}
	}
	again := s.simulated(".gz", "--seed", "3", "--scenario", s.file("mine.json", string(first["scenario-out"])))
	if !bytes.Equal(again["out"], first["out"]) {
		t.Error("the scenario that was written is not the one that was used")
	}
}

func TestSimulate_whatItWritesIsImportedAndReplayed(t *testing.T) {
	s := newKafkaShell(t).withTopics(1)
	files := s.simulated("", "--scenario", "near_homes")
	began := "2026-01-01T00:00:00Z"
	out, errs := s.run(exitDone, "zones", "import", "--in-force-from", began, filepath.Join(s.dir, "z.json"))
	s.wants(out, "30 added")
	out, more := s.run(exitDone, "wearers", "import", "--in-force-from", began, filepath.Join(s.dir, "w.ndjson"))
	s.wants(out, "30 added")
	if strings.Contains(more, "notice") {
		t.Errorf("said %s%s", errs, more)
	}
	pings := bytes.Count(files["out"], []byte("\n"))
	out, _ = s.run(exitDone, "replay", "--arrivals", "--strict", filepath.Join(s.dir, "p.ndjson"))
	s.wants(out, fmt.Sprintf("sent %d pings", pings), "0 undecodable")
	last := ""
	for line := range bytes.Lines(files["out"]) {
		var p struct {
			Received string `json:"received_time"`
		}
		if err := json.Unmarshal(line, &p); err != nil || p.Received < last {
			t.Fatalf("%s after %s: %v", line, last, err)
		}
		last = p.Received
	}
}

func TestSimulate_theTruthHasALifeForEachWearer(t *testing.T) {
	s := newShell(t)
	counts, wearers := map[string]int{}, map[string]bool{}
	for line := range bytes.Lines(s.simulated("")["truth"]) {
		var r struct {
			truthOf
			From, To, Entered, Left alerting.Time
			Path                    [][3]any
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		counts[r.Type]++
		switch {
		case r.Type == "life":
			wearers[r.Wearer] = true
			if n := len(r.Path); n < 2 || r.Path[0][0] != r.From.String() || r.Path[n-1][0] != r.To.String() {
				t.Errorf("a life from %s to %s has the path %v", r.From, r.To, r.Path)
			}
		case !wearers[r.Wearer]:
			t.Errorf("%s comes before its life", line)
		case r.Type == "stay" && r.Entered >= r.Left:
			t.Errorf("%s ends before it begins", line)
		}
	}
	if len(wearers) != 30 || counts["life"] != 30 || counts["stay"] == 0 || counts["event"] == 0 {
		t.Errorf("records: %v", counts)
	}
}

func TestSimulate_saysWhatToDo(t *testing.T) {
	s := newShell(t)
	for want, args := range map[string][]string{
		"severe_canyons":                  {"--scenario", filepath.Join(s.dir, "absent.json")},
		"must be from 1 to":               {"--tags", "0"},
		"a duration of":                   {"--duration", "1s"},
		"only one of":                     {"--truth", "-"},
		"--from noon: not a time":         {"--from", "noon"},
		"days.errands_per_day is 100":     {"--scenario", s.file("far.json", `{"days":{"errands_per_day":100}}`)},
		`unknown field "errands_per_dey"`: {"--scenario", s.file("dey.json", `{"days":{"errands_per_dey":1}}`)},
	} {
		code := exitUsage
		if strings.Contains(want, "errands") {
			code = exitFailed // the file is wrong, not the command line
		}
		_, errs := s.run(code, append([]string{"simulate"}, args...)...)
		s.wants(errs, want)
	}
}

func TestSpool_putsLinesInOrderInFilesAndInMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, mostHeld := range []int{100, 1 << 20} {
		s := newSpool(1000, 5000*time.Hour, 1000)
		s.mostHeld = mostHeld
		rng := rand.New(rand.NewPCG(1, 2))
		var want []int
		for range 2000 {
			at := 1000 + rng.IntN(1_000_000)*20_000 // some beyond the end
			want = append(want, at)
			if err := s.add(int64(at), fmt.Appendln(nil, at)); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(want)
		var out bytes.Buffer
		if err := s.write(&out); err != nil {
			t.Fatal(err)
		}
		s.close()
		if text := strings.Trim(fmt.Sprint(want), "[]"); strings.ReplaceAll(strings.TrimSpace(out.String()), "\n", " ") != text {
			t.Errorf("holding %d bytes the order is wrong", mostHeld)
		}
		if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
			t.Errorf("%d files are left", len(left))
		}
	}
}
