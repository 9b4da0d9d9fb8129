// Package redisstate keeps the checkpoints of the ping topic's partitions in Redis.
//
// # Keys
//
// T is the topic, N its count of partitions, P a partition, G the consumer group: groups that share a topic and a store do
// not share state. The keys that one command or script touches have one hash tag, so that they are in one slot of a Redis
// Cluster, and the tags of partitions differ, so that it can spread them.
//
//	cordon:{T/N/P}:state:G     hash  everything of a partition: the owner's epoch, the offset, and one field for each tag
//	cordon:{T/N}:homes:G       hash  device → the partition that has its state
//	cordon:{T}:layout:G        hash  count: the partitions the checkpoints speak of; previous: before that
//	cordon:{…}:aside:G:MS            what was stored under a key of that hash tag and could not be read, until the time MS (ms)
//	cordon:{…}:asides:G        list  the times of those
//
// The state is one key on purpose: an eviction, an expiry or a fail-over takes the offset and the tags together or not
// at all, and a checkpoint without its tags would pass for a partition in which nobody is in breach.
// Fields of the state: "epoch" and "owner" (who took it), "seq" (the owner's last write), "next", "meta", "aside" (when
// something was set aside, until a whole checkpoint is written), and "t:" followed by the device id for each tag: the message
// Tag of alerting/checkpoint.proto.
//
// # What cannot be read
//
// A key of another type, and an epoch, an offset or a count that is no number, are no checkpoint of ours. Nothing waits for
// them: the script that meets them renames the key (SetAside), keeps the newest three for a week, and goes on as if nothing
// had been stored. What only the caller can find, a position or a tag that it cannot parse, [Lease.SetAside] treats alike.
// Any other error of Redis (away, loading, read only, no permission, a cluster without all its slots) is returned, and is to be
// waited out.
//
// # Keys without a group
//
// Before groups were part of the names, the keys ended in state, homes and layout. [Store.Take] renames such a state to the
// group's, where it is the group's: the group has committed an offset, which the checkpoint has reached. The processor
// commits an offset after it has written the checkpoint of it, so that the group that wrote a checkpoint has committed no
// more, and a group that is new has committed nothing. What may be another group's is left alone.
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
