// Command soak runs two processors for an hour at 5,000 pings a second, against a real Kafka and Redis, and looks for what
// grows: memory, goroutines, file descriptors. It writes benchmarks/results/soak.json and a plot of it.
//
// One processor stays for the whole run. The other is replaced every few minutes, alternately after an orderly stop and
// after kill -9, so that partitions change owner all the time. Zones change every half minute; tags are out of coverage now
// and then and send what they recorded in bursts. Pings are generated from a seed while they are sent, on a schedule that
// waits for nothing. The alerts are not checked: chaos does that.
//
// # How growth is separated from noise
//
// Readings are taken every ten seconds. The heap after a collection is not read but calculated, from the size at which the
// collector will run next and the share by which it lets the heap grow; so the sawtooth between two collections is not in
// it. After a warm-up the readings are averaged over rounds, each with one takeover after an orderly stop and one after a
// kill: effects that repeat with takeovers, and most fluctuations of a few seconds, are not in the means. The slope is that
// of least squares over the rounds, with its standard error. The lives of the replaced processors are compared in the same
// way, by the level at which each ends.
//
// The slope is reported as growth in a day, in percent of the level. Sure growth is what of it is
// no chance: by Student's t, so that a run in which nothing grows has a false alarm once in twenty times. The target is 5 % of sure growth a day: memory sized for twice what is seen in the first hours, as is usual, then lasts
// for two weeks, and processors are replaced more often. It is not 0 because some state is meant to grow for 72 hours: stays
// that are over, revisions that are superseded. Goroutines and file descriptors may not grow at all. A large standard error
// means that the run was too short.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"cordon/benchmarks/harness"
	"cordon/benchmarks/plot"
	"cordon/benchmarks/results"
	"cordon/deploy/local"
)

type flags struct {
	Duration   time.Duration `help:"How long to run." default:"1h"`
	WarmUp     time.Duration `help:"Time at the beginning that is not compared; default: a fifth of the duration."`
	Rate       float64       `help:"Pings a second." default:"5000"`
	Tags       int           `help:"Tags." default:"50000"`
	Partitions int           `help:"Partitions of the topics." default:"8"`
	Every      time.Duration `help:"Time between two readings." default:"10s"`
	Replace    time.Duration `help:"Time between two takeovers." default:"150s"`
	Change     time.Duration `help:"Time between two changes of zones." default:"30s"`
	Seed       uint64        `help:"Seed of the pings." default:"1"`
	Binary     string        `help:"The program." env:"CORDON_BIN" default:"bin/cordon"`
	Out        string        `help:"File to write the figures to, instead of benchmarks/results/soak.json; the plot goes beside it."`
}

// Validate refuses runs that are too short to show anything.
func (f *flags) Validate() error {
	if f.WarmUp == 0 {
		f.WarmUp = f.Duration / 5
	}
	switch {
	case f.Every <= 0 || f.Replace <= 0 || f.Change <= 0 || f.Rate <= 0:
		return errors.New("--every, --replace, --change and --rate must be above 0")
	case f.Duration-f.WarmUp < 2*(leastPoints+1)*f.Replace:
		return fmt.Errorf("%s after a warm-up of %s are fewer than %d rounds of takeovers: take a longer --duration or a shorter --replace",
			f.Duration-f.WarmUp, f.WarmUp, leastPoints)
	case f.Replace < 3*f.Every:
		return fmt.Errorf("a processor that is replaced after %s is read fewer than three times: take a shorter --every", f.Replace)
	}
	return nil
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("soak"), kong.Description("Measures what grows when processors run for long."))
	harness.Main("soak", f.Duration+20*time.Minute, func(ctx context.Context) error { return run(ctx, &f) })
}

func run(ctx context.Context, f *flags) (err error) {
	dir, err := os.MkdirTemp("", "cordon-soak-")
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			err = os.RemoveAll(dir)
		} else {
			harness.Say("the logs are in %s", dir)
		}
	}()
	servers, err := local.Start(ctx, local.Options{Dir: dir, Log: slog.New(slog.DiscardHandler), RequireReal: true})
	if err != nil {
		return err
	}
	defer harness.Stop(&err, servers.Stop)
	s, err := newSoak(ctx, f, dir, servers)
	if err != nil {
		return err
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	file := results.New(s.figures()...)
	return file.WriteWith(f.Out, "soak", plot.Soak)
}
