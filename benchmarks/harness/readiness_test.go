package harness

import (
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

// scene drives a watch by hand: seconds stand for instants.
type scene struct {
	*Readiness
	began time.Time
}

func newScene() *scene {
	return &scene{WatchReadiness(&Site{Prefix: "t"}, nil), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func (s *scene) at(second int) time.Time { return s.began.Add(time.Duration(second) * time.Second) }

func (s *scene) appended(second, partition int, offset int64) {
	s.noteEnds([]kafka.PartitionOffsets{{Partition: partition, LastOffset: offset}}, s.at(second))
}

func (s *scene) committed(second int, offsets ...int64) {
	all := map[int]int64{}
	for p, offset := range offsets {
		all[p] = offset
	}
	s.judge(all, s.at(second))
}

func (s *scene) asked(second int, answers ...answer) {
	s.waiting = append(s.waiting, instant{at: s.at(second), taken: s.taken, answers: answers})
}

func works(partitions ...int) answer {
	a := answer{ready: true, works: map[int]bool{}}
	for _, p := range partitions {
		a.works[p] = true
	}
	return a
}

var unready = answer{}

func TestReadiness_countsTheInstantsReadyAfterThirtySecondsUnprotected(t *testing.T) {
	for name, c := range map[string]struct {
		play       func(*scene)
		violations int
		longest    time.Duration
	}{
		"behind for 30 s and ready": {func(s *scene) {
			s.appended(0, 0, 5)
			s.asked(30, works(0))
			s.committed(40, 4)
		}, 0, 30 * time.Second},
		"behind for longer and ready": {func(s *scene) {
			s.appended(0, 0, 5)
			s.asked(31, works(0))
			s.committed(40, 4)
		}, 1, 31 * time.Second},
		"what came later was seen later": {func(s *scene) {
			s.appended(0, 0, 5)
			s.appended(20, 0, 9)
			s.asked(40, works(0))
			s.committed(50, 5)
		}, 0, 20 * time.Second},
		"its owner is not ready": {func(s *scene) {
			s.appended(0, 0, 5)
			s.asked(40, unready, works(1))
			s.committed(50, 0, 0)
		}, 0, 0},
		"its owner is ready, another is not": {func(s *scene) {
			s.appended(0, 0, 5)
			s.asked(40, works(0), unready)
			s.committed(50, 0, 0)
		}, 1, 40 * time.Second},
		"nobody works on it and all are ready": {func(s *scene) {
			s.appended(0, 0, 5)
			s.asked(40, works(1), works())
			s.committed(50, 0, 0)
		}, 1, 40 * time.Second},
		"nobody answers": {func(s *scene) {
			s.appended(0, 0, 5)
			s.asked(40)
			s.committed(50, 0)
		}, 0, 0},
		"committed within a second of it": {func(s *scene) {
			s.appended(0, 0, 5)
			s.committed(39, 4)
			s.asked(40, works(0))
			s.committed(40, 4)
			s.committed(41, 5)
		}, 0, 0},
		"the store is incomplete": {func(s *scene) {
			s.taken = s.at(0)
			s.asked(30, works(), unready)
			s.asked(31, works(), unready)
			s.asked(32, unready)
			s.taken = time.Time{}
			s.asked(33, works())
			s.committed(50, 0)
		}, 1, 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			c.play(s)
			if len(s.waiting) > 0 {
				t.Fatalf("%d instants are not judged", len(s.waiting))
			}
			if s.report.Violations != c.violations || s.report.Longest != c.longest {
				t.Errorf("%d violations, %s, want %d, %s", s.report.Violations, s.report.Longest, c.violations, c.longest)
			}
		})
	}
}

func TestReadiness_leavesUnjudgedWhatNoLookCameAfter(t *testing.T) {
	s := newScene()
	s.appended(0, 0, 5)
	s.asked(40, works(0))
	s.committed(40, 0)
	if err := s.unjudged(); err == nil || s.report.Instants != 0 {
		t.Errorf("judged by offsets that were read at the same time: %+v", s.report)
	}
}

func TestPartitionsIn_findsTheLagOfEach(t *testing.T) {
	got := partitionsIn("# HELP x\ncordon_partition_lag{partition=\"3\"} 0\ncordon_partition_lag_seconds{partition=\"4\"} 0\ncordon_partition_lag{partition=\"11\"} 7\n")
	if len(got) != 2 || !got[3] || !got[11] {
		t.Errorf("partitions %v, want 3 and 11", got)
	}
}
