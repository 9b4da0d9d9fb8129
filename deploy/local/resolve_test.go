package local

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A java that formats as StorageTool does, and a mvn that says when it is called and can be told to fail.
const (
	fakeJava = `#!/bin/sh
case "$*" in
-version) echo 'openjdk version "17.0.1" 2021-10-19' >&2 ;;
*StorageTool*) for file; do :; done; mkdir -p "$(sed -n s/^log.dirs=//p "$file")" ;;
esac
`
	fakeMaven = `#!/bin/sh
echo called >> "$CALLS"
[ -z "$FAIL" ] || { echo "[ERROR] no network"; exit 1; }
for arg; do case $arg in -DoutputDirectory=*) mkdir -p "${arg#-DoutputDirectory=}"; printf '%s' "${JAR:-good}" > "${arg#-DoutputDirectory=}/broker.jar" ;; esac; done
`
)

// goodSums is the sum of the text "good", which that mvn makes a jar of.
const goodSums = "770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c  broker.jar\n"

func fakeTools(t *testing.T) (calls string) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range map[string]string{"java": fakeJava, "mvn": fakeMaven} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	calls = filepath.Join(dir, "calls")
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("JAVA_HOME", "")
	t.Setenv("CALLS", calls)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	return calls
}

func TestResolve_isDoneOnceHoweverManyComeAtOnce(t *testing.T) {
	calls := fakeTools(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			d, err := resolveBySums(t.Context(), goodSums)
			if err != nil || !isDir(d.jars()) || !isDir(d.formatted()) {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "called"); n != 1 {
		t.Errorf("Maven was called %d times", n)
	}
}

func TestResolve_failureLeavesNothingBehindAndSaysWhatMavenSaid(t *testing.T) {
	fakeTools(t)
	t.Setenv("FAIL", "1")
	if _, err := resolveBySums(t.Context(), goodSums); err == nil || !strings.Contains(err.Error(), "no network") {
		t.Errorf("got %v", err)
	}
	left, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "cordon", "*"))
	if err != nil || len(left) != 1 || !strings.HasSuffix(left[0], ".lock") {
		t.Errorf("left %v, %v", left, err)
	}
	t.Setenv("FAIL", "")
	if _, err := resolveBySums(t.Context(), goodSums); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestResolve_refusesAJarThatIsNotTheOneExpected(t *testing.T) {
	for name, c := range map[string]struct{ jar, sums, want string }{
		"another content": {"evil", goodSums, "broker.jar is not the file"},
		"one not named":   {"good", "", "broker.jar is not the file"},
		"one missing":     {"good", goodSums + strings.Replace(goodSums, "broker", "clients", 1), "did not fetch clients.jar"},
	} {
		t.Run(name, func(t *testing.T) {
			fakeTools(t)
			t.Setenv("JAR", c.jar)
			_, err := resolveBySums(t.Context(), c.sums)
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrUnavailable) {
				t.Errorf("got %v, want %s, and no embedded server in its place", err, c.want)
			}
			t.Setenv("JAR", "good")
			if _, err := resolveBySums(t.Context(), goodSums); err != nil {
				t.Errorf("the right one afterwards: %v", err)
			}
		})
	}
}
