// Package kafkarights says which right of Kafka is missing, on which topic or group.
//
// A broker does not show a user the topics that the user may not describe, and kafka-go answers questions about topics from
// its own cache. So a missing right looks like a missing topic. [Hidden] asks the broker itself, and [Explain] turns the
// broker's refusals into a [Denied], which names the right. [Missing] asks in advance.
//
// The rights are those of Kafka's ACLs. Read and Write on a topic, and Read on a group, include Describe; Create and
// DescribeConfigs do not.
//
// The package is shared by the packages that use Kafka and by the commands.
package kafkarights
