package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
)

const topFunctions = 15

// profile is where one format's CPU profile is.
type profile struct{ format, file string }

// profile profiles one more pass over the backlog, for nearly as long as one has been seen to take.
func (b *bench) profile(ctx context.Context, o *outcome, topic string) error {
	p, _, err := b.start(ctx, topic, "default")
	if err != nil {
		return err
	}
	defer p.Kill()
	seconds := max(1, int(0.9*float64(o.pings)/median(perSecond(o.rounds["default"]))))
	if err := harness.Until(ctx, "the first ping is decided", func() error {
		s, err := look(ctx, p)
		if err == nil && s.pings == 0 {
			err = fmt.Errorf("none yet; the processor said: %s", p.Written())
		}
		return err
	}); err != nil {
		return err
	}
	file := filepath.Join(b.flags.Profile, "pipeline-"+o.format.name+".pprof")
	b.profiles = append(b.profiles, profile{o.format.name, file})
	harness.Say("%s: profiling for %d s", o.format.name, seconds)
	return fetchProfile(ctx, p.Addr, seconds, file)
}

func fetchProfile(ctx context.Context, addr string, seconds int, file string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds+20)*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", addr, seconds), nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the processor's profile: %s: %s", resp.Status, body)
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}

// writeProfiles writes the functions that take most, by their own time and with what they call.
func (b *bench) writeProfiles() error {
	var text strings.Builder
	fmt.Fprintf(&text, "Where the processor's time goes over a backlog of %d pings: `go run ./benchmarks/pipeline --profile DIR`.\nMeasured on %s at commit %s.\n",
		b.flags.Pings, results.Machine(), results.Commit())
	for _, p := range b.profiles {
		for _, by := range []struct {
			title, flag string
			functions   int
		}{{"own time", "-flat", topFunctions}, {"time with what they call", "-cum", 2 * topFunctions}} { // the first of these are main loops
			out, err := exec.Command("go", "tool", "pprof", "-top", by.flag, fmt.Sprintf("-nodecount=%d", by.functions), b.binary, p.file).CombinedOutput()
			if err != nil {
				return fmt.Errorf("go tool pprof: %w: %s", err, out)
			}
			_, table, _ := strings.Cut(string(out), "Duration:")
			fmt.Fprintf(&text, "\n%s, by %s\nDuration:%s", p.format, by.title, table)
		}
	}
	root, err := results.Root()
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stderr, text.String())
	return os.WriteFile(filepath.Join(root, "benchmarks", "results", "pipeline-profile.txt"), []byte(text.String()), 0o644)
}
