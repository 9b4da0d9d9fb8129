package redisindex

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"cordon/geofence"
)

// ImportOptions say how an import is to be made.
type ImportOptions struct {
	// InForceFrom backdates: ms since the Unix epoch, 0 for now. It must lie after the revision it supersedes.
	InForceFrom int64
	// DryRun tells what would change and changes nothing.
	DryRun bool
	// AcceptLoss declares that what is left of a store that has lost objects, and the list, are its whole content. A
	// document that is not in the store then begins with a number that was never used.
	AcceptLoss bool
}

// Summary is what an import or a deletion did.
type Summary struct {
	Added, Changed, Unchanged, Deleted int

	AddedIDs, ChangedIDs, DeletedIDs []string

	Identity string // of the store; "" after the dry run of what would be its first import
	Revision uint64 // of the store; a Follower that reports at least this has taken it all

	Accepted    []Loss // the losses that were accepted
	Replication Replication
}

func (s *Summary) count(d draft, known bool) {
	switch {
	case d.document == nil:
		s.Deleted++
		s.DeletedIDs = append(s.DeletedIDs, d.id)
	case known:
		s.Changed++
		s.ChangedIDs = append(s.ChangedIDs, d.id)
	default:
		s.Added++
		s.AddedIDs = append(s.AddedIDs, d.id)
	}
}

// ImportZones stores the zones that are new or differ from what is stored: all of them or, on an error, none. Zones
// absent from the list are left alone. The first import gives the store its identity.
func (s *Store) ImportZones(ctx context.Context, list []*geofence.Zone, options ImportOptions) (Summary, error) {
	w := write{kind: zones, inForceFrom: options.InForceFrom, dryRun: options.DryRun, acceptLoss: options.AcceptLoss}
	for _, z := range list {
		w.drafts = append(w.drafts, draft{z.ID, z.AppendCompact(nil), "", func() []byte { return z.AppendJSON(nil) }})
	}
	return s.apply(ctx, w)
}

// ImportActivations stores activations as ImportZones does zones. It refuses what would leave two activations of one
// tag overlapping, whether they come from the list or from the store.
func (s *Store) ImportActivations(ctx context.Context, list []*geofence.Activation, options ImportOptions) (Summary, error) {
	w := write{kind: register, check: noOverlaps, inForceFrom: options.InForceFrom, dryRun: options.DryRun, acceptLoss: options.AcceptLoss}
	for _, a := range list {
		w.drafts = append(w.drafts, draft{a.ID, a.AppendCompact(nil), a.Device, func() []byte { return a.AppendJSON(nil) }})
	}
	return s.apply(ctx, w)
}

// DeleteZones withdraws zones, each by a tombstone of its own. An id the store does not hold is an error that wraps
// ErrUnknown, and nothing is deleted.
func (s *Store) DeleteZones(ctx context.Context, ids []string, options ImportOptions) (Summary, error) {
	return s.apply(ctx, write{kind: zones, drafts: tombstones(ids), inForceFrom: options.InForceFrom, dryRun: options.DryRun})
}

// DeleteActivations deletes activations as DeleteZones withdraws zones.
func (s *Store) DeleteActivations(ctx context.Context, ids []string, options ImportOptions) (Summary, error) {
	return s.apply(ctx, write{kind: register, drafts: tombstones(ids), inForceFrom: options.InForceFrom, dryRun: options.DryRun})
}

func tombstones(ids []string) []draft {
	drafts := make([]draft, len(ids))
	for i, id := range ids {
		drafts[i] = draft{id: id}
	}
	return drafts
}

func noOverlaps(result map[string]record) error {
	var all []*geofence.Activation
	for _, id := range slices.Sorted(maps.Keys(result)) { // sorted, so that the same fault is told the same way
		if result[id].deleted() {
			continue
		}
		a, err := result[id].activation()
		if err != nil {
			return fmt.Errorf("activation %q in the store: %w: import it anew or delete it", id, err)
		}
		all = append(all, a.Activation)
	}
	return geofence.CheckOverlaps(all)
}
