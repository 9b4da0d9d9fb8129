package kafkasource

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"
)

// census notes who owns what among the members of one group, and that nobody owns what another has not let go.
type census struct {
	t      *testing.T
	mu     sync.Mutex
	owners map[int]string // partition → member
	begun  map[string]int // member → how often it began a partition
}

func newCensus(t *testing.T) *census {
	return &census{t: t, owners: map[int]string{}, begun: map[string]int{}}
}

func (c *census) begin(member string, partition int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if owner, ok := c.owners[partition]; ok {
		c.t.Errorf("%s begins partition %d, which %s has not let go", member, partition, owner)
	}
	c.owners[partition] = member
	c.begun[member]++
}

func (c *census) end(partition int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.owners, partition)
}

// owned returns how many partitions a member has.
func (c *census) owned(member string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, owner := range c.owners {
		if owner == member {
			n++
		}
	}
	return n
}

// member is one process of the group.
type member struct {
	group *Group
	stop  func() // and wait until it has left
	done  <-chan struct{}
}

// join starts a member. While it owns a partition it runs work, if there is any, until that returns; otherwise it waits.
func (c *census) join(k *cluster, name string, options Options, work func(ctx context.Context, p *Partition) error) *member {
	c.t.Helper()
	options.Brokers, options.Client, options.Topic, options.Log = []string{k.addr}, k.client, k.topic, quiet()
	options.GroupID = k.topic
	if options.SessionTimeout == 0 {
		options.SessionTimeout = patience / 2 // far longer than a takeover that does not wait for it
	}
	group, err := NewGroup(options)
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := group.Run(ctx, func(ctx context.Context, p *Partition) error {
			c.begin(name, p.Partition)
			defer c.end(p.Partition)
			if work != nil {
				return work(ctx, p)
			}
			<-ctx.Done()
			return nil
		})
		if err != nil {
			c.t.Error(err)
		}
	}()
	m := &member{group: group, done: done, stop: func() { cancel(); <-done }}
	c.t.Cleanup(m.stop)
	return m
}

func (c *census) eventuallyOwns(name string, n int) {
	c.t.Helper()
	eventually(c.t, name+" owns its share", func() bool { return c.owned(name) == n })
}

// first keeps the first partitions handed to it, for tests that look at one from outside.
type first struct {
	mu    sync.Mutex
	found []*Partition
}

func (f *first) work(ctx context.Context, p *Partition) error {
	f.mu.Lock()
	f.found = append(f.found, p)
	f.mu.Unlock()
	<-ctx.Done()
	return nil
}

// await returns the partitions handed out so far, when there are as many.
func (f *first) await(t *testing.T, n int) []*Partition {
	t.Helper()
	var found []*Partition
	eventually(t, "partitions are handed out", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		found = slices.Clone(f.found)
		return len(found) >= n
	})
	return found
}

// soon are options under which a group of a test moves fast.
func soon() Options {
	return Options{HeartbeatInterval: 20 * time.Millisecond, JoinBackoff: 20 * time.Millisecond, PartitionWatch: 50 * time.Millisecond}
}
