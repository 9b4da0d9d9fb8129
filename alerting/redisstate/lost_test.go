package redisstate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

func TestSave_intoAnEmptiedStoreIsLost_untilItIsRetakenAndWrittenWhole(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		l, _ := take(t, s, 0)
		save(t, l, &alerting.Delta{Next: 1, Changed: tags("a", "1", "b", "2")})
		wipe(t, client)
		wantLost(t, l, &alerting.Delta{Next: 2, Changed: tags("b", "3")})
		wantLost(t, l, &alerting.Delta{Next: 2, Changed: tags("a", "1", "b", "3"), Whole: true})
		wantNothing(t, s)

		before := epoch(l)
		retake(t, l)
		if epoch(l) <= before {
			t.Errorf("epoch %d after %d", epoch(l), before)
		}
		wantLost(t, l, &alerting.Delta{Next: 2, Changed: tags("b", "3")}) // only changes: the rest is not there
		save(t, l, &alerting.Delta{Next: 2, Meta: []byte("m"), Changed: tags("a", "1", "b", "3"), Whole: true})
		save(t, l, &alerting.Delta{Next: 3, Meta: []byte("m"), Changed: tags("b", "4")})
		_, c := take(t, s, 0)
		wantCheckpoint(t, c, 3, "m", tags("a", "1", "b", "4"))
	})
}

func TestSave_intoAStoreOlderThanTheEpochIsLost(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		first, _ := take(t, s, 0)
		save(t, first, &alerting.Delta{Next: 1, Changed: tags("a", "1")})
		restore := snapshot(t, client, first.key.name)
		second, _ := take(t, s, 0)
		save(t, second, &alerting.Delta{Next: 2, Changed: tags("b", "2")})
		restore()
		wantLost(t, second, &alerting.Delta{Next: 3, Changed: tags("b", "3")})
		retake(t, second)
		save(t, second, &alerting.Delta{Next: 3, Changed: tags("b", "3"), Whole: true})
		if err := first.Save(t.Context(), &alerting.Delta{Next: 9}); !errors.Is(err, alerting.ErrFenced) {
			t.Errorf("the owner of the older copy: %v", err)
		}
		_, c := take(t, s, 0)
		wantCheckpoint(t, c, 3, "", tags("b", "3"))
	})
}

// The epoch is there, but a write that was acknowledged is not: Redis came back from disk, or as a replica.
func TestSave_intoAStoreOlderThanTheLastWriteIsLost(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		l, _ := take(t, s, 0)
		save(t, l, &alerting.Delta{Next: 1, Changed: tags("a", "1")})
		restore := snapshot(t, client, l.key.name)
		save(t, l, &alerting.Delta{Next: 2, Changed: tags("b", "2")})
		restore()
		wantLost(t, l, &alerting.Delta{Next: 3, Changed: tags("a", "3")})
		retake(t, l)
		save(t, l, &alerting.Delta{Next: 3, Changed: tags("a", "3", "b", "2"), Whole: true})
		_, c := take(t, s, 0)
		wantCheckpoint(t, c, 3, "", tags("a", "3", "b", "2"))
	})
}

func TestRetake_isRefusedWhenSomebodyTookThePartition(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		old, _ := take(t, s, 0)
		wipe(t, client)
		current, _ := take(t, s, 0)
		if err := old.Save(t.Context(), &alerting.Delta{Next: 9}); !errors.Is(err, alerting.ErrFenced) {
			t.Errorf("save: %v", err)
		}
		if err := old.Retake(t.Context()); !errors.Is(err, alerting.ErrFenced) {
			t.Errorf("retake: %v", err)
		}
		save(t, current, &alerting.Delta{Next: 1})
	})
}

