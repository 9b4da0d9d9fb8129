package scenario

import "math"

// take takes a sample: the walker moves on, and the tag says where it thinks it is.
func (f *feed) take(t *tagRun) sample {
	share := f.config.Shares
	t.seq++
	p := sample{fix: f.now - t.lag - f.rand.Int64N(1+min(5000, f.config.unit()/4)), seq: t.seq, source: "gnss", format: t.format}
	if t.onMinute {
		p.fix -= p.fix % minute
	} else if t.onFive {
		p.fix -= p.fix % 5000
	} else if t.format == mdssJSON && f.rand.IntN(2) == 0 {
		p.fix -= p.fix % 1000
	}
	f.enter(t)
	f.fare(t)
	p.condition = t.say()
	switch x := f.rand.Float64(); {
	case x < share.Status || t.blind > 0:
		p.status = true
	case t.indoors > 0:
		p.source = []string{"cell", "cell", "wifi"}[f.rand.IntN(3)]
	case x < share.Status+share.WiFi:
		p.source = "wifi"
	case x < share.Status+share.WiFi+share.Cell:
		p.source = "cell"
	case x < share.Status+share.WiFi+share.Cell+share.Beacon && t.format != traccarJSON:
		p.source = "beacon"
	}
	if f.rand.IntN(5) > 0 || t.format == mdssJSON {
		p.accuracy = f.circle()
		if f.rand.IntN(2) == 0 && t.format == cordonJSON {
			p.level = 68
		}
	}
	p.at = f.step(f.rand, t.device, &t.walker, p.radius())
	if t.frozen > 0 {
		p.at, p.accuracy, p.level = t.still.at, t.still.accuracy, t.still.level
	} else if f.chance(share.Teleport) {
		far := f.rand.Float64()*80_000 - 40_000
		p.at = f.clear(f.rand, t.device, p.at.moved(far+math.Copysign(2000, far), f.rand.Float64()*40_000-20_000), p.radius())
	}
	if t.frozen == 0 && f.chance(share.Stray) {
		far := f.rand.Float64()*600 - 300
		p.at = f.clear(f.rand, t.device, p.at.moved(far+math.Copysign(100, far), f.rand.Float64()*200-100), p.radius())
	}
	t.shown = p
	if f.rand.IntN(4) > 0 || t.format != cordonJSON {
		p.received = f.now
	}
	if t.format == cordonJSON {
		p.barely = f.rand.IntN(10) == 0
		if f.chance(share.Protobuf) {
			p.format = protobuf
		}
	}
	return p
}

// enter takes the tag indoors, or nearer the door.
func (f *feed) enter(t *tagRun) {
	share := f.config.Shares.Indoors
	if t.offline > 0 {
		share *= 5
	}
	if t.indoors > 0 {
		t.indoors--
	} else if f.chance(share) {
		t.indoors = 3 + f.rand.IntN(40)
	}
}

// circle draws the radius that the tag claims, in tenths of a metre: mostly some metres, at times too many, or 50 m
// and as good as that.
func (f *feed) circle() int {
	switch {
	case f.chance(f.config.Shares.Wide):
		return []int{499, 500, 501, 600, 1500}[f.rand.IntN(5)]
	case f.rand.IntN(4) == 0:
		return 150 + f.rand.IntN(350)
	}
	return 20 + f.rand.IntN(130)
}

// radius is the circle at 95 %, as the rules see it when the source is a satellite's and nothing else is configured.
func (p *sample) radius() float64 {
	accuracy, level := float64(p.accuracy)/10, float64(p.level)/100
	if p.accuracy == 0 {
		accuracy = 15
	}
	if p.accuracy == 0 || p.level == 0 {
		level = 0.95
	}
	return rounded(accuracy * math.Sqrt(math.Log(0.05)/math.Log(1-level)))
}
