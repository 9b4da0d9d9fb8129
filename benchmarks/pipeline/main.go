package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/results"
	"cordon/deploy/local"
)

type flags struct {
	Pings      int           `help:"Pings of the backlog." default:"4000000"`
	Tags       int           `help:"Tags they come from." default:"100000"`
	Zones      int           `help:"Zones of each wearer." default:"5"`
	Partitions int           `help:"Partitions of the topics." default:"16"`
	Rounds     int           `help:"Rounds of the processor for each format." default:"5"`
	Live       time.Duration `help:"How long pings are produced live for the latency, at each load." default:"10s"`
	Light      int           `help:"Pings a second of the light load." default:"20000"`
	Seed       uint64        `help:"Of the tags, the zones and the pings." default:"1"`
	Limit      time.Duration `help:"Give up after this long." default:"20m"`
	Profile    string        `help:"Folder for a CPU profile of the processor, from one more round of each format; its summary goes to benchmarks/results/pipeline-profile.txt." placeholder:"DIR"`
	Out        string        `help:"Where the figures go, instead of benchmarks/results/pipeline.json." placeholder:"FILE"`
}

// Validate is called by kong.
func (f *flags) Validate() error {
	switch {
	case f.Partitions < 1 || f.Partitions > 1000 || f.Tags < f.Partitions || f.Tags > maxTags:
		return fmt.Errorf("--tags must be from --partitions to %d, --partitions from 1 to 1000", maxTags)
	case f.Pings < f.Tags || f.Pings > 100_000_000:
		return errors.New("--pings must be from --tags to 100000000")
	case f.Zones < 1 || f.Zones > 20 || f.Rounds < 1 || f.Rounds > 20:
		return errors.New("--zones and --rounds must be from 1 to 20")
	case f.Live < 4*time.Second || f.Live > time.Minute || f.Light < f.Partitions:
		return errors.New("--live must be from 4s to 1m, --light at least --partitions")
	}
	return nil
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("pipeline"), kong.Description("The whole processor against reading alone."))
	harness.Main("pipeline", f.Limit, func(ctx context.Context) error { return run(ctx, &f) })
}

// run starts the servers, measures, and writes the figures.
func run(ctx context.Context, f *flags) (err error) {
	dir, err := os.MkdirTemp("", "cordon-pipeline-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary, err := program(ctx, dir)
	if err != nil {
		return err
	}
	servers, err := local.Start(ctx, local.Options{Dir: dir, RequireReal: true})
	if err != nil {
		return err
	}
	defer harness.Stop(&err, servers.Stop)
	harness.Say("Apache Kafka %s, Redis %s", servers.KafkaVersion, servers.RedisVersion)
	b, err := newBench(ctx, f, binary, dir, servers)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.measure(ctx); err != nil {
		return err
	}
	file := results.New(b.figures()...)
	if f.Out != "" {
		return file.WriteFile(f.Out)
	}
	return file.Write("pipeline")
}

// program is the binary under test: CORDON_BIN, or built for this run.
func program(ctx context.Context, dir string) (string, error) {
	if path := os.Getenv("CORDON_BIN"); path != "" {
		return path, nil
	}
	path := filepath.Join(dir, "cordon")
	if out, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, "cordon/cmd/cordon").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w: %s", err, out)
	}
	return path, nil
}
