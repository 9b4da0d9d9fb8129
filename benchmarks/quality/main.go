package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kong"

	"cordon/alerting"
	"cordon/benchmarks/harness"
	"cordon/benchmarks/plot"
	"cordon/benchmarks/results"
)

type flags struct {
	Choose     []uint64      `help:"Seeds on which settings are chosen and probabilities counted." default:"1,2"`
	Report     []uint64      `help:"Seeds on which figures are reported." default:"11,12,13"`
	TagDays    float64       `help:"Tag-days reported of each scenario, over all its seeds." default:"150000"`
	ChooseDays float64       `help:"Tag-days on which settings are chosen." default:"100000"`
	Scenarios  []string      `help:"Worlds to report on; settings are chosen on the first." default:"${scenarios}"`
	Others     []string      `help:"Worlds to report on without anything to be reached: what the figures depend on." default:"${others}"`
	OtherDays  float64       `help:"Tag-days reported of each of those." default:"50000"`
	Limit      time.Duration `help:"Give up after this long." default:"90m"`
	Out        string        `help:"Where the figures go, and plots and probabilities beside them, instead of benchmarks/results/quality.json." placeholder:"FILE"`
}

// Validate is called by kong.
func (f *flags) Validate() error {
	if len(f.Choose) == 0 || len(f.Report) == 0 || len(f.Scenarios) == 0 {
		return errors.New("give at least one seed to --choose and to --report, and one of --scenarios")
	}
	for _, c := range f.Choose {
		for _, r := range f.Report {
			if c == r {
				return fmt.Errorf("seed %d is in --choose and in --report: what is chosen on a seed must be reported on another", c)
			}
		}
	}
	if !(f.TagDays > 0) || !(f.ChooseDays > 0) || !(f.OtherDays > 0) {
		return errors.New("--tag-days, --choose-days and --other-days must be above 0")
	}
	return nil
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("quality"), kong.Description("What rules of decision are worth against the truth."), kong.Vars{"scenarios": scenarios(), "others": others()})
	harness.Main("quality", f.Limit, func(ctx context.Context) error { return run(ctx, &f) })
}

func run(ctx context.Context, f *flags) error {
	s, t, err := study(ctx, f, open, families(alerting.DefaultRules().Profiles))
	if err != nil {
		return err
	}
	probabilities, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("quality: %w", err)
	}
	return results.New(s.all...).WriteWith(f.Out, "quality", func(file results.File) map[string][]byte {
		beside := plot.Quality(file)
		beside["quality-probabilities.json"] = append(probabilities, '\n')
		return beside
	})
}
