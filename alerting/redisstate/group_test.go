package redisstate

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

// oldState writes a checkpoint of a partition under the key of versions without groups, and returns the key.
func oldState(t *testing.T, client redis.UniversalClient, s *Store, partition int, next int64) string {
	t.Helper()
	key := s.state(partition).old
	err := client.HSet(t.Context(), key, "epoch", "7", "owner", "somebody", "seq", "3", "next", next, "meta", "m", "t:a", "1").Err()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestStore_keepsGroupsApart(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		production, trial := New(client, "pings", 4, "cordon"), New(client, "pings", 4, "trial")
		p, _ := take(t, production, 0)
		save(t, p, &alerting.Delta{Next: 5, Changed: tags("a", "1")})
		q, c := take(t, trial, 0)
		if c != nil {
			t.Errorf("the trial found %+v", c)
		}
		save(t, q, &alerting.Delta{Next: 2, Changed: tags("a", "2")})
		save(t, p, &alerting.Delta{Next: 6, Changed: tags("b", "1")}) // it is not fenced
		_, c = take(t, production, 0)
		wantCheckpoint(t, c, 6, "", tags("a", "1", "b", "1"))
		_, c = take(t, trial, 0)
		wantCheckpoint(t, c, 2, "", tags("a", "2"))

		wantElsewhere(t, production, 0, []string{"a"}, nil)
		wantElsewhere(t, trial, 1, []string{"a"}, nil)
		if err := production.SetLayout(t.Context(), 4, 2); err != nil {
			t.Fatal(err)
		}
		wantLayout(t, trial, 0, 0)
	})
}

func TestTake_adoptsTheCheckpointWithoutAGroupThatIsTheGroups(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		for name, c := range map[string]struct {
			committed int64
			adopted   bool
		}{
			"nothing committed":           {-1, false},
			"committed at the checkpoint": {10, true},
			"committed below it":          {7, true},
			"committed beyond it":         {11, false}, // by somebody who checkpointed later
		} {
			wipe(t, client)
			s := newStore(client)
			old := oldState(t, client, s, 0, 10)
			l, found := takeFor(t, s, 0, c.committed)
			if !c.adopted {
				if found.Checkpoint != nil || found.Old != alerting.LeftAlone || client.HGet(t.Context(), old, "owner").Val() != "somebody" {
					t.Errorf("%s: %+v", name, found)
				}
				continue
			}
			wantCheckpoint(t, found.Checkpoint, 10, "m", tags("a", "1"))
			if found.Old != alerting.Adopted || client.Exists(t.Context(), old).Val() != 0 || epoch(l) <= 7 {
				t.Errorf("%s: %q, epoch %d", name, found.Old, epoch(l))
			}
			save(t, l, &alerting.Delta{Next: 11, Changed: tags("a", "2")})
			_, again := takeFor(t, s, 0, 11)
			wantCheckpoint(t, again.Checkpoint, 11, "", tags("a", "2"))
			if again.Old != "" {
				t.Errorf("%s: then %q", name, again.Old)
			}
		}
	})
}

// An owner of the earlier version that still runs is fenced.
func TestTake_adoptingLeavesTheOwnerBeforeWithNothingToWriteTo(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		old := oldState(t, client, s, 0, 10)
		takeFor(t, s, 0, 10)
		before := &Lease{store: s, key: key{name: old}, owner: "somebody", epoch: "7", seq: 3, known: 3}
		wantLost(t, before, &alerting.Delta{Next: 11})
	})
}

func TestTake_ofAnotherGroupLeavesTheCheckpointToWhomItBelongs(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		production, trial := New(client, "pings", 4, "cordon"), New(client, "pings", 4, "trial")
		oldState(t, client, production, 0, 10)
		l, found := takeFor(t, trial, 0, -1)
		if found.Old != alerting.LeftAlone {
			t.Errorf("the trial: %+v", found)
		}
		save(t, l, &alerting.Delta{Next: 3, Whole: true}) // and commits 3
		if _, found = takeFor(t, trial, 0, 3); found.Old != alerting.LeftAlone || found.Checkpoint.Next != 3 {
			t.Errorf("the trial again: %+v", found)
		}
		_, found = takeFor(t, production, 0, 10)
		wantCheckpoint(t, found.Checkpoint, 10, "m", tags("a", "1"))
	})
}

// While processors of both versions work in one group, a partition can go to the earlier version and come back.
func TestTake_prefersTheCheckpointThatTheGroupsOffsetHasReached(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		l, _ := take(t, s, 0)
		save(t, l, &alerting.Delta{Next: 5, Changed: tags("a", "0")})
		oldState(t, client, s, 0, 10)
		next, found := takeFor(t, s, 0, 9)
		wantCheckpoint(t, found.Checkpoint, 10, "m", tags("a", "1"))
		if epoch(next) <= epoch(l) {
			t.Errorf("epoch %d after %d", epoch(next), epoch(l))
		}
	})
}

func TestTake_setsADamagedCheckpointWithoutAGroupAsideForAGroupThatHasCommitted(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		if err := client.Set(t.Context(), s.state(0).old, "hello", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if _, found := takeFor(t, s, 1, 3); found != (alerting.Takeover{}) { // another partition
			t.Errorf("found %+v", found)
		}
		if _, found := takeFor(t, New(client, "pings", 4, "trial"), 0, -1); found.SetAside.Key != "" || found.Old != alerting.LeftAlone {
			t.Errorf("the trial found %+v", found)
		}
		_, found := takeFor(t, s, 0, 3)
		wantAside(t, client, found.SetAside)
	})
}

func TestAdopt_takesLayoutAndHomesWhereTheGroupHasNone(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		if err := s.Adopt(t.Context()); err != nil { // there is nothing
			t.Fatal(err)
		}
		wantLayout(t, s, 0, 0)
		for name, fields := range map[string][]string{s.layout().old: {"count", "4", "previous", "2"}, s.homes().old: {"a", "3"}} {
			if err := client.HSet(t.Context(), name, fields).Err(); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := s.Adopt(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wantLayout(t, s, 4, 2)
		wantElsewhere(t, s, 0, []string{"a"}, map[string]int{"a": 3})
		if n := client.Exists(t.Context(), s.layout().old, s.homes().old).Val(); n != 0 {
			t.Errorf("%d of the old keys are left", n)
		}
		if err := client.HSet(t.Context(), s.layout().old, "count", "8").Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.Adopt(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantLayout(t, s, 4, 2) // its own counts
	})
}
