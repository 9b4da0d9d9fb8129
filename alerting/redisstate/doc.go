// Package redisstate keeps the checkpoints of the ping topic's partitions in Redis.
//
// # Keys
//
// T is the topic, N its count of partitions, P a partition, G the consumer group. Groups that share a topic and a store do not
// share state. All keys of one command or script have the same hash tag, as Redis Cluster requires, and partitions have
// different ones, so that a cluster can spread them.
//
//	cordon:{T/N/P}:state:G     hash  everything of a partition: the owner's epoch, the offset, and one field for each tag
//	cordon:{T/N}:homes:G       hash  device → the partition that has its state
//	cordon:{T}:layout:G        hash  count: the partitions the checkpoints speak of; previous: before that
//	cordon:{…}:aside:G:MS            an unreadable key with this hash tag, renamed at the time MS (ms)
//	cordon:{…}:asides:G        list  the times MS of those
//
// The state is one key on purpose: an eviction, an expiry or a fail-over takes the offset and the tags together or not at
// all. A checkpoint without its tags would look like a partition in which no wearer is in breach. Fields of the state:
// "epoch" and "owner" (who took it), "seq" (the owner's last write), "next", "meta", "aside" (when the previous state was
// set aside; removed by the next whole checkpoint), and "t:" followed by the device id for each tag: the message Tag of
// alerting/checkpoint.proto.
//
// # Unreadable keys
//
// A key of another type, or with an epoch, offset or count that is not a number, was not written by this package. The script
// that finds one renames it, keeps the newest three for a week, and goes on as if the key were missing. The caller does the
// same with [Lease.SetAside] for a position or a tag that it cannot parse. All other errors of Redis (away, loading, read
// only, no permission, a cluster that is down) are returned: the caller waits and tries again.
//
// # Keys without a group
//
// Earlier versions wrote keys without a group, which end in state, homes and layout. [Store.Take] renames such a state to the
// group's if the group has committed an offset at or below the state's next. A processor commits an offset after it has
// written the checkpoint, so this holds for the group that wrote the state, and not for a new group. A state that may be
// another group's is left alone. [Store.Adopt] does the same for homes and layout.
//
// # Epochs
//
// [Store.Take] gives a new owner the epoch max(stored + 1, Redis's time in ms). [Lease.Save] is one script that compares it
// with the stored one. If the stored epoch is greater, Save returns alerting.ErrFenced: another owner has taken over, which
// is final. If it is missing or smaller, Save returns alerting.ErrLost: the store was emptied or is an older copy. It also
// returns ErrLost if the epoch is the owner's but the last acknowledged write is missing, as after a restart from disk or a
// fail-over to a replica: writing only the newest changes would leave out the tags that changed in between. An owner that
// the group still acknowledges then calls [Lease.Retake] and saves its whole state.
//
// # Repeats
//
// go-redis tries again after a time-out, so a script may run twice, and the first try may arrive last. Scripts change
// nothing the second time: an owner has a random name and numbers its writes; a write that is not newer than the last is
// taken for a repeat.
//
// A write is one command of two arguments per tag. Redis takes a million arguments, which is half a million tags per
// partition.
//
// # Concurrency
//
// A Store may be used by any number of goroutines, a Lease by one at a time.
package redisstate
