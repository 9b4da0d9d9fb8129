package redisindex

import (
	"errors"
	"fmt"
)

// ErrDamaged is wrapped by the error for a refused write or export because the store has lost objects.
var ErrDamaged = errors.New("redisindex: the store has lost objects")

// unknownCount stands for a number of objects that was not recorded.
const unknownCount = -1

// Loss is what the store has lost of one kind.
type Loss struct {
	// Of is zones or register, or zones_history or register_history for their superseded revisions.
	Of string
	// Held is how many objects there are, Recorded how many there must be. Recorded is negative if that is not known.
	Held, Recorded int64
	// Altered says that there are at least as many objects as there must be, but not the same ones.
	Altered bool
	// Older says that the store has gone back to an earlier revision than the Follower has seen.
	Older bool
	// Unrecorded says that the identity record itself is gone.
	Unrecorded bool
	// WholeAt is when the kind was last written while nothing was missing, ms, and Revision its revision then. If the store
	// is Older, Revision is the revision that was seen. They identify the loss: unless it is Unrecorded, every processor
	// finds the same values in the store.
	WholeAt  int64
	Revision uint64
}

// Missing returns how many objects are missing, at least 1.
func (l Loss) Missing() int64 { return max(1, l.Recorded-l.Held) }

// Empty reports whether nothing is left.
func (l Loss) Empty() bool { return l.Held == 0 && l.Recorded != 0 }

// Named reports whether WholeAt and Revision identify the loss for every processor: they are those of the identity record,
// and no import changes them while the loss lasts.
func (l Loss) Named() bool { return l.WholeAt > 0 && !l.Altered && !l.Older && !l.Unrecorded }

// Past reports whether only superseded revisions are lost, and nothing that is in force.
func (l Loss) Past() bool { return l.Of != string(l.kind()) }

func (l Loss) kind() kind {
	if l.Of == zones.past() || l.Of == string(zones) {
		return zones
	}
	return register
}

// past is the name of a kind's superseded revisions.
func (k kind) past() string { return string(k) + "_history" }

// String says what is lost and what to do about it, in one line.
func (l Loss) String() string { return l.what() + "; " + l.kind().remedy() }

func (l Loss) what() string {
	k := l.kind()
	of := k.plural()
	if l.Past() {
		of = "superseded revisions of " + of
	}
	switch {
	case l.Unrecorded && l.Recorded > 0:
		return fmt.Sprintf("the store in Redis is empty, or has lost its identity record: it held %d %s and now holds %d", l.Recorded, of, l.Held)
	case l.Unrecorded:
		return fmt.Sprintf("the store in Redis has lost its identity record: it holds %d %s and may have held more", l.Held, of)
	case l.Older:
		return fmt.Sprintf("the store in Redis has gone back to an earlier state: it has lost revision %d of its %s", l.Revision, of)
	case l.Altered:
		return fmt.Sprintf("the store in Redis was changed by something other than an import: some of its %d %s are not those imported", l.Held, of)
	case l.Recorded < 0:
		return fmt.Sprintf("the store in Redis has lost all its %s", of)
	case l.Held == 0 && l.Recorded == 1:
		return fmt.Sprintf("the store in Redis has lost its only %s", k.one())
	case l.Held == 0:
		return fmt.Sprintf("the store in Redis has lost all its %d %s", l.Recorded, of)
	}
	return fmt.Sprintf("the store in Redis has lost %d of its %d %s", l.Recorded-l.Held, l.Recorded, of)
}

// plural returns the word for several documents of a kind.
func (k kind) plural() string { return k.one() + "s" }

// remedy says what to do about a loss.
func (k kind) remedy() string {
	return fmt.Sprintf("restore it with `cordon %[1]s import --restore FILE` (a file of `export --history`), or import the missing %[2]s "+
		"again with `cordon %[1]s import --accept-loss FILE`, which gives up those that are not in FILE", k.command(), k.plural())
}

// losses compares the objects of a kind with the identity record.
func (s state) losses(k kind, held stock) []Loss {
	is, counted := s.counted(k)
	switch {
	case !s.published(k):
		if held == (stock{}) {
			return nil
		}
		return []Loss{{Of: string(k), Held: held.newest, Recorded: unknownCount, Unrecorded: true}}
	case !counted:
		// Every id keeps a newest revision, a tombstone at least, so that an empty hash has lost some, and so has one that
		// holds fewer than before an older program has written.
		switch {
		case held.newest == 0 && s.kinds[k] != 0:
			return []Loss{{Of: string(k), Recorded: unknownCount, Revision: s.kinds[k], WholeAt: is.WholeAt}}
		case held.newest < is.Newest.Count:
			return []Loss{{Of: string(k), Held: held.newest, Recorded: is.Newest.Count, Revision: is.WholeRevision, WholeAt: is.WholeAt}}
		}
		return nil
	}
	is.Newest.Digest, is.History.Digest = 0, 0
	return altered(k, is, tally{Count: held.newest}, tally{Count: held.history})
}

// altered compares the tallies of a kind with the recorded ones.
func altered(k kind, is sums, newest, history tally) []Loss {
	var found []Loss
	for _, c := range []struct {
		of             string
		held, recorded tally
	}{{string(k), newest, is.Newest}, {k.past(), history, is.History}} {
		if c.held != c.recorded {
			found = append(found, Loss{Of: c.of, Held: c.held.Count, Recorded: c.recorded.Count, Altered: c.held.Count >= c.recorded.Count,
				Revision: is.WholeRevision, WholeAt: is.WholeAt})
		}
	}
	return found
}
