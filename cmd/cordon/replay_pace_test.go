package main

import (
	"math"
	"testing"
	"time"

	"cordon/ingest"
)

func fixAt(ms int64) *moment { return &moment{ping: ingest.Ping{FixTime: ms}} }

func receivedAt(fix, ms int64) *moment {
	return &moment{ping: ingest.Ping{FixTime: fix, ReceivedTime: ms, Has: ingest.HasReceived}}
}

func TestPace_isThatOfTheArrivalsDividedByTheSpeed(t *testing.T) {
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	unknown := &moment{wrong: &ingest.Rejection{}}
	for _, row := range []struct {
		name  string
		pace  pace
		pings []*moment
		want  []time.Duration
	}{
		{"as recorded", pace{speed: 1}, []*moment{fixAt(5000), fixAt(7000), fixAt(7500)}, []time.Duration{0, 2 * time.Second, 2500 * time.Millisecond}},
		{"sixty times", pace{speed: 60}, []*moment{fixAt(0), fixAt(60_000)}, []time.Duration{0, time.Second}},
		{"a late one comes when it came", pace{speed: 1}, []*moment{fixAt(9000), receivedAt(1000, 10_000)}, []time.Duration{0, time.Second}},
		{"what comes before the first is due", pace{speed: 1}, []*moment{fixAt(9000), fixAt(8000)}, []time.Duration{0, -time.Second}},
		{"what cannot be decoded is due", pace{speed: 1}, []*moment{unknown, fixAt(9000), unknown, fixAt(9001)}, []time.Duration{0, 0, 0, time.Millisecond}},
		{"as fast as possible", pace{}, []*moment{fixAt(0), fixAt(60_000)}, []time.Duration{0, 0}},
		{"a rate", pace{rate: 10}, []*moment{fixAt(0), unknown, fixAt(1)}, []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond}},
		{"a rate below the speed", pace{speed: 1, rate: 2}, []*moment{fixAt(0), fixAt(100), fixAt(3000)}, []time.Duration{0, 500 * time.Millisecond, 3 * time.Second}},
		{"a broken clock", pace{speed: 1e-6}, []*moment{fixAt(math.MinInt64 / 4), fixAt(math.MaxInt64 / 4)}, []time.Duration{0, 100 * 365 * 24 * time.Hour}},
	} {
		row.pace.began = began
		for i, m := range row.pings {
			if got := row.pace.due(m, nil).Sub(began); got != row.want[i] {
				t.Errorf("%s: ping %d is due after %s, want %s", row.name, i, got, row.want[i])
			}
		}
	}
}

func TestShift_movesByOneConstantAndDividesIntervals(t *testing.T) {
	s := shift{divisor: 1}
	s.set(1000, 1_000_000_000_000_001)
	if got := s.of(999); got != 1_000_000_000_000_000 {
		t.Errorf("moved to %d", got)
	}
	s.divisor = 60
	if got := s.of(61_000); got != 1_000_000_000_001_001 {
		t.Errorf("moved to %d", got)
	}
}
