package geofence

import (
	"cmp"
	"iter"
	"slices"
)

// revision is what zones and activations have in common: a document under a number, in force from an instant on.
type revision interface {
	number() uint64
	since() int64
	Withdrawn() bool
}

func (r ZoneRevision) number() uint64       { return r.Number }
func (r ZoneRevision) since() int64         { return r.Updated }
func (r ActivationRevision) number() uint64 { return r.Number }
func (r ActivationRevision) since() int64   { return r.Updated }

// Withdrawn reports whether the revision is a tombstone.
func (r ZoneRevision) Withdrawn() bool { return r.Zone == nil && r.packed == nil }

// Open returns the revision's zone, decoded if it is packed, or nil for a tombstone.
func (r ZoneRevision) Open() *Zone {
	if r.packed != nil {
		return r.packed.open()
	}
	return r.Zone
}

// Withdrawn reports whether the revision is a tombstone.
func (r ActivationRevision) Withdrawn() bool { return r.Activation == nil }

// A history is the revisions of one id by number. An import can backdate a revision, so their instants need not rise:
// of those begun the one with the greatest number is in force.

func inForce[R revision](history []R, at int64) (r R, ok bool) {
	for i := len(history) - 1; i >= 0; i-- {
		if history[i].since() <= at {
			return history[i], true
		}
	}
	return r, false
}

// reigns yields, newest first, each revision that is ever in force with the instant that ends it.
func reigns[R revision](history []R) iter.Seq2[R, int64] {
	return func(yield func(R, int64) bool) {
		until := int64(Always)
		for _, r := range slices.Backward(history) {
			if r.since() >= until {
				continue
			}
			if !yield(r, until) {
				return
			}
			until = r.since()
		}
	}
}

// nextReign returns the first instant after the given one at which another revision comes in force.
func nextReign[R revision](history []R, after int64) (at int64, ok bool) {
	for r := range reigns(history) {
		if r.since() <= after {
			break
		}
		at, ok = r.since(), true
	}
	return at, ok
}

// with returns a history that has the revision, in place of one with the same number.
func with[R revision](history []R, r R) []R {
	i, found := slices.BinarySearchFunc(history, r.number(), func(h R, n uint64) int { return cmp.Compare(h.number(), n) })
	next := make([]R, 0, len(history)+1)
	next = append(append(next, history[:i]...), r)
	if found {
		i++
	}
	return append(next, history[i:]...)
}

// from returns the history without what is never in force at or after the instant. A tombstone older than that goes too.
func from[R revision](history []R, ms int64) []R {
	var kept []R
	for r, until := range reigns(history) {
		if until > ms {
			kept = append(kept, r)
		}
	}
	slices.Reverse(kept)
	if len(kept) == 1 && kept[0].Withdrawn() && kept[0].since() < ms {
		return nil
	}
	return kept
}

// alive reports whether the latest revision is not a tombstone.
func alive[R revision](history []R) bool {
	return len(history) > 0 && !history[len(history)-1].Withdrawn()
}
