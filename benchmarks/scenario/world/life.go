package world

import (
	"math/rand/v2"

	"cordon/geofence"
	"cordon/ingest"
)

// Life is what one wearer did, and what the tag said of it.
type Life struct {
	Wearer, Device string
	Stratum        Stratum
	Zone           *geofence.Zone
	From, To       int64   // ms: for how long the tag is worn
	Pings          []Ping  // in the order of their appended times
	Stays          []Stay  // what really was
	Events         []Event // what befell the tag, by when it began

	path path
}

// Ping is what the tag sent and when it arrived. All pings of a life share the bytes of Device.
type Ping struct {
	ingest.Ping
	Appended int64 // ms
}

// Life simulates the wearer i. It is a pure function of the settings, the seed and i, and may be called by several
// goroutines.
func (w *World) Life(i int) *Life {
	p := w.person(i)
	rng := rand.New(rand.NewPCG(w.seed, uint64(i)<<1|1))
	zone := p.zone(i)
	l := &Life{
		Wearer: p.wearer, Device: p.device, Stratum: p.stratum, Zone: zone, From: p.worn.from, To: p.worn.to,
		path: path{ground: p.ground, compiled: zone.Shape.Compile(), vertices: w.live(p, rng)},
	}
	l.Stays = l.path.stays(l.From, l.To)
	f := newFate(&w.s, rng, &l.path, p.worn)
	l.Events = f.events
	t := newTag(w, rng, l, f)
	t.seq = uint64(p.nth) << 32 // the tag counts on when it is worn by the next
	t.run()
	l.Pings = t.post.delivered()
	return l
}
