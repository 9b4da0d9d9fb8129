package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"cordon/alerting"
	"cordon/alerting/display"
)

type alertsCmd struct {
	Follow bool       `help:"Go on until interrupted, with alerts as they come."`
	Since  string     `help:"Only alerts published at TIME (RFC 3339, or a date) or later, or in the last DURATION (such as 2h)." placeholder:"TIME|DURATION"`
	Kind   []string   `help:"Only these kinds, such as breach,breach_ended."`
	Wearer []string   `help:"Only alerts of these wearers."`
	Format string     `help:"A table, or the records themselves, one a line." enum:"table,json" default:"table"`
	Kafka  kafkaFlags `embed:""`
	Topics topicFlags `embed:""`
}

// Run shows what is on the alerts topic up to now in the order of publication and, with --follow, what comes after it
// in the order of arrival. Repeats of an alert are shown once.
func (c *alertsCmd) Run(ctx context.Context, std streams, log *slog.Logger) error {
	for _, k := range c.Kind {
		if !slices.Contains(alerting.Kinds, alerting.Kind(k)) {
			return usagef("--kind %s: there is no such kind; the kinds are %s", k, kindWords())
		}
	}
	since, err := parseSince(c.Since, time.Now())
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
	show := &alertsView{cmd: c, since: since, out: std.out, shown: recentIDs{most: 1_000_000}}
	if c.Format == "table" {
		fmt.Fprintln(std.out, alertsHeading)
	}
	err = inOrder(ctx, spans, since, show.take)
	if err == nil && c.Follow {
		err = follow(ctx, spans, log, show.take)
	}
	if show.unreadable > 0 {
		sayf(std.err, "cordon: %s of %s could not be read as alerts and were left out", counted(show.unreadable, "record"), c.Topics.AlertsTopic)
	}
	return stopped(ctx, err)
}

func kindWords() string {
	words := make([]string, len(alerting.Kinds))
	for i, k := range alerting.Kinds {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}

// parseSince reads a time or a duration before now; 0 stands for the beginning.
func parseSince(text string, now time.Time) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d).UnixMilli(), nil
	}
	return parseInstant("--since", text, time.UTC)
}

// parseInstant reads RFC 3339, or a date, which is its first instant on the clock of a place. Empty is 0.
func parseInstant(flag, text string, at *time.Location) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UnixMilli(), nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, at)
	if err != nil {
		return 0, usagef("%s %s: not a time: write it like 2026-11-23T10:44:05Z, or as a date", flag, text)
	}
	return t.UnixMilli(), nil
}

// alertsView shows those alerts that are asked for, each once.
type alertsView struct {
	cmd        *alertsCmd
	since      int64
	out        io.Writer
	shown      recentIDs
	unreadable int
}

// take shows one record of the topic.
func (v *alertsView) take(r arrived) error {
	if r.appended < v.since {
		return nil
	}
	var a alerting.Alert
	if err := json.Unmarshal(r.value, &a); err != nil || a.AlertID == "" {
		v.unreadable++
		return nil
	}
	if !v.wanted(&a) || !v.shown.add(a.AlertID) {
		return nil
	}
	line := []byte(alertLine(&a))
	if v.cmd.Format == "json" {
		var compact bytes.Buffer // a record may have been written with line breaks
		if err := json.Compact(&compact, r.value); err != nil {
			return err
		}
		line = display.JSON(compact.Bytes())
	}
	_, err := v.out.Write(append(line, '\n'))
	return err
}

func (v *alertsView) wanted(a *alerting.Alert) bool {
	return (len(v.cmd.Kind) == 0 || slices.Contains(v.cmd.Kind, string(a.Kind))) &&
		(len(v.cmd.Wearer) == 0 || slices.Contains(v.cmd.Wearer, a.WearerID))
}

// recentIDs remembers the latest ids, at least most of them and less than twice as many, so that following for months
// does not fill the memory. Repeats come soon after what they repeat.
type recentIDs struct {
	most       int
	young, old map[string]struct{}
}

// add reports whether the id is new.
func (r *recentIDs) add(id string) bool {
	if _, ok := r.young[id]; ok {
		return false
	}
	if _, ok := r.old[id]; ok {
		return false
	}
	if r.young == nil || len(r.young) >= r.most {
		r.young, r.old = map[string]struct{}{}, r.young
	}
	r.young[id] = struct{}{}
	return true
}
