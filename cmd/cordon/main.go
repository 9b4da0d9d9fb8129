// Command cordon watches tags worn under a monitoring order and raises an alert when a wearer enters a place the order
// forbids. See README.md, and `cordon --help` for the sub-commands; each has a file of its own here.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // zones are told in local time, whatever the machine has

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9/logging"
)

// Exit codes: done, failed, and wrong usage.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

type cli struct {
	Demo     demoCmd     `cmd:"" help:"${demo_help}"`
	Process  processCmd  `cmd:"" help:"Run the processor: pings in, alerts out."`
	Topics   topicsCmd   `cmd:"" help:"Make the Kafka topics."`
	Zones    zonesCmd    `cmd:"" help:"Import, export, validate, list and delete zones."`
	Wearers  wearersCmd  `cmd:"" help:"Import, export and list the register of wearers and tags."`
	Replay   replayCmd   `cmd:"" help:"Put recorded pings onto the topic."`
	Simulate simulateCmd `cmd:"" help:"Make up wearers, their zones and the pings of their tags, and say what is true of them."`
	Alerts   alertsCmd   `cmd:"" help:"Show alerts as a table or as JSON lines."`
	Stats    statsCmd    `cmd:"" help:"Breach statistics from the alerts topic."`
	Rules    rulesCmd    `cmd:"" help:"Show or validate the decision parameters."`

	Log logFlags `embed:""`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is an error of the command's wording: it exits with 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, std streams) int {
	logging.Disable() // of go-redis: its errors are returned, and said once
	var c cli
	code := -1
	parser, err := kong.New(&c,
		kong.Name("cordon"),
		kong.Description("Exclusion-zone monitoring: tag pings from Kafka, zones from Redis, alerts to Kafka."),
		kong.DefaultEnvars("CORDON"),
		kong.Vars{"demo_help": demoHelp},
		kong.Writers(std.out, std.err),
		kong.Exit(func(c int) { code = c }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		return fail(std, err)
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // --help has been answered
		return code
	}
	if err != nil {
		return fail(std, usageError{err})
	}
	logger, err := c.Log.logger(std.err)
	if err != nil {
		return fail(std, err)
	}
	return fail(std, parsed.Run(logger))
}

// fail prints err in one line and returns the exit code that goes with it.
func fail(std streams, err error) int {
	if err == nil {
		return exitDone
	}
	sayf(std.err, "cordon: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	if u := (usageError{}); errors.As(err, &u) {
		return exitUsage
	}
	return exitFailed
}
