package redisstate

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

// damages are values in place of a checkpoint that the store can recognise by itself.
var damages = map[string]func(client redis.UniversalClient, name string) error{
	"text in place of the hash": func(c redis.UniversalClient, name string) error {
		if err := c.Del(context.Background(), name).Err(); err != nil {
			return err
		}
		return c.Set(context.Background(), name, "hello", 0).Err()
	},
	"a list in place of the hash": func(c redis.UniversalClient, name string) error {
		if err := c.Del(context.Background(), name).Err(); err != nil {
			return err
		}
		return c.RPush(context.Background(), name, "hello").Err()
	},
	"an epoch that is no number": func(c redis.UniversalClient, name string) error {
		return c.HSet(context.Background(), name, "epoch", "soon").Err()
	},
	"an epoch beyond all clocks": func(c redis.UniversalClient, name string) error {
		return c.HSet(context.Background(), name, "epoch", "1e300").Err()
	},
	"an epoch below zero": func(c redis.UniversalClient, name string) error {
		return c.HSet(context.Background(), name, "epoch", "-1").Err()
	},
	"an epoch that is infinite": func(c redis.UniversalClient, name string) error {
		return c.HSet(context.Background(), name, "epoch", "inf").Err()
	},
	"an offset that is no number": func(c redis.UniversalClient, name string) error {
		return c.HSet(context.Background(), name, "next", "0x10").Err()
	},
	"an offset that is empty": func(c redis.UniversalClient, name string) error {
		return c.HSet(context.Background(), name, "next", "").Err()
	},
}

func TestTake_setsAsideWhatIsNoCheckpointAndDoesNotWaitForIt(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		for damage, do := range damages {
			wipe(t, client)
			s := newStore(client)
			before, _ := take(t, s, 0)
			save(t, before, &alerting.Delta{Next: 5, Meta: []byte("m"), Changed: tags("a", "1")})
			if err := do(client, before.key.name); err != nil {
				t.Fatal(err)
			}
			l, found := takeFor(t, s, 0, 3)
			if found.Checkpoint != nil || found.SetAside.Partition != 0 {
				t.Fatalf("%s: found %+v", damage, found)
			}
			wantAside(t, client, found.SetAside)
			if epoch(l) <= 0 {
				t.Errorf("%s: epoch %s", damage, l.epoch)
			}
			save(t, l, &alerting.Delta{Next: 6, Changed: tags("b", "2"), Whole: true})
			_, c := take(t, s, 0)
			wantCheckpoint(t, c, 6, "", tags("b", "2"))
		}
	})
}

// wantAside checks that something is kept under the key, for a week, with the time in its name.
func wantAside(t *testing.T, client redis.UniversalClient, a alerting.SetAside) {
	t.Helper()
	if !strings.HasSuffix(a.Key, fmt.Sprintf(":%d", a.At)) || client.Exists(t.Context(), a.Key).Val() != 1 {
		t.Errorf("nothing is kept as %q", a.Key)
	}
	now := client.Time(t.Context()).Val().UnixMilli()
	if a.At < now-patience.Milliseconds() || a.At > now+10 {
		t.Errorf("set aside at %d, now it is %d", a.At, now)
	}
	if left := client.TTL(t.Context(), a.Key).Val(); left < 6*24*time.Hour || left > 7*24*time.Hour {
		t.Errorf("it is kept for %s, want a week", left)
	}
}

// If an owner ends before its first checkpoint, the next owner reports what was set aside.
func TestTake_saysWhatWasSetAsideUntilTheNextWholeCheckpoint(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		if err := client.Set(t.Context(), s.state(0).name, "hello", 0).Err(); err != nil {
			t.Fatal(err)
		}
		_, first := takeFor(t, s, 0, -1)
		l, second := takeFor(t, s, 0, -1)
		if first.SetAside.Key == "" || second != first {
			t.Errorf("first %+v, then %+v", first, second)
		}
		save(t, l, &alerting.Delta{Next: 1, Whole: true})
		if _, third := takeFor(t, s, 0, -1); third.SetAside.Key != "" {
			t.Errorf("still %+v", third)
		}
	})
}

