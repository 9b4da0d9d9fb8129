package scenario

import (
	"cmp"
	"iter"
	"math/rand/v2"
	"slices"
)

// Clock says when a record is appended, in ms, given when it was planned to be: the planned time itself for a backlog,
// the producer's own clock when it is live. A record's fix time keeps its planned distance from it.
type Clock func(planned int64) int64

// Planned is the Clock of a backlog.
func Planned(planned int64) int64 { return planned }

// Records returns the records in the order of their arrival. They are made as they are asked for, the same ones each
// time as far as the clock is the same. Key, Value and Headers are the receiver's to keep.
func (s *Scenario) Records(clock Clock) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		c := s.config
		r := rand.New(rand.NewPCG(c.Seed, 3))
		f := &feed{Scenario: s, rand: r, clock: clock, yield: yield, left: c.Pings, due: s.flood}
		tags := f.begin()
		for step := int64(0); f.left > 0; step++ {
			for _, t := range tags {
				if step%t.pace != t.beat {
					continue
				}
				f.now = c.start() + step*c.pulse() + t.phase
				for f.barrier < len(s.changes) && s.changes[f.barrier].At.UnixMilli() <= f.now {
					f.barrier++
				}
				f.intrude()
				if f.left > 0 && !f.quiet(t) {
					f.tick(t)
				}
			}
		}
	}
}

// feed is one run over the records.
type feed struct {
	*Scenario
	rand    *rand.Rand
	clock   Clock
	yield   func(Record) bool
	left    int
	now     int64 // planned
	barrier int
	due     []intruder // of the flood, yet to come
}

// tagRun is a tag during a run.
type tagRun struct {
	*device
	walker
	partition int
	phase     int64 // ms after the pulse's beginning
	beat      int64 // which of pace pulses it takes its fixes at
	seq       uint64
	offline   int        // fixes until it is in coverage again
	indoors   int        // fixes until it sees satellites again
	kept      []sample   // taken while it was not
	held      *sample    // will change places with the next
	recent    [20]sample // what was sent, as sent
	sent      int
	conditions
}

// sample is what a tag takes and sends.
type sample struct {
	fix      int64 // planned, until it is sent
	at       point
	seq      uint64
	status   bool
	source   string
	accuracy int // tenths of a metre; 0: not said
	level    int // hundredths; 0: not said
	received int64
	format   format
	barely   bool // nothing but what is required
	condition
}

func (f *feed) begin() []*tagRun {
	var tags []*tagRun
	for _, d := range f.devices {
		t := &tagRun{device: d, phase: f.rand.Int64N(f.config.pulse()), partition: partitionOf([]byte(d.id), f.config.Partitions)}
		t.at, t.beat = d.home, f.rand.Int64N(d.pace)
		t.charge, t.plugIn = 20+80*f.rand.Float64(), 1+20*f.rand.Float64()
		tags = append(tags, t)
	}
	slices.SortStableFunc(tags, func(a, b *tagRun) int { return cmp.Compare(a.phase, b.phase) })
	return tags
}

// tick is what comes of one tag in one step.
func (f *feed) tick(t *tagRun) {
	p := f.take(t)
	share := f.config.Shares
	switch {
	case t.offline > 0:
		t.kept = append(t.kept, p)
		if t.offline--; t.offline == 0 {
			f.reconnect(t)
		}
		return
	case len(t.kept) > 0:
		f.send(t, p, "present")
		f.sendKept(t, 5)
	case t.held != nil:
		held := *t.held
		t.held = nil
		f.send(t, p, "present")
		f.send(t, held, "reordered")
	case f.chance(share.Burst):
		t.offline = 3 + f.rand.IntN(38)
		if f.rand.IntN(10) == 0 {
			t.offline *= 5
		}
		t.kept = append(t.kept, p)
	case f.chance(share.Reorder):
		t.held = &p
	default:
		f.send(t, p, f.kindOf(t, &p))
	}
	f.extras(t, p)
}

