// Command pipeline measures the whole processor against reading alone, on a real Kafka and a real Redis:
//
//	make bench-pipeline
//	go run ./benchmarks/pipeline --pings 200000 --tags 10000 --rounds 3
//	go run ./benchmarks/pipeline --profile /tmp/profiles
//
// A topic holds a backlog of pings whose appended times are those of the last minutes; every wearer has zones of their
// own. The processor is the plain binary in a process of its own, without a checkpoint to start from, and writes
// checkpoints as it goes. It is measured from the first ping that its metrics show as decided to the last. The rival
// reads the same topic, all partitions side by side, with kafka-go's Conn.ReadBatch and 4 MiB fetches, and looks at no
// value. It runs before and after each round of the processor; a round's ratio is against the mean of the two, and what
// is written down are medians over the rounds, for Cordon JSON and for protobuf. Rounds under the rule set plain and
// under default take turns: default_over_plain is the rate of one by that of the other, turn by turn.
//
// Latency is from the appended time of the ping that decides to the arrival of its alert at a plain consumer, while pings
// are produced live: at half of the rival's rate where the processor reaches that, at half of the processor's own rate
// otherwise (the label load says which), and at a light load. The producer and the consumer share the machine with
// everything else.
package main