func TestSetAside_leavesTheOwnerWithoutACheckpointAndItsEpoch(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		first, _ := take(t, s, 0)
		save(t, first, &alerting.Delta{Next: 5, Meta: []byte("m"), Changed: tags("a", "1")})
		l, _ := take(t, s, 0)
		before := l.epoch
		a, err := l.SetAside(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantAside(t, client, a)
		if got := client.HGet(t.Context(), a.Key, "t:a").Val(); got != "1" || l.epoch != before {
			t.Errorf("tag %q kept, epoch %s, want %s", got, l.epoch, before)
		}
		again, err := l.SetAside(t.Context())
		if err != nil || again != a {
			t.Errorf("again: %+v, %v", again, err)
		}
		if err := first.Save(t.Context(), &alerting.Delta{Next: 9}); !errors.Is(err, alerting.ErrFenced) {
			t.Errorf("the owner before: %v", err)
		}
		save(t, l, &alerting.Delta{Next: 6, Changed: tags("b", "2"), Whole: true})
		_, c := take(t, s, 0)
		wantCheckpoint(t, c, 6, "", tags("b", "2"))
	})
}

func TestSetAside_isRefusedWhereTheStateIsNoLongerTheOwners(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		old, _ := take(t, s, 0)
		current, _ := take(t, s, 0)
		save(t, current, &alerting.Delta{Next: 5, Changed: tags("a", "1")})
		if _, err := old.SetAside(t.Context()); !errors.Is(err, alerting.ErrFenced) {
			t.Errorf("got %v", err)
		}
		wipe(t, client)
		if _, err := current.SetAside(t.Context()); !errors.Is(err, alerting.ErrLost) {
			t.Errorf("got %v", err)
		}
		if n := client.DBSize(t.Context()).Val(); n != 0 {
			t.Errorf("%d keys", n)
		}
	})
}

func TestSetAside_keepsTheNewestThree(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		var all []alerting.SetAside
		for range 5 {
			l, _ := takeFor(t, s, 0, -1)
			save(t, l, &alerting.Delta{Next: 1, Whole: true})
			a, err := l.SetAside(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, a)
			save(t, l, &alerting.Delta{Next: 1, Whole: true})
		}
		for i, a := range all {
			if got, want := client.Exists(t.Context(), a.Key).Val() == 1, i >= 2; got != want {
				t.Errorf("the %d. is kept: %v", i, got)
			}
		}
	})
}

func TestScripts_setAsideOnceWhenTheyRunTwice(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := New(twice(t, client), "pings", 4, "g")
		damage := func() {
			t.Helper()
			if err := errors.Join(client.Del(t.Context(), s.state(0).name).Err(), client.Set(t.Context(), s.state(0).name, "hello", 0).Err()); err != nil {
				t.Fatal(err)
			}
		}
		damage()
		l, found := takeFor(t, s, 0, -1)
		wantAside(t, client, found.SetAside)
		save(t, l, &alerting.Delta{Next: 1, Whole: true})
		damage()
		wantLost(t, l, &alerting.Delta{Next: 2})
		retake(t, l)
		asides := s.Asides(0)
		if len(asides) != 1 {
			t.Fatalf("%d set aside", len(asides))
		}
		wantAside(t, client, asides[0])
		save(t, l, &alerting.Delta{Next: 2, Whole: true})
		last, err := l.SetAside(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantAside(t, client, last)
		if n := len(client.Keys(t.Context(), l.key.asidePrefix()+"*").Val()); n != 3 {
			t.Errorf("%d keys set aside, want 3", n)
		}
	})
}