// kindOf makes a fix one that is ahead, now and then. A tag whose register entry changes keeps to the time.
func (f *feed) kindOf(t *tagRun, p *sample) string {
	switch {
	case p.status:
		return "status"
	case t.plain && !t.changed && f.chance(f.config.Shares.Ahead):
		p.fix = f.now + min(120_000, f.rand.Int64N(2*f.config.unit()))
		return "ahead"
	case !f.nearChange() && f.chance(f.config.Shares.Backwards):
		return "backwards"
	}
	return "fix"
}

// nearChange tells whether going back some seconds could pass a change, which no producer at a barrier does.
func (f *feed) nearChange() bool {
	return f.barrier > 0 && f.now-f.changes[f.barrier-1].At.UnixMilli() < 10_000
}

// extras are the records that come besides.
func (f *feed) extras(t *tagRun, p sample) {
	share := f.config.Shares
	if t.sent > 0 && f.chance(share.Duplicate) {
		back := 1
		if f.rand.IntN(3) == 0 {
			back += f.rand.IntN(min(t.sent, len(t.recent)))
		}
		again := t.recent[(t.sent-min(back, t.sent))%len(t.recent)]
		if t.format == cordonJSON {
			again.format = []format{cordonJSON, protobuf}[f.rand.IntN(2)]
		}
		f.emit(t, again, f.clock(f.now), "duplicate")
	}
	if f.chance(share.VeryLate) {
		f.sendVeryLate(t, p)
	}
	if f.chance(share.Broken) {
		f.sendBroken(t, p)
	}
}

func (f *feed) sendVeryLate(t *tagRun, p sample) {
	n, apart := 1+f.rand.Int64N(40), min(3*minute, f.config.pulse()*t.pace)
	p.fix -= hour + n*apart + f.rand.Int64N(68*hour)
	for range n {
		p.fix += apart
		p.at = f.step(f.rand, t.device, &t.walker, p.radius())
		t.seq++
		p.seq, p.status = t.seq, false
		f.send(t, p, "very_late")
	}
}

// reconnect decides in which order the past arrives: mostly after the present.
func (f *feed) reconnect(t *tagRun) {
	last := len(t.kept) - 1
	present := t.kept[last]
	switch f.rand.IntN(10) {
	case 0, 1, 2: // the tag sends in order
		f.sendKept(t, len(t.kept))
		return
	case 3, 4: // newest first
		slices.Reverse(t.kept[:last])
	case 5:
		f.rand.Shuffle(last, func(i, j int) { t.kept[i], t.kept[j] = t.kept[j], t.kept[i] })
	}
	t.kept = t.kept[:last]
	f.send(t, present, "present")
	if f.rand.IntN(2) == 0 {
		f.sendKept(t, len(t.kept))
	}
}

func (f *feed) sendKept(t *tagRun, most int) {
	n := min(most, len(t.kept))
	for _, p := range t.kept[:n] {
		f.send(t, p, "withheld")
	}
	if t.kept = t.kept[n:]; len(t.kept) == 0 {
		t.kept = nil
	}
}

// send places the sample in time and emits it.
func (f *feed) send(t *tagRun, p sample, what string) {
	planned := f.now
	if what == "backwards" {
		planned -= f.rand.Int64N(3000)
		p.fix = min(p.fix, planned)
	}
	appended := f.clock(planned)
	p.fix += appended - planned
	if p.received != 0 {
		p.received = appended - 40
	}
	t.recent[t.sent%len(t.recent)] = p
	t.sent++
	f.emit(t, p, appended, what)
}

func (f *feed) emit(t *tagRun, p sample, appended int64, what string) {
	f.put(t, p.append(nil, t), p.headers(), appended, what)
}

func (f *feed) put(t *tagRun, value []byte, headers headers, appended int64, what string) {
	if f.left == 0 {
		return
	}
	f.left--
	more := f.yield(Record{
		Partition: t.partition, Key: []byte(t.id), Value: value, Headers: headers, Appended: appended, Barrier: f.barrier, What: what,
	})
	if !more {
		f.left, f.yield = 0, nil
	}
}

func (f *feed) chance(p float64) bool { return f.rand.Float64() < p }
