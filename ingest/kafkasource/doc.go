// Package kafkasource reads partitions of a Kafka topic, and shares them out among the members of a consumer group.
//
// A [Log] is one partition of a topic, read without a group. A [Group] is this process's membership of a consumer
// group: it calls a function for each partition that the group assigns, in a goroutine of its own, for as long as the
// assignment holds. What that function is given is a [Partition]: the Log, and the group's offset of it.
//
// # What is read
//
// A Log reads committed records only. It leaves out records of aborted transactions, and reads nothing at or after the last
// stable offset, which it treats as the end of the log everywhere: [Log.Bounds], [Log.OffsetAt], and Fetched.HighWatermark.
// Fetched.End is the true end of the partition. A record's time is the producer's, or the broker's if the topic has
// LogAppendTime.
//
// No batch stops a partition. A batch that unpacks to more than 64 MiB is set aside: Fetch returns its range of offsets and
// goes on after it. So is a batch with a wrong checksum or structure, after three more readings over new connections. A
// fetch holds at most 128 MiB of unpacked batches with their records; the next one goes on where it stopped, even in the
// middle of a batch. Memory is never allocated only because a header claims a size, a count or a window. Of a record's
// headers the first 1,000 are kept.
//
// # What is promised
//
//   - A partition is run by one goroutine at a time in this process. [Group.Run] rejoins only after every function has
//     returned; until then the membership is kept alive, so that a partition being let go is not given away before the
//     rebalance timeout.
//   - Another member can be given a partition of ours when this process was cut off for longer than the session
//     timeout, or lets go slower than the rebalance timeout. The group's offset is then refused from here; everything
//     else that an owner writes must be fenced by its store (redisstate does).
//   - When ctx ends, the functions are told at once; when they have returned, the member leaves the group, so that the
//     others take over without waiting for a session to expire.
//
// # Generations
//
// Each rebalance begins a new generation, and ends the one before for everybody (the protocol of kafka-go is eager).
// A function that returns an error ends its generation, after a back-off; so does a change of the topic's partition
// count. kafka-go keeps no membership over a lost connection: a member that rejoins after a broker's restart is a new
// one, and the group waits for the old one's session to expire.
//
// # Concurrency
//
// A Log is for one goroutine, for its records are valid until its next Fetch. The methods of a Partition that speak of
// the group may be called by others at the same time, as may [Group.Status].
package kafkasource
