package world

import (
	"fmt"
	"testing"
	"time"
)

var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, name string, wearers int, d time.Duration) *World {
	t.Helper()
	s, err := Named(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := New(s, 7, wearers, monday, d)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestScratch(t *testing.T) {
	w := newWorld(t, "default", 300, 30*24*time.Hour)
	byS := map[string][4]float64{}
	began := time.Now()
	var pings, stays, days float64
	for i := range w.Len() {
		l := w.Life(i)
		d := float64(l.To-l.From) / day
		x := byS[l.Stratum]
		x[0]++
		x[1] += d
		x[2] += float64(len(l.Pings))
		x[3] += float64(len(l.Stays))
		byS[l.Stratum] = x
		pings += float64(len(l.Pings))
		stays += float64(len(l.Stays))
		days += d
	}
	took := time.Since(began)
	for k, x := range byS {
		fmt.Printf("%-16s n=%v pings/day %.1f stays/day %.3f\n", k, x[0], x[2]/x[1], x[3]/x[1])
	}
	fmt.Printf("%.0f ns/ping, %.1f pings/day, %.3f stays/day\n", float64(took.Nanoseconds())/pings, pings/days, stays/days)
}

func BenchmarkLife(b *testing.B) {
	w := newWorld(b, "default", 1000, 30*24*time.Hour)
	b.ReportAllocs()
	n, pings := 0, 0
	for b.Loop() {
		pings += len(w.Life(n % 1000).Pings)
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(pings), "ns/ping")
}
