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
// # What is not decided about
//
// A record that is stamped more than Options.MaxAhead ahead of the processor's clock when it is read is rejected before it
// moves the clock or the memory of its tag. The first raises the fault future_records, which is over when records have
// been read for 15 minutes without another. That decision depends on when the record was read, so the rejects topic
// remembers it: the reject is on the broker before any alert of the same step, and whoever takes a partition over reads
// the rejects since the checkpoint was written (less 10 minutes, for clocks differ), or since the window began (less 2
// hours), and rejects again what they name. A reject names a record by its offset and its appended time, so that the
// rejects of a topic that was deleted say nothing about the next one of that name.
//
// A batch that cannot be read is passed over: a reject without a value names its offsets, and a system fault that is over
// at once says how many records were not judged. Batches of the alerts and the rejects are passed over with a line in the
// log.
//
// # How far it is
//
// A Progress exists from the assignment on. It says what a take-over does and how far it is, why a partition has not come
// further for 30 seconds, and how large its lag is, which grows while it stands still. The end of the log is the last
// stable offset. Lag counts to the end of what was appended, so that an open transaction shows.
//
// # What a tag costs
//
// A tag with no zone near takes about 750 bytes of the heap and 200 of a checkpoint; one that nobody wears 800, or 1,100
// when its unassigned_device is open (make fuzz measures a million of each). Tags that nobody wears are bounded, and so are
// the alerts about them, see alerting.Limits: a processor that is sent invented tags forgets the ones heard longest ago.
//
// # Taking over
//
// An owner takes a new epoch and reads the checkpoint. Where there is none, or it speaks of another log (its offset
// beyond the end, or another record at the place it names), the window before now is decided again: the episodes open
// at its start, and the stays still remembered, come from the alerts topic; below the group's offset the window's first
// hour only restores tracks, and what is said again carries the header cordon-rebuilt. A checkpoint below the start of
// the log goes on at the start, and says what was not judged.
//
// A checkpoint that cannot be read is set aside as a whole, and the window is decided again. A fault says so, which is part of
// the checkpoint and ends when the end of the log is reached. The store is waited for only while it does not answer.
// # A store that has lost something
//
// A partition works with the zones and activations that are left. From which appended time on it did so is part of its
// checkpoint. Once the view is whole the partition is taken over anew, and what was appended since is decided again as
// without a checkpoint; an hour before it only restores tracks.
//
// # Faults
//
// A FaultBoard raises and ends the faults of the system as a whole, whether the processor owns partitions or not; those
// of one partition are part of its own state.
package pipeline
