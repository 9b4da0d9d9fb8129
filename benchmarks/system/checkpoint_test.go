//go:build system

package system

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
	"cordon/benchmarks/harness"
)

// stateKey is the key of a partition's state for the site's group.
func (s *site) stateKey(partition int) string {
	return fmt.Sprintf("cordon:{%s/%d/%d}:state:%s", s.Pings(), s.partitions(), partition, s.Prefix)
}

func TestFailure_anUnreadableCheckpointIsSetAsideAndTheWindowDecidedAgain(t *testing.T) {
	for damage, do := range map[string]func(ctx context.Context, c *redis.Client, key string) error{
		"another type": func(ctx context.Context, c *redis.Client, key string) error {
			return errors.Join(c.Del(ctx, key).Err(), c.Set(ctx, key, "hello", 0).Err())
		},
		"an epoch that is no number": func(ctx context.Context, c *redis.Client, key string) error {
			return c.HSet(ctx, key, "epoch", "soon").Err()
		},
		"a damaged position": func(ctx context.Context, c *redis.Client, key string) error {
			return c.HSet(ctx, key, "meta", "\xff").Err()
		},
		"a damaged tag": func(ctx context.Context, c *redis.Client, key string) error {
			return c.HSet(ctx, key, "t:tag-2", "hello").Err()
		},
	} {
		t.Run(damage, func(t *testing.T) {
			s := newSite(t, 1)
			s.publish()
			p := s.ready()
			now := time.Now()
			s.ping("tag-1", now, inSchool)
			s.ping("tag-2", now, inSchool)
			s.says("breach inside school ann", "breach inside school bob")
			s.drained()
			s.must(p.Stop(s.ctx()))
			client, key := s.store(), s.stateKey(0)
			s.must(do(s.ctx(), client, key))
			s.ping("tag-2", now.Add(time.Second), street)
			p = s.ready()
			alerts := s.says("breach inside school ann", "breach inside school bob", "system_fault checkpoint_set_aside",
				"breach_ended left school bob", "system_restored checkpoint_set_aside")
			if alerts[1].EpisodeID != alerts[3].EpisodeID || alerts[2].EpisodeID != alerts[4].EpisodeID {
				t.Error("an episode ends under another id")
			}
			s.drained()
			aside := fmt.Sprintf("cordon:{%s/1/0}:aside:%s:%d", s.Pings(), s.Prefix, int64(*alerts[2].OpenedFixTime))
			if ttl := client.TTL(s.ctx(), aside).Val(); ttl < 6*24*time.Hour || !strings.Contains(alerts[2].Detail, aside) {
				t.Errorf("%s is kept for %s; the alert says: %s", aside, ttl, alerts[2].Detail)
			}
			if n, err := p.Metric(s.ctx(), "cordon_checkpoints_set_aside_total"); err != nil || n != 1 {
				t.Errorf("cordon_checkpoints_set_aside_total %g (%v)", n, err)
			}
			p.Kill()
			p = s.ready()
			s.ping("tag-1", now.Add(2*time.Second), street)
			s.alerts(6)
			if !strings.Contains(p.Written(), "partition taken over from its checkpoint") {
				t.Error("the checkpoint written after it is not gone on from")
			}
		})
	}
}

