package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon/benchmarks/results"
)

var example = results.File{
	Machine: "2 × x", Commit: "abc", Time: time.Date(2026, 11, 23, 10, 44, 5, 0, time.UTC),
	Figures: []results.Figure{
		results.Of("latency_p99_ms", "ms", 3.5, 4.5).With("scenario", "a").With("rule", "plain").Aim(results.Lower, 3),
		results.Of("pings", "", 2_000_000),
	},
}

const wantTable = "| figure | of | value | unit | n | target | reached |\n" +
	"| --- | --- | --- | --- | --- | --- | --- |\n" +
	"| `latency_p99_ms` | rule plain, scenario a | 4 ± 0.5 | ms | 2 | ≤ 3 | **no** |\n" +
	"| `pings` |  | 2,000,000 |  | 1 |  |  |\n" +
	"\nMeasured 2026-11-23 10:44 UTC at commit `abc` on 2 × x.\n"

func TestTable_hasEveryFigureAndSaysWhatWasNotReached(t *testing.T) {
	if got := table(example); got != wantTable {
		t.Errorf("got\n%s\nwant\n%s", got, wantTable)
	}
}

func TestNumber_fourFiguresAndWholeNumbersInFull(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 7: "7", 100: "100", 1000: "1,000", 2_345_678: "2,345,678", -1234: "-1,234", -123: "-123",
		0.5: "0.5", 0.123456: "0.1235", 12.3456: "12.35", 1234.56: "1,235", 123456.7: "123,457", 0.000012364: "0.00001236",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}

func readExample(name string) (results.File, error) {
	if name != "pipeline" {
		return results.File{}, results.ErrAbsent
	}
	return example, nil
}

func document(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUpdate_changesOnlyWhatIsBetweenTheMarkers(t *testing.T) {
	path := document(t, "a\n<!-- figures:pipeline -->\nold\n<!-- /figures -->\nb\n<!-- figures:chaos -->\n<!-- /figures -->\nc")
	if err := update(path, true, readExample); !errors.Is(err, errStale) {
		t.Errorf("check of a stale document: %v", err)
	}
	if err := update(path, false, readExample); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "a\n<!-- figures:pipeline -->\n" + wantTable + "<!-- /figures -->\nb\n<!-- figures:chaos -->\nNot measured yet.\n<!-- /figures -->\nc"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := update(path, true, readExample); err != nil {
		t.Errorf("check of a fresh document: %v", err)
	}
}

func TestUpdate_refusesMarkersThatDoNotPair(t *testing.T) {
	for _, text := range []string{
		"<!-- figures:pipeline -->\n",
		"<!-- figures:pipeline\n -->\n<!-- /figures -->",
		"<!-- figures:pipeline -->\n<!-- figures:pipeline -->\n<!-- /figures -->",
	} {
		path := document(t, text)
		if err := update(path, false, readExample); err == nil {
			t.Errorf("accepted %q", text)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("changed %q to %q (%v)", text, got, err)
		}
	}
}

func TestUpdate_namesBrokenResults(t *testing.T) {
	path := document(t, "<!-- figures:x -->\n<!-- /figures -->")
	broken := func(string) (results.File, error) { return results.File{}, errors.New("x.json: no value") }
	if err := update(path, false, broken); err == nil || !strings.Contains(err.Error(), "x.json") {
		t.Errorf("got %v", err)
	}
}

func curve(zones, rival string, ns float64) results.Figure {
	return results.Of("lookup_by_zones_ns", "ns", ns).With("zones", zones).With("rival", rival)
}

func TestUpdate_aCurveHasATableOfItsOwn(t *testing.T) {
	file := example
	file.Figures = append([]results.Figure{curve("100000", "ours", 120), curve("100", "ours", 100), curve("100", "scan", 2000)}, file.Figures...)
	if got := table(file); got != wantTable {
		t.Errorf("a curve is in the table of the others:\n%s", got)
	}
	path := document(t, "<!-- figures:index/lookup_by_zones_ns -->\n<!-- /figures -->")
	if err := update(path, false, func(string) (results.File, error) { return file, nil }); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "<!-- figures:index/lookup_by_zones_ns -->\n| zones | ours, ns | scan, ns |\n| --- | --- | --- |\n" +
		"| 100 | 100 | 2,000 |\n| 100,000 | 120 |  |\n" + measured(file) + "<!-- /figures -->"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPlots_areThoseOfTheResults(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "benchmarks", "results"), 0o755); err != nil {
		t.Fatal(err)
	}
	ns := 100.0
	read := func(string) (results.File, error) {
		file := example
		file.Figures = []results.Figure{curve("100", "ours", ns), curve("1000", "ours", 2*ns)}
		return file, nil
	}
	if err := plots(root, true, read); !errors.Is(err, errStale) {
		t.Errorf("check without plots: %v", err)
	}
	if err := plots(root, false, read); err != nil {
		t.Fatal(err)
	}
	if err := plots(root, true, read); err != nil {
		t.Errorf("check of fresh plots: %v", err)
	}
	if ns = 150; !errors.Is(plots(root, true, read), errStale) {
		t.Error("a plot of other results passes")
	}
}

func TestPart_showsFiguresOfJustTheLabelsNamed(t *testing.T) {
	file := example
	file.Figures = nil
	for _, rule := range []string{"ours", "theirs"} {
		for _, scenario := range []string{"default", "harsh"} {
			f := results.Of("false", "", 2).With("rule", rule).With("scenario", scenario)
			file.Figures = append(file.Figures, f, f.With("stratum", "far"), results.Of("found", "", 0.5).With("rule", rule).With("scenario", scenario))
		}
	}
	file.Figures[0] = file.Figures[0].Aim(results.Lower, 1)
	for words, want := range map[string]string{
		"false/rule/scenario":               "| rule | default | harsh |\n| --- | --- | --- |\n| ours | 2 | 2 |\n| theirs | 2 | 2 |\n",
		"rule/scenario=default":             "| rule | `false` | `found` |\n| --- | --- | --- |\n| ours | 2 | 0.5 |\n| theirs | 2 | 0.5 |\n",
		"false/rule/stratum/scenario=harsh": "| rule | far |\n| --- | --- |\n| ours | 2 |\n| theirs | 2 |\n",
		"targets":                           "| figure | of | value | n | target | reached |\n| --- | --- | --- | --- | --- | --- |\n| `false` | rule ours, scenario default | 2 | 1 | ≤ 1 | **no** |\n",
	} {
		got, err := part(file, words)
		if table, _, _ := strings.Cut(got, "\nMeasured"); err != nil || table != want {
			t.Errorf("%s: got\n%s\n%v, want\n%s", words, table, err, want)
		}
	}
	for _, words := range []string{"none/rule/scenario", "rule/scenario=none", "false/scenario", "none"} {
		if got, err := part(file, words); err == nil {
			t.Errorf("%s: got\n%s, want an error", words, got)
		}
	}
}
