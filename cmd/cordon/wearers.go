package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"cordon/geofence"
	"cordon/geofence/redisindex"
)

type wearersCmd struct {
	Import wearersImportCmd `cmd:"" help:"Put activations (who wears which tag when) into the register: all of FILE or, when one is wrong, nothing."`
	Export wearersExportCmd `cmd:"" help:"Write the register as JSON lines, or its whole history for --restore."`
	List   wearersListCmd   `cmd:"" help:"Show the register as a table."`
	Delete wearersDeleteCmd `cmd:"" help:"Take activations out of the register."`
}

type wearersImportCmd struct {
	File   string      `arg:"" help:"JSON lines, or CSV with the same headings; - for standard input."`
	Import importFlags `embed:""`
	Redis  redisFlags  `embed:""`
}

// Run puts the file's activations into the register.
func (c *wearersImportCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	if err := c.Import.validate(); err != nil {
		return err
	}
	data, err := readInput(std, c.File)
	if err != nil {
		return err
	}
	if c.Import.Restore {
		return withStore(ctx, c.Redis, func(store *redisindex.Store) error {
			store.ReplicaWait = c.Import.ReplicaWait
			done, err := store.RestoreActivations(ctx, data, redisindex.RestoreOptions{AcceptLoss: c.Import.AcceptLoss})
			if err != nil {
				return fmt.Errorf("%s: %w", c.File, err)
			}
			return restored(ctx, std, store, c.Redis, done)
		})
	}
	activations, notices, err := geofence.ParseRegister(data)
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was imported", c.File, err)
	}
	printNotices(std, notices)
	return withStore(ctx, c.Redis, func(store *redisindex.Store) error {
		store.ReplicaWait = c.Import.ReplicaWait
		sum, err := store.ImportActivations(ctx, activations, c.Import.options())
		if err != nil {
			return fmt.Errorf("%s: %w; nothing was imported", c.File, err)
		}
		printSummary(std, "activations", sum, c.Import.DryRun)
		printAccepted(std, sum.Accepted)
		printReplication(std, c.Redis, sum.Replication)
		return nil
	})
}

type wearersExportCmd struct {
	File    string     `arg:"" optional:"" default:"-" help:"Where to write; - for standard output."`
	History bool       `help:"Write identity, all revisions, their times and tombstones, for import --restore."`
	Damaged bool       `help:"Write what is left of a store that has lost objects."`
	Redis   redisFlags `embed:""`
}

// Run writes the register.
func (c *wearersExportCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	return withStore(ctx, c.Redis, func(store *redisindex.Store) error {
		store.ExportDamaged = c.Damaged
		data, err := store.ExportActivations(ctx, c.History)
		if err != nil {
			return err
		}
		return writeOutput(std, c.File, data)
	})
}

type wearersListCmd struct {
	Redis redisFlags `embed:""`
}

// Run prints one line an activation.
func (c *wearersListCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	return withStore(ctx, c.Redis, func(store *redisindex.Store) error {
		register, err := store.Activations(ctx)
		rows := [][]string{{"ACTIVATION", "WEARER", "TAG", "FITTED", "REMOVED", "COHORTS", "TIER", "REVISION", "UPDATED"}}
		for _, r := range register {
			a := r.Activation
			removed := "-"
			if a.Removed != geofence.Always {
				removed = clock(a.Removed)
			}
			cohorts := "-"
			if len(a.Cohorts) > 0 {
				cohorts = strings.Join(a.Cohorts, ",")
			}
			rows = append(rows, []string{a.ID, a.Wearer, a.Device, clock(a.Fitted), removed, cohorts,
				fmt.Sprint(a.Tier), fmt.Sprint(r.Number), clock(r.Updated)})
		}
		return errors.Join(printTable(std, rows), noteEmpty(ctx, std, store), noteLosses(ctx, std, store), err)
	})
}

type wearersDeleteCmd struct {
	IDs         []string `arg:"" name:"id" help:"Activations to delete."`
	changeFlags `embed:""`
	Redis       redisFlags `embed:""`
}

// Run deletes the activations named: all of them or, when one is unknown, none.
func (c *wearersDeleteCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	return withStore(ctx, c.Redis, func(store *redisindex.Store) error {
		store.ReplicaWait = c.ReplicaWait
		sum, err := store.DeleteActivations(ctx, c.IDs, c.options())
		if err != nil {
			return fmt.Errorf("%w; nothing was deleted", err)
		}
		printDeleted(std, "activation", sum)
		printReplication(std, c.Redis, sum.Replication)
		return nil
	})
}