// The stored state was damaged while it had an owner: the owner has everything in memory and writes it again.
func TestSave_overWhatIsNoCheckpointIsLostUntilItIsRetaken(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		for damage, do := range damages {
			if strings.HasPrefix(damage, "an offset") { // it is written over
				continue
			}
			wipe(t, client)
			s := newStore(client)
			l, _ := take(t, s, 0)
			save(t, l, &alerting.Delta{Next: 1, Changed: tags("a", "1")})
			if err := do(client, l.key.name); err != nil {
				t.Fatal(err)
			}
			wantLost(t, l, &alerting.Delta{Next: 2, Changed: tags("a", "2")})
			retake(t, l)
			save(t, l, &alerting.Delta{Next: 2, Changed: tags("a", "2"), Whole: true})
			_, c := take(t, s, 0)
			wantCheckpoint(t, c, 2, "", tags("a", "2"))
			if other := s.Asides(1); len(other) > 0 {
				t.Errorf("%s: told to another partition: %+v", damage, other)
			}
			asides := s.Asides(0)
			if len(asides) != 1 {
				t.Fatalf("%s: %d set aside", damage, len(asides))
			}
			wantAside(t, client, asides[0])
			if again := s.Asides(0); len(again) > 0 {
				t.Errorf("%s: told twice", damage)
			}
		}
	})
}

func TestSave_withADamagedNumberOfTheLastWriteIsLost(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		l, _ := take(t, s, 0)
		save(t, l, &alerting.Delta{Next: 1, Changed: tags("a", "1")})
		if err := client.HSet(t.Context(), l.key.name, "seq", "x").Err(); err != nil {
			t.Fatal(err)
		}
		wantLost(t, l, &alerting.Delta{Next: 2})
		retake(t, l)
		save(t, l, &alerting.Delta{Next: 2, Whole: true})
	})
}

func TestLayout_thatIsNoneIsSetAside(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		for damage, do := range map[string]func() error{
			"text":                      func() error { return client.Set(t.Context(), s.layout().name, "four", 0).Err() },
			"a count that is no number": func() error { return client.HSet(t.Context(), s.layout().name, "count", "four").Err() },
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
			wantLayout(t, s, 0, 0)
			asides := s.Asides(3)
			if len(asides) != 1 || asides[0].Partition >= 0 {
				t.Fatalf("%s: set aside %+v", damage, asides)
			}
			wantAside(t, client, asides[0])
			if err := s.SetLayout(t.Context(), 4, 0); err != nil {
				t.Fatal(err)
			}
			wantLayout(t, s, 4, 0)
			if err := client.Del(t.Context(), s.layout().name).Err(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestRetake_doesNotWaitForALayoutThatIsNone(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		l, _ := take(t, s, 0)
		wipe(t, client)
		if err := client.Set(t.Context(), s.layout().name, "four", 0).Err(); err != nil {
			t.Fatal(err)
		}
		retake(t, l)
		wantLayout(t, s, 4, 0)
	})
}

func TestClaim_setsHomesAsideThatAreNone(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		if err := client.Set(t.Context(), s.homes().name, "here", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.Release(t.Context(), 0, []string{"a"}); err != nil {
			t.Errorf("release: %v", err)
		}
		wantElsewhere(t, s, 0, []string{"a", "b"}, nil)
		wantElsewhere(t, s, 1, []string{"a"}, map[string]int{"a": 0})
		asides := s.Asides(0)
		if len(asides) != 1 {
			t.Fatalf("set aside %+v", asides)
		}
		wantAside(t, client, asides[0])
	})
}

