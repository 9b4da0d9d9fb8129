package kafkasource

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestGroup_sharesThePartitionsAmongItsMembers(t *testing.T) {
	eachKafka(t, 5, func(t *testing.T, k *cluster) {
		c := newCensus(t)
		a := c.join(k, "a", soon(), nil)
		c.eventuallyOwns("a", 5)
		if s := a.group.Status(); !s.Joined || !slices.Equal(s.Partitions, []int{0, 1, 2, 3, 4}) || s.Problem != "" {
			t.Errorf("status %+v", s)
		}
		c.join(k, "b", soon(), nil)
		eventually(t, "both own some, and all are owned", func() bool {
			return c.owned("a") >= 2 && c.owned("b") >= 2 && c.owned("a")+c.owned("b") == 5
		})
	})
}

// The sessions are far longer than the test waits: only a member that says it leaves is replaced.
func TestGroup_handsOverAtOnceWhenAMemberLeaves(t *testing.T) {
	eachKafka(t, 4, func(t *testing.T, k *cluster) {
		c := newCensus(t)
		a := c.join(k, "a", soon(), nil)
		c.eventuallyOwns("a", 4)
		b := c.join(k, "b", soon(), nil)
		c.eventuallyOwns("b", 2)
		c.eventuallyOwns("a", 2)
		a.stop()
		if n := c.owned("a"); n != 0 {
			t.Errorf("a has stopped and owns %d", n)
		}
		if s := a.group.Status(); s.Joined || len(s.Partitions) != 0 {
			t.Errorf("status %+v after the end", s)
		}
		c.eventuallyOwns("b", 4)
		b.stop()
		c.join(k, "c", soon(), nil)
		c.eventuallyOwns("c", 4)
	})
}

func TestGroup_waitsForEveryOwnerBeforeItRejoins(t *testing.T) {
	eachKafka(t, 2, func(t *testing.T, k *cluster) {
		c, told, release := newCensus(t), make(chan struct{}, 2), make(chan struct{})
		c.join(k, "a", soon(), func(ctx context.Context, p *Partition) error {
			<-ctx.Done()
			told <- struct{}{}
			<-release // a batch to be finished
			return nil
		})
		c.eventuallyOwns("a", 2)
		c.join(k, "b", soon(), nil)
		<-told
		<-told
		if n := c.owned("b"); n != 0 {
			t.Errorf("b owns %d while a has not let go", n)
		}
		close(release)
		c.eventuallyOwns("b", 1) // the census reports an owner too many
		c.eventuallyOwns("a", 1)
	})
}

func TestGroup_staysAMemberWhileOwnersAreSlow(t *testing.T) {
	fake := startFake(t)
	k := &cluster{addr: fake.ListenAddrs()[0]}
	k.open(t, 1)
	const commitKey = 8 // of the Kafka protocol
	prolonged := make(chan struct{})
	fake.ControlKey(commitKey, func(kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		select {
		case prolonged <- struct{}{}:
		default:
		}
		return nil, nil, false
	})
	c, options, alive := newCensus(t), soon(), make(chan error, 10)
	options.SessionTimeout = time.Second
	c.join(k, "a", options, func(ctx context.Context, p *Partition) error {
		<-ctx.Done()
		for range 6 { // there are four in a session
			<-prolonged
		}
		alive <- p.Live(context.WithoutCancel(ctx))
		return nil
	})
	c.eventuallyOwns("a", 1)
	b := c.join(k, "b", soon(), nil)
	if err := <-alive; err != nil {
		t.Errorf("a has lost its membership while it was letting go: %v", err)
	}
	b.stop()
	c.eventuallyOwns("a", 1)
}

func TestGroup_standsByWhenThereAreMoreMembersThanPartitions(t *testing.T) {
	eachKafka(t, 1, func(t *testing.T, k *cluster) {
		c := newCensus(t)
		members := map[string]*member{"a": c.join(k, "a", soon(), nil), "b": c.join(k, "b", soon(), nil)}
		var owner, standby string
		eventually(t, "one owns, one stands by", func() bool {
			a, b := members["a"].group.Status(), members["b"].group.Status()
			owner, standby = "a", "b"
			if len(b.Partitions) == 1 {
				owner, standby = "b", "a"
			}
			return a.Joined && b.Joined && len(a.Partitions)+len(b.Partitions) == 1 && c.owned(owner) == 1
		})
		members[owner].stop()
		c.eventuallyOwns(standby, 1)
	})
}

