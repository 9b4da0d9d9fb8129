package results

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Machine says what the measurement ran on: processor, cores, memory, system, Go. Never whose machine it is.
func Machine() string {
	parts := []string{fmt.Sprintf("%d × %s", runtime.NumCPU(), processor())}
	if gib := memoryGiB(); gib > 0 {
		parts = append(parts, fmt.Sprintf("%d GiB", gib))
	}
	return strings.Join(append(parts, runtime.GOOS+"/"+runtime.GOARCH, runtime.Version()), ", ")
}

func processor() string {
	if model := field("/proc/cpuinfo", "model name"); model != "" {
		return strings.Join(strings.Fields(model), " ")
	}
	return "unknown processor"
}

// memoryGiB is the machine's memory to the nearest GiB; 0 where it cannot be told.
func memoryGiB() int {
	var kib int
	if _, err := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%d kB", &kib); err != nil {
		return 0
	}
	return (kib + 1<<19) >> 20
}

// field is the value of the first "name: value" line of a file.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Commit is the revision of the working tree, "+changes" after it when files differ from it: a measurement's own
// results do not count. "unknown" outside a repository.
func Commit() string {
	revision, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	commit := strings.TrimSpace(string(revision))
	changes, err := exec.Command("git", "status", "--porcelain", "--", ":/", ":(top,exclude)benchmarks/results/*.json", ":(top,exclude)README.md").Output()
	if err != nil || len(changes) > 0 {
		commit += "+changes"
	}
	return commit
}
