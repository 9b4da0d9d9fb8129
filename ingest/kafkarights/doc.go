// Package kafkarights says which right of Kafka is missing, on which topic or group.
//
// A broker hides from a user what the user may not describe, and kafka-go answers questions about topics from its memory
// of those that the broker shows. So a missing right looks like a missing topic. [Hidden] asks the broker itself, and
// [Explain] turns the broker's refusals into a [Denied], which names the right. [Missing] asks beforehand.
//
// The rights are those of Kafka's ACLs. Read and Write on a topic, and Read on a group, bring Describe with them; Create and
// DescribeConfigs do not.
//
// It is shared by the adapters that speak to Kafka and by the commands.
package kafkarights
