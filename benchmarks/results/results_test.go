package results

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFile_hasTheContractsNamesAndLeavesOutWhatThereIsNot(t *testing.T) {
	f := File{Machine: "m", Commit: "c", Time: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Figures: []Figure{
		Of("pings_per_s", "1/s", 90, 110).With("rival", "drain").Against(200).Aim(Higher, 150),
		{Name: "missing"},
	}}
	got, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"machine":"m","commit":"c","time":"2026-11-23T10:00:00Z","figures":[` +
		`{"name":"pings_per_s","labels":{"rival":"drain"},"value":100,"stderr":10,"n":2,"unit":"1/s","better":"higher",` +
		`"rival_value":200,"ratio":0.5,"target":150,"reached":false},{"name":"missing","value":0}]}`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFile_readsBackWhatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	f := New(Of("a_ms", "ms", 1, 2, 3).Aim(Lower, 2), Of("b", "", 5))
	if err := f.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, f) {
		t.Errorf("got %+v, want %+v", got, f)
	}
	if !*got.Figures[0].Reached {
		t.Error("2 ms does not reach a target of at most 2 ms")
	}
}

func TestFile_refusesWhatNobodyCouldReadLater(t *testing.T) {
	for name, figure := range map[string]Figure{
		"no name":        {Value: 1},
		"no samples":     Of("x", "ms"),
		"infinite ratio": {Name: "x", Ratio: new(math.Inf(1))},
		"odd better":     {Name: "x", Better: "more"},
		"aimless":        {Name: "x", Reached: new(true)},
	} {
		path := filepath.Join(t.TempDir(), "x.json")
		if err := New(figure).WriteFile(path); err == nil {
			t.Errorf("%s: written", name)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: left a file", name)
		}
	}
	if err := (File{}).Validate(); err == nil {
		t.Error("a file from nowhere passes")
	}
}

func TestRead_tellsAbsentFromBroken(t *testing.T) {
	if _, err := ReadFile(filepath.Join(t.TempDir(), "x.json")); !errors.Is(err, ErrAbsent) {
		t.Errorf("absent: %v", err)
	}
	path := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(path, []byte(`{"figures":`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || errors.Is(err, ErrAbsent) {
		t.Errorf("broken: %v", err)
	}
}

func TestPath_staysInItsFolder(t *testing.T) {
	for _, name := range []string{"", "../x", "a/b", "a.json"} {
		if path, err := Path(name); err == nil {
			t.Errorf("%q gave %s", name, path)
		}
	}
	path, err := Path("pipeline")
	if err != nil || !strings.HasSuffix(path, filepath.FromSlash("benchmarks/results/pipeline.json")) {
		t.Errorf("%s, %v", path, err)
	}
}

func TestMachine_saysWhatNotWhose(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	m := Machine()
	if !strings.Contains(m, "go1.") || (len(host) > 3 && strings.Contains(m, host)) {
		t.Errorf("machine %q", m)
	}
}