// In a Redis Cluster every command and every script may touch the keys of one slot only.
func TestStore_worksInAClusterSlotBySlot(t *testing.T) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		wantReal(t)
		t.Skip("redis-server is not on PATH: the double knows no slots")
	}
	client := connect(t, startRedis(t, path, "--cluster-enabled", "yes"))
	if err := client.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	deadline, tick := time.After(patience), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(client.ClusterInfo(t.Context()).Val(), "cluster_state:ok") {
		select {
		case <-deadline:
			t.Fatal("the cluster does not come up")
		case <-tick.C:
		}
	}
	s := newStore(client)
	old := oldState(t, client, s, 0, 5)
	l, found := takeFor(t, s, 0, 5)
	if found.Old != alerting.Adopted {
		t.Errorf("%s is %q", old, found.Old)
	}
	if _, err := l.SetAside(t.Context()); err != nil {
		t.Error(err)
	}
	save(t, l, &alerting.Delta{Next: 6, Changed: tags("a", "1"), Dropped: []string{"b"}, Whole: true})
	for _, name := range []string{s.state(0).name, s.layout().name, s.homes().name} {
		if err := errors.Join(client.Del(t.Context(), name).Err(), client.Set(t.Context(), name, "hello", 0).Err()); err != nil {
			t.Fatal(err)
		}
	}
	wantLost(t, l, &alerting.Delta{Next: 7})
	retake(t, l)
	wantElsewhere(t, s, 0, []string{"a", "b"}, nil)
	if err := errors.Join(s.Release(t.Context(), 0, []string{"a"}), s.Adopt(t.Context()), s.SetLayout(t.Context(), 4, 0)); err != nil {
		t.Error(err)
	}
}

// An error of Redis does not mean that the stored state is damaged: it is returned, and nothing is moved.
func TestStore_setsNothingAsideWhileRedisRefusesToWork(t *testing.T) {
	for _, refusal := range []string{
		"LOADING Redis is loading the dataset in memory", "READONLY You can't write against a read only replica.",
		"NOPERM this user has no permissions to run the 'evalsha' command", "CLUSTERDOWN The cluster is down",
		"MASTERDOWN Link with MASTER is down", "OOM command not allowed when used memory > 'maxmemory'.",
	} {
		double := miniredis.RunT(t)
		client := connect(t, double.Addr())
		wantRefused(t, client, func() { double.SetError(refusal) }, func() { double.SetError("") })
	}
}

func TestStore_setsNothingAsideOnAReadOnlyReplica(t *testing.T) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		wantReal(t)
		t.Skip("redis-server is not on PATH")
	}
	client := connect(t, startRedis(t, path, "--replica-serve-stale-data", "yes"))
	replicate := func(of ...any) func() {
		return func() {
			if err := client.Do(t.Context(), append([]any{"REPLICAOF"}, of...)...).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantRefused(t, client, replicate("127.0.0.1", "1"), replicate("NO", "ONE"))
}

// wantRefused checks that everything fails while Redis refuses, and nothing is lost by it.
func wantRefused(t *testing.T, client redis.UniversalClient, refuse, relent func()) {
	t.Helper()
	s := newStore(client)
	l, _ := take(t, s, 0)
	save(t, l, &alerting.Delta{Next: 5, Meta: []byte("m"), Changed: tags("a", "1")})
	refuse()
	_, _, taking := s.Take(t.Context(), 0, 5)
	_, setting := l.SetAside(t.Context())
	_, claiming := s.Claim(t.Context(), 0, []string{"a"})
	for doing, err := range map[string]error{"take": taking, "set aside": setting, "claim": claiming, "retake": l.Retake(t.Context()),
		"save": l.Save(t.Context(), &alerting.Delta{Next: 6}), "set layout": s.SetLayout(t.Context(), 4, 0)} {
		if err == nil || errors.Is(err, alerting.ErrLost) || errors.Is(err, alerting.ErrFenced) {
			t.Errorf("%s: %v", doing, err)
		}
	}
	relent()
	if asides := s.Asides(0); len(asides) > 0 {
		t.Errorf("set aside %+v", asides)
	}
	_, c := take(t, s, 0)
	wantCheckpoint(t, c, 5, "m", tags("a", "1"))
}
