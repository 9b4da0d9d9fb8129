package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

// readings returns simulated values of a processor of 400 MiB over 48 minutes, one every ten seconds, in rounds of five
// minutes: it gives half of its partitions away and takes them back, fluctuates, and grows by a given amount an hour.
func readings(r *rand.Rand, perHour float64) *series {
	s := &series{}
	waver := 0.0
	for i := range 289 {
		at := float64(i) / 360
		handed := 0.0
		if i/15%2 == 1 {
			handed = 60
		}
		waver = 0.9*waver + r.NormFloat64() // what is alike among neighbours
		s.add(at, 400+perHour*at+handed+waver)
	}
	return s.rounds(1.0 / 12)
}

func TestGrowth_isFoundWithinItsError(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, perHour := range []float64{0, 20, -20} {
		s := readings(r, perHour)
		g := s.growth()
		want := perHour * 24 * 100 / g.level
		if off := math.Abs(g.perDay - want); off > 3*g.stderr || g.points != 9 {
			t.Errorf("growth %.1f ± %.1f %% a day of %d points, want %.1f", g.perDay, g.stderr, g.points, want)
		}
	}
}

func TestGrowth_ofWhatOnlyWaversIsRarelySure(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	sure := 0
	const runs = 2000
	for range runs {
		s := readings(r, 0)
		if g := s.growth(); g.sure() > 0 {
			sure++
		}
	}
	if sure > runs/160 { // eight measures: once in twenty runs
		t.Errorf("%d of %d series that do not grow are said to", sure, runs)
	}
}

func TestGrowth_ofALeakIsSure(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	s := readings(r, 50)
	if g := s.growth(); g.sure() <= mostGrowth {
		t.Errorf("a leak of 50 MiB an hour is %.1f ± %.1f %% a day, sure %.1f", g.perDay, g.stderr, g.sure())
	}
}

func TestGrowth_ofAConstantIsExactlyNone(t *testing.T) {
	s := &series{}
	for i := range 50 {
		s.add(float64(i)/8, 87)
	}
	if g := s.growth(); g.perDay != 0 || g.stderr != 0 || g.sure() != 0 {
		t.Errorf("%+v", g)
	}
}

func TestRounds_leaveOutWhatIsNotOver(t *testing.T) {
	s := &series{}
	for i := range 7 {
		s.add(float64(i), float64(10*i))
	}
	rounds := s.rounds(3)
	if rounds.len() != 2 || rounds.at[1] != 4 || rounds.value[1] != 40 {
		t.Errorf("%+v, want means of the first two rounds of three", rounds)
	}
}

func TestParseReading_worksOutWhatTheCollectorLeftBehind(t *testing.T) {
	r, err := parseReading("# TYPE x\nprocess_resident_memory_bytes 1e+09\ngo_memstats_next_gc_bytes 4e+08\ngo_gc_gogc_percent 300\ngo_goroutines 41\nprocess_open_fds 17\n")
	if err != nil || r.heap != 1e8 || r.resident != 1e9 || r.goroutines != 41 || r.descriptors != 17 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := parseReading("go_goroutines 41\n"); err == nil {
		t.Error("a reading without the rest")
	}
}
