package redisstate

import (
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestLayout_isKeptForTheTopicWhateverItsCount(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		wantLayout(t, New(client, "pings", 4, "g"), 0, 0)
		if err := New(client, "pings", 4, "g").SetLayout(t.Context(), 4, 0); err != nil {
			t.Fatal(err)
		}
		wantLayout(t, New(client, "pings", 8, "g"), 4, 0)
		if err := New(client, "pings", 8, "g").SetLayout(t.Context(), 8, 4); err != nil {
			t.Fatal(err)
		}
		wantLayout(t, New(client, "pings", 4, "g"), 8, 4)
		wantLayout(t, New(client, "other", 4, "g"), 0, 0)
	})
}

func wantLayout(t *testing.T, s *Store, count, previous int) {
	t.Helper()
	gotCount, gotPrevious, err := s.Layout(t.Context())
	if err != nil || gotCount != count || gotPrevious != previous {
		t.Errorf("layout %d, %d, %v; want %d, %d", gotCount, gotPrevious, err, count, previous)
	}
}

func TestClaim_tellsTagsThatAnotherPartitionHas(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		var all []string
		for i := range 2500 {
			all = append(all, fmt.Sprintf("d%d", i))
		}
		wantElsewhere(t, s, 0, all[:2000], nil)
		wantElsewhere(t, s, 0, all[:2000], nil) // again: they are ours
		spread := map[string]int{}
		for _, d := range all[500:2000] {
			spread[d] = 0
		}
		wantElsewhere(t, s, 1, all[500:], spread)
		wantElsewhere(t, New(client, "pings", 8, "g"), 1, all, nil) // another count, another placement
	})
}

func TestRelease_forgetsOnlyWhatThePartitionHas(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s := newStore(client)
		wantElsewhere(t, s, 0, []string{"a", "b"}, nil)
		wantElsewhere(t, s, 1, []string{"c"}, nil)
		if err := s.Release(t.Context(), 0, []string{"a", "c", "unknown"}); err != nil {
			t.Fatal(err)
		}
		wantElsewhere(t, s, 2, []string{"a", "b", "c"}, map[string]int{"b": 0, "c": 1})
		if err := s.Release(t.Context(), 0, nil); err != nil {
			t.Error(err)
		}
		wantElsewhere(t, s, 2, nil, nil)
	})
}

func wantElsewhere(t *testing.T, s *Store, partition int, devices []string, want map[string]int) {
	t.Helper()
	got, err := s.Claim(t.Context(), partition, devices)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("elsewhere %d tags, want %d; or others", len(got), len(want))
	}
}
