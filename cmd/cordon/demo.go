//go:build !nodemo

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"cordon/alerting"
	"cordon/alerting/kafkasink"
	"cordon/geofence"
	"cordon/geofence/redisindex"
	"cordon/ingest"
	"cordon/ingest/kafkasource"
)

const demoHelp = "Show everything at work in one process: simulated wearers in London, alerts as they happen. Needs no server."

type demoCmd struct {
	Duration time.Duration `help:"Stop after this long; 0 goes on until interrupted." default:"0"`
	Tags     int           `help:"How many wearers walk." default:"40"`
	Seed     uint64        `help:"Seed of the world: the same seed makes the same wearers, zones and ways." default:"1"`
	Listen   string        `help:"Address of health and metrics." default:"127.0.0.1:9464"`
}

// Run shows the whole system in one process: an embedded broker and store, simulated wearers, the processor, and the
// alerts on the terminal.
func (c *demoCmd) Run(ctx context.Context, std streams) error {
	if c.Tags < 1 || c.Tags > 100_000 {
		return usagef("--tags %d: must be from 1 to 100000", c.Tags)
	}
	listener, err := listen(c.Listen)
	if err != nil {
		return err
	}
	if c.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx) // and no deadline: kafka-go would make time-outs of it
		defer cancel()
		defer time.AfterFunc(c.Duration, cancel).Stop()
	}
	servers, err := startEmbedded()
	if err != nil {
		return err
	}
	defer servers.close()
	demo := &demo{std: std, world: newWorld(c.Seed, c.Tags), kafka: servers.kafka, redis: servers.redis, began: time.Now()}
	if err := demo.publish(ctx); err != nil {
		return stopped(ctx, err)
	}
	fmt.Fprintf(std.out, "%d wearers walk through London, a minute of their day each second; metrics on http://%s/metrics; Ctrl-C ends it.\n\n",
		c.Tags, listener.Addr())
	quiet := slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelError, ReplaceAttr: harmlessAttr}))
	flags := processFlags{Group: "cordon", MaxAge: 72 * time.Hour, MaxFuture: 2 * time.Minute, AccuracyGNSS: 15, AccuracyWiFi: 50,
		AccuracyCell: 1000, AccuracyBeacon: 10, AccuracyLevel: 0.95, RebuildWindow: time.Hour, SessionTimeout: 10 * time.Second,
		AllowEviction: true,                               // the embedded store has no limit
		rules:         alerting.DefaultRules().Faster(60)} // as their days are
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return newProcessor(flags, demoTopics, demo.kafka, demo.redis, quiet).run(ctx, listener)
	})
	g.Go(func() error { return stopped(ctx, demo.walk(ctx)) })
	g.Go(func() error { return stopped(ctx, demo.show(ctx)) })
	err = g.Wait()
	return errors.Join(err, demo.summary())
}

var demoTopics = topicFlags{PingsTopic: "cordon.pings", AlertsTopic: "cordon.alerts", RejectsTopic: "cordon.rejects"}

// demo is one run of it.
type demo struct {
	std   streams
	world *demoWorld
	kafka *kafkaConn
	redis redis.UniversalClient
	began time.Time

	mu     sync.Mutex
	pings  int
	alerts map[alerting.Kind]int
	first  time.Duration
	open   map[string]struct{} // episodes
	delays []time.Duration     // appended to raised
}

// publish makes the topics and imports the zones and the register.
func (d *demo) publish(ctx context.Context) error {
	if err := createTopics(ctx, d.kafka.client, demoTopics, 4, 1, io.Discard); err != nil {
		return err
	}
	zones, _, err := geofence.ParseZones(d.world.zones())
	if err != nil {
		return err
	}
	register, _, err := geofence.ParseRegister(d.world.register(d.began))
	if err != nil {
		return err
	}
	store := redisindex.New(d.redis)
	if _, err := store.ImportZones(ctx, zones, redisindex.ImportOptions{}); err != nil {
		return err
	}
	_, err = store.ImportActivations(ctx, register, redisindex.ImportOptions{})
	return err
}

// walk lets everybody take a step a second, and sends what their tags say.
func (d *demo) walk(ctx context.Context) error {
	producer := kafkasink.New(d.kafka.client, demoTopics.PingsTopic, kafkasink.Options{})
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		now := time.Now()
		var messages []alerting.Message
		for i := range d.world.wearers {
			w := &d.world.wearers[i]
			ping := w.step(now)
			messages = append(messages, alerting.Message{Key: []byte(w.device), Value: ingest.AppendCordonJSON(nil, &ping)})
		}
		if _, err := producer.Publish(ctx, messages); err != nil {
			return err
		}
		d.mu.Lock()
		d.pings += len(messages)
		d.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// show prints every alert as it comes.
func (d *demo) show(ctx context.Context) error {
	n, err := kafkasource.Partitions(ctx, d.kafka.client, demoTopics.AlertsTopic)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for i := range n {
		g.Go(func() error {
			log := &kafkasource.Log{Client: d.kafka.client, Topic: demoTopics.AlertsTopic, Partition: i}
			for next := int64(0); ; {
				f, err := log.Fetch(ctx, next)
				if err != nil {
					return err
				}
				for _, rec := range f.Records {
					if err := d.print(rec.Value); err != nil {
						return err
					}
				}
				next = f.Next
			}
		})
	}
	return g.Wait()
}

func (d *demo) print(value []byte) error {
	var a alerting.Alert
	if err := json.Unmarshal(value, &a); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.alerts == nil {
		d.alerts, d.open, d.first = map[alerting.Kind]int{}, map[string]struct{}{}, time.Since(d.began)
	}
	d.alerts[a.Kind]++
	switch {
	case a.Kind == alerting.Crossed: // it has no ending
	case a.Kind.Ends():
		delete(d.open, a.EpisodeID)
	default:
		d.open[a.EpisodeID] = struct{}{}
	}
	if a.AppendedTime != nil {
		d.delays = append(d.delays, time.UnixMilli(int64(a.RaisedTime)).Sub(time.UnixMilli(int64(*a.AppendedTime))))
	}
	_, err := fmt.Fprintln(d.std.out, alertLine(&a))
	return err
}

// summary says what there was.
func (d *demo) summary() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := tabwriter.NewWriter(d.std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\nran\t%s\npings\t%d\n", time.Since(d.began).Round(time.Second), d.pings)
	for _, kind := range alerting.Kinds {
		if n := d.alerts[kind]; n > 0 {
			fmt.Fprintf(w, "%s\t%d\n", kind, n)
		}
	}
	fmt.Fprintf(w, "episodes still open\t%d\n", len(d.open))
	if d.first > 0 {
		fmt.Fprintf(w, "first alert after\t%s\n", d.first.Round(time.Millisecond))
	}
	if len(d.delays) > 0 {
		fmt.Fprintf(w, "ping appended to alert raised, median\t%s\n", median(d.delays))
	}
	return w.Flush()
}
