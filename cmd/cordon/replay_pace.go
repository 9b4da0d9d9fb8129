package main

import (
	"math"
	"time"
)

// shift moves times by a constant and divides intervals: from becomes to.
type shift struct {
	from, to int64 // ms
	divisor  float64
	known    bool
}

func (s *shift) set(from, to int64) { s.from, s.to, s.known = from, to, true }

func (s *shift) of(ms int64) int64 {
	if s.divisor == 1 {
		return s.to + ms - s.from
	}
	return s.to + int64(math.Round(float64(ms-s.from)/s.divisor))
}

// pace says when a ping is due.
type pace struct {
	speed, rate float64 // 0: no bound
	began       time.Time
	first       int64 // time of the first ping, ms
	started     bool
	sent        float64
}

// due returns when a ping is to be sent: as long after the first as it arrived then, divided by the speed, and not
// sooner than the rate allows. A ping that has been moved carries its time already. One that cannot be decoded is due
// with the one before it.
func (p *pace) due(m *moment, move *shift) time.Time {
	due := p.began
	if p.speed > 0 && m.decoded() {
		at := m.arrival()
		switch {
		case move != nil:
			due = time.UnixMilli(at)
		case !p.started:
			p.first, p.started = at, true
		default:
			const most = 100 * 365 * 86400 // seconds: what a broken clock says must not overflow a Duration
			after := max(-most, min(most, float64(at-p.first)/1000/p.speed))
			due = p.began.Add(time.Duration(after * float64(time.Second)))
		}
	}
	if p.rate > 0 {
		if by := p.began.Add(time.Duration(p.sent / p.rate * float64(time.Second))); by.After(due) {
			due = by
		}
	}
	p.sent++
	return due
}
