package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"cordon/benchmarks/scenario/world"
	"cordon/ingest"
)

type simulateCmd struct {
	Tags        int           `help:"How many wearers there are." default:"100"`
	Duration    time.Duration `help:"How long they are simulated for." default:"24h"`
	Seed        uint64        `help:"The same seed makes the same wearers, ways and errors, to the byte." default:"1"`
	Scenario    string        `help:"A built-in world (default, severe_canyons, near_homes, dishonest_claims, no_canyons, many_outliers, slow_cadence, far_homes), or a JSON file that says what is different from one." default:"default" placeholder:"FILE"`
	From        string        `help:"When it begins (RFC 3339, or a date)." default:"2026-01-05" placeholder:"TIME"`
	Out         string        `help:"Pings as Cordon JSON, a line each, in the order in which they arrived, for replay --arrivals; gzipped where FILE ends in .gz; - for standard output." default:"-" placeholder:"FILE"`
	ZonesOut    string        `help:"The zones, for zones import." placeholder:"FILE"`
	WearersOut  string        `help:"The register, for wearers import." placeholder:"FILE"`
	Truth       string        `help:"Where each wearer really was, each true stay in the zone and each event of the tag, as JSON lines." placeholder:"FILE"`
	ScenarioOut string        `help:"Every number of the scenario as it was used, to be changed and given to --scenario." placeholder:"FILE"`
}

// Run simulates a world and writes what its tags sent, and what is true.
func (c *simulateCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	settings, err := c.settings()
	if err != nil {
		return err
	}
	from, err := parseInstant("--from", c.From, time.UTC)
	if err != nil {
		return err
	}
	if err := c.oneToStandardOutput(); err != nil {
		return err
	}
	w, err := world.New(settings, c.Seed, c.Tags, time.UnixMilli(from).UTC(), c.Duration)
	if err != nil {
		return usagef("--tags, --duration, --from: %w", err)
	}
	if err := c.files(std, settings, w); err != nil {
		return err
	}
	return c.simulate(ctx, std, w, from)
}

// settings returns the world that --scenario names or holds.
func (c *simulateCmd) settings() (world.Settings, error) {
	if slices.Contains(world.Names(), c.Scenario) {
		return world.Named(c.Scenario)
	}
	data, err := os.ReadFile(c.Scenario)
	if err != nil {
		return world.Settings{}, usagef("--scenario: %w: give a file or one of %s", err, strings.Join(world.Names(), ", "))
	}
	s, err := world.Parse(data)
	if err != nil {
		return s, fmt.Errorf("%s: %w", c.Scenario, err)
	}
	return s, nil
}

func (c *simulateCmd) oneToStandardOutput() error {
	n := 0
	for _, file := range []string{c.Out, c.ZonesOut, c.WearersOut, c.Truth, c.ScenarioOut} {
		if file == "-" {
			n++
		}
	}
	if n > 1 {
		return usagef("only one of --out, --zones-out, --wearers-out, --truth and --scenario-out can be standard output: name files for the others")
	}
	return nil
}

// files writes all but the pings and the truth.
func (c *simulateCmd) files(std streams, s world.Settings, w *world.World) error {
	scenario, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data func() []byte
	}{
		{c.ScenarioOut, func() []byte { return append(scenario, '\n') }}, {c.ZonesOut, w.Zones}, {c.WearersOut, w.Register},
	} {
		if f.name == "" {
			continue
		}
		if err := writeOutput(std, f.name, f.data()); err != nil {
			return err
		}
	}
	return nil
}

// simulate writes the pings and the truth.
func (c *simulateCmd) simulate(ctx context.Context, std streams, w *world.World, from int64) error {
	out, err := openOutput(std, c.Out)
	if err != nil {
		return err
	}
	truth, err := openOutput(std, c.Truth)
	if err != nil {
		return out.close(err)
	}
	spool := newSpool(from, c.Duration, c.Tags)
	defer spool.close()
	var done atomic.Int64
	stop := showProgress(std.err, func() string { return fmt.Sprintf("%d of %s", done.Load(), counted(c.Tags, "wearer")) })
	pings, stays, err := c.live(ctx, w, spool, truth, &done)
	if err == nil {
		err = spool.write(out)
	}
	stop()
	if err = out.close(truth.close(err)); err != nil {
		return err
	}
	if c.Out != "-" && c.Truth != "-" {
		fmt.Fprintf(std.out, "simulated %s of %s, %s\n", counted(pings, "ping"), counted(c.Tags, "wearer"), counted(stays, "true stay"))
	}
	return nil
}

// live simulates every wearer.
func (c *simulateCmd) live(ctx context.Context, w *world.World, spool *spool, truth io.Writer, done *atomic.Int64) (pings, stays int, err error) {
	var line []byte
	for i := range w.Len() {
		if ctx.Err() != nil {
			return 0, 0, fmt.Errorf("interrupted after %s: the files are not whole", counted(i, "wearer"))
		}
		life := w.Life(i)
		for k := range life.Pings {
			p := &life.Pings[k]
			line = append(ingest.AppendCordonJSON(line[:0], &p.Ping), '\n')
			if err := spool.add(p.Appended, line); err != nil {
				return 0, 0, err
			}
		}
		if c.Truth != "" {
			if err := writeTruth(truth, life); err != nil {
				return 0, 0, err
			}
		}
		pings, stays = pings+len(life.Pings), stays+len(life.Stays)
		done.Add(1)
	}
	return pings, stays, nil
}
