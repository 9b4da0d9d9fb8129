package redisstate

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"cordon/alerting"
)

func TestTake_findsNothingAtFirst(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		l, c := take(t, newStore(client), 0)
		if c != nil {
			t.Errorf("a checkpoint out of nothing: %+v", c)
		}
		now := client.Time(t.Context()).Val().UnixMilli()
		if epoch(l) <= 0 || epoch(l) > now {
			t.Errorf("epoch %d, Redis says it is %d", epoch(l), now)
		}
	})
}

func TestTake_takesAGreaterEpochEachTime(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		first, _ := take(t, s, 0)
		second, _ := take(t, s, 0)
		if epoch(second) <= epoch(first) {
			t.Fatalf("epoch %d after %d", epoch(second), epoch(first))
		}
		const ahead = 1 << 51 // an owner whose Redis had a clock far ahead
		if err := client.HSet(t.Context(), second.key.name, "epoch", ahead).Err(); err != nil {
			t.Fatal(err)
		}
		if third, _ := take(t, s, 0); epoch(third) != ahead+1 {
			t.Errorf("epoch %d after %d", epoch(third), ahead)
		}
	})
}

func TestSave_isWhatTheNextOwnerStartsFrom(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		first, _ := take(t, s, 2)
		save(t, first, &alerting.Delta{Next: 10, Meta: []byte{0, 0xff}, Changed: tags("a", "1", "b", "2", "c", "")})
		save(t, first, &alerting.Delta{Next: 20, Meta: []byte("m2"), Changed: tags("b", "\x00three"), Dropped: []string{"a", "unknown"}})
		second, c := take(t, s, 2)
		wantCheckpoint(t, c, 20, "m2", tags("b", "\x00three", "c", ""))

		save(t, second, &alerting.Delta{Next: 21})
		_, c = take(t, s, 2)
		wantCheckpoint(t, c, 21, "", tags("b", "\x00three", "c", ""))
	})
}

func TestSave_ofTheWholeForgetsTheRest(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		l, _ := take(t, s, 0)
		save(t, l, &alerting.Delta{Next: 1, Changed: tags("a", "1", "b", "2")})
		save(t, l, &alerting.Delta{Next: 2, Changed: tags("b", "3"), Whole: true})
		_, c := take(t, s, 0)
		wantCheckpoint(t, c, 2, "", tags("b", "3"))
	})
}

func TestSave_keepsPartitionsTopicsAndCountsApart(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		stores := []*Store{New(client, "pings", 4, "g"), New(client, "pings", 8, "g"), New(client, "other", 4, "g")}
		want := map[string][]byte{}
		for i, s := range stores {
			for partition := range 2 {
				l, _ := take(t, s, partition)
				save(t, l, &alerting.Delta{Next: int64(10*i + partition), Changed: tags("a", fmt.Sprint(i, partition))})
			}
		}
		for i, s := range stores {
			for partition := range 2 {
				_, c := take(t, s, partition)
				want["a"] = fmt.Append(nil, i, partition)
				wantCheckpoint(t, c, int64(10*i+partition), "", want)
			}
		}
	})
}

// A device may be called what our own fields are called.
func TestSave_takesAnyDeviceName(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s, want := newStore(client), tags("epoch", "1", "t:x", "2", "*", "3", "", "4", "näh\xff", "5", "next", "6")
		l, _ := take(t, s, 0)
		save(t, l, &alerting.Delta{Next: 1, Changed: want})
		l, c := take(t, s, 0)
		wantCheckpoint(t, c, 1, "", want)
		save(t, l, &alerting.Delta{Next: 2, Dropped: slices.Collect(maps.Keys(want))})
		_, c = take(t, s, 0)
		wantCheckpoint(t, c, 2, "", nil)
	})
}

func TestSave_refusesADeposedOwner(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		old, _ := take(t, s, 0)
		save(t, old, &alerting.Delta{Next: 1, Changed: tags("a", "1")})
		current, _ := take(t, s, 0)
		for _, whole := range []bool{false, true} {
			err := old.Save(t.Context(), &alerting.Delta{Next: 2, Changed: tags("a", "2"), Whole: whole})
			if !errors.Is(err, alerting.ErrFenced) || errors.Is(err, alerting.ErrLost) {
				t.Errorf("whole %v: %v", whole, err)
			}
		}
		if err := old.Retake(t.Context()); !errors.Is(err, alerting.ErrFenced) {
			t.Errorf("retake: %v", err)
		}
		save(t, current, &alerting.Delta{Next: 3, Changed: tags("b", "3")})
		_, c := take(t, s, 0)
		wantCheckpoint(t, c, 3, "", tags("a", "1", "b", "3"))
	})
}

func TestSave_aHundredThousandTags(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s, want := newStore(client), map[string][]byte{}
		random := rand.New(rand.NewPCG(1, 2))
		for i := range 100_000 {
			state := make([]byte, random.IntN(80))
			for j := range state {
				state[j] = byte(random.Uint32())
			}
			want[fmt.Sprintf("device-%06d", i)] = state
		}
		l, _ := take(t, s, 0)
		save(t, l, &alerting.Delta{Next: 100_000, Meta: []byte("m"), Changed: want, Whole: true})
		l, c := take(t, s, 0)
		wantCheckpoint(t, c, 100_000, "m", want)

		var dropped []string
		changed := map[string][]byte{}
		for device := range want {
			switch random.IntN(3) {
			case 0:
				dropped = append(dropped, device)
			case 1:
				changed[device] = []byte("changed")
			}
		}
		for _, device := range dropped {
			delete(want, device)
		}
		maps.Copy(want, changed)
		save(t, l, &alerting.Delta{Next: 200_000, Changed: changed, Dropped: dropped})
		_, c = take(t, s, 0)
		wantCheckpoint(t, c, 200_000, "", want)
	})
}
