// Package redisindex keeps zones and the register of wearers in Redis, and follows them from there.
//
// A [Store] writes: an import is one transaction, all of it or nothing. A [Follower] reads: it loads everything once,
// follows the change stream and hands out an immutable [geofence.View] that a change replaces.
//
// # What is in Redis
//
// All keys share the hash tag {cordon}, so that they live in one slot of a cluster:
//
//	{cordon}:store                hash: identity, revision, head, zones_revision, register_revision
//	{cordon}:zones                hash: zone id → its newest revision, a tombstone included
//	{cordon}:zones:history        hash: id@number → a superseded revision
//	{cordon}:zones:superseded     sorted set: id@number by the time it was superseded, for pruning
//	{cordon}:register…            the same three for activations
//	{cordon}:changes              stream: one entry a revision
//
// A revision is stored as JSON: id, revision (1, 2, … for this id, never used twice), updated_time (from which it is in
// force), sequence and document; a tombstone has no document. The sequence counts all revisions of the store; the
// store's revision is the greatest one, and zones_revision and register_revision are the greatest of their kind, present
// once that kind was ever imported. The head is a random word that every import changes: two stores that stand at the same
// revision by different ways differ in it. Identity is random too, given by the first import and kept for ever.
//
// # Invariants
//
// An absent store is never taken for "no zones". Once a Follower has loaded, it takes nothing from a store of another
// identity, nor from one that stands below what it has seen: it keeps its view and says what to do ([Status]). A view
// reflects whole imports only. A document that does not validate is refused; the revision before it keeps serving.
//
// # Concurrency
//
// A Store may be used by any number of goroutines. A Follower is moved by one goroutine (Load, then Run); View, Changed
// and Status may be called from any.
package redisindex