func TestGroup_rejoinsWhenTheBrokerIsBack(t *testing.T) {
	port, dir := freePort(t), t.TempDir()
	start := func() *kfake.Cluster { return startFake(t, kfake.Ports(port), kfake.DataDir(dir)) }
	fake := start()
	k := &cluster{addr: fake.ListenAddrs()[0]}
	k.open(t, 3)
	c, options := newCensus(t), soon()
	options.SessionTimeout = 2 * time.Second // which the broker waits for, after its restart
	a := c.join(k, "a", options, nil)
	c.eventuallyOwns("a", 3)
	fake.Close()
	eventually(t, "a lets go and says why", func() bool {
		s := a.group.Status()
		return c.owned("a") == 0 && !s.Joined && s.Problem != ""
	})
	start()
	c.eventuallyOwns("a", 3)
	if s := a.group.Status(); !s.Joined || s.Problem != "" {
		t.Errorf("status %+v", s)
	}
}

func TestGroup_stopsWhileTheBrokerIsAway(t *testing.T) {
	addr := "127.0.0.1:" + strconv.Itoa(freePort(t))
	c := newCensus(t)
	a := c.join(&cluster{addr: addr, client: connect(t, addr), topic: "pings"}, "a", soon(), nil)
	eventually(t, "it says that the broker is away", func() bool { return a.group.Status().Problem != "" })
	a.stop()
}

func TestGroup_callsAFailedOwnerAgain_andTellsWhy(t *testing.T) {
	eachKafka(t, 2, func(t *testing.T, k *cluster) {
		c, failures := newCensus(t), make(chan error, 3)
		failures <- errors.New("the store is on fire")
		failures <- nil // to return at all is a failure
		a := c.join(k, "a", soon(), func(ctx context.Context, p *Partition) error {
			if p.Partition == 0 {
				select {
				case err := <-failures:
					return err
				default:
				}
			}
			<-ctx.Done()
			return errors.New("could not be finished")
		})
		eventually(t, "it tells why", func() bool { return strings.Contains(a.group.Status().Problem, "on fire") })
		eventually(t, "it tells why", func() bool { return a.group.Status().Problem == errReturned.Error() })
		c.eventuallyOwns("a", 2)
	})
}

func TestGroup_seesThatTheTopicHasGrown(t *testing.T) {
	eachKafka(t, 2, func(t *testing.T, k *cluster) {
		c, counts := newCensus(t), make(chan int, 100)
		c.join(k, "a", soon(), func(ctx context.Context, p *Partition) error {
			counts <- p.Count
			<-ctx.Done()
			return nil
		})
		for range 2 {
			if n := <-counts; n != 2 {
				t.Errorf("%d partitions", n)
			}
		}
		grow(t, k, 3)
		c.eventuallyOwns("a", 3)
		for range 3 {
			if n := <-counts; n != 3 {
				t.Errorf("%d partitions after the topic has grown to 3", n)
			}
		}
	})
}

func grow(t *testing.T, k *cluster, partitions int32) {
	t.Helper()
	resp, err := k.client.CreatePartitions(t.Context(), &kafka.CreatePartitionsRequest{
		Topics: []kafka.TopicPartitionsConfig{{Name: k.topic, Count: partitions}},
	})
	if err == nil {
		err = resp.Errors[k.topic]
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewGroup_refusesWhatKafkaWouldNotTake(t *testing.T) {
	good := func() Options {
		o := soon()
		o.Brokers, o.Client, o.Log, o.GroupID, o.Topic = []string{"localhost:1"}, &kafka.Client{}, quiet(), "g", "t"
		return o
	}
	if _, err := NewGroup(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"no brokers":         func(o *Options) { o.Brokers = nil },
		"no client":          func(o *Options) { o.Client = nil },
		"no logger":          func(o *Options) { o.Log = nil },
		"no group":           func(o *Options) { o.GroupID = "" },
		"no topic":           func(o *Options) { o.Topic = "" },
		"negative session":   func(o *Options) { o.SessionTimeout = -1 },
		"negative heartbeat": func(o *Options) { o.HeartbeatInterval = -1 },
		"slow heartbeat":     func(o *Options) { o.SessionTimeout, o.HeartbeatInterval = time.Second, time.Second },
		"huge rebalance":     func(o *Options) { o.RebalanceTimeout = 1 << 62 },
	} {
		o := good()
		spoil(&o)
		if g, err := NewGroup(o); err == nil || g != nil || !strings.HasPrefix(err.Error(), "kafkasource: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
