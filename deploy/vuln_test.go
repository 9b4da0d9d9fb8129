// Package deploy holds the tests of the scripts and manifests in this folder.
package deploy

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A go that installs a govulncheck. Both can be told what they cannot reach, and what is found.
const (
	fakeGo = `#!/bin/sh
case "$*" in
install*) [ -z "$NO_PROXY_ANSWERS" ] || exit 1; cp "$SCANNER" "$GOBIN/govulncheck" ;;
"env GOVERSION") echo go1.99.9 ;;
"mod download"*)
	[ -z "$NO_COPY" ] || { echo 'no such host' >&2; exit 1; }
	mkdir -p "$TOOLS/copy/data/osv"
	printf '{\n\t"Path": "golang.org/x/vulndb",\n\t"Version": "v0.0.0-20261105234957-e22db6528018",\n\t"Query": "latest",\n\t"Dir": "%s"\n}\n' "$TOOLS/copy" ;;
*) echo "unexpected: go $*"; exit 1 ;;
esac
`
	fakeScanner = `#!/bin/sh
case "$*" in
-version) echo 'DB updated: 2026-11-20 10:00:00 +0000 UTC'; exit 0 ;;
-db*) ;;
*) [ -z "$OFFLINE" ] || { echo 'govulncheck: fetching vulnerabilities: no such host'; exit 1; } ;;
esac
echo '      #3: third trace'
echo '      #4: fourth trace'
exit ${FOUND:-0}
`
)

func TestVuln_theLastLineSaysWhatWasCheckedOrThatNothingWas(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		last string
		code int
	}{
		"the database answers":       {nil, "vulnerabilities: none known in code that is reached (database of 2026-11-20, go1.99.9)", 0},
		"the database tells of some": {[]string{"FOUND=3"}, "vulnerabilities: FOUND, see above (database of 2026-11-20, go1.99.9)", 3},
		"only its copy answers":      {[]string{"OFFLINE=1"}, "vulnerabilities: none known in code that is reached (database of 2026-11-05, go1.99.9)", 0},
		"the copy tells of some":     {[]string{"OFFLINE=1", "FOUND=3"}, "vulnerabilities: FOUND, see above (database of 2026-11-05, go1.99.9)", 3},
		"neither answers":            {[]string{"OFFLINE=1", "NO_COPY=1"}, "vulnerabilities: NOT CHECKED (database out of reach)", 0},
		"no govulncheck to be had":   {[]string{"NO_PROXY_ANSWERS=1"}, "vulnerabilities: NOT CHECKED (govulncheck out of reach)", 0},
		"govulncheck fails":          {[]string{"FOUND=2"}, "vulnerabilities: NOT CHECKED (govulncheck failed, see above)", 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, script := range map[string]string{"go": fakeGo, "scanner": fakeScanner} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(script), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), "./vuln.sh")
			cmd.Env = append(os.Environ(), "GO="+filepath.Join(dir, "go"), "SCANNER="+filepath.Join(dir, "scanner"), "TOOLS="+dir, "GOVULNCHECK=any@v1")
			cmd.Env = append(cmd.Env, c.env...)
			out, err := cmd.CombinedOutput()
			code := 0
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				code = exit.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			if last := lines[len(lines)-1]; last != c.last || code != c.code {
				t.Errorf("exit %d, want %d:\n%s\nwant as its last line: %s", code, c.code, out, c.last)
			}
			if strings.Contains(string(out), "fourth trace") {
				t.Errorf("more than three traces:\n%s", out)
			}
		})
	}
}
