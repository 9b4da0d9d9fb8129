// Package redisindex keeps zones and the register of wearers in Redis, and follows them from there.
//
// A [Store] writes: an import is one transaction, all of it or nothing. A [Follower] reads: it loads everything once,
// follows the change stream and hands out an immutable [geofence.View] that a change replaces.
//
// # What is in Redis
//
// All keys share the hash tag {cordon}, so that they live in one slot of a cluster:
//
//	{cordon}:store                hash: identity, revision, head, zones_revision, register_revision, zones_sums, register_sums,
//	                              register_tags, register_tags_count
//	{cordon}:zones                hash: zone id → its newest revision, a tombstone included
//	{cordon}:zones:history        hash: id@number → a superseded revision
//	{cordon}:zones:superseded     sorted set: id@number by the time it was superseded, for pruning
//	{cordon}:register…            the same three for activations
//	{cordon}:register:tags        hash: tag → the ids of the activations that name it or did, one a line
//	{cordon}:changes              stream: one entry a revision
//	{cordon}:faults               hash: part of the system → its open fault
//
// A revision is its number (1, 2, … for its id, never used twice), the time from which it is in force, its sequence and
// its document in the compact form of geofence, about 250 bytes for a zone of 32 vertices; a tombstone has no document.
// Checksums cover all of it: a document that was found valid when it was imported is not examined again by those who
// load it, however many they are. What an older program stored as JSON is read, too, and validated in full; exporting
// and restoring a history makes all of it compact. The sequence counts all revisions of the store; the store's revision
// is the greatest one, and zones_revision and register_revision are the greatest of their kind, present once that kind
// was ever imported. The head is a random word that every import changes: two stores that stand at the same revision by
// different ways differ in it. Identity is random too, given by the first import and kept for ever. The lists of tags
// spare an import of activations the rest of the register; register_tags is the register_revision they go as far as, and
// register_tags_count how many there are then.
//
// The sums are, for each kind, how many newest and how many superseded revisions there are, a digest of both, and the
// revision of the kind as of which that is complete. Every write keeps them in its own transaction. After a write by a
// program that does not know them they are behind the kind's revision; they are unknown then, and counted anew by the
// next import or the next load.
//
// # Invariants
//
// An absent store is never taken for "no zones". Once a Follower has loaded, it takes nothing from a store of another
// identity, nor from one that stands below what it has seen: it keeps its view and says what to do ([Status]). A view
// reflects whole imports only. A document that is damaged or does not validate is refused; the revision before it keeps
// serving.
//
// A loss is recognised and never taken for an emptier store ([Loss]). The counts are compared at each
// reconcile, the digests at each load and once an hour. A Follower that has loaded nothing yet loads what is left, and its
// view says that it is partial; if nothing is left of a kind it loads nothing. One that has loaded keeps what it has: while
// the store lacks something, revisions are only added to the view. That is safe because a revision never changes and a
// withdrawal is a revision of its own. Only a whole store, or an accepted loss, replaces the view. A write to a damaged kind may change what is there,
// and is refused for any other id, which could be one of those lost.
//
// # Cost
//
// What an import, and taking it into a view, cost goes by what it changes. Only a load goes by the size of the store: it
// decodes on all processors while Redis answers, and is done anew after an import of more than 10,000 revisions. Of a
// zone for named wearers the view keeps the document that was found sound, a quarter of the size of the zone: a processor
// hears the tags of its own partitions only, and decodes a zone when one of them comes near.
//
// # Concurrency
//
// A Store may be used by any number of goroutines. A Follower is moved by one goroutine (Load, then Run); View, Changed
// and Status may be called from any. Run reads the whole store from time to time on a goroutine of its own, which it
// waits for.
package redisindex
