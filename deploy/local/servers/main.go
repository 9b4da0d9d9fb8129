// Command servers runs a Kafka and a Redis for people without containers, until it is interrupted:
//
//	go run ./deploy/local/servers
//
// What they keep is in --dir and is there again at the next start. Every cordon command finds them without a flag.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"cordon/deploy/local"
)

const stopTimeout = 30 * time.Second

type flags struct {
	Dir       string `default:".cache/servers" type:"path" help:"Where the servers' data and logs go."`
	KafkaPort int    `default:"9092" help:"Kafka's port; 0 for a free one."`
	RedisPort int    `default:"6379" help:"Redis's port; 0 for a free one."`
	Embedded  bool   `help:"Where a real server cannot be had, run an embedded one instead of failing."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("servers"), kong.Description("A Kafka and a Redis on this machine, without containers."))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, f); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f flags) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	s, err := local.Start(ctx, local.Options{
		Dir: f.Dir, KafkaPort: f.KafkaPort, RedisPort: f.RedisPort, Log: log, RequireReal: !f.Embedded,
	})
	if err != nil {
		return err
	}
	pidFile := filepath.Join(f.Dir, "pid")
	if err := os.WriteFile(pidFile, fmt.Appendln(nil, os.Getpid()), 0o644); err != nil {
		return err
	}
	defer os.Remove(pidFile)
	fmt.Printf("export CORDON_KAFKA_BROKERS=%s CORDON_REDIS_URL=%s\n", s.Kafka.Addr(), s.Redis.URL())
	fmt.Fprintf(os.Stderr, "running; Ctrl-C or kill $(cat %s) stops them\n", pidFile)
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return s.Stop(ctx)
}
