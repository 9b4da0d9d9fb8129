package rivals

import (
	"math"

	"cordon/ingest"
)

// Noise is what a filter is told of how fixes err.
type Noise struct {
	FloorM   float64 // least deviation, metres
	Factor   float64 // deviation ÷ that of the claim
	RepeatS  float64 // how long an error is seen again, seconds
	Outlier  float64 // share of fixes that say nothing
	OutlierM float64 // metres, within which they lie
	Canyon   float64 // share of the time in which a bias holds
	CanyonS  float64 // for how long it does, seconds
	BiasM    float64 // the deviation of a bias towards or from the edge, metres
}

// Told is a filter that knows the noise: what a rule could do that need not be told to anybody. It holds the chances of
// where the wearer is along the line to the zone's edge and of which bias holds, in squares of squareM, and opens a breach
// when the chance of inside reaches Sure, ends it when that of outside does.
//
// A wearer stays or moves off by a Laplace distance of paceMPS times the interval, and crosses into the zone only the
// share Reluctance of the times that chance would have it.
type Told struct {
	Sure       float64
	Reluctance float64
	Noise      Noise

	chances *grid // nil: far away
	weights row   // when nothing is known
	spread  *grid // scratch
	within  *grid // scratch
	open    bool
	seen    bool
	last    int64
}

// row is chances by bias, grid by place and bias.
type (
	row  [biases]float64
	grid [places]row
)

// The line: places from depth inside to reach outside, what lies beyond counts as its end; biases about the middle one,
// which is none.
const (
	squareM   = 10.0
	inward    = 15 // squares inside
	places    = 50
	biases    = 17
	none      = biases / 2
	biasStepM = 20.0
	paceMPS   = 1.2 // of a walker, most of the time
	stillness = 0.6 // share of intervals in which nobody moves
)

// Ping implements Rule.
func (f *Told) Ping(dst []Event, s *Sight) []Event {
	if s.Source != ingest.GNSS || s.Late {
		return dst
	}
	if f.far(s) {
		f.chances, f.seen, f.last = nil, true, s.Time
		return dst
	}
	inside := f.see(s)
	switch {
	case !f.open && inside >= f.Sure:
		f.open = true
		return append(dst, Event{Kind: Opened, Time: s.Time, Distance: s.Distance})
	case f.open && inside <= 1-f.Sure:
		f.open = false
		return append(dst, Event{Kind: Ended, Time: s.Time, Distance: s.Distance})
	}
	return dst
}

// far reports whether a fix only says again that the wearer is nowhere near, which spares most of the work.
func (f *Told) far(s *Sight) bool {
	if f.open || s.Distance < placeM(places)+100 {
		return false
	}
	return f.chances == nil || f.inside() < 0.001
}

// placeM is the middle of a place, metres from the edge.
func placeM(i int) float64 { return (float64(i-inward) + 0.5) * squareM }

// begin puts the wearer at the far end.
func (f *Told) begin() {
	if f.spread == nil {
		f.spread, f.within = &grid{}, &grid{}
	}
	f.weights = f.Noise.weights()
	f.chances = &grid{places - 1: f.weights}
}

// weights is the share of the time in which each bias holds.
func (n *Noise) weights() row {
	var all row
	sum := 0.0
	for b := range all {
		if z := float64(b-none) * biasStepM / n.BiasM; b != none {
			all[b] = math.Exp(-z * z / 2)
			sum += all[b]
		}
	}
	for b := range all {
		all[b] *= n.Canyon / sum
	}
	all[none] = 1 - n.Canyon
	return all
}

// see takes a fix in and returns the chance of inside.
func (f *Told) see(s *Sight) float64 {
	if f.chances == nil {
		f.begin()
	}
	elapsed := 60.0
	if f.seen {
		elapsed = float64(s.Time-f.last) / 1000
	}
	f.seen, f.last = true, s.Time
	f.move(elapsed)
	f.change(elapsed)
	f.weigh(s, 1-math.Exp(-elapsed/f.Noise.RepeatS))
	return f.inside()
}

// move lets the wearer go for so many seconds.
func (f *Told) move(elapsed float64) {
	if elapsed <= 0 {
		return
	}
	keep := math.Exp(-squareM / (paceMPS * elapsed))
	spread(f.spread, f.chances, places, keep)
	spread(f.within, f.chances, inward, keep)
	for i := range f.chances {
		line, to, from := &f.chances[i], &f.spread[i], &f.within[i]
		for b := range line {
			went := to[b]
			if i < inward { // those from outside come in less often
				went = from[b] + f.Reluctance*(to[b]-from[b])
			}
			line[b] = stillness*line[b] + (1-stillness)*went
		}
	}
}

// spread spreads what of src lies in the first n places over these, so that a place gets the share keep of its neighbour's.
// What would go beyond an end of the line stays there.
func spread(dst, src *grid, n int, keep float64) {
	even := (1 - keep) / (1 + keep)
	var sum row
	for i := range n {
		line, to := &src[i], &dst[i]
		for b := range line {
			sum[b] = keep*sum[b] + line[b]
			to[b] = even * sum[b]
		}
	}
	if n == places {
		for b := range sum {
			dst[n-1][b] = even * sum[b] / (1 - keep)
		}
	}
	sum = row{}
	for i := n - 1; i >= 0; i-- {
		line, to := &src[i], &dst[i]
		for b := range line {
			to[b] += even * keep * sum[b]
			sum[b] = keep*sum[b] + line[b]
		}
	}
	for b := range sum {
		dst[0][b] = even * sum[b] / (1 - keep)
	}
}

// change lets biases end, and others begin in their stead.
func (f *Told) change(elapsed float64) {
	holds := math.Exp(-max(0, elapsed) / f.Noise.CanyonS)
	for i := range f.chances {
		line, sum := &f.chances[i], 0.0
		for _, c := range line {
			sum += c
		}
		sum *= 1 - holds
		for b := range line {
			line[b] = holds*line[b] + f.weights[b]*sum
		}
	}
}

// weigh takes in what a fix says, tempered by how much of its error is new.
func (f *Told) weigh(s *Sight, fresh float64) {
	n := &f.Noise
	sigma := math.Hypot(max(s.Radius/perSigma*n.Factor, n.FloorM), squareM/math.Sqrt(12))
	at := min(max(s.Distance, placeM(0)), placeM(places-1))
	nothing := math.Pow(n.Outlier/n.OutlierM, fresh)
	var says [places + 2*steps*none]float64 // by place and bias together
	for k := range says {
		says[k] = nothing
		if z := (at - placeM(k-steps*none)) / sigma; -far < z && z < far {
			says[k] = math.Pow((1-n.Outlier)*math.Exp(-z*z/2)/(sigma*math.Sqrt(2*math.Pi))+n.Outlier/n.OutlierM, fresh)
		}
	}
	sum := 0.0
	for i := range f.chances {
		line := &f.chances[i]
		for b := range line {
			line[b] *= says[i+steps*b]
			sum += line[b]
		}
	}
	for i := range f.chances {
		for b := range f.chances[i] {
			f.chances[i][b] /= sum
		}
	}
}

// steps is the squares in a step of bias.
const steps = int(biasStepM / squareM)

// inside is the chance of it.
func (f *Told) inside() float64 {
	sum := 0.0
	for i := range inward {
		for _, c := range f.chances[i] {
			sum += c
		}
	}
	return sum
}

// Wait implements Rule: silence decides nothing.
func (f *Told) Wait(dst []Event, _ int64) []Event { return dst }
