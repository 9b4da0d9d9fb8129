package kafkarights

import (
	"errors"
	"fmt"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// dial starts a broker with the topics t and u, and connects as a user who may read t and the group g.
func dial(t *testing.T, o ...kfake.Opt) *kafka.Client {
	t.Helper()
	may := func(op kmsg.ACLOperation, on kmsg.ACLResourceType, name string) kfake.ACL {
		return kfake.ACL{Resource: on, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: op, Allow: true}
	}
	cluster, err := kfake.NewCluster(append(o, kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.SeedTopics(1, "t", "u"),
		kfake.Superuser("PLAIN", "admin", "admin"),
		kfake.User("PLAIN", "user", "pw", may(kmsg.ACLOperationRead, kmsg.ACLResourceTypeTopic, "t"), may(kmsg.ACLOperationRead, kmsg.ACLResourceTypeGroup, "g")))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	transport := &kafka.Transport{SASL: plain.Mechanism{Username: "user", Password: "pw"}}
	t.Cleanup(transport.CloseIdleConnections)
	return &kafka.Client{Addr: kafka.TCP(cluster.ListenAddrs()...), Transport: transport}
}

func TestMissing_namesEveryRightThatIsNotGranted(t *testing.T) {
	client := dial(t)
	err := Missing(t.Context(), client, map[string][]Right{"u": {Write}, "t": {Read, Write, Describe}}, "h")
	var denied *Denied
	if !errors.As(err, &denied) || fmt.Sprint(denied.Needs) != "[{Write topic t} {Write topic u} {Read group h}]" {
		t.Errorf("got %v", err)
	}
	if err := Missing(t.Context(), client, map[string][]Right{"t": {Read}}, "g"); err != nil {
		t.Errorf("of what is granted: %v", err)
	}
}

func TestMissing_isNotGuessedWhereABrokerDoesNotTell(t *testing.T) {
	client := dial(t, kfake.MaxVersions(kversion.V2_2_0()))
	if err := Missing(t.Context(), client, map[string][]Right{"t": {Write}}, "g"); err != nil {
		t.Errorf("of a topic that may be seen: %v", err)
	}
	if err := Missing(t.Context(), client, map[string][]Right{"u": {Write}}, ""); err == nil {
		t.Error("a topic that may not be seen cannot be written to")
	}
}

func TestHidden_tellsAForbiddenTopicFromNone(t *testing.T) {
	client := dial(t)
	if err := Hidden(t.Context(), client, Write, "u"); !errors.Is(err, kafka.TopicAuthorizationFailed) {
		t.Errorf("of u: %v", err)
	}
	if err := Hidden(t.Context(), client, Write, "t"); err != nil {
		t.Errorf("of t: %v", err)
	}
}

func TestExplain_namesTheRightAndKeepsTheBrokersError(t *testing.T) {
	for _, c := range []struct {
		err  kafka.Error
		want string
	}{
		{kafka.TopicAuthorizationFailed, "the right Write on topic t"},
		{kafka.GroupAuthorizationFailed, "the right Read on group g"},
		{kafka.ClusterAuthorizationFailed, "the right Write on the cluster"},
	} {
		err := Explain(fmt.Errorf("producing: %w", c.err), Write, "t", "g")
		if want := "the Kafka user lacks " + c.want + ": grant it (deploy/README.md lists what each command needs)"; err.Error() != want || !errors.Is(err, c.err) {
			t.Errorf("%v: %v", c.err, err)
		}
		if again := Explain(err, Read, "x", "y"); again.Error() != err.Error() {
			t.Errorf("explained twice: %v", again)
		}
	}
	if err := Explain(kafka.LeaderNotAvailable, Read, "t", "g"); err.Error() != kafka.LeaderNotAvailable.Error() {
		t.Errorf("got %v", err)
	}
	if Explain(nil, Read, "t", "g") != nil {
		t.Error("no error became one")
	}
}
