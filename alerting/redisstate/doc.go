// Package redisstate keeps the checkpoints of the ping topic's partitions in Redis.
//
// # Keys
//
// T is the topic, N its count of partitions, P a partition. Each key that a script touches has its own hash tag, so
// that Redis Cluster can spread them.
//
//	cordon:{T/N/P}:state  hash   everything of a partition: the owner's epoch, the offset, and one field for each tag
//	cordon:{T/N}:homes    hash   device → the partition that has its state
//	cordon:{T}:layout     hash   count: the partitions the checkpoints speak of; previous: before that
//
// The state is one key on purpose: an eviction, an expiry or a fail-over takes the offset and the tags together or not
// at all, and a checkpoint without its tags would pass for a partition in which nobody is in breach.
// Fields of the state: "epoch" and "owner" (who took it), "seq" (the owner's last write), "next", "meta", and
// "t:" followed by the device id for each tag.
//
// # Epochs
//
// [Store.Take] gives a new owner the epoch max(stored + 1, Redis's time in ms). [Lease.Save] is one script that
// compares it with the stored one. A greater one is alerting.ErrFenced: somebody has taken over, which is final. None,
// or a smaller one, is alerting.ErrLost: the store was emptied or is an older copy. So is the own epoch with an older
// write than the last one acknowledged, as after a restart from disk or a fail-over to a replica: to write only what has
// changed since would leave the tags that changed in between behind. An owner that the group still acknowledges then
// calls [Lease.Retake] and saves its whole state.
//
// # Repeats
//
// go-redis tries again after a time-out, so that a script may run twice, and the first try may arrive last. Scripts
// change nothing the second time: an owner is known by a random name, and its writes are numbered; one that is not
// newer than the last is taken for a repeat.
//
// A write is one command of two arguments per tag. Redis takes a million arguments, which is half a million tags per
// partition.
//
// # Concurrency
//
// A Store may be used by any number of goroutines, a Lease by one at a time.
package redisstate
