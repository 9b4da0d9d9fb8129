package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"cordon/geofence"
	"cordon/geofence/redisindex"
)

type zonesCmd struct {
	Import   zonesImportCmd   `cmd:"" help:"Put zones into the store: all of FILE or, when one is wrong, nothing. Zones that FILE does not name stay."`
	Export   zonesExportCmd   `cmd:"" help:"Write the zones as GeoJSON, or their whole history for --restore."`
	Validate zonesValidateCmd `cmd:"" help:"Check a file of zones; needs no store."`
	List     zonesListCmd     `cmd:"" help:"Show the zones in the store as a table."`
	Delete   zonesDeleteCmd   `cmd:"" help:"Withdraw zones."`
}

type zonesImportCmd struct {
	File   string      `arg:"" help:"GeoJSON Feature or FeatureCollection; - for standard input."`
	Import importFlags `embed:""`
	Redis  redisFlags  `embed:""`
}

// Run puts the file's zones into the store.
func (c *zonesImportCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
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
			done, err := store.RestoreZones(ctx, data, redisindex.RestoreOptions{AcceptLoss: c.Import.AcceptLoss})
			if err != nil {
				return fmt.Errorf("%s: %w", c.File, err)
			}
			return restored(ctx, std, store, c.Redis, done)
		})
	}
	zones, notices, err := geofence.ParseZones(data)
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was imported", c.File, err)
	}
	printNotices(std, notices)
	warnBesideHome(std, zones)
	return withStore(ctx, c.Redis, func(store *redisindex.Store) error {
		store.ReplicaWait = c.Import.ReplicaWait
		sum, err := store.ImportZones(ctx, zones, c.Import.options())
		if err != nil {
			return fmt.Errorf("%s: %w; nothing was imported", c.File, err)
		}
		printSummary(std, "zones", sum, c.Import.DryRun)
		printAccepted(std, sum.Accepted)
		printReplication(std, c.Redis, sum.Replication)
		return warnUnregistered(ctx, std, store, zones)
	})
}

// warnUnregistered names the wearers and cohorts that zones bind and the register does not know: most likely misspelt.
func warnUnregistered(ctx context.Context, std streams, store *redisindex.Store, zones []*geofence.Zone) error {
	register, err := store.Activations(ctx)
	if err != nil {
		return fmt.Errorf("the zones are imported, but whether their wearers are registered is not known: %w", err)
	}
	wearers, cohorts := map[string]bool{}, map[string]bool{}
	for _, r := range register {
		wearers[r.Activation.Wearer] = true
		for _, name := range r.Activation.Cohorts {
			cohorts[name] = true
		}
	}
	missing := map[string][]string{}
	note := func(what string, names []string, known map[string]bool, zone string) {
		for _, name := range names {
			if !known[name] {
				key := fmt.Sprintf("%s %q", what, name)
				missing[key] = append(missing[key], zone)
			}
		}
	}
	for _, z := range zones {
		note("wearer", z.Audience.Wearers, wearers, z.ID)
		note("cohort", z.Audience.Cohorts, cohorts, z.ID)
	}
	const most = 20
	for i, key := range slices.Sorted(maps.Keys(missing)) {
		if i == most {
			sayf(std.err, "cordon: warning: and %d more that are not in the register", len(missing)-most)
			break
		}
		sayf(std.err, "cordon: warning: %s, bound by zone %s, is not in the register: misspelt, or still to be imported with `cordon wearers import`",
			key, some(missing[key]))
	}
	return nil
}

// warnBesideHome names the zones that are judged as if beside a home though they bind more than named wearers: whoever lives
// elsewhere is told of later than need be.
func warnBesideHome(std streams, zones []*geofence.Zone) {
	var ids []string
	for _, z := range zones {
		if z.Rule == "beside_home" && (z.Audience.Everyone || len(z.Audience.Cohorts) > 0) {
			ids = append(ids, z.ID)
		}
	}
	if len(ids) > 0 {
		sayf(std.err, "cordon: warning: rule beside_home, of zone %s, waits longer before it alerts, for a wearer who lives beside the zone: "+
			"give it only to zones that bind the wearers who do, not to those for a cohort or everyone", some(ids))
	}
}

