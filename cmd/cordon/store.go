package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"cordon/alerting/display"
	"cordon/geofence"
	"cordon/geofence/redisindex"
)

// changeFlags are common to imports and deletions.
type changeFlags struct {
	DryRun      bool          `help:"Show what would change, and change nothing."`
	ReplicaWait time.Duration `help:"How long to wait until the replicas of Redis confirm the change; 0: do not wait." default:"2s"`
	InForceFrom time.Time     `help:"Backdate: in force for pings appended from TIME (RFC 3339) on." format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME"`
}

// importFlags are common to the imports of zones and of the register.
type importFlags struct {
	changeFlags `embed:""`
	Restore     bool `help:"FILE is from export --history: put identity, revisions, times and tombstones back unchanged."`
	AcceptLoss  bool `help:"Accept that the store has lost objects: what is left and FILE are its whole content from now on."`
}

func (f importFlags) validate() error {
	if f.Restore && (f.DryRun || !f.InForceFrom.IsZero()) {
		return usagef("--restore puts back what was, unchanged: leave --dry-run and --in-force-from out")
	}
	return nil
}

func (f importFlags) options() redisindex.ImportOptions {
	o := f.changeFlags.options()
	o.AcceptLoss = f.AcceptLoss
	return o
}

func (f changeFlags) options() redisindex.ImportOptions {
	o := redisindex.ImportOptions{DryRun: f.DryRun}
	if !f.InForceFrom.IsZero() {
		o.InForceFrom = f.InForceFrom.UnixMilli()
	}
	return o
}

// withStore connects to the store for the length of do.
func withStore(ctx context.Context, flags redisFlags, do func(*redisindex.Store) error) error {
	client, err := flags.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	return do(redisindex.New(client))
}

// printReplication warns if the write could still be lost with the primary.
func printReplication(std streams, flags redisFlags, r redisindex.Replication) {
	const lost = "if the primary fails now, this change may be lost: repeat it after a fail-over (what the store still has counts as unchanged)"
	t, _ := flags.target() // was valid for the connection
	switch {
	case r.Err != nil:
		fmt.Fprintf(std.err, "cordon: notice: could not find out whether the replicas of Redis have this change: %v\n", r.Err)
	case !r.Safe():
		fmt.Fprintf(std.err, "cordon: warning: %d of %s of Redis confirmed this change in time; %s\n", r.Confirmed, counted(r.Replicas, "replica"), lost)
	case r.Waited && r.Replicas == 0 && (t.cluster || t.primary != ""):
		fmt.Fprintf(std.err, "cordon: warning: no replica of Redis is connected; %s\n", lost)
	}
}

// printAccepted prints the accepted losses.
func printAccepted(std streams, losses []redisindex.Loss) {
	for _, l := range losses {
		if l.Altered || l.Recorded < 0 {
			fmt.Fprintf(std.err, "cordon: notice: what is left of %s is its whole content from now on\n", l.Of)
			continue
		}
		fmt.Fprintf(std.err, "cordon: notice: %d of %d objects of %s were lost; what is left is its whole content from now on\n", l.Missing(), l.Recorded, l.Of)
	}
}

// noteLosses warns if the store has lost objects.
func noteLosses(ctx context.Context, std streams, store *redisindex.Store) error {
	losses, err := store.Losses(ctx)
	for _, l := range losses {
		fmt.Fprintf(std.err, "cordon: warning: %s\n", l)
	}
	return err
}

// restored prints what a restore did.
func restored(ctx context.Context, std streams, store *redisindex.Store, flags redisFlags, done redisindex.Restored) error {
	printReplication(std, flags, done.Replication)
	identity, err := store.Identity(ctx)
	if err != nil {
		return err
	}
	sayf(std.out, "restored %s of store %s", counted(done.Revisions, "revision"), identity)
	return nil
}

// readInput reads all of a file, or of standard input when it is called -.
func readInput(std streams, file string) ([]byte, error) {
	if file == "-" {
		data, err := io.ReadAll(std.in)
		if err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
		return data, nil
	}
	return os.ReadFile(file)
}

// writeOutput writes JSON to a file that only its owner can read: it may show who is protected from whom.
func writeOutput(std streams, file string, data []byte) error {
	if file == "-" {
		_, err := std.out.Write(display.JSON(data))
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

func printNotices(std streams, notices []geofence.Notice) {
	for _, n := range notices {
		sayf(std.err, "cordon: notice: %s: %s", n.Feature, n.Text)
	}
}

func printSummary(std streams, what string, sum redisindex.Summary, dry bool) {
	if dry {
		for _, id := range sum.AddedIDs {
			sayf(std.out, "add %s", id)
		}
		for _, id := range sum.ChangedIDs {
			sayf(std.out, "change %s", id)
		}
		sayf(std.out, "%s: %d would be added, %d changed, %d unchanged; nothing was imported (--dry-run)",
			what, sum.Added, sum.Changed, sum.Unchanged)
		return
	}
	sayf(std.out, "%s: %d added, %d changed, %d unchanged; store %s is at revision %d",
		what, sum.Added, sum.Changed, sum.Unchanged, sum.Identity, sum.Revision)
}

func printDeleted(std streams, one string, sum redisindex.Summary) {
	sayf(std.out, "deleted %s; store %s is at revision %d", counted(sum.Deleted, one), sum.Identity, sum.Revision)
}

// noteEmpty tells a store that was never imported into from one without zones, or without wearers.
func noteEmpty(ctx context.Context, std streams, store *redisindex.Store) error {
	identity, err := store.Identity(ctx)
	if err == nil && identity == "" {
		sayf(std.err, "cordon: notice: nothing was ever imported into this store: is --redis-url right?")
	}
	return err
}

func printTable(std streams, rows [][]string) error {
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = display.Cell(cell)
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// some is a list cut to what fits into a line.
func some(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ",")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ","), len(names)-most)
}

func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
