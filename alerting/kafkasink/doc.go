// Package kafkasink puts messages on a Kafka topic and says which of them are there.
//
// # What is promised
//
//   - A message counts as sent when every in-sync replica has it (acks=all).
//   - Messages with one key come to one partition, the one that a Java producer would choose (murmur2), in the order
//     given. A message without a key (nil) goes to any partition, taken in turns; an empty key is a key.
//   - What [Sink.Publish] returns as unsent is in the order given and holds every message that is not known to be on
//     the broker, among them those whose fate is not known. A caller that publishes it again can repeat messages, but
//     never changes the order of one key's first appearances.
//   - No request is larger than the limits of [Options]: a broker cuts the connection of one that exceeds its
//     socket.request.max.bytes, instead of saying so. A message above the limit is refused as too large, unsent.
//   - One broker's refusal of a partition does not hold back the others.
//
// When the topic is given more partitions, keys move, and order across the move is not kept.
//
// kafka-go's Writer is not used: it retries by itself without idempotence, and reports neither the order nor what was sent.
//
// A Sink may be used by any number of goroutines. Order is kept within a call, and between calls that follow one
// another.
package kafkasink
