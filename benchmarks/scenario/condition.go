package scenario

// condition is what a sample says of the tag itself.
type condition struct {
	battery  int64 // percent
	strap    string
	charging says
	motion   says
	jamming  says
}

// conditions are how a tag is during a run, and for how many fixes yet.
type conditions struct {
	charge  float64 // percent
	plugIn  float64 // at how many it is plugged in
	plugged bool
	strap   string // not closed
	open    int
	jammed  int
	calm    int // since it was jammed, it says that it is not
	blind   int
	frozen  int
	still   sample // what it is frozen at, its circle too: from that the place keeps clear of edges
	shown   sample // the one before
	silent  int64  // ms, planned: until when it sends nothing
}

// quiet tells whether nothing comes of the tag now: it is silent, or its partition is in a gap.
func (f *feed) quiet(t *tagRun) bool {
	if f.inGap(t.partition) {
		return true
	}
	if f.now >= t.silent && f.chance(f.config.Shares.Silent) {
		t.silent = f.now + (15+f.rand.Int64N(200))*f.config.unit()
		if f.rand.IntN(4) == 0 {
			t.silent += 120 * minute
		}
	}
	return f.now < t.silent
}

// inGap: gaps are spread over the run; each takes every other partition, and long enough for anybody to notice.
func (f *feed) inGap(partition int) bool {
	length, from := f.config.end()-f.config.start(), f.now-f.config.start()
	for i := range int64(max(0, f.config.Gaps)) {
		begins := length * (2*i + 1) / int64(2*f.config.Gaps)
		if (int64(partition)+i)%2 == 0 && begins <= from && from < begins+min(length/20, 20*minute) {
			return true
		}
	}
	return false
}

// fare is what happens to the tag from one fix to the next.
func (f *feed) fare(t *tagRun) {
	share := f.config.Shares
	f.drain(t)
	last := func(left *int, share float64, least, more int) bool {
		if *left > 0 {
			*left--
			return false
		}
		if !f.chance(share) {
			return false
		}
		*left = least + f.rand.IntN(more)
		return true
	}
	if last(&t.open, share.Strap, 1, 60) {
		t.strap = []string{"open", "tampered"}[f.rand.IntN(2)]
	}
	if last(&t.jammed, share.Jammed, 1, 15); t.jammed > 0 {
		t.calm = 20
	} else if t.calm > 0 {
		t.calm--
	}
	last(&t.blind, share.Blind, 5, 120)
	if last(&t.frozen, share.Frozen, 10, 50) {
		t.still = t.shown
		if t.still.at == (point{}) {
			t.frozen = 0 // it has shown none
		}
	}
}

// drain empties the battery, and fills it again from some level on, or for a while.
func (f *feed) drain(t *tagRun) {
	if !t.plugged {
		t.charge = max(0, t.charge-2*f.config.Shares.Drain*f.rand.Float64())
		t.plugged = t.charge < t.plugIn
		return
	}
	if t.charge += 2 + 4*f.rand.Float64(); t.charge >= 100 || f.rand.IntN(30) == 0 {
		t.charge, t.plugged, t.plugIn = min(100, t.charge), false, f.rand.Float64()*20
	}
}

// say is what the tag says of itself: some things it says only now and then.
func (t *tagRun) say() condition {
	c := condition{battery: int64(t.charge), strap: "closed", motion: no}
	switch {
	case t.open > 0:
		c.strap = t.strap
	case t.seq%5 == 0:
		c.strap = ""
	}
	switch {
	case t.frozen > 0:
		c.motion = yes
	case t.seq%11 == 0:
		c.motion = nothing
	case t.steps > 0:
		c.motion = yes
	}
	switch {
	case t.plugged:
		c.charging = yes
	case t.seq%2 == 0:
		c.charging = no
	}
	switch {
	case t.jammed > 0:
		c.jamming = yes
	case t.calm > 0 && t.seq%3 > 0:
		c.jamming = no
	}
	return c
}
