// Package pipeline is the seam: it takes a ping through the zones to an observation, an episode and the alerts. It is
// the only package that sees all three cores; Kafka and Redis reach it through the interfaces it declares.
//
// # One partition
//
// A Partition holds what is remembered of the tags whose pings come to one partition of the topic. It belongs to the
// goroutine of its ingest.Worker, which calls Handle for what was read, Idle at the end of the log, and Checkpoint and
// Checkpointed around each write; nothing in it is shared, but for the numbers that Status reads.
//
// Handle decodes, orders, locates and decides, then publishes, and returns when all of it is acknowledged. A publication
// that fails is repeated from the first message not acknowledged, so that the messages of one wearer keep their order.
//
// # Records that are not decided
//
// A record that is stamped more than Options.MaxAhead ahead of the processor's clock when it is read is rejected before it
// changes the clock or the state of its tag. The first raises the fault future_records, which ends when records have been
// read for 15 minutes without another one. This decision depends on when the record was read, so the rejects topic stores
// it: the reject is on the broker before any alert of the same step. A new owner reads the rejects since the checkpoint was
// written (less 10 minutes, because clocks differ), or since the window began (less 2 hours), and rejects the same records
// again. A reject names a record by its offset and its appended time, so the rejects of a deleted topic do not affect a new
// topic of the same name.
//
// A batch that cannot be read is skipped: a reject with an empty value names its offsets, and a system fault that ends at
// once says how many records were not judged. Batches of the alerts and the rejects are skipped with a line in the log.
//
// # Progress
//
// A Progress exists from the assignment on. It says what a takeover is doing and how far it is, why a partition has made no
// progress for 30 seconds, and how large its lag is, which grows while there is no progress. The end of the log is the last
// stable offset. Lag counts to the true end, so that an open transaction shows.
//
// # What a tag costs
//
// A tag with no zone near takes about 750 bytes of heap and 200 of a checkpoint; an unassigned tag takes 800, or 1,100 if
// its unassigned_device is open (make fuzz measures a million of each). Unassigned tags and the alerts about them are
// bounded, see alerting.Limits: a processor that receives invented tags forgets the ones heard longest ago.
//
// # Taking over
//
// An owner takes a new epoch and reads the checkpoint. If there is none, or it belongs to another log (its offset is beyond
// the end, or another record is at its offset), the window before now is decided again. The episodes open at its start, and
// the stays still remembered, come from the alerts topic. Below the group's offset the window's first hour only restores
// tracks, and repeated alerts carry the header cordon-rebuilt. If the checkpoint is below the start of the log, the owner
// goes on at the start and reports what was not judged.
//
// A checkpoint that cannot be read is set aside as a whole, and the window is decided again. A fault reports it; the fault
// is part of the checkpoint and ends when the end of the log is reached. An owner waits for the store only while the store
// does not answer.
//
// # A store that has lost something
//
// A partition works with the zones and activations that are left. The appended time from which it did so is part of its
// checkpoint. Once the view is complete the partition is taken over again, and the pings since that time are decided again
// as without a checkpoint; an hour before it only restores tracks.
//
// # Faults
//
// A FaultBoard raises and ends the faults of the system as a whole, whether the processor owns partitions or not. The faults
// of one partition are part of its own state.
package pipeline
