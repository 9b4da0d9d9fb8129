package ingest

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRecent_findsARepeatAmongTheLast16Only(t *testing.T) {
	var r Recent
	ping := func(i int) *Ping { return &Ping{FixTime: int64(i)} }
	for i := range 17 {
		if r.Seen(ping(i)) {
			t.Fatalf("ping %d is taken for a repeat", i)
		}
	}
	if !r.Seen(ping(1)) {
		t.Error("the 16th last ping is forgotten")
	}
	if r.Seen(ping(0)) {
		t.Error("the 17th last ping is remembered")
	}
	// That put 0 in place of 1; the repeat of 1 before was not put in again.
	if r.Seen(ping(1)) {
		t.Error("a repeat moved the ping it repeats forward")
	}
}

func TestRecent_comparesWhatTheContractNames(t *testing.T) {
	base := Ping{Device: []byte("a"), FixTime: noon, Seq: 7, Lat: 51.5, Lon: -0.1, Has: HasPosition | HasSeq}
	for name, c := range map[string]struct {
		change func(*Ping)
		same   bool
	}{
		"nothing":            {func(*Ping) {}, true},
		"received time":      {func(p *Ping) { p.ReceivedTime = 1; p.Has |= HasReceived }, true},
		"accuracy":           {func(p *Ping) { p.AccuracyM = 4; p.Has |= HasAccuracy }, true},
		"strap":              {func(p *Ping) { p.Strap = StrapTampered }, true},
		"below 1e-7 degrees": {func(p *Ping) { p.Lat += 4e-8; p.Lon -= 4e-8 }, true},
		"fix time":           {func(p *Ping) { p.FixTime++ }, false},
		"seq":                {func(p *Ping) { p.Seq++ }, false},
		"no seq":             {func(p *Ping) { p.Seq = 0; p.Has &^= HasSeq }, false},
		"source":             {func(p *Ping) { p.Source = WiFi }, false},
		"latitude":           {func(p *Ping) { p.Lat += 1e-7 }, false},
		"longitude":          {func(p *Ping) { p.Lon += 1e-7 }, false},
		"swapped":            {func(p *Ping) { p.Lat, p.Lon = p.Lon, p.Lat }, false},
		"no position":        {func(p *Ping) { p.Has &^= HasPosition }, false},
	} {
		var r Recent
		r.Seen(&base)
		p := base
		c.change(&p)
		if got := r.Seen(&p); got != c.same {
			t.Errorf("%s: same is %v, want %v", name, got, c.same)
		}
	}
	var r Recent
	zero, none := Ping{FixTime: noon, Has: HasSeq | HasPosition}, Ping{FixTime: noon}
	if r.Seen(&zero) || r.Seen(&none) {
		t.Error("zero and none are the same")
	}
}

// TestRecent_isTheSameInEveryVersion fails when what checkpoints hold of earlier pings would no longer be recognised.
func TestRecent_isTheSameInEveryVersion(t *testing.T) {
	p := Ping{FixTime: noon, Seq: 7, Lat: 51.5, Lon: -0.1, Has: HasPosition | HasSeq, Source: Cell}
	var r Recent
	r.Seen(&p)
	r.Seen(&Ping{FixTime: noon})
	want := []uint64{0xf5cefcff83aea0d9, 0x2cedec0739dce880}
	if got := r.AppendTo(nil); !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestRecent_agreesWithAListOfPings(t *testing.T) {
	type key struct {
		fix      int64
		seq      uint64
		has      Fields
		source   Source
		lat, lon int64
	}
	rapid.Check(t, func(t *rapid.T) {
		var r Recent
		var list []key
		for range rapid.IntRange(0, 60).Draw(t, "pings") {
			p := Ping{
				FixTime: rapid.Int64Range(0, 3).Draw(t, "fix"),
				Seq:     rapid.Uint64Range(0, 2).Draw(t, "seq"),
				Source:  Source(rapid.Uint8Range(0, 3).Draw(t, "source")),
				Lat:     rapid.SampledFrom([]float64{0, 1e-7}).Draw(t, "lat"),
				Has:     rapid.SampledFrom([]Fields{0, HasSeq, HasPosition, HasSeq | HasPosition}).Draw(t, "has"),
			}
			k := key{fix: p.FixTime, has: p.Has, source: p.Source}
			if p.With(HasSeq) {
				k.seq = p.Seq
			}
			if p.With(HasPosition) {
				k.lat, k.lon = E7(p.Lat), E7(p.Lon)
			}
			want := slices.Contains(list[max(0, len(list)-16):], k)
			if !want {
				list = append(list, k)
			}
			if got := r.Seen(&p); got != want {
				t.Fatalf("%+v: got %v, want %v", p, got, want)
			}
			if rapid.Bool().Draw(t, "checkpoint") {
				r = throughHashes(t, r)
			}
		}
	})
}

// throughHashes returns r as read from a checkpoint.
func throughHashes(t *rapid.T, r Recent) Recent {
	hashes := r.AppendTo([]uint64{1})
	got := RecentOf(hashes[1:])
	if again := got.AppendTo([]uint64{1}); !slices.Equal(again, hashes) {
		t.Fatalf("got %x, want %x", again, hashes)
	}
	return got
}

func TestRecentOf_keepsTheNewestOfTooMany(t *testing.T) {
	var hashes []uint64
	for i := range uint64(20) {
		hashes = append(hashes, i)
	}
	r := RecentOf(hashes)
	if got := r.AppendTo(nil); !slices.Equal(got, hashes[:16]) {
		t.Errorf("got %d", got)
	}
}

func BenchmarkRecent(b *testing.B) {
	var r Recent
	p := typicalPing()
	for b.Loop() {
		p.FixTime++
		r.Seen(&p)
	}
}
