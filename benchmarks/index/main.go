package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/plot"
	"cordon/benchmarks/results"
	"cordon/deploy/local"
)

type flags struct {
	Wards   string        `help:"London's wards, relative to the repository; generated ones where the file is not there." default:"../shared/data/london-wards.geojson" placeholder:"FILE"`
	Zones   int           `help:"Zones of the largest index, and of the store that is loaded." default:"1000000"`
	Small   int           `help:"Zones of the index that the largest is compared with." default:"1000"`
	Corners int           `help:"Vertices of the largest single zone." default:"100000"`
	Places  int           `help:"Places asked about." default:"65536"`
	Reach   float64       `help:"Metres within which zones and distances are wanted." default:"50"`
	Rounds  int           `help:"Rounds in which all take turns." default:"15"`
	Slice   time.Duration `help:"How long each is asked in a round." default:"20ms"`
	Changes int           `help:"Changes of one zone among all." default:"300"`
	Pace    time.Duration `help:"One change every so often." default:"20ms"`
	Quiet   time.Duration `help:"How long lookups are watched without a change." default:"4s"`
	Seed    uint64        `help:"Of zones and places." default:"1"`
	Limit   time.Duration `help:"Give up after this long." default:"15m"`
	Out     string        `help:"Where the figures go, and the plots beside them, instead of benchmarks/results/index.json." placeholder:"FILE"`
}

// Validate is called by kong.
func (f *flags) Validate() error {
	switch {
	case f.Small < 100 || f.Zones < f.Small || f.Zones > 10_000_000:
		return errors.New("--small must be at least 100, --zones from --small to 10000000")
	case f.Corners < 4 || f.Corners > 100_000 || f.Places < 1000 || f.Places > 1<<24:
		return errors.New("--corners must be from 4 to 100000, --places from 1000 to 16777216")
	case f.Reach <= 0 || f.Reach > 5000:
		return errors.New("--reach must be above 0 and at most 5000")
	case f.Rounds < 3 || f.Rounds > 1000 || f.Slice < time.Microsecond:
		return errors.New("--rounds must be from 3 to 1000, --slice at least 1µs")
	case f.Changes < 10 || f.Quiet <= 0 || f.Pace <= 0:
		return errors.New("--changes must be at least 10, --quiet and --pace above 0")
	}
	return nil
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("index"), kong.Description("The zone index against its rivals."))
	harness.Main("index", f.Limit, func(ctx context.Context) error { return run(ctx, &f) })
}

// run starts a Redis, measures, and writes the figures and their plots.
func run(ctx context.Context, f *flags) (err error) {
	dir, err := os.MkdirTemp("", "cordon-index-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := local.StartRedis(ctx, local.RedisOptions{Dir: dir})
	if err != nil {
		return err
	}
	defer harness.Stop(&err, server.Stop)
	harness.Say("Redis %s; rivals: %s", server.Version(), strings.Join(names(rivals()), ", "))
	if !hasGEOS {
		harness.Say("without GEOS: install Debian's libgeos-dev and build with -tags geos")
	}
	figures, err := measure(ctx, f, server.URL())
	if err != nil {
		return err
	}
	return results.New(figures...).WriteWith(f.Out, "index", plot.Index)
}
