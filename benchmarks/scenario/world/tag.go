package world

import (
	"math"
	"math/rand/v2"

	"cordon/ingest"
)

// tag takes fixes along a path.
type tag struct {
	w      *World
	s      *Settings
	rng    *rand.Rand
	path   *path
	fate   *fate
	device []byte
	worn   span
	post   post
	seq    uint64

	leg      int
	last     int64 // the satellite fix before, in ms
	off      drift
	bias     bias
	cell     cell
	held     int64   // till when the cell repeats itself, in ms
	estimate float64 // of the distance to the edge, by the last satellite fix; +Inf where it is far
}

func newTag(w *World, rng *rand.Rand, l *Life, f *fate) *tag {
	t := &tag{w: w, s: &w.s, rng: rng, path: &l.path, fate: f, device: []byte(l.Device), worn: span{l.From, l.To}, estimate: math.Inf(1)}
	t.off = newDrift(rng, w.s.Satellite.CorrelatedS.draw(rng))
	days := int((l.To-l.From)/day) + 1
	t.post = post{u: &w.s.Upload, rng: rng, lost: f.lost, all: make([]Ping, 0, 260*days)}
	return t
}

// run takes every fix of the tag's time.
func (t *tag) run() {
	for ms := t.worn.from + t.rng.Int64N(minute); ms < t.worn.to; {
		if off, dead := t.fate.off.at(ms); dead {
			ms = off.to + int64(second*t.s.Cadence.RegainS.draw(t.rng))
			continue
		}
		for t.leg+1 < len(t.path.vertices) && t.path.vertices[t.leg+1].at <= ms {
			t.leg++
		}
		t.fix(ms)
		ms = t.next(ms)
	}
}

// resting reports whether the tag has not moved for long enough.
func (t *tag) resting(ms int64) bool {
	v := &t.path.vertices[t.leg]
	return v.state.mode() == still && float64(ms-v.at) >= second*t.s.Cadence.RestAfterS
}

// next returns when the next fix is due.
func (t *tag) next(ms int64) int64 {
	c := &t.s.Cadence
	v := &t.path.vertices[t.leg]
	wait := c.MovingS
	resting := t.resting(ms)
	switch {
	case v.state&unseen != 0:
		wait = c.CellS.draw(t.rng)
	case t.estimate <= 0, t.estimate <= c.NearM && !resting:
		wait = c.NearS
	case resting:
		wait = c.RestS
	}
	due := ms + int64(second*wait+c.JitterMS*(2*t.rng.Float64()-1))
	if t.leg+1 < len(t.path.vertices) && (resting || v.state&unseen != 0) {
		after := &t.path.vertices[t.leg+1]
		// What wakes a tag is motion, or the sky.
		if wake := after.at + int64(second*c.RegainS.draw(t.rng)); due > wake && after.state&unseen == 0 {
			due = wake
		}
	}
	return max(due, ms+second/10)
}

func (t *tag) fix(ms int64) {
	v := &t.path.vertices[t.leg]
	p := Ping{Ping: ingest.Ping{
		Device: t.device, FixTime: ms, Seq: t.seq, Strap: t.fate.strap(ms), Motion: ingest.Yes, Charging: ingest.No,
		Has: ingest.HasPosition | ingest.HasSeq | ingest.HasReceived | ingest.HasAccuracy | ingest.HasSpeed | ingest.HasSatellites | ingest.HasBattery,
	}}
	t.seq++
	if v.state.mode() == still {
		p.Motion = ingest.No
	}
	pct, charging := t.fate.battery(ms)
	p.BatteryPct = float32(math.Round(pct))
	if charging {
		p.Charging = ingest.Yes
	}
	at := t.path.on(t.leg, ms)
	var seen point
	if v.state&unseen != 0 {
		seen = t.byCell(&p, ms, at)
	} else {
		seen = t.bySatellite(&p, ms, at)
		t.estimate = math.Inf(1)
		if !t.path.beyond(seen, t.s.Cadence.NearM) {
			t.estimate = t.path.distance(seen)
		}
	}
	lon, lat := t.path.lonlat(seen)
	p.Lon, p.Lat = math.Round(lon*1e7)/1e7, math.Round(lat*1e7)/1e7
	t.post.send(&p)
}
