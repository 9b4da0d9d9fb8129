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
package pipeline
