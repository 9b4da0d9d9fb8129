package alerting

import "errors"

// ErrFenced is returned for a checkpoint whose epoch is not the partition's newest: another owner has taken over.
var ErrFenced = errors.New("alerting: checkpoint refused: the partition has a newer owner")

// ErrLost is returned for a checkpoint whose epoch the store does not know: it was emptied, or restored from an older
// copy. An owner whose assignment is the group's current one may take a new epoch.
var ErrLost = errors.New("alerting: checkpoint refused: the store has lost the partition's epoch")

// Checkpoint is what one partition's owner left behind: the state of its tags and the offset it had reached, written
// together.
type Checkpoint struct {
	Next int64             // offset of the first record not decided
	Meta []byte            // the partition's own state, as Delta.Meta wrote it
	Tags map[string][]byte // device id → its encoded state
}

// Delta is what changed since the last checkpoint.
type Delta struct {
	Next    int64
	Meta    []byte
	Changed map[string][]byte
	Dropped []string
	Whole   bool // Changed is the whole state: whatever else is stored is forgotten
}

// Takeover is what a new owner of a partition finds in the store.
type Takeover struct {
	Checkpoint *Checkpoint   // nil when there is none
	SetAside   SetAside      // an unreadable state that was moved, until the next whole checkpoint is written
	Old        OldCheckpoint // what became of a checkpoint without a group
}

// SetAside says where an unreadable key of the store was moved. The zero value means that there was none.
type SetAside struct {
	Key       string // under which it is kept for a while
	At        int64  // when, ms, by the store's clock
	Partition int    // the partition whose state it is; below 0: the partitions share the key
}

// OldCheckpoint is what became of a checkpoint stored under a name without a consumer group.
type OldCheckpoint string

// The zero value means that there was none.
const (
	Adopted   OldCheckpoint = "adopted" // it is the group's, and stored under its name now
	LeftAlone OldCheckpoint = "left"    // it may be another group's
)