// go-redis runs a script again when the answer did not come.
func TestScripts_runTwiceLikeOnce(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := New(twice(t, client), "pings", 4, "g")
		l, _ := take(t, s, 0)
		save(t, l, &alerting.Delta{Next: 1, Changed: tags("a", "1", "b", "2"), Whole: true})
		save(t, l, &alerting.Delta{Next: 2, Changed: tags("a", "2"), Dropped: []string{"b"}})
		wipe(t, client)
		wantLost(t, l, &alerting.Delta{Next: 3})
		retake(t, l)
		save(t, l, &alerting.Delta{Next: 4, Changed: tags("a", "3"), Whole: true})
		_, c := take(t, s, 0)
		wantCheckpoint(t, c, 4, "", tags("a", "3"))
	})
}

// A first try that was given up can reach Redis after later writes.
func TestSave_ignoresAWriteThatComesLate(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		l, _ := take(t, s, 0)
		late := *l // its write has the number of l's first
		save(t, l, &alerting.Delta{Next: 1, Changed: tags("a", "1")})
		save(t, l, &alerting.Delta{Next: 2, Changed: tags("a", "2")})
		save(t, &late, &alerting.Delta{Next: 1, Changed: tags("a", "1")})
		_, c := take(t, s, 0)
		wantCheckpoint(t, c, 2, "", tags("a", "2"))
	})
}

func TestStore_saysWhatFailedWhenRedisIsAway(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	s := newStore(client)
	_, _, takeErr := s.Take(t.Context(), 3, -1)
	_, _, layoutErr := s.Layout(t.Context())
	_, claimErr := s.Claim(t.Context(), 3, []string{"a"})
	for doing, err := range map[string]error{
		"taking over pings/3": takeErr, "layout of pings": layoutErr, "recording the layout of pings": s.SetLayout(t.Context(), 4, 0),
		"claiming tags for pings/3": claimErr, "releasing tags of pings/3": s.Release(t.Context(), 3, []string{"a"}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "redisstate: "+doing) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", doing, err)
		}
	}
}

func wantLost(t *testing.T, l *Lease, d *alerting.Delta) {
	t.Helper()
	if err := l.Save(t.Context(), d); !errors.Is(err, alerting.ErrLost) || errors.Is(err, alerting.ErrFenced) {
		t.Errorf("save: %v", err)
	}
}

func wantNothing(t *testing.T, s *Store) {
	t.Helper()
	if n := s.client.Exists(t.Context(), s.state(0).name).Val(); n != 0 {
		t.Error("a refused write left something behind")
	}
}

func retake(t *testing.T, l *Lease) {
	t.Helper()
	if err := l.Retake(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// twice returns a client that runs every script a second time and takes that answer.
func twice(t *testing.T, client redis.UniversalClient) redis.UniversalClient {
	t.Helper()
	other := another(t, client)
	other.AddHook(repeat{})
	return other
}

type repeat struct{}

func (repeat) DialHook(next redis.DialHook) redis.DialHook { return next }

func (repeat) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (repeat) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !slices.Contains([]string{"eval", "evalsha"}, cmd.Name()) {
			return next(ctx, cmd)
		}
		_ = next(ctx, cmd) // the answer that did not come
		cmd.SetErr(nil)
		return next(ctx, cmd)
	}
}

func TestTake_refusesAStateThatChangedHandsWhileItWasRead(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		for meanwhile, do := range map[string]func(){
			"fenced": func() { take(t, s, 0) },
			"lost":   func() { wipe(t, client) },
		} {
			slow := another(t, client)
			slow.AddHook(beforeScan(do))
			want := map[string]error{"fenced": alerting.ErrFenced, "lost": alerting.ErrLost}[meanwhile]
			l, _ := take(t, s, 0)
			save(t, l, &alerting.Delta{Next: 1, Changed: tags("a", "1")})
			if _, _, err := newStore(slow).Take(t.Context(), 0, -1); !errors.Is(err, want) {
				t.Errorf("%s: %v", meanwhile, err)
			}
		}
	})
}

// beforeScan is run before each step of a load.
type beforeScan func()

func (beforeScan) DialHook(next redis.DialHook) redis.DialHook { return next }

func (beforeScan) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (do beforeScan) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "hscan" {
			do()
		}
		return next(ctx, cmd)
	}
}