// Damage to the keys that partitions share, or to the state of a running owner, changes no decision.
func TestFailure_anUnreadableLayoutAndUnreadableHomesAreSetAside(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	client := s.store()
	layout, homes := fmt.Sprintf("cordon:{%s}:layout:%s", s.Pings(), s.Prefix), fmt.Sprintf("cordon:{%s/1}:homes:%s", s.Pings(), s.Prefix)
	s.must(client.Set(s.ctx(), layout, "hello", 0).Err())
	p := s.ready()
	s.says("system_fault checkpoint_set_aside", "system_restored checkpoint_set_aside")
	now := time.Now()
	s.ping("tag-1", now, inSchool)
	s.alerts(3)
	s.drained()
	s.must(errors.Join(client.Del(s.ctx(), homes, s.stateKey(0)).Err(), client.Set(s.ctx(), homes, "hello", 0).Err(), client.Set(s.ctx(), s.stateKey(0), "hello", 0).Err()))
	s.ping("tag-2", now.Add(time.Second), inSchool)
	s.drained()
	s.alerts(8)
	if n, err := p.Metric(s.ctx(), "cordon_checkpoints_set_aside_total"); err != nil || n != 3 {
		t.Errorf("cordon_checkpoints_set_aside_total %g (%v)", n, err)
	}
	if got := client.HKeys(s.ctx(), homes).Val(); len(got) != 2 {
		t.Errorf("homes %v", got)
	}
	p.Kill()
	s.ready()
	s.ping("tag-1", now.Add(2*time.Second), street)
	var said []string
	for _, a := range s.alerts(9) {
		if a.ZoneID != "" {
			said = append(said, fmt.Sprint(a.Kind, " ", a.WearerID))
		}
	}
	if want := []string{"breach ann", "breach bob", "breach_ended ann"}; !slices.Equal(said, want) {
		t.Errorf("alerts %v, want %v", said, want)
	}
}

// other is another group on the site's topic of pings and in its Redis, with its own output topics.
type other struct{ group, alerts, rejects string }

func (s *site) other() other {
	s.t.Helper()
	o := other{s.Prefix + "-trial", s.Prefix + "-trial.alerts", s.Prefix + "-trial.rejects"}
	s.cordon("topics", "create", "--partitions", "1", "--alerts-topic", o.alerts, "--rejects-topic", o.rejects)
	return o
}

func (o other) args() []string {
	return []string{"--group", o.group, "--alerts-topic", o.alerts, "--rejects-topic", o.rejects}
}

func TestFailure_twoGroupsOnOneTopicAndStoreBothDecideEverything(t *testing.T) {
	s := newSite(t, 1)
	s.publish()
	trial := s.other()
	now, sent := time.Now(), int64(0)
	step := func(lon float64) {
		t.Helper()
		for _, device := range []string{"tag-1", "tag-2"} {
			s.ping(device, now.Add(time.Duration(sent)*time.Second), lon)
			sent++
		}
	}
	settled := func() {
		t.Helper()
		s.drained()
		s.must(harness.Until(s.ctx(), "the other group has committed everything", func() error {
			at, err := s.broker.Committed(s.ctx(), trial.group, s.Pings(), 0)
			if err == nil && at != sent {
				err = fmt.Errorf("it is at %d of %d", at, sent)
			}
			return err
		}))
	}
	step(inSchool)
	first := []*harness.Processor{s.ready(), s.ready(trial.args()...)}
	step(street)
	step(inSchool)
	settled()
	for _, p := range first {
		if err := p.Readiness(s.ctx()); err != nil || strings.Contains(p.Written(), "newer owner") {
			t.Errorf("a group has been disturbed: %v: %s", err, p.Written())
		}
		p.Kill()
	}
	for i, p := range []*harness.Processor{s.ready(), s.ready(trial.args()...)} {
		step(street)
		settled()
		if !strings.Contains(p.Written(), "partition taken over from its checkpoint") {
			t.Errorf("group %d does not go on from its checkpoint: %s", i, p.Written())
		}
	}
	var ids [2][]string
	for i, topic := range []string{s.Alerts(), trial.alerts} {
		all, err := s.broker.Alerts(s.ctx(), topic)
		s.must(err)
		for _, a := range all {
			if a.Kind == alerting.SystemFault {
				t.Errorf("group %d: %s", i, a.Detail)
			}
			ids[i] = append(ids[i], a.AlertID)
		}
	}
	if !slices.Equal(ids[0], ids[1]) || len(ids[0]) != 8 {
		t.Errorf("alerts differ: %v and %v", ids[0], ids[1])
	}
}
