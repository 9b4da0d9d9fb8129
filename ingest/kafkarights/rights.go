package kafkarights

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// Right is an operation that an ACL allows.
type Right string

// The rights that this program needs, spelt as for kafka-acls --operation.
const (
	Read            Right = "Read"
	Write           Right = "Write"
	Create          Right = "Create"
	Describe        Right = "Describe"
	DescribeConfigs Right = "DescribeConfigs"
)

// bits are the positions of the rights in the operations that a broker reports (KIP-430).
var bits = map[Right]uint{Read: 3, Write: 4, Create: 5, Describe: 8, DescribeConfigs: 10}

// Need is one right on one thing.
type Need struct {
	Right Right
	On    string // "topic cordon.pings", "group cordon", "the cluster"
}

// OnTopic is a right on a topic.
func OnTopic(right Right, topic string) Need { return Need{right, "topic " + topic} }

// OnGroup is a right on a consumer group.
func OnGroup(right Right, group string) Need { return Need{right, "group " + group} }

// Denied is the error for rights that the user lacks.
type Denied struct {
	Needs []Need
	err   error // the broker's error; nil if the broker was asked in advance
}

// Error names the rights.
func (d *Denied) Error() string {
	words := make([]string, len(d.Needs))
	for i, n := range d.Needs {
		words[i] = string(n.Right) + " on " + n.On
	}
	right, it := "right", "it"
	if len(words) > 1 {
		right, it = "rights", "them"
	}
	return fmt.Sprintf("the Kafka user lacks the %s %s: grant %s (deploy/README.md lists what each command needs)", right, strings.Join(words, ", "), it)
}

// Unwrap returns the broker's error.
func (d *Denied) Unwrap() error { return d.err }

// Explain returns a Denied if the broker refused for lack of a right on the topic or to read with the group. For a refused
// password it returns an error that says what to check, and any other error unchanged.
func Explain(err error, right Right, topic, group string) error {
	denied := func(n Need) error { return &Denied{[]Need{n}, err} }
	var known *Denied
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, kafka.TopicAuthorizationFailed):
		return denied(OnTopic(right, topic))
	case errors.Is(err, kafka.GroupAuthorizationFailed):
		return denied(OnGroup(Read, group))
	case errors.Is(err, kafka.ClusterAuthorizationFailed):
		return denied(Need{right, "the cluster"})
	case errors.Is(err, kafka.SASLAuthenticationFailed):
		return fmt.Errorf("%w: check --kafka-user, --kafka-password-file and --kafka-sasl-mechanism", err)
	}
	return err
}

// patience is the time-out of a question to a broker.
const patience = 5 * time.Second

// Hidden returns a Denied if the broker says that the user may not see the topic, and nil otherwise. Call it after a topic
// was reported as missing.
func Hidden(ctx context.Context, client *kafka.Client, right Right, topic string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := describe(ctx, client, topic)
	if err != nil || len(found) == 0 || found[0].ErrorCode != int16(kafka.TopicAuthorizationFailed) {
		return nil
	}
	return &Denied{[]Need{OnTopic(right, topic)}, kafka.TopicAuthorizationFailed}
}

// Missing asks for the rights on topics and on a group, and returns a Denied with those that are not granted. It returns nil
// if the broker does not report rights (before Kafka 2.3) or has no such topic.
func Missing(ctx context.Context, client *kafka.Client, topics map[string][]Right, group string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := describe(ctx, client, slices.Sorted(maps.Keys(topics))...)
	if err != nil {
		return fmt.Errorf("kafkarights: describing the topics: %w", err)
	}
	slices.SortFunc(found, func(a, b metadata.ResponseTopic) int { return strings.Compare(a.Name, b.Name) })
	var lacks []Need
	for _, t := range found {
		for _, right := range topics[t.Name] {
			if !granted(t.ErrorCode, kafka.TopicAuthorizationFailed, t.TopicAuthorizedOperations, right) {
				lacks = append(lacks, OnTopic(right, t.Name))
			}
		}
	}
	if group != "" {
		may, err := mayRead(ctx, client, group)
		if err != nil {
			return err
		}
		if !may {
			lacks = append(lacks, OnGroup(Read, group))
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	return &Denied{Needs: lacks}
}

// granted reports whether operations include a right. A broker that does not report operations leaves the field at 0, or at
// the least number if it was not asked.
func granted(code int16, denied kafka.Error, operations int32, right Right) bool {
	switch {
	case code == int16(denied):
		return false
	case code != 0 || operations <= 0:
		return true
	}
	return operations&(1<<bits[right]) != 0
}

// mayRead asks the group's coordinator.
func mayRead(ctx context.Context, client *kafka.Client, group string) (bool, error) {
	m, err := roundTrip(ctx, client, &describegroups.Request{Groups: []string{group}, IncludeAuthorizedOperations: true})
	if errors.Is(err, kafka.GroupAuthorizationFailed) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("kafkarights: describing group %s: %w", group, err)
	}
	answer, ok := m.(*describegroups.Response)
	if !ok || len(answer.Groups) == 0 {
		return true, nil
	}
	g := &answer.Groups[0]
	return granted(g.ErrorCode, kafka.GroupAuthorizationFailed, g.AuthorizedOperations, Read), nil
}

// describe asks a broker, not kafka-go's cache, about topics. It creates none.
func describe(ctx context.Context, client *kafka.Client, names ...string) ([]metadata.ResponseTopic, error) {
	m, err := roundTrip(ctx, client, &question{Request: &metadata.Request{TopicNames: names, IncludeTopicAuthorizedOperations: true}})
	if err != nil {
		return nil, err
	}
	answer, ok := m.(reply)
	if !ok {
		return nil, fmt.Errorf("kafkarights: %T in answer to a question about topics", m)
	}
	return answer.Topics, nil
}

func roundTrip(ctx context.Context, client *kafka.Client, m protocol.Message) (protocol.Message, error) {
	transport := client.Transport
	if transport == nil {
		transport = kafka.DefaultTransport
	}
	return transport.RoundTrip(ctx, client.Addr, m)
}

// question is a request for metadata of a type that kafka-go does not recognise, so that it goes to a broker and is not
// answered from the cache.
type question struct {
	*metadata.Request
	version int16
}

// Required is called by kafka-go with the versions agreed on with the broker. The answer is always yes.
func (q *question) Required(versions map[protocol.ApiKey]int16) bool {
	q.version = versions[protocol.Metadata]
	return true
}

// RawExchange is called by kafka-go with a connection that it may use until it returns.
func (q *question) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	m, err := protocol.RoundTrip(rw, q.version, 1, "cordon", q.Request)
	if r, ok := m.(*metadata.Response); ok {
		return reply{r}, err
	}
	return m, err
}

// reply is a response that kafka-go does not recognise as one to its own question.
type reply struct{ *metadata.Response }