type zonesExportCmd struct {
	File    string     `arg:"" optional:"" default:"-" help:"Where to write; - for standard output."`
	History bool       `help:"Write identity, all revisions, their times and tombstones, for import --restore."`
	Damaged bool       `help:"Write what is left of a store that has lost objects."`
	Redis   redisFlags `embed:""`
}

// Run writes the stored zones.
func (c *zonesExportCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	return withStore(ctx, c.Redis, func(store *redisindex.Store) error {
		store.ExportDamaged = c.Damaged
		data, err := store.ExportZones(ctx, c.History)
		if err != nil {
			return err
		}
		return writeOutput(std, c.File, data)
	})
}

type zonesValidateCmd struct {
	File string `arg:"" help:"GeoJSON Feature or FeatureCollection; - for standard input."`
}

// Run checks the file as import would.
func (c *zonesValidateCmd) Run(std streams) error {
	data, err := readInput(std, c.File)
	if err != nil {
		return err
	}
	zones, notices, err := geofence.ParseZones(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	printNotices(std, notices)
	warnBesideHome(std, zones)
	sayf(std.out, "%s: %s, valid", c.File, counted(len(zones), "zone"))
	return nil
}

type zonesListCmd struct {
	Names bool       `help:"Show the zones' names, too: they may identify a victim."`
	Redis redisFlags `embed:""`
}

// Run prints one line a zone.
func (c *zonesListCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	return withStore(ctx, c.Redis, func(store *redisindex.Store) error {
		zones, err := store.Zones(ctx)
		heading := []string{"ID", "KIND", "REVISION", "UPDATED", "BINDS", "VERTICES"}
		if c.Names {
			heading = append(heading, "NAME")
		}
		rows := [][]string{heading}
		for _, r := range zones {
			row := []string{r.ID, string(r.Zone.Kind), fmt.Sprint(r.Number), clock(r.Updated), binds(r.Zone.Audience), vertices(r.Zone.Shape)}
			if c.Names {
				row = append(row, r.Zone.Name)
			}
			rows = append(rows, row)
		}
		err = errors.Join(printTable(std, rows), noteEmpty(ctx, std, store), noteLosses(ctx, std, store), err)
		warnOverlong(std, zones)
		return err
	})
}

// warnOverlong names the zones that were stored before the number of windows and exceptions was limited.
func warnOverlong(std streams, zones []geofence.ZoneRevision) {
	var ids []string
	for _, r := range zones {
		if r.Overlong() {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) > 0 {
		fmt.Fprintf(std.err, "cordon: warning: zone %s has more than the %d windows and exceptions that an import accepts: it stays in force; import it with fewer\n",
			some(ids), geofence.MaxTimes)
	}
}

func binds(a geofence.Audience) string {
	switch {
	case a.Everyone:
		return "everyone"
	case len(a.Wearers) > 0:
		return "wearers " + some(a.Wearers)
	}
	return "cohorts " + some(a.Cohorts)
}

func vertices(s geofence.Shape) string {
	if s.Radius > 0 {
		return "circle"
	}
	n := 0
	for _, polygon := range s.Polygons {
		for _, ring := range polygon {
			n += len(ring) - 1 // the last repeats the first
		}
	}
	return fmt.Sprint(n)
}

type zonesDeleteCmd struct {
	IDs         []string `arg:"" name:"id" help:"Zones to withdraw."`
	changeFlags `embed:""`
	Redis       redisFlags `embed:""`
}

// Run withdraws the zones named: all of them or, when one is unknown, none.
func (c *zonesDeleteCmd) Run(ctx context.Context, std streams, _ *slog.Logger) error {
	return withStore(ctx, c.Redis, func(store *redisindex.Store) error {
		store.ReplicaWait = c.ReplicaWait
		sum, err := store.DeleteZones(ctx, c.IDs, c.options())
		if err != nil {
			return fmt.Errorf("%w; nothing was deleted", err)
		}
		printDeleted(std, "zone", sum)
		printReplication(std, c.Redis, sum.Replication)
		return nil
	})
}

// clock is how times are shown.
func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
