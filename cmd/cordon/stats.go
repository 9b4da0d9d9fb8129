package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"
	_ "time/tzdata" // --timezone works on a machine without a time zone database

	"cordon/alerting"
	"cordon/alerting/display"
	"cordon/alerting/stats"
	"cordon/geofence/redisindex"
	"cordon/ingest"
)

type statsCmd struct {
	From     string     `help:"Only what opened at TIME (RFC 3339, or a date on the clock of --timezone) or later." placeholder:"TIME"`
	To       string     `help:"Only what opened before TIME." placeholder:"TIME"`
	By       []string   `help:"Tables to make: kind, zone, cohort, month, hour."`
	Timezone string     `help:"IANA name of the time zone of months, hours and dates." default:"Europe/London"`
	Suppress int        `help:"Hide counts from 1 to one less than this, and what would give one away; 0 hides nothing." default:"5"`
	Format   string     `help:"How to write it." enum:"table,csv,json" default:"table"`
	Kafka    kafkaFlags `embed:""`
	Topics   topicFlags `embed:""`
	Redis    redisFlags `embed:""`
}

// Run reads the alerts topic from end to end and prints the tables.
func (c *statsCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	now := time.Now()
	options, err := c.options(now)
	if err != nil {
		return err
	}
	conn, err := c.Kafka.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.close()
	spans, err := spansOf(ctx, conn.client, c.Topics.AlertsTopic)
	if err != nil {
		return err
	}
	register, err := c.register(ctx)
	if err != nil {
		return err
	}
	tally := stats.NewTally(options)
	unreadable := 0
	reads := make([]stats.Read, len(spans))
	for i, s := range spans {
		reads[i] = stats.Read{Partition: s.log.Partition, Start: s.start, End: s.end}
		err := s.each(ctx, s.start, func(r *ingest.Record) error {
			noteTimes(&reads[i], alerting.Time(r.Appended))
			var a alerting.Alert
			if json.Unmarshal(r.Value, &a) != nil || !tally.Add(&a) {
				unreadable++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if unreadable > 0 {
		sayf(std.err, "cordon: %s of %s could not be read as alerts and were left out", counted(unreadable, "record"), c.Topics.AlertsTopic)
	}
	return c.write(std, tally.Report(register, reads))
}

func (c *statsCmd) options(now time.Time) (stats.Options, error) {
	o := stats.Options{Until: now.UnixMilli(), Suppress: c.Suppress}
	var err error
	if o.Location, err = time.LoadLocation(c.Timezone); err != nil || c.Timezone == "" {
		return o, usagef("--timezone %s: no such time zone: give an IANA name such as Europe/London", c.Timezone)
	}
	if o.From, err = parseInstant("--from", c.From, o.Location); err != nil {
		return o, err
	}
	if o.To, err = parseInstant("--to", c.To, o.Location); err != nil {
		return o, err
	}
	for _, by := range c.By {
		o.By = append(o.By, stats.Dimension(by))
	}
	if err := o.Validate(); err != nil {
		return o, usageError{err}
	}
	return o, nil
}

// register reads who wears which tag. Without it the statistics go on, and say why there are no rates.
func (c *statsCmd) register(ctx context.Context) (stats.Register, error) {
	var r stats.Register
	err := withStore(ctx, c.Redis, func(store *redisindex.Store) error {
		revisions, err := store.Activations(ctx)
		for _, v := range revisions {
			r.Activations = append(r.Activations, *v.Activation)
		}
		return err
	})
	if usage := (usageError{}); errors.As(err, &usage) || ctx.Err() != nil {
		return r, err
	}
	if err != nil {
		return stats.Register{Missing: "the register could not be read: " + err.Error()}, nil
	}
	return r, nil
}

func noteTimes(r *stats.Read, at alerting.Time) {
	if r.First == nil || at < *r.First {
		r.First = &at
	}
	if r.Last == nil || at > *r.Last {
		r.Last = &at
	}
}

func (c *statsCmd) write(std streams, report *stats.Report) error {
	switch c.Format {
	case "json":
		return writeJSON(std.out, report)
	case "csv":
		return report.WriteCSV(std.out)
	}
	return report.WriteTable(std.out)
}

// writeJSON writes v for people and programs alike.
func writeJSON(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(display.JSON(b), '\n'))
	return err
}
