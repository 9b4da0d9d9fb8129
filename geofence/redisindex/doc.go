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
// The sums are, for each kind, the number of newest and of superseded revisions, a digest of each, and the revision of the
// kind at which they were complete. Every write updates them in its own transaction. After a write by a program that does
// not know them, their revision is behind the kind's: they are then unknown, and the next import or the next load counts
// again.
//
// # Invariants
//
// An absent store is never taken for "no zones". Once a Follower has loaded, it takes nothing from a store of another
// identity, nor from one at a lower revision than it has seen: it keeps its view and says what to do ([Status]). A view
// reflects whole imports only. A document that is damaged or does not validate is refused; the revision before it stays in
// force.
//
// A loss is recognised and never taken for a smaller store ([Loss]). The counts are compared at each reconcile, the digests
// at each load and once an hour. A Follower that has loaded nothing yet loads what is left, and its view says that it is
// partial; if nothing is left of a kind it loads nothing. A Follower that has loaded keeps what it has: while the store
// lacks something, revisions are only added to the view. That is safe because a revision never changes and a withdrawal is a
// revision of its own. Only a complete store, or an accepted loss, replaces the view. A write to a damaged kind may change
// what is there. It is refused for any other id, because that could be the id of a lost document.
//
// # Cost
//
// The cost of an import, and of taking it into a view, depends on what it changes. Only a load depends on the size of the
// store: it decodes on all processors while Redis answers, and is repeated after an import of more than 10,000 revisions.
// For a zone for named wearers the view keeps the checked document, a quarter of the size of the zone: a processor hears
// only the tags of its own partitions, and decodes a zone when one of them comes near.
//
// # Concurrency
//
// A Store may be used by any number of goroutines. A Follower is moved by one goroutine (Load, then Run); View, Changed
// and Status may be called from any. Run reads the whole store from time to time on a goroutine of its own, which it
// waits for.
package redisindex
