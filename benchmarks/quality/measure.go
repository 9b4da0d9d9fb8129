package main

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"cordon/benchmarks/quality/rivals"
	"cordon/benchmarks/quality/score"
)

// source is a simulated world, life by life. Life may be called from several goroutines; what it returns is prepared,
// and the caller's.
type source interface {
	Len() int
	Life(i int) *score.Life
}

// batch is how many lives are worked on before they are added up: it bounds memory.
const batch = 64

// board is what all rules were worth.
type board struct {
	makers  []rivals.Maker
	tallies []*score.Tally // by maker
	versus  []score.Ratio  // by maker: false alerts of the first by those of the maker
	classes *classes       // of the alerts of the first
	days    float64
	lives   int
}

func newBoard(makers []rivals.Maker) *board {
	b := &board{makers: makers, versus: make([]score.Ratio, len(makers)), classes: newClasses()}
	for range makers {
		b.tallies = append(b.tallies, score.NewTally())
	}
	return b
}

// outcome is what the rules were worth on one life.
type outcome struct {
	scores []score.Score // by maker
	alerts []alert       // of the first
}

// watch lets the rules decide about every life of a world.
func (b *board) watch(ctx context.Context, w source) error {
	for from := 0; from < w.Len(); from += batch {
		outcomes := make([]outcome, min(batch, w.Len()-from))
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(runtime.GOMAXPROCS(0))
		for i := range outcomes {
			g.Go(func() error {
				if err := ctx.Err(); err != nil {
					return err
				}
				outcomes[i] = b.decide(w.Life(from + i))
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		for i := range outcomes {
			b.add(&outcomes[i])
		}
	}
	return nil
}

// decide lets every rule see one life.
func (b *board) decide(l *score.Life) outcome {
	var o outcome
	var events []rivals.Event
	var episodes []score.Episode
	for i, m := range b.makers {
		events = fold(events[:0], m.New(&l.Case), l)
		episodes = score.Episodes(episodes[:0], events)
		o.scores = append(o.scores, score.Of(l, episodes))
		if i == 0 {
			o.alerts = alerts(l, episodes)
		}
	}
	l.Sights = nil // the largest part of it, and no longer needed
	return o
}

// fold appends what a rule says of a life.
func fold(dst []rivals.Event, rule rivals.Rule, l *score.Life) []rivals.Event {
	for k := range l.Sights {
		dst = rule.Ping(dst, &l.Sights[k])
	}
	return rule.Wait(dst, l.Ended)
}

func (b *board) add(o *outcome) {
	for i := range o.scores {
		b.tallies[i].Add(&o.scores[i])
		b.versus[i].Add(falsehoods(&o.scores[0]), falsehoods(&o.scores[i]))
	}
	b.classes.add(o.alerts)
	b.days += o.scores[0].Life.Days()
	b.lives++
}

func falsehoods(s *score.Score) float64 {
	n := 0.0
	for _, v := range s.Verdicts {
		if v == score.False {
			n++
		}
	}
	return n
}

// of returns the place of a rule; -1 when it is not on the board.
func (b *board) of(name string) int {
	for i := range b.makers {
		if b.makers[i].Name == name {
			return i
		}
	}
	return -1
}

// short is by how much a rule falls short of what is promised about finding, each in its own measure: 0 when all is kept.
func short(t *score.Tally) float64 {
	sum := 0.0
	for _, p := range []struct{ is, promised, measure float64 }{
		{t.Seen.Value(), leastFound, 1 - leastFound}, {t.Promised.Value(), leastPromised, 1 - leastPromised},
		{t.InTime.Value(), leastInTime, 1 - leastInTime}, {-t.Delay(0.5), -medianDelayS, medianDelayS}, {-t.Delay(0.95), -lateDelayS, lateDelayS},
	} {
		if by := (p.promised - p.is) / p.measure; by > 0 { // of nothing found there is no delay
			sum += by
		}
	}
	return sum
}

// choose returns, among makers from..to, the one that falls short of what is promised about finding by the least, and of
// those that keep it all the one with the fewest false alerts.
func (b *board) choose(from, to int) int {
	best := from
	for i := from + 1; i < to; i++ {
		t, is := b.tallies[i], b.tallies[best]
		if a, b := short(t), short(is); a < b || a == b && t.False.Value() < is.False.Value() {
			best = i
		}
	}
	return best
}
